//! A call of a function that shares its results: on a miss in memory it reads what others have computed, or it computes and
//! stores, of all processes the only one.
//!
//! Whatever Redis does, the call has its answer: every question has its time, and all of them together have too.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::link::Budget;
use super::member::Member;
use super::sharing::{Look, Patience, Sharing};
use super::storing::Storing;
use super::template::KeyWriter;
use super::value::{Codec, encode_unchanged};
use crate::cache::{Cache, Call, Missed, Progress, Tracked};
use crate::clock;
use crate::entry::{Compute, Fill};
use crate::flight::{Leader, Run};
use crate::info::CacheStatus;
use crate::miss::{Miss, Purpose};
use crate::outcome::Outcome;
use crate::parker::block_on;
use crate::scope::{Fits, Process};
use crate::single_flight::SingleFlight;
use crate::store::counts::{Report, Took};

/// The cache of what is called with these arguments and has this outcome.
pub(super) type CacheOf<K, R, O> =
    Cache<K, <O as Outcome<R>>::Value, <O as Outcome<R>>::Shared, Process>;

/// The right to compute a result of such a cache.
pub(super) type MissOf<K, R, O> =
    Miss<Process, K, <O as Outcome<R>>::Value, <O as Outcome<R>>::Shared, O>;

/// The same, with the right to share it.
pub(super) type SharedMissOf<K, R, O, C> =
    SharedMiss<K, <O as Outcome<R>>::Value, <O as Outcome<R>>::Shared, O, C>;

/// How a call goes on that found nothing in memory.
pub(super) enum Missing<K, W> {
    /// It is to see whether another computes the same.
    Calls(Call<K, W>),
    /// It computes, past all caches.
    Bypasses,
}

impl<K, W> From<Missed<K, W>> for Missing<K, W> {
    fn from(missed: Missed<K, W>) -> Self {
        match missed {
            Missed::Begun(_) => Missing::Bypasses,
            Missed::Calls(call) => Missing::Calls(call),
        }
    }
}

/// Who calls: a thread, which may be blocked, or a task.
#[derive(Clone, Copy)]
pub(super) enum Caller {
    Thread,
    Task,
}

impl Caller {
    /// The body begins to run.
    pub(super) fn begin<K: 'static, V: 'static, W: 'static, O>(
        self,
        mut miss: Miss<Process, K, V, W, O>,
    ) -> Miss<Process, K, V, W, O> {
        match self {
            Caller::Thread => miss.begin_by_thread(),
            Caller::Task => miss.begin_by_task(),
        }
        miss
    }

    pub(super) fn leader(self) -> Leader {
        match self {
            Caller::Thread => Leader::this_thread(),
            Caller::Task => Leader::TASK,
        }
    }
}

/// The right to compute a result, to store it and to share it.
#[must_use = "the result is stored by `fill`"]
pub struct SharedMiss<K: 'static, V: 'static, W: 'static, O, C> {
    // Dropped first: with it the lease is given up, before the next in line wants it.
    pub(super) way: Way,
    pub(super) miss: Miss<Process, K, V, W, O>,
    pub(super) codec: PhantomData<fn() -> C>,
}

/// Where a result goes.
pub(super) enum Way {
    /// Into memory: there is no other place, or there is none for it.
    Memory,
    /// Into memory, and not for long.
    Brief(Duration),
    /// Into Redis, too.
    Shared(Box<Sharing>),
}

/// A result and where it came from, or the right to compute it.
pub(super) type Resolved<K, R, O, C> = Result<(R, CacheStatus), SharedMissOf<K, R, O, C>>;

