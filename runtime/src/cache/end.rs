//! How a computation ends: its value is kept, or not, and who waits for it learns what came of it.

use std::sync::atomic::Ordering::Relaxed;

use super::deferred::{CatchUp, Deferred};
use super::{Cache, SWEPT};
use crate::flight::{Ending, Landing};
use crate::info::CacheStatus;
use crate::scope::Scope;
use crate::store::counts::{Report, Took};
use crate::store::slot::Begun;
use crate::store::{Inside, Lock as _, Privates as _, Reader as _};

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Ends a computation that gave nothing to keep. Those who wait for it, if there are any, learn what came of it.
    pub(crate) fn end(
        &self,
        computation: Begun,
        report: Report,
        ending: impl FnOnce() -> Ending<W>,
    ) {
        self.end_with(computation, report, None, ending);
    }

    /// Ends a computation whose result is not to be kept, but newer than what was in reserve.
    pub(crate) fn supersede(
        &self,
        computation: Begun,
        report: Report,
        ending: impl FnOnce() -> Ending<W>,
    ) {
        self.end_with(computation, report, self.now(), ending);
    }

    fn end_with(
        &self,
        computation: Begun,
        report: Report,
        superseded: Option<u64>,
        ending: impl FnOnce() -> Ending<W>,
    ) {
        let ended = self.write(|table, _| {
            self.count_unkept(&mut table.counts, report);
            let superseded = superseded
                .and_then(|now| table.remove_replaced(computation, now, self.is_bounded()));
            (table.abandon(computation), superseded, table.take_flight(computation))
        });
        match ended {
            Ok((abandoned, superseded, flight)) => {
                let landing = flight.map(Landing);
                drop((abandoned, superseded));
                if let Some(landing) = landing {
                    landing.end(ending());
                }
            }
            Err(Inside) => self.defer(Deferred::Abandon(computation)),
        }
    }

    /// Ends a computation and keeps its value, unless the key was invalidated, or the cache
    /// cleared, since it began. Those who wait for it get what it shares.
    #[inline]
    pub(crate) fn keep(
        &self,
        computation: Begun,
        value: V,
        took: Took,
        share: impl FnOnce() -> Option<W>,
    ) {
        let (limit, ordered) = (self.limit, self.is_bounded());
        if self.expiry.is_none()
            && let Some(mut reader) = self.lock.enter_alone()
            && let Some((table, notes)) = reader.alone()
            && table.runs_alone(computation)
        {
            notes.merge_into(&mut table.order);
            self.count_kept(&mut table.counts, took);
            let displaced = table.keep(computation, value, limit, ordered, None);
            if ordered && let Some(slots) = table.outgrown() {
                notes.reserve(slots);
            }
            self.currsize.store(table.kept(), Relaxed);
            drop(reader);
            drop(displaced);
        } else {
            self.keep_slowly(computation, value, took, share);
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_slowly(
        &self,
        computation: Begun,
        value: V,
        took: Took,
        share: impl FnOnce() -> Option<W>,
    ) {
        let now = self.now().unwrap_or(0);
        let deadline = self.expiry.as_ref().map_or(u64::MAX, |expiry| expiry.deadline(now));
        self.keep_until(computation, value, took, (now, deadline), share);
    }

    /// The same, of a value that is good until then.
    pub(crate) fn keep_until(
        &self,
        computation: Begun,
        value: V,
        took: Took,
        (now, deadline): (u64, u64),
        share: impl FnOnce() -> Option<W>,
    ) {
        let (limit, ordered) = (self.limit, self.is_bounded());
        let mut value = Some(value);
        let _catch_up = CatchUp(self);
        let mut expired = Vec::new();
        let deadline = self.expiry.as_ref().map(|expiry| (now, expiry.gone_before(now), deadline));
        let kept = self.write(|table, all| {
            if let Some((_, gone_before, _)) = deadline {
                expired = table.sweep(SWEPT, gone_before, ordered);
            }
            self.count_kept(&mut table.counts, took);
            let flight = table.take_flight(computation);
            let others = table.take_flights_of_others(computation);
            let now = deadline.map_or(0, |(now, ..)| now);
            let (displaced, lost) = table.fill(computation, value.take()?, limit, ordered, now);
            if let (None, Some((.., deadline))) = (&lost, deadline) {
                table.expires(computation, deadline);
            }
            if ordered && let Some(slots) = table.outgrown() {
                all.each(|notes| notes.reserve(slots));
            }
            Some((displaced, lost, flight, others))
        });
        match kept {
            Ok(Some((displaced, lost, flight, others))) => {
                let landing = flight.map(Landing);
                // Waiters of another computation look again, and find this result.
                let others: Vec<_> = others.into_iter().map(Landing).collect();
                drop((displaced, lost, expired));
                drop(others);
                if let Some(landing) = landing {
                    landing.end(share().map_or(Ending::Unshared, |shared| {
                        Ending::Shared(shared, CacheStatus::Joined)
                    }));
                }
            }
            Ok(None) => (),
            Err(Inside) => self.defer(Deferred::Abandon(computation)),
        }
    }
}
