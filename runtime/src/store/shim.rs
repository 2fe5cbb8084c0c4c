//! The primitives that [`super::stripes`] is made of: those of the standard library, or those of the
//! model checker.

#[cfg(not(functools_loom))]
mod imp {
    pub(crate) use std::hint;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
    pub(crate) use std::thread::yield_now;

    pub(crate) use once_cell::race::OnceBox;
    pub(crate) use parking_lot::{Mutex, MutexGuard};

    /// As the model checker's, which wants to know when a pointer is used.
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
    pub(crate) use loom::sync::MutexGuard;
    use loom::sync::atomic::AtomicPtr;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
    pub(crate) use loom::thread::yield_now;

    /// Without poisoning, as the other one.
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no model panics with it held")
        }

        /// As if somebody had it. The model checker's own lets a thread wait that is about to try while
        /// another one locks.
        #[allow(clippy::unused_self)]
        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            None
        }
    }

    /// What is set once, by whoever holds the writer's mutex.
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
                // SAFETY: from a `Box`, and nobody else has it any more.
                drop(unsafe { Box::from_raw(value) });
            }
        }
    }
}

pub(crate) use imp::*;
