//! A call of a function that shares its results: on a miss in memory it reads what others have computed, or it computes and
//! stores, of all processes the only one.
//!
//! Whatever Redis does, the call has its answer: every question has its time, and all of them together have too.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::task::Poll;
use std::time::{Duration, Instant};

use redis::Value;

use super::command::{self, Found};
use super::link::{Answer, Budget, Failure, Link};
use super::member::{Attached, Member, Registered};
use super::stats::Counter;
use super::template::KeyWriter;
use super::value::Codec;
use crate::args::Args;
use crate::cache::{Cache, Call, Missed, Progress, Tracked};
use crate::clock;
use crate::flight::Leader;
use crate::info::CacheStatus;
use crate::instance::{Miss, Purpose};
use crate::outcome::Outcome;
use crate::scope::{Fits, Process};

/// The cache of what is called with these arguments and has this outcome.
type CacheOf<K, O> = Cache<K, <O as Outcome>::Value, <O as Outcome>::Shared, Process>;

/// How long one waits before asking again whether another has computed.
const ASK_EVERY: Duration = Duration::from_millis(25);

/// How often a value that changes while it is read is read anew.
const MOST_READS: usize = 4;

/// How a call goes on that found nothing in memory.
pub(super) enum Missing<K: 'static, O: Outcome> {
    /// It is to see whether another computes the same.
    Calls(Call<K, O::Shared>),
    /// It computes, past all caches.
    Bypasses,
}

/// Who calls: a thread, which may be blocked, or a task.
#[derive(Clone, Copy)]
pub(super) enum Caller {
    Thread,
    Task,
}

impl Caller {
    pub(super) fn leader(self) -> Leader {
        match self {
            Caller::Thread => Leader::this_thread(),
            Caller::Task => Leader::TASK,
        }
    }
}

/// The right to compute a result, to store it and to share it.
#[must_use = "the result is stored by `fill`"]
pub struct SharedMiss<K: 'static, O: Outcome, C> {
    // Dropped first: with it the lease is given up, before the next in line wants it.
    pub(super) way: Way,
    pub(super) miss: Miss<Process, K, O>,
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

/// What is known about a key while its value is looked for and computed.
pub(super) struct Sharing {
    pub(super) attached: &'static Attached,
    pub(super) link: Arc<Link>,
    /// When all changes to the key have been told of since.
    pub(super) epoch: u64,
    pub(super) key: String,
    pub(super) registered: Registered,
    pub(super) lease: Option<Lease>,
    pub(super) budget: Budget,
    /// Whether what there is in Redis may be replaced.
    pub(super) stores: bool,
}

/// The right to store a value. It is given up when it is dropped.
pub(super) struct Lease {
    link: Arc<Link>,
    key: String,
    token: String,
    is_held: bool,
}

impl Lease {
    /// One that is asked for. If it is dropped before it is known to be there, it is given up.
    fn asked(link: &Arc<Link>, key: &str) -> Self {
        let token = link.token();
        Lease { link: link.clone(), key: key.to_owned(), token, is_held: true }
    }

    /// It is there, and stays.
    fn hold(&self) {
        self.link.hold(&self.key, &self.token);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.link.let_go(&self.key, &self.token);
        if self.is_held {
            self.link.tell(command::release(&self.key, &self.token), |_| ());
        }
    }
}

/// What a look at Redis came to.
enum Look<V> {
    /// A value, and for how many milliseconds it is good.
    Value(V, Option<u64>),
    /// None that this function can use.
    None,
    /// Redis does not say.
    Unknown,
}

