//! The same access for one thread alone, without synchronisation.

use std::cell::RefCell;

use super::thread::Reading;
use super::{Inside, Lock, Privates};

/// One stripe and no lock word: what is borrowed says whether this thread reads.
pub struct Local<S, P, W> {
    shared: RefCell<(S, W)>,
    private: RefCell<P>,
}

impl<S, P: Default + 'static, W> Lock<S, P, W> for Local<S, P, W> {
    type Privates<'a> = One<'a, P>;

    fn new(shared: S, writer: W) -> Self {
        Local { shared: RefCell::new((shared, writer)), private: RefCell::default() }
    }

    #[inline]
    fn read<R>(&self, read: impl FnOnce(&S, &mut P, usize) -> R) -> Result<R, Inside> {
        let mut private = self.private.try_borrow_mut().map_err(|_| Inside)?;
        let shared = self.shared.try_borrow().map_err(|_| Inside)?;
        let _reading = Reading::begin();
        Ok(read(&shared.0, &mut private, 0))
    }

    fn write<R>(
        &self,
        write: impl FnOnce(&mut S, &mut W, &mut One<'_, P>) -> R,
    ) -> Result<R, Inside> {
        let mut private = self.private.try_borrow_mut().map_err(|_| Inside)?;
        let mut both = self.shared.try_borrow_mut().map_err(|_| Inside)?;
        let (shared, writer) = &mut *both;
        Ok(write(shared, writer, &mut One(&mut *private)))
    }
}

/// All there are.
pub struct One<'a, P>(&'a mut P);

impl<P> Privates<P> for One<'_, P> {
    fn each(&mut self, mut visit: impl FnMut(&mut P)) {
        visit(self.0);
    }

    fn get(&mut self, _: usize) -> Option<&mut P> {
        Some(self.0)
    }
}