impl<K: 'static, V: 'static, W: 'static, O, C: Codec<V>> SharedMiss<K, V, W, O, C> {
    pub(super) fn new(miss: Miss<Process, K, V, W, O>, way: Way) -> Self {
        SharedMiss { way, miss, codec: PhantomData }
    }

    /// Takes a call that found nothing in memory as far as it comes without computing.
    pub(super) async fn resolve<R>(
        member: &'static Member,
        cache: &'static Cache<K, V, W, Process>,
        missing: Missing<K, W>,
        caller: Caller,
        key: impl FnOnce(&mut KeyWriter<'_>),
        cache_if: impl FnOnce(&R) -> bool,
    ) -> Resolved<K, R, O, C>
    where
        O: Outcome<R, Value = V, Shared = W>,
        Cache<K, V, W, Process>: Fits<Process> + Tracked,
    {
        let begun = |begun| match caller {
            Caller::Thread => Miss::by_thread(cache, begun, Purpose::Call),
            Caller::Task => Miss::by_task(cache, begun, Purpose::Call),
        };
        let computes = |miss, way| SharedMiss::new(caller.begin(miss), way);
        let Missing::Calls(mut call) = missing else {
            return Err(computes(begun(None), Way::Memory));
        };
        let uncounted = Uncounted(cache);
        let budget = ready(member, cache).await;
        // What comes next counts by itself, or waits, and is counted as that.
        mem::forget(uncounted);
        let miss = loop {
            match cache.advance::<R, O>(&mut call) {
                Progress::Found(result, status) => return Ok((result, status)),
                Progress::Begun(None) => return Err(computes(begun(None), Way::Memory)),
                Progress::Begun(some) => break begun(some),
                Progress::Waits => (),
            }
            poll_fn(|context| call.poll_wait(context)).await;
        };
        let uncounted = Uncounted(cache);
        let mut sharing = match Sharing::begin(member, &miss, key, budget) {
            Ok(sharing) => sharing,
            Err(way) => {
                drop(uncounted);
                return Err(computes(miss, way));
            }
        };
        let mut look = sharing.read::<V, C>(caller).await;
        if matches!(look, Look::None) {
            let patience = call.patience(cache.single_flight());
            look = sharing.acquire::<V, C>(patience).await;
        }
        match look {
            Look::Value { value, expires_at } => {
                let _within = miss.within();
                mem::forget(uncounted);
                cache.count_hit();
                let result = O::restore(&value);
                if cache_if(&result) {
                    let now = clock::now();
                    let deadline = cache.expiry_deadline(now).min(expires_at);
                    let deadline = sharing.deadline(now, deadline, true);
                    miss.keep_until(value, (now, deadline), Took::NOTHING, &result);
                    sharing.look_back(now);
                } else {
                    let refused = Report { is_refused: true, ..Took::NOTHING.into() };
                    miss.pass_on(refused, &result);
                }
                Ok((result, CacheStatus::Shared))
            }
            Look::None | Look::Unknown => {
                drop(uncounted);
                sharing.registered.computes();
                Err(computes(miss, Way::Shared(sharing)))
            }
        }
    }

    /// Same as `fill`, for a task.
    ///
    /// # Errors
    ///
    /// What is still to be awaited, if anything. It holds no error of the function.
    #[allow(clippy::type_complexity)]
    pub fn fill_async<R>(
        self,
        result: R,
    ) -> Result<(R, CacheStatus), Pin<Box<impl Future<Output = (R, CacheStatus)>>>>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        self.fill_async_if(result, |_| true)
    }

    /// Same as `fill_if`, for a task.
    ///
    /// # Errors
    ///
    /// As [`SharedMiss::fill_async`].
    #[allow(clippy::type_complexity)]
    pub fn fill_async_if<R>(
        self,
        result: R,
        cache_if: impl FnOnce(&R) -> bool,
    ) -> Result<(R, CacheStatus), Pin<Box<impl Future<Output = (R, CacheStatus)>>>>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        self.settle(result, cache_if).map_err(|storing| Box::pin(storing.run()))
    }

    /// Stores in memory what of the result is stored there alone.
    fn settle<R>(
        self,
        result: R,
        cache_if: impl FnOnce(&R) -> bool,
    ) -> Result<(R, CacheStatus), Storing<K, R, O, C>>
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        let SharedMiss { mut miss, way, .. } = self;
        let took = miss.returned();
        let within = miss.within();
        if matches!(way, Way::Memory) {
            drop(within);
            return Ok(miss.fill_returned(took, result, cache_if));
        }
        let is_kept = O::is_kept(&result) && cache_if(&result);
        let value = if is_kept { O::keep(&result) } else { None };
        let (value, sharing) = match (value, way) {
            (Some(value), Way::Brief(l1_ttl)) => {
                let now = clock::now();
                let deadline = now.saturating_add(clock::nanos(l1_ttl));
                let deadline = deadline.min(miss.cache().expiry_deadline(now));
                miss.keep_until(value, (now, deadline), took, &result);
                return Ok((result, CacheStatus::Miss));
            }
            (Some(value), Way::Shared(sharing)) => (value, sharing),
            // With the way the lease is given up.
            _ => return Ok(miss.fill_returned(took, result, |_| false)),
        };
        let bytes = encode_unchanged::<_, C>(&value, sharing.link.config.value_cap);
        let bytes = bytes.map_err(|why| sharing.count_unshared(why)).ok();
        let is_insert = miss.purpose() == Purpose::Insert;
        let is_refresh = miss.purpose() == Purpose::Refresh;
        drop(within);
        let storing = Storing::new(miss, value, took, sharing, bytes);
        // What is not shared makes what is in Redis outdated all the same.
        if is_insert || is_refresh && storing.bytes.is_none() {
            storing.insert();
            return Ok((result, CacheStatus::Miss));
        }
        if storing.bytes.is_none() || storing.sharing.lease.is_none() || !storing.sharing.stores {
            if is_refresh {
                storing.sharing.remove_later();
            }
            storing.keep_briefly(&result);
            return Ok((result, CacheStatus::Miss));
        }
        Err(storing)
    }
}