impl Sharing {
    /// Begins to share a computation that has begun. Otherwise, where its result goes.
    pub(super) fn begin<K, O>(
        member: &'static Member,
        miss: &Miss<Process, K, O>,
        key: impl FnOnce(&mut KeyWriter<'_>),
        budget: Option<Budget>,
    ) -> Result<Box<Self>, Way>
    where
        K: 'static,
        O: Outcome,
        CacheOf<K, O>: Fits<Process> + Tracked,
    {
        let Some(begun) = miss.begun() else { return Err(Way::Memory) };
        let Some(attached) = member.attach(miss.cache()) else { return Err(Way::Memory) };
        let Some(link) = member.tier.link() else { return Err(Way::Memory) };
        let brief = || Way::Brief(attached.l1_ttl.unwrap_or(link.config.l1_ttl));
        let reads = miss.purpose() == Purpose::Call;
        let epoch = match link.epoch().filter(|&epoch| epoch == attached.tracked()) {
            Some(epoch) => epoch,
            None => {
                attached.is_loose.store(true, SeqCst);
                if reads {
                    link.counters.bypassed.count();
                    return Err(brief());
                }
                // What is replaced has to be replaced there, sooner or later.
                0
            }
        };
        let Some(key) = KeyWriter::key(&link.config.secret, key) else { return Err(brief()) };
        let Some(group) = miss.cache().group_of(begun) else { return Err(Way::Memory) };
        let registered = attached.register(super::member::hash(key.as_bytes()), group, reads);
        let budget = budget.unwrap_or_else(|| link.budget());
        let (lease, stores) = (None, true);
        let sharing = Sharing { attached, link, epoch, key, registered, lease, budget, stores };
        Ok(Box::new(sharing))
    }

    /// How long what is in memory is believed, if nobody says when it has changed.
    fn l1_ttl(&self) -> Duration {
        self.attached.l1_ttl.unwrap_or(self.link.config.l1_ttl)
    }

    /// Whether all changes to the key have been told of since this began.
    fn is_told(&self) -> bool {
        self.link.is_told.load(Acquire) && self.link.epoch() == Some(self.epoch)
    }

    /// Until when a value is believed that is good for so many nanoseconds from now.
    fn deadline(&self, now: u64, good_for: u64, is_confirmed: bool) -> u64 {
        let believed =
            if is_confirmed && self.is_told() { u64::MAX } else { clock::nanos(self.l1_ttl()) };
        now.saturating_add(good_for.min(believed))
    }

    /// After something was kept: whether changes were told of may have changed meanwhile.
    fn look_back(&self, now: u64) {
        if !self.is_told() {
            let l1_ttl = clock::nanos(self.l1_ttl());
            self.attached.cache.cap(now.saturating_add(l1_ttl));
        }
    }

    /// What the answers to a read say. Only the first counts what it does not find.
    fn look<V, C: Codec<V>>(&mut self, answers: &[Value], is_first: bool) -> Look<V> {
        let counters = &self.link.counters;
        let count = |counter: &Counter| counter.add(usize::from(is_first));
        match command::found(answers, self.link.config.value_cap) {
            Found::Value(bytes, millis) => match C::decode(bytes) {
                Some(value) => return Look::Value(value, millis),
                None => count(&counters.undecodable),
            },
            Found::Nothing => (),
            Found::TooLarge => count(&counters.too_large),
            Found::OtherType => {
                count(&counters.undecodable);
                // It is somebody else's.
                self.stores = false;
            }
            Found::Refused => {
                self.link.refused();
                return Look::Unknown;
            }
        }
        count(&counters.shared_misses);
        Look::None
    }

    /// Whether the key has not changed while it was looked at. From then on a value that was found is not kept if it does.
    fn is_current<V>(&self, look: &Look<V>) -> bool {
        match look {
            Look::Value(..) => {
                let is_current = self.registered.computes_unless_changed();
                if is_current {
                    self.link.succeeded();
                    self.link.counters.shared_hits.count();
                }
                is_current
            }
            Look::None | Look::Unknown => !self.registered.take_changed(),
        }
    }

    /// Reads the value.
    async fn read<V, C: Codec<V>>(&mut self, caller: Caller) -> Look<V> {
        let question = command::read(&self.key, self.link.config.value_cap);
        for read in 0..MOST_READS {
            let answers = match caller {
                Caller::Thread => self.link.ask(&question, &mut self.budget).await,
                Caller::Task => self.link.ask_nearby(&question, &mut self.budget).await,
            };
            let Ok(answers) = answers else { return Look::Unknown };
            let look = self.look::<V, C>(&answers, read == 0);
            if self.is_current(&look) {
                return look;
            }
        }
        // It changes all the time.
        Look::None
    }

    /// Becomes the one process that computes, or finds that it need not: another that does has stored a value.
    async fn acquire<V, C: Codec<V>>(&mut self) -> Look<V> {
        let (cap, millis) = (self.link.config.value_cap, self.link.lease_millis());
        let until = Instant::now() + self.link.config.lease;
        loop {
            let mut lease = Lease::asked(&self.link, &self.key);
            let question = command::acquire(&self.key, cap, &lease.token, millis);
            let Ok(answers) = self.link.ask(&question, &mut self.budget).await else {
                return Look::Unknown;
            };
            let [taking, read @ ..] = answers.as_slice() else { return Look::Unknown };
            let is_taken = match taking {
                Value::Int(is_taken) => *is_taken == 1,
                _ => {
                    self.link.refused();
                    return Look::Unknown;
                }
            };
            lease.is_held = is_taken;
            let look = self.look::<V, C>(read, false);
            if self.is_current(&look) {
                match look {
                    Look::None if is_taken => {
                        lease.hold();
                        self.lease = Some(lease);
                        return Look::None;
                    }
                    Look::None => (),
                    look => return look,
                }
            }
            drop(lease);
            if Instant::now() >= until {
                return self.seize().await;
            }
            if is_taken {
                // A value came and went, or has just come.
                continue;
            }
            let registered = &self.registered;
            let due = (Instant::now() + ASK_EVERY).min(until);
            let (link, epoch) = (&self.link, self.epoch);
            let _ = link
                .timer
                .until(due, |context| {
                    let is_down = link.epoch() != Some(epoch);
                    if is_down { Poll::Ready(()) } else { registered.poll_changed(context) }
                })
                .await;
        }
    }

    /// Becomes the one whose result is stored, whoever else computes.
    async fn seize<V>(&mut self) -> Look<V> {
        let lease = Lease::asked(&self.link, &self.key);
        let question = command::seize(&self.key, &lease.token, self.link.lease_millis());
        match self.link.ask(&question, &mut self.budget).await.as_deref() {
            Ok([Value::Int(1)]) => {
                lease.hold();
                self.lease = Some(lease);
                Look::None
            }
            Ok(_) => {
                self.link.refused();
                Look::Unknown
            }
            Err(_) => Look::Unknown,
        }
    }

    /// Takes the right to store what is computed now, whatever is there.
    pub(super) async fn begin_refresh(&mut self) {
        let _: Look<()> = self.seize().await;
        self.registered.computes();
    }
}

/// A result and where it came from, or the right to compute it.
pub(super) type Resolved<K, O, C> =
    Result<(<O as Outcome>::Return, CacheStatus), SharedMiss<K, O, C>>;

impl<K: 'static, O: Outcome, C: Codec<O::Value>> SharedMiss<K, O, C> {
    pub(super) fn new(miss: Miss<Process, K, O>, way: Way) -> Self {
        SharedMiss { way, miss, codec: PhantomData }
    }

