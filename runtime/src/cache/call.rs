//! A call that found nothing: it computes, or it waits for another that does.
//!
//! All of it is in [`Cache::advance`], which waits for nothing itself. Where it says that the call is to wait, threads
//! block and tasks await.

use std::cell::RefCell;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Instant;

use super::deferred::CatchUp;
use super::{Cache, CacheTable, Unfound};
use crate::args::Args;
use crate::clock;
use crate::expiry::Age;
use crate::flight::{Ending, Flight, Id, Leader, Passenger, Wait};
use crate::info::CacheStatus;
use crate::outcome::Outcome;
use crate::scope::Scope;
use crate::single_flight::{SingleFlight, is_worker};
use crate::store::slot::{Begun, Existing, Number};
use crate::store::{Inside, Lock as _, Reader as _};
use crate::timer::{self, Limit};

/// A call that found nothing, and waits for nothing, yet.
pub(crate) struct Call<K, W> {
    tag: u32,
    /// Until it has begun.
    key: Option<K>,
    same: fn(&K, &K) -> bool,
    /// Whether it would wait for another that computes the same.
    joins: bool,
    /// Until when it waits, once it does and if there is a limit.
    deadline: Option<Instant>,
    joined: Option<Joined<W>>,
    /// Who would compute.
    by: Leader,
    /// Whether it is a miss as soon as it is to compute; if not, who computes says what it is.
    counts: bool,
}

/// A computation that a call waits for. It was counted as a hit.
struct Joined<W> {
    passenger: Passenger<W>,
    /// When the counters were zeroed before that.
    zeroed: u64,
    wait: Wait,
    /// It waits no longer: it would wait for itself, or the time is up.
    gives_up: bool,
    /// Of a task's wait with a deadline. Boxed: each future of a cached function has room for it.
    limit: Option<Box<Limit<'static>>>,
}

/// How far a call has come.
pub(crate) enum Progress<R> {
    /// It has a result.
    Found(R, CacheStatus),
    /// It is to compute; `None` if the result will not be kept.
    Begun(Option<Begun>),
    /// It has to wait.
    Waits,
}

/// What a writer finds when a call begins.
enum Beginning<W> {
    Begun(Option<Begun>),
    Joined(Joined<W>),
    /// There is a result by now.
    Ready,
}

impl<K, W> Call<K, W> {
    /// Whether it would wait for another that computes the same, or would have.
    #[cfg(feature = "redis")]
    pub(crate) fn joins(&self) -> bool {
        self.joins
    }

    /// Until when it waits for others: one limit for all of them, from the first wait on. `None`
    /// without one.
    pub(crate) fn deadline(&mut self, single_flight: SingleFlight) -> Option<Instant> {
        self.deadline = self.deadline.or_else(|| single_flight.deadline());
        self.deadline
    }

    /// Waits, as a thread does.
    fn wait(&mut self) {
        if let Some(joined) = &mut self.joined {
            joined.gives_up = !joined.passenger.wait(self.deadline);
        }
    }

    /// Waits, as a task does.
    pub(crate) fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(joined) = &mut self.joined else { return Poll::Ready(()) };
        let Joined { passenger, wait, gives_up, limit, .. } = joined;
        let poll = |context: &mut Context<'_>| {
            // A task may have begun to wait elsewhere.
            if is_worker() || !wait.go_on() {
                return Poll::Ready(true);
            }
            passenger.poll(context.waker()).map(|()| false)
        };
        let ready = match self.deadline {
            None => ({ poll })(context),
            Some(deadline) => {
                let limit = limit.get_or_insert_with(|| Box::new(timer::limit(deadline)));
                timer::poll(limit, context, poll).map(|gives_up| gives_up.unwrap_or(true))
            }
        };
        ready.map(|is_over| *gives_up = is_over)
    }
}

