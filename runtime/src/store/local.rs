//! The same access for one thread alone, without synchronisation.

use std::cell::RefCell;

use super::thread::Reading;
use super::{Inside, Lock, Privates, Tally};

/// One stripe and no lock word: what is borrowed says whether this thread reads.
pub struct Local<S, P> {
    both: RefCell<(S, P)>,
    tally: Tally,
}

impl<S, P: Default + 'static> Lock<S, P> for Local<S, P> {
    type Privates<'a> = One<'a, P>;

    fn new(shared: S) -> Self {
        Local { both: RefCell::new((shared, P::default())), tally: Tally::default() }
    }

    #[inline]
    fn read<R>(&self, read: impl FnOnce(&S, &mut P, &Tally) -> R) -> Result<R, Inside> {
        let mut both = self.both.try_borrow_mut().map_err(|_| Inside)?;
        let (shared, private) = &mut *both;
        let _reading = Reading::begin();
        Ok(read(shared, private, &self.tally))
    }

    #[inline]
    fn try_read<R>(&self, read: impl FnOnce(&S, &mut P, &Tally) -> R) -> Option<R> {
        self.read(read).ok()
    }

    #[inline]
    fn write<R>(&self, write: impl FnOnce(&mut S, &mut One<'_, P>) -> R) -> Result<R, Inside> {
        let mut both = self.both.try_borrow_mut().map_err(|_| Inside)?;
        let (shared, private) = &mut *both;
        Ok(write(shared, &mut One(private)))
    }

    fn tallies(&self, mut visit: impl FnMut(&Tally)) {
        visit(&self.tally);
    }
}

/// All there are.
pub struct One<'a, P>(&'a mut P);

impl<P> Privates<P> for One<'_, P> {
    #[inline]
    fn each(&mut self, mut act: impl FnMut(&mut P)) {
        act(self.0);
    }
}
