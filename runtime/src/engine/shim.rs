//! The primitives that the engine and the waits for computations are made of: those of the standard
//! library, or those of the model checker.

#[cfg(not(functools_loom))]
mod imp {
    pub(crate) use std::hint;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
    };
    pub(crate) use std::thread::yield_now;

    pub(crate) use once_cell::race::OnceBox;
    pub(crate) use once_cell::sync::OnceCell;
    pub(crate) use parking_lot::{Mutex, MutexGuard};

    /// No fence: the operations around it are `SeqCst` themselves.
    #[inline(always)]
    pub(crate) fn sequentially_consistent() {}

    /// Same as the model checker's, which has to know when a pointer is used.
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            UnsafeCell(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn with<R>(&self, act: impl FnOnce(*const T) -> R) -> R {
            act(self.0.get())
        }

        #[inline]
        pub(crate) fn with_mut<R>(&self, act: impl FnOnce(*mut T) -> R) -> R {
            act(self.0.get())
        }
    }
}

#[cfg(functools_loom)]
#[allow(unsafe_code)]
mod imp {
    use std::marker::PhantomData;

    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::hint;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
    };
    pub(crate) use loom::thread::yield_now;

    /// A fence in place of the order of the `SeqCst` operations around it, which the model checker
    /// takes for weaker ones.
    pub(crate) fn sequentially_consistent() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }

    thread_local! {
        // All threads of a model are this one.
        static TO_FREE: std::cell::RefCell<Vec<Box<dyn std::any::Any>>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }

    /// Frees an array when the model has ended. The model checker knows nothing of memory, but sees
    /// who uses an element when it has been ended.
    pub(crate) fn free_later<T>(mut array: Box<[T]>, end: fn(&mut T)) {
        /// Without the drop of its elements, which have none, or are not initialized.
        struct Memory(*mut u8, std::alloc::Layout);

        impl Drop for Memory {
            fn drop(&mut self) {
                // SAFETY: from a box of this layout.
                unsafe { std::alloc::dealloc(self.0, self.1) };
            }
        }

        array.iter_mut().for_each(end);
        let layout = std::alloc::Layout::for_value(&*array);
        if layout.size() != 0 {
            let memory = Memory(Box::into_raw(array).cast(), layout);
            TO_FREE.with_borrow_mut(|all| all.push(Box::new(memory)));
        }
    }

    /// Runs a model in every order of its threads' steps, with at most so many preemptions. `run`
    /// says from where to explore.
    #[cfg(test)]
    pub(crate) fn in_every_order(preemptions: usize, run: impl Fn() + Send + Sync + 'static) {
        use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

        let runs = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&runs);
        let started = std::time::Instant::now();
        let mut checker = loom::model::Builder::new();
        checker.preemption_bound.get_or_insert(preemptions);
        checker.max_branches = 10_000;
        checker.expect_explicit_explore = true;
        checker.check(move || {
            counted.fetch_add(1, Relaxed);
            // The memory of the last run.
            TO_FREE.take();
            run();
        });
        println!("{} runs in {} s", runs.load(Relaxed), started.elapsed().as_secs());
    }

    /// Without poisoning, as the other one. The flag says who has it, since to try the model
    /// checker's own mutex while another thread is about to lock it is to wait.
    pub(crate) struct Mutex<T> {
        is_locked: AtomicBool,
        value: loom::sync::Mutex<T>,
    }

    pub(crate) struct MutexGuard<'a, T> {
        // Dropped before the flag is.
        value: loom::sync::MutexGuard<'a, T>,
        _unlock: Unlock<'a>,
    }

    struct Unlock<'a>(&'a AtomicBool);

    impl Drop for Unlock<'_> {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Release);
        }
    }

    impl<T> std::ops::Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.value
        }
    }

    impl<T> std::ops::DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.value
        }
    }

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Mutex { is_locked: AtomicBool::new(false), value: loom::sync::Mutex::new(value) }
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            loop {
                if let Some(guard) = self.try_lock() {
                    return guard;
                }
                yield_now();
            }
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.value.get_mut().expect("no model panics with it held")
        }

        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.is_locked
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                .ok()?;
            let value = self.value.lock().expect("no model panics with it held");
            Some(MutexGuard { value, _unlock: Unlock(&self.is_locked) })
        }
    }

    /// A value that is set once, by any thread.
    pub(crate) struct OnceCell<T>(OnceBox<T>);

    impl<T> OnceCell<T> {
        pub(crate) fn new() -> Self {
            OnceCell(OnceBox::new())
        }

        pub(crate) fn get(&self) -> Option<&T> {
            self.0.get()
        }

        pub(crate) fn set(&self, value: T) -> Result<(), T> {
            let (none, new) = (std::ptr::null_mut(), Box::into_raw(Box::new(value)));
            let swap = self.0.0.compare_exchange(none, new, Ordering::AcqRel, Ordering::Acquire);
            // SAFETY: from a box, which nobody else has got.
            swap.map(|_| ()).map_err(|_| *unsafe { Box::from_raw(new) })
        }
    }

    /// A value that is set once, by a thread that holds the writer's mutex.
    pub(crate) struct OnceBox<T>(AtomicPtr<T>, PhantomData<Box<T>>);

    impl<T> OnceBox<T> {
        pub(crate) fn new() -> Self {
            OnceBox(AtomicPtr::new(std::ptr::null_mut()), PhantomData)
        }

        pub(crate) fn get(&self) -> Option<&T> {
            // SAFETY: null, or from a `Box` that lives as long as `self`.
            unsafe { self.0.load(Ordering::Acquire).as_ref() }
        }

        pub(crate) fn get_or_init(&self, init: impl FnOnce() -> Box<T>) -> &T {
            if self.get().is_none() {
                self.0.store(Box::into_raw(init()), Ordering::Release);
            }
            self.get().expect("it was set")
        }
    }

    impl<T> Drop for OnceBox<T> {
        fn drop(&mut self) {
            let value = self.0.load(Ordering::Acquire);
            if !value.is_null() {
                // SAFETY: it is from a `Box`, and no other thread has it any more.
                drop(unsafe { Box::from_raw(value) });
            }
        }
    }
}

pub(crate) use imp::*;