impl<K: 'static, V: 'static, W: 'static, O, C> Compute for SharedMiss<K, V, W, O, C> {
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Run<'a, F> {
        self.miss.run(body)
    }

    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]) {
        self.miss.trace(arguments);
    }
}

impl<K, V, W, R, O, C> Fill<R> for SharedMiss<K, V, W, O, C>
where
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, Shared = W>,
    C: Codec<V>,
{
    fn fill(self, result: R) -> (R, CacheStatus) {
        self.fill_if(result, |_| true)
    }

    // This thread waits for Redis.
    fn fill_if(self, result: R, cache_if: impl FnOnce(&R) -> bool) -> (R, CacheStatus) {
        match self.settle(result, cache_if) {
            Ok(filled) => filled,
            Err(storing) => block_on(storing.run()),
        }
    }
}

impl<K, W> Call<K, W> {
    /// For how long it waits for another process.
    fn patience(&mut self, single_flight: SingleFlight) -> Patience {
        match self.deadline(single_flight) {
            // The other is of this process, or it must not wait at all.
            _ if !self.joins() => Patience::None,
            Some(deadline) => Patience::Until(deadline),
            None => Patience::Lease,
        }
    }
}

/// A call that is not counted yet. Dropped, as by a panic or by a task that gives up, it is a miss.
struct Uncounted<K: 'static, V: 'static, W: 'static>(&'static Cache<K, V, W, Process>);

impl<K: 'static, V: 'static, W: 'static> Drop for Uncounted<K, V, W> {
    fn drop(&mut self) {
        self.0.count_miss();
    }
}

/// Waits until changes to the keys of a function are told of, which its first call has to. What time is left then.
pub(super) async fn ready<K, V, W>(
    member: &'static Member,
    cache: &'static Cache<K, V, W, Process>,
) -> Option<Budget>
where
    Cache<K, V, W, Process>: Fits<Process> + Tracked,
{
    let attached = member.attach(cache)?;
    let link = member.tier.link()?;
    let is_ready = || link.epoch().is_none_or(|epoch| attached.tracked() == epoch);
    let budget = link.budget();
    if is_ready() {
        return Some(budget);
    }
    let begun = Instant::now();
    let poll = |_: &mut Context<'_>| {
        if is_ready() { Poll::Ready(()) } else { Poll::Pending }
    };
    let _ = link.timer.until(begun + link.config.timeout, poll).await;
    Some(budget.less(begun.elapsed()))
}