    /// Takes a call that found nothing in memory as far as it comes without computing.
    pub(super) async fn resolve(
        member: &'static Member,
        cache: &'static CacheOf<K, O>,
        missing: Missing<K, O>,
        caller: Caller,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Resolved<K, O, C>
    where
        CacheOf<K, O>: Fits<Process> + Tracked,
    {
        let begun = |begun| match caller {
            Caller::Thread => Miss::by_thread(cache, begun, Purpose::Call),
            Caller::Task => Miss::by_task(cache, begun, Purpose::Call),
        };
        let Missing::Calls(mut call) = missing else {
            return Err(SharedMiss::new(begun(None), Way::Memory));
        };
        let budget = ready(member, cache).await;
        let miss = loop {
            match cache.advance::<O>(&mut call) {
                Progress::Found(result, status) => return Ok((result, status)),
                Progress::Begun(None) => return Err(SharedMiss::new(begun(None), Way::Memory)),
                Progress::Begun(some) => break begun(some),
                Progress::Waits => (),
            }
            call.wait_async().await;
        };
        let mut sharing = match Sharing::begin(member, &miss, key, budget) {
            Ok(sharing) => sharing,
            Err(way) => {
                cache.count_miss();
                return Err(SharedMiss::new(miss, way));
            }
        };
        let mut look = sharing.read::<O::Value, C>(caller).await;
        if matches!(look, Look::None) {
            look = if call.joins() {
                sharing.acquire::<O::Value, C>().await
            } else if cache.has_single_flight() {
                // It is called by the one that computes, which will store.
                Look::Unknown
            } else {
                sharing.seize().await
            };
        }
        match look {
            Look::Value(value, millis) => {
                let _within = miss.within();
                cache.count_hit();
                let now = clock::now();
                let good_for = millis.map_or(u64::MAX, |millis| millis.saturating_mul(1_000_000));
                let good_for = good_for.min(cache.lifetime(now).saturating_sub(now));
                let deadline = sharing.deadline(now, good_for, true);
                let result = O::restore(&value);
                miss.keep_until(value, (now, deadline), &result);
                sharing.look_back(now);
                Ok((result, CacheStatus::Shared))
            }
            Look::None | Look::Unknown => {
                cache.count_miss();
                sharing.registered.computes();
                Err(SharedMiss::new(miss, Way::Shared(sharing)))
            }
        }
    }

    /// Stores what of the result can be stored; this thread waits for Redis.
    pub fn fill(self, result: O::Return) -> (O::Return, CacheStatus) {
        self.fill_if(result, |_| true)
    }

    /// As [`SharedMiss::fill`]; what could be stored is stored if `cache_if` says so.
    pub fn fill_if(
        self,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> (O::Return, CacheStatus) {
        match self.settle(result, cache_if) {
            Ok(filled) => filled,
            Err(storing) => crate::flight::block_on(storing.run()),
        }
    }

    /// As [`SharedMiss::fill`], for a task.
    ///
    /// # Errors
    ///
    /// What is still to be awaited, if anything. It holds no error of the function.
    #[allow(clippy::type_complexity)]
    pub fn fill_async(
        self,
        result: O::Return,
    ) -> Result<(O::Return, CacheStatus), Pin<Box<impl Future<Output = (O::Return, CacheStatus)>>>>
    {
        self.fill_async_if(result, |_| true)
    }

    /// As [`SharedMiss::fill_if`], for a task.
    ///
    /// # Errors
    ///
    /// As [`SharedMiss::fill_async`].
    #[allow(clippy::type_complexity)]
    pub fn fill_async_if(
        self,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> Result<(O::Return, CacheStatus), Pin<Box<impl Future<Output = (O::Return, CacheStatus)>>>>
    {
        self.settle(result, cache_if).map_err(|storing| Box::pin(storing.run()))
    }

    /// Runs the body, where that is a future.
    pub fn run<F: Future>(&self, body: std::pin::Pin<&mut F>) -> impl Future<Output = F::Output> {
        self.miss.run(body)
    }

    /// Stores in memory what of the result is stored there alone.
    fn settle(
        self,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> Result<(O::Return, CacheStatus), Storing<K, O, C>> {
        let SharedMiss { miss, way, .. } = self;
        let within = miss.within();
        if matches!(way, Way::Memory) {
            drop(within);
            return Ok(miss.fill_if(result, cache_if));
        }
        let is_kept = O::is_kept(&result) && cache_if(&result);
        let value = if is_kept { O::keep(&result) } else { None };
        let (value, sharing) = match (value, way) {
            (Some(value), Way::Brief(l1_ttl)) => {
                let now = clock::now();
                let deadline = now.saturating_add(clock::nanos(l1_ttl));
                let deadline = deadline.min(miss.cache().lifetime(now));
                miss.keep_until(value, (now, deadline), &result);
                return Ok((result, CacheStatus::Miss));
            }
            (Some(value), Way::Shared(sharing)) => (value, sharing),
            // With the way the lease is given up.
            _ => return Ok(miss.fill_if(result, |_| false)),
        };
        let bytes = C::encode(&value);
        let counters = &sharing.link.counters;
        let bytes = match bytes {
            None => {
                counters.undecodable.count();
                None
            }
            Some(bytes) if bytes.len() > sharing.link.config.value_cap => {
                counters.too_large.count();
                None
            }
            Some(bytes) => Some(bytes),
        };
        let is_insert = miss.purpose() == Purpose::Insert;
        let is_refresh = miss.purpose() == Purpose::Refresh;
        drop(within);
        let storing =
            Storing { kept: Some((miss, value)), sharing, bytes, answer: None, codec: PhantomData };
        if is_insert {
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

/// A result on its way into Redis, and then into memory. Dropped on the way, it goes on without its caller.
struct Storing<K: 'static, O: Outcome, C> {
    kept: Option<(Miss<Process, K, O>, O::Value)>,
    sharing: Box<Sharing>,
    bytes: Option<Vec<u8>>,
    /// What Redis says to it, once it is sent.
    answer: Option<Answer>,
    codec: PhantomData<fn() -> C>,
}

impl<K: 'static, O: Outcome, C> Storing<K, O, C> {
    /// For how long, in nanoseconds and in milliseconds, 0 for ever; since when.
    fn lifetime(&self) -> (u64, u64, u64) {
        let now = clock::now();
        let deadline = self.kept.as_ref().map_or(u64::MAX, |(miss, _)| miss.cache().lifetime(now));
        if deadline == u64::MAX {
            return (now, u64::MAX, 0);
        }
        let good_for = deadline.saturating_sub(now);
        (now, good_for, (good_for / 1_000_000).max(1))
    }

    /// In memory alone, until somebody may have changed it without being heard.
    fn keep_briefly(mut self, result: &O::Return) {
        let (now, good_for, _) = self.lifetime();
        let deadline = self.sharing.deadline(now, good_for, false);
        if let Some((miss, value)) = self.kept.take() {
            let _within = miss.within();
            miss.keep_until(value, (now, deadline), result);
        }
    }

    async fn run(mut self) -> (O::Return, CacheStatus) {
        self.send();
        let Storing { sharing, answer, .. } = &mut self;
        let answers = match answer {
            Some(answer) => sharing.link.answer(answer, &mut sharing.budget).await,
            None => Ok(vec![Value::Nil]),
        };
        match self.end(&answers) {
            Some(result) => (result, CacheStatus::Miss),
            None => unreachable!("it was kept until now"),
        }
    }

    /// Sends the value, if it is still wanted.
    fn send(&mut self) {
        let (.., millis) = self.lifetime();
        let Sharing { attached, link, key, registered, lease, .. } = &mut *self.sharing;
        let (Some(bytes), Some(lease)) = (&self.bytes, lease) else { return };
        if registered.has_changed() {
            return;
        }
        let question = command::store(key, &lease.token, bytes, millis);
        let (attached, hash, counting) = (*attached, registered.hash, link.clone());
        self.answer = Some(link.ask_apart(question, move |answers| {
            match answers.as_deref().and_then(command::stored) {
                Some(true) => counting.counters.stores.count(),
                Some(false) => attached.changed(hash),
                None => (),
            }
        }));
        lease.is_held = false;
    }

    /// Does in memory what Redis says to it.
    fn end(&mut self, answers: &Result<Vec<Value>, Failure>) -> Option<O::Return> {
        let (now, good_for, _) = self.lifetime();
        let (miss, value) = self.kept.take()?;
        let sharing = &mut self.sharing;
        let stored = answers.as_deref().map(command::stored);
        let deadline = match stored {
            Ok(Some(true)) => {
                sharing.link.succeeded();
                sharing.link.counters.stores.count();
                sharing.tell_others();
                if sharing.registered.has_changed() {
                    // Since it was sent. What has changed is newer.
                    sharing.link.tell(command::remove([sharing.key.as_str()].into_iter()), |_| ());
                    None
                } else {
                    Some(sharing.deadline(now, good_for, true))
                }
            }
            // Somebody has invalidated it, or computes it anew.
            Ok(Some(false)) => None,
            Ok(None) | Err(_) => {
                if stored.is_ok() {
                    sharing.link.refused();
                }
                if miss.purpose() == Purpose::Refresh {
                    sharing.remove_later();
                }
                Some(sharing.deadline(now, good_for, false))
            }
        };
        let _within = miss.within();
        let result = O::restore(&value);
        match deadline {
            Some(deadline) => {
                miss.keep_until(value, (now, deadline), &result);
                sharing.look_back(now);
            }
            None => miss.pass_on(&result),
        }
        Some(result)
    }

    /// Keeps what was inserted, and stores it behind the caller's back. If that fails, what is in Redis is removed.
    fn insert(mut self) {
        let (now, good_for, millis) = self.lifetime();
        let Sharing { attached, link, key, .. } = &*self.sharing;
        let bytes = self.bytes.take();
        let deadline = self.sharing.deadline(now, good_for, bytes.is_some());
        let (attached, failed, failed_key) = (*attached, link.clone(), key.clone());
        let done = move |answers: Option<&[Value]>| {
            if answers.is_none() {
                super::function::queue(&failed, attached.member, failed_key);
            }
        };
        match bytes {
            Some(bytes) => link.tell(command::insert(key, &bytes, millis), done),
            None => link.tell(command::remove([key.as_str()].into_iter()), done),
        }
        self.sharing.tell_others();
        if let Some((miss, value)) = self.kept.take() {
            let result = O::restore(&value);
            miss.keep_until(value, (now, deadline), &result);
        }
    }
}

impl Sharing {
    /// What Redis has is older than what is in memory now.
    fn remove_later(&self) {
        super::function::queue(&self.link, self.attached.member, self.key.clone());
    }

    /// Lets other functions of this process know that have the same keys: Redis does not tell who writes.
    fn tell_others(&self) {
        self.attached.member.tier.changed(self.key.as_bytes(), Some(self.attached));
    }
}

impl<K: 'static, O: Outcome, C> Drop for Storing<K, O, C> {
    fn drop(&mut self) {
        if self.kept.is_none() {
            return;
        }
        if self.answer.is_none() {
            self.send();
        }
        let answers = match self.answer.as_mut().map(Answer::try_recv) {
            Some(Ok(Some(answers))) => Ok(answers),
            // It has changed before it was sent.
            None => Ok(vec![Value::Nil]),
            // In memory for a while, until Redis says what becomes of it.
            _ => Err(Failure::TimedOut),
        };
        drop(self.end(&answers));
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
    let poll = |_: &mut std::task::Context<'_>| {
        if is_ready() { Poll::Ready(()) } else { Poll::Pending }
    };
    let _ = link.timer.until(begun + link.config.timeout, poll).await;
    Some(budget.less(begun.elapsed()))
}

pub(super) fn missed<A, O>(missed: Missed<A::Key, O::Shared>) -> Missing<A::Key, O>
where
    A: Args,
    O: Outcome,
{
    match missed {
        Missed::Begun(_) => Missing::Bypasses,
        Missed::Calls(call) => Missing::Calls(call),
    }
}
