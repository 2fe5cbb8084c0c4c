//! What a call knows about its key in Redis while its value is looked for and computed: it reads, takes the lease, and learns of
//! changes. It stores nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::task::Poll;
use std::time::{Duration, Instant};

use redis::Value;

use super::call::{Caller, Way};
use super::command::{self, Found};
use super::link::{Budget, Failure, Link};
use super::member::{self, Attached, Member, Registered};
use super::stats::{Counter, Counters};
use super::template::KeyWriter;
use super::value::{Codec, Unshared};
use crate::cache::{Cache, Tracked};
use crate::clock;
use crate::miss::{Miss, Purpose};
use crate::scope::{Fits, Process};

/// How long one waits before asking again whether another has computed.
const ASK_EVERY: Duration = Duration::from_millis(25);

/// How often a value that changes while it is read is read anew.
const MOST_READS: usize = 4;

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
    pub(super) token: String,
    /// Whether there is something to give up.
    pub(super) is_held: bool,
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

/// For how long a call waits for another process that computes its value.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Not at all.
    None,
    /// Until then, at most for as long as a lease lasts.
    Until(Instant),
    /// For as long as a lease lasts.
    Lease,
}

/// What a look at Redis came to.
pub(super) enum Look<V> {
    /// A value.
    Value {
        value: V,
        /// By the clock of all caches: counted from when it was asked for, and Redis counts from
        /// then on, or later.
        expires_at: u64,
    },
    /// None that this function can use.
    None,
    /// Redis does not say.
    Unknown,
}