/// How a lookup that found nothing goes on.
pub(crate) enum Missed<K, W> {
    /// It computes; `None` if the result will not be kept.
    Begun(Option<Begun>),
    /// It has to see whether another computes the same.
    Calls(Call<K, W>),
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Begins to compute, if that is simple, or else a call. What is found after all goes by way of `hit`: were it
    /// returned, inlined hits would put theirs in the same place, which is not a register.
    #[inline(always)]
    fn go_on<A, R, O>(
        &self,
        unfound: Unfound<'_, K, V, W, S>,
        (tag, args): (u32, A),
        by: impl Fn() -> Leader,
        counts: bool,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Missed<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, Shared = W>,
    {
        match unfound {
            Unfound::Nothing(mut reader, vacancy) => {
                if counts
                    && let Some(vacancy) = vacancy
                    && let Some(key) = args.copied_key()
                    && let Some((table, _)) = reader.alone()
                    && let Some(begun) = table.begin_at(vacancy, tag, key, by())
                {
                    reader.parts().2.miss();
                    return Missed::Begun(Some(begun));
                }
                drop(reader);
            }
            Unfound::Unsought => {
                match self.look_slowly(tag, |key| args.matches(key), &O::restore) {
                    Ok(None) => (),
                    Ok(found) => {
                        *hit = found;
                        return Missed::Begun(None);
                    }
                    Err(Inside) => {
                        self.turned_away.fetch_add(1, Relaxed);
                        return Missed::Begun(None);
                    }
                }
            }
        }
        drop(CatchUp(self));
        let key = Some(args.into_key());
        let (joins, by) = (self.single_flight.may_wait(), by());
        let (deadline, joined) = (None, None);
        Missed::Calls(Call { tag, key, same: A::same, joins, deadline, joined, by, counts })
    }

    /// As a thread that has no stripe yet, or must wait, or must not.
    #[cold]
    #[inline(never)]
    fn look_slowly<R>(
        &self,
        tag: u32,
        is_it: impl Fn(&K) -> bool,
        restore: &impl Fn(&V) -> R,
    ) -> Result<Option<(R, CacheStatus)>, Inside> {
        let _catch_up = CatchUp(self);
        let mut reader = self.lock.enter_slowly()?;
        let now = self.now().unwrap_or(0);
        Ok(self.look::<_, true>(&mut reader, tag, now, is_it, restore).ok())
    }

    /// What a thread does: it computes, or blocks.
    #[inline(never)]
    pub(crate) fn missed_by_thread<A, R, O>(
        &self,
        unfound: Unfound<'_, K, V, W, S>,
        tag: u32,
        args: A,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Option<Begun>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, Shared = W>,
    {
        match self.go_on::<A, R, O>(unfound, (tag, args), Leader::this_thread, true, hit) {
            Missed::Begun(begun) => begun,
            Missed::Calls(call) => self.begin_or_wait::<R, O>(call, hit),
        }
    }

    /// What a call does first that is a miss only if nobody else has the result.
    #[cfg(feature = "redis")]
    #[inline(never)]
    pub(crate) fn missed_shared<A, R, O>(
        &self,
        unfound: Unfound<'_, K, V, W, S>,
        tag: u32,
        args: A,
        by: Leader,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Missed<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, Shared = W>,
    {
        self.go_on::<A, R, O>(unfound, (tag, args), || by, false, hit)
    }

    /// What a task does first.
    #[inline(never)]
    pub(crate) fn missed_by_task<A, R, O>(
        &self,
        unfound: Unfound<'_, K, V, W, S>,
        tag: u32,
        args: A,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Missed<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, Shared = W>,
    {
        self.go_on::<A, R, O>(unfound, (tag, args), || Leader::TASK, true, hit)
    }

    /// Computes or waits, as a thread does.
    #[inline(never)]
    pub(crate) fn begin_or_wait<R, O>(
        &self,
        mut call: Call<K, W>,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Option<Begun>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        loop {
            match self.advance::<R, O>(&mut call) {
                Progress::Found(result, status) => {
                    *hit = Some((result, status));
                    return None;
                }
                Progress::Begun(begun) => return begun,
                Progress::Waits => call.wait(),
            }
        }
    }

    /// Takes a call as far as it comes without waiting.
    pub(crate) fn advance<R, O>(&self, call: &mut Call<K, W>) -> Progress<R>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        loop {
            if let Some(joined) = &call.joined {
                match joined.passenger.ending() {
                    None if joined.gives_up => call.joins = false,
                    None => return Progress::Waits,
                    Some(Ending::Shared(shared, status)) => {
                        if *status == CacheStatus::Stale {
                            self.count_stale();
                        }
                        return Progress::Found(O::receive(shared), *status);
                    }
                    Some(Ending::Unshared) => call.joins = false,
                    Some(Ending::Abandoned) => (),
                }
                self.discount(joined);
                call.joined = None;
            }
            match self.begin_call(call) {
                Ok(Beginning::Begun(begun)) => {
                    if call.counts || begun.is_none() {
                        self.count_miss();
                    }
                    return Progress::Begun(begun);
                }
                Ok(Beginning::Joined(joined)) => {
                    call.joined = Some(joined);
                    call.deadline(self.single_flight);
                }
                Ok(Beginning::Ready) => {
                    if let Some((result, status)) = self.find_again::<R, O>(call) {
                        return Progress::Found(result, status);
                    }
                }
                Err(Inside) => {
                    self.turned_away.fetch_add(1, Relaxed);
                    return Progress::Begun(None);
                }
            }
        }
    }

    /// Looks for what was not there before.
    fn find_again<R, O>(&self, call: &Call<K, W>) -> Option<(R, CacheStatus)>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        let key = call.key.as_ref()?;
        self.look_slowly(call.tag, |other| (call.same)(key, other), &O::restore).ok()?
    }

    /// Begins to compute, or to wait, or finds that neither is needed.
    fn begin_call(&self, call: &mut Call<K, W>) -> Result<Beginning<W>, Inside> {
        let &mut Call { tag, same, joins, by, .. } = call;
        let key = RefCell::new(call.key.take());
        let is_it = |other: &K| key.borrow().as_ref().is_some_and(|key| same(key, other));
        let now = self.now();
        let mut expired = Vec::new();
        let beginning = self.write_about(tag, is_it, |table, group| {
            if let Some(group) = group {
                if let (Some(expiry), Some(now)) = (&self.expiry, now) {
                    let gone = expiry.gone_before(now);
                    expired = table.expire_group(tag, group, gone, self.is_bounded());
                }
                let running = table.running_of(tag, group);
                if let Some(slot) = table.kept_of(tag, group) {
                    match self.age(table.deadline(slot), now) {
                        Age::Fresh => return Beginning::Ready,
                        Age::Stale if running.is_some() => return Beginning::Ready,
                        _ => (),
                    }
                }
                if let Some((begun, leader)) = running.filter(|_| joins)
                    && let Some(joined) = self.join(table, begun, leader)
                {
                    return Beginning::Joined(joined);
                }
            }
            let begun = key.take().map(|key| table.begin(tag, group, key, Existing::Stays, by));
            Beginning::Begun(begun.and_then(Result::ok))
        });
        call.key = key.into_inner();
        beginning
    }

    /// Makes a call wait for a computation, unless it would wait for itself.
    fn join(
        &self,
        table: &mut CacheTable<K, V, W, S>,
        begun: Begun,
        leader: Leader,
    ) -> Option<Joined<W>> {
        let wait = Wait::begin(leader, self.id(begun.number))?;
        let passenger = Passenger::new(table.flight(begun, Flight::new));
        self.joined.fetch_add(1, Relaxed);
        Some(Joined { passenger, zeroed: table.emptied(), wait, gives_up: false, limit: None })
    }

    /// A call that waited has got nothing, and will be counted anew.
    fn discount(&self, joined: &Joined<W>) {
        let _ = self.write(|table, _| {
            if table.emptied() == joined.zeroed {
                self.joined.fetch_sub(1, Relaxed);
            } else {
                // It was among what had been counted before.
                #[cfg(feature = "metrics")]
                self.before.lock().take_back_joined();
            }
        });
    }

    /// A computation, as nobody else's.
    pub(crate) fn id(&self, computation: Number) -> Id {
        (std::ptr::from_ref(self).addr(), computation)
    }

    /// How old an entry is, if entries age.
    #[inline]
    pub(super) fn age(&self, deadline: u64, now: Option<u64>) -> Age {
        match (&self.expiry, now) {
            (Some(expiry), Some(now)) => expiry.age(deadline, now),
            _ => Age::Fresh,
        }
    }

    /// Begins a computation whose result replaces what is stored, without counting. `None` if its result
    /// will not be kept.
    pub(crate) fn begin<A: Args<Key = K>>(&self, args: A, by: Leader) -> Option<Begun> {
        if self.stores_nothing() {
            return None;
        }
        let tag = self.tag(&args);
        drop(CatchUp(self));
        let key = RefCell::new(Some(args.into_key()));
        let is_it = |other: &K| key.borrow().as_ref().is_some_and(|key| A::same(key, other));
        let begun = self.write_about(tag, is_it, |table, group| {
            table.begin(tag, group, key.take()?, Existing::Yields, by).ok()
        });
        begun.ok().flatten()
    }

    /// What is still good enough to be returned in place of an error that this computation came to.
    pub(crate) fn last_good<R>(
        &self,
        computation: Begun,
        restore: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        let expiry = self.expiry.as_ref()?;
        let _catch_up = CatchUp(self);
        let found = self.lock.read(|table| {
            let (slot, value) = table.replaced_by(computation)?;
            expiry.outlasts_errors(table.deadline(slot), clock::now()).then(|| restore(value))
        });
        found.ok().flatten()
    }
}
