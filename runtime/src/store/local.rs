//! The same access for one thread alone, without synchronisation.

use std::cell::{RefCell, RefMut};

use super::thread::Reading;
use super::{Inside, Lock, Privates, Reader, Tally};

/// One stripe and no lock word: what is borrowed says whether this thread reads.
pub struct Local<S, P> {
    both: RefCell<(S, P)>,
    tally: Tally,
}

/// This thread, reading.
pub struct Borrowed<'a, S, P> {
    both: RefMut<'a, (S, P)>,
    tally: &'a Tally,
    _reading: Reading,
}

impl<S, P> Reader<S, P> for Borrowed<'_, S, P> {
    #[inline(always)]
    fn parts(&mut self) -> (&S, &mut P, &Tally) {
        let (shared, private) = &mut *self.both;
        (shared, private, self.tally)
    }

    #[inline(always)]
    fn alone(&mut self) -> Option<(&mut S, &mut P)> {
        let (shared, private) = &mut *self.both;
        Some((shared, private))
    }

    #[inline(always)]
    fn leave(self) {
        drop(self);
    }
}

impl<S, P: Default + 'static> Lock<S, P> for Local<S, P> {
    type Reader<'a>
        = Borrowed<'a, S, P>
    where
        Self: 'a;
    type Privates<'a> = One<'a, P>;

    fn new(shared: S) -> Self {
        Local { both: RefCell::new((shared, P::default())), tally: Tally::default() }
    }

    #[inline(always)]
    fn enter(&self) -> Option<Borrowed<'_, S, P>> {
        let both = self.both.try_borrow_mut().ok()?;
        Some(Borrowed { both, tally: &self.tally, _reading: Reading::begin(Reading::now()) })
    }

    #[inline(always)]
    fn enter_alone(&self) -> Option<Borrowed<'_, S, P>> {
        self.enter()
    }

    fn enter_slowly(&self) -> Result<Borrowed<'_, S, P>, Inside> {
        self.enter().ok_or(Inside)
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