impl Sharing {
    /// Begins to share a computation that has begun. Otherwise, where its result goes.
    pub(super) fn begin<K, V, W, O>(
        member: &'static Member,
        miss: &Miss<Process, K, V, W, O>,
        key: impl FnOnce(&mut KeyWriter<'_>),
        budget: Option<Budget>,
    ) -> Result<Box<Self>, Way>
    where
        K: 'static,
        V: 'static,
        W: 'static,
        Cache<K, V, W, Process>: Fits<Process> + Tracked,
    {
        let Some(begun) = miss.begun() else { return Err(Way::Memory) };
        let Some(attached) = member.attach(miss.cache()) else { return Err(Way::Memory) };
        let Some(link) = member.tier.link() else { return Err(Way::Memory) };
        let brief = || Way::Brief(attached.l1_ttl.unwrap_or(link.config.l1_ttl));
        let reads = miss.purpose() == Purpose::Call;
        let may_ask = |&epoch: &u64| epoch == attached.tracked() && !attached.is_refused();
        let epoch = match link.epoch().filter(may_ask) {
            Some(epoch) => epoch,
            None => {
                attached.is_loose.store(true, SeqCst);
                if reads {
                    link.counters.bypassed.count();
                    member.counters.bypassed.count();
                    return Err(brief());
                }
                // What is replaced has to be replaced there, sooner or later.
                0
            }
        };
        let Some(key) = KeyWriter::key(&link.config.secret, key) else { return Err(brief()) };
        // Also what memory has been made to forget meanwhile is shared: it may be an insertion.
        let group = miss.cache().group_of(begun);
        let registered = attached.register(member::hash(key.as_bytes()), group, reads);
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

    /// Until when memory may hold a value that expires at `deadline`: no longer than `l1_ttl` from
    /// `now`, unless Redis has the value, too, and tells of changes.
    pub(super) fn deadline(&self, now: u64, deadline: u64, is_confirmed: bool) -> u64 {
        if is_confirmed && self.is_told() {
            return deadline;
        }
        deadline.min(now.saturating_add(clock::nanos(self.l1_ttl())))
    }

    /// Counts, for the tier and for the function.
    pub(super) fn count(&self, counter: fn(&Counters) -> &Counter) {
        counter(&self.link.counters).count();
        counter(&self.attached.member.counters).count();
    }

    /// Counts a result that is not shared.
    pub(super) fn count_unshared(&self, why: Unshared) {
        self.count(match why {
            Unshared::Unencodable => |counters| &counters.unencodable,
            Unshared::TooLarge => |counters| &counters.too_large,
            Unshared::Unreadable => |counters| &counters.unreadable,
            Unshared::Altered => |counters| &counters.altered,
        });
        self.attached.member.without(why.reason());
    }

    /// The answers, if there are any.
    fn answers(&self, answers: Result<Vec<Value>, Failure>) -> Option<Vec<Value>> {
        answers.map_err(|failure| self.attached.member.failed(failure)).ok()
    }

    /// Redis has refused something.
    pub(super) fn refused(&self, answers: &[Value]) {
        self.attached.member.counters.errors.count();
        self.attached.member.without("refused");
        if self.link.refused(answers) {
            self.attached.refused();
        }
    }

    /// After something was kept: whether changes were told of may have changed meanwhile.
    pub(super) fn look_back(&self, now: u64) {
        if !self.is_told() {
            let l1_ttl = clock::nanos(self.l1_ttl());
            self.attached.cache.cap(now.saturating_add(l1_ttl));
        }
    }

    /// What the answers to a read say that was asked for at `asked_at`. Only the first counts what
    /// it does not find.
    fn look<V, C: Codec<V>>(
        &mut self,
        answers: &[Value],
        asked_at: u64,
        is_first: bool,
    ) -> Look<V> {
        let unusable = |counter: fn(&Counters) -> &Counter, why| {
            if is_first {
                self.count(counter);
                self.attached.member.without(why);
            }
        };
        match command::found(answers, self.link.config.value_cap) {
            Found::Value(bytes, millis) => {
                let millis = millis.map(|millis| millis.saturating_mul(1_000_000));
                let expires_at = millis.map_or(u64::MAX, |nanos| asked_at.saturating_add(nanos));
                self.registered.finds(asked_at, expires_at);
                match C::decode(bytes) {
                    Some(value) => return Look::Value { value, expires_at },
                    None => {
                        unusable(|counters| &counters.undecodable, "not what the function returns");
                    }
                }
            }
            Found::Nothing => (),
            Found::TooLarge => unusable(|counters| &counters.too_large, "too large"),
            Found::OtherType => {
                unusable(|counters| &counters.undecodable, "of another type");
                // It is somebody else's.
                self.stores = false;
            }
            Found::Refused => {
                self.refused(answers);
                return Look::Unknown;
            }
        }
        if is_first {
            self.count(|counters| &counters.shared_misses);
        }
        Look::None
    }

    /// Whether the key has not changed while it was looked at. From then on a value that was found is not kept if it does.
    fn is_current<V>(&self, look: &Look<V>) -> bool {
        match look {
            Look::Value { .. } => {
                let is_current = self.registered.computes_unless_changed();
                if is_current {
                    self.link.succeeded();
                    self.count(|counters| &counters.shared_hits);
                }
                is_current
            }
            Look::None | Look::Unknown => !self.registered.take_changed(),
        }
    }

    /// Reads the value.
    pub(super) async fn read<V, C: Codec<V>>(&mut self, caller: Caller) -> Look<V> {
        let question = command::read(&self.key, self.link.config.value_cap);
        for read in 0..MOST_READS {
            let _ = self.registered.take_changed();
            let asked_at = clock::now();
            let answers = match caller {
                Caller::Thread => self.link.ask(&question, &mut self.budget).await,
                Caller::Task => {
                    let hash = self.registered.hash;
                    self.link.ask_nearby(&question, hash, &mut self.budget).await
                }
            };
            let Some(answers) = self.answers(answers) else { return Look::Unknown };
            let look = self.look::<V, C>(&answers, asked_at, read == 0);
            if self.is_current(&look) {
                return look;
            }
        }
        // It changes all the time.
        Look::None
    }

    /// Becomes the one process that computes, or finds that it need not: another that does has stored a value.
    pub(super) async fn acquire<V, C: Codec<V>>(&mut self, patience: Patience) -> Look<V> {
        let (cap, millis) = (self.link.config.value_cap, self.link.lease_millis());
        let lease_ends = Instant::now() + self.link.config.lease;
        let until = match patience {
            Patience::None => Instant::now(),
            Patience::Until(deadline) => lease_ends.min(deadline),
            Patience::Lease => lease_ends,
        };
        loop {
            // What has changed by now is in the answer.
            let _ = self.registered.take_changed();
            let mut lease = Lease::asked(&self.link, &self.key);
            let asked_at = clock::now();
            let question = command::acquire(&self.key, cap, &lease.token, millis);
            let answers = self.link.ask(&question, &mut self.budget).await;
            let Some(answers) = self.answers(answers) else { return Look::Unknown };
            let [taking, read @ ..] = answers.as_slice() else { return Look::Unknown };
            let is_taken = match taking {
                Value::Int(is_taken) => *is_taken == 1,
                _ => {
                    self.refused(&answers);
                    return Look::Unknown;
                }
            };
            lease.is_held = is_taken;
            let look = self.look::<V, C>(read, asked_at, false);
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
            let now = Instant::now();
            if now >= lease_ends {
                return self.seize().await;
            }
            // Another process has the lease, and keeps it: this call waits for less time than the
            // lease lasts.
            if now >= until {
                return Look::Unknown;
            }
            if is_taken {
                // A value came and went, or has just come.
                continue;
            }
            // To wait for another process is bounded by the lease. Each question in between has its
            // own time.
            self.budget = self.link.budget();
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
    pub(super) async fn seize<V>(&mut self) -> Look<V> {
        let lease = Lease::asked(&self.link, &self.key);
        let question = command::seize(&self.key, &lease.token, self.link.lease_millis());
        let answers = self.link.ask(&question, &mut self.budget).await;
        match self.answers(answers).as_deref() {
            Some([Value::Int(1)]) => {
                lease.hold();
                self.lease = Some(lease);
                Look::None
            }
            Some(answers) => {
                self.refused(answers);
                Look::Unknown
            }
            None => Look::Unknown,
        }
    }

    /// Takes the right to store what is computed now, whatever is there.
    pub(super) async fn begin_refresh(&mut self) {
        let _: Look<()> = self.seize().await;
        self.registered.computes();
    }

    /// Removes the key, and the lease of a process that computes its value. The caller does not
    /// wait for it.
    pub(super) fn remove_at_once(&self) {
        let keys = || [self.key.as_str()].into_iter();
        self.link.tell(command::announce_removal(keys()), |_| ());
        self.link.tell(command::remove(keys()), |_| ());
    }

    /// What Redis has is older than what is in memory now.
    pub(super) fn remove_later(&self) {
        super::function::queue(&self.link, self.attached.member, self.key.clone());
    }

    /// Lets other functions of this process know that have the same keys: Redis does not tell who writes.
    pub(super) fn tell_others(&self) {
        self.attached.member.tier.outdated(self.key.as_bytes(), Some(self.attached));
    }
}
