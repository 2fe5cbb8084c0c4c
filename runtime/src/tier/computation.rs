//! [`SharedComputation`], the state of a call's key in the tier while the call reads or computes.
//!
//! It registers the call before the first query, so that each change from then on reaches the call.
//! `lookup` reads and takes the lease; `store` stores the result.

use std::sync::Arc;
use std::time::Duration;

use super::checked::Unshared;
use super::counters::{Counter, Counters};
use super::key::TierKey;
use super::lease::Lease;
use super::listener::ChangeListener;
use super::registered::RegisteredFunction;
use super::second_tier::{Failure, SecondTier};
use super::shared_function::SharedFunction;
use crate::base::clock;
use crate::cache::{Cache, MemoryTier};
use crate::function::find::CacheIn;
use crate::function::miss::{MissGuard, Purpose};
use crate::types::key_writer::KeyWriter;
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::tag::Tags;

/// The cache of calls with these keys and this outcome.
pub(super) type CacheOf<K, R, O> =
    Cache<K, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, Process>;

/// The right to compute a result of such a cache.
pub(super) type MissOf<K, R, O, G> =
    MissGuard<Process, K, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, O, G>;

/// The destination of a result.
pub(super) enum Destination {
    /// In memory, as without a second tier.
    Memory,
    /// In memory for this long, since it is not stored in the tier.
    MemoryFor(Duration),
    /// In memory and in the tier.
    SecondTier(Box<SharedComputation>),
}

/// A key of the tier while its value is read or computed.
pub(super) struct SharedComputation {
    pub(super) function: &'static SharedFunction,
    pub(super) registered: &'static RegisteredFunction,
    pub(super) tier: Arc<dyn SecondTier>,
    /// The link epoch in which each change to the key has reached this call; `None` for none.
    pub(super) epoch: Option<u64>,
    pub(super) key: Arc<TierKey>,
    pub(super) listener: ChangeListener,
    pub(super) lease: Option<Lease>,
    /// Whether the value in the tier may be replaced.
    pub(super) may_store: bool,
    /// Whether the tier has a value that this function cannot use.
    pub(super) is_unusable: bool,
}

impl SharedComputation {
    /// Starts to share a computation.
    ///
    /// # Errors
    ///
    /// The destination of its result, if that is not the tier.
    pub(super) fn start<K, V, W, O, G>(
        function: &'static SharedFunction,
        miss: &MissGuard<Process, K, V, W, O, G>,
        key: impl FnOnce(&mut KeyWriter<'_>),
        tags: Tags,
    ) -> Result<Box<Self>, Destination>
    where
        K: 'static,
        V: 'static,
        W: 'static,
        Cache<K, V, W, Process>: CacheIn<Process> + MemoryTier,
    {
        let id = miss.id().ok_or(Destination::Memory)?;
        let registered = function.register(miss.cache()).ok_or(Destination::Memory)?;
        let tier = function.tier().ok_or(Destination::Memory)?;
        let settings = tier.settings();
        let for_l1_ttl = || Destination::MemoryFor(registered.l1_ttl_or(settings.l1_ttl));
        let may_reread = miss.purpose() == Purpose::Call;
        let bypass = || {
            registered.add_untracked_entry();
            tier.counters().bypassed.count();
            function.counters.bypassed.count();
            Err(for_l1_ttl())
        };
        let key = TierKey::write(settings.secret, key, tags).ok_or_else(for_l1_ttl)?;
        let may_read = || tier.may_read(&key) && !registered.is_paused();
        let epoch = tier.link_epoch(&key, registered).filter(|_| may_read());
        if epoch.is_none() {
            if may_reread {
                return bypass();
            }
            // An insertion or a refresh replaces the value in the tier, sooner or later.
            registered.add_untracked_entry();
        }
        if may_reread && tier.excludes(&key, function.parts) {
            return bypass();
        }
        // A result whose computation was discarded is shared, too: it may be an insertion.
        let group = miss.cache().group_of(id);
        let (key, lease, may_store) = (Arc::new(key), None, true);
        let listener = ChangeListener::listen(registered, &key, group, may_reread);
        let computation = SharedComputation {
            function,
            registered,
            tier,
            epoch,
            key,
            listener,
            lease,
            may_store,
            is_unusable: false,
        };
        Ok(Box::new(computation))
    }

    /// How long an entry in memory is valid while changes are not reported.
    fn l1_ttl(&self) -> Duration {
        self.registered.l1_ttl_or(self.tier.settings().l1_ttl)
    }

    /// Whether each change to the key has been reported since this started.
    fn is_tracking(&self) -> bool {
        self.tier.is_tracking(&self.key) && self.epoch.is_some() && self.is_same_epoch()
    }

    /// Whether the link epoch has not ended since this started.
    pub(super) fn is_same_epoch(&self) -> bool {
        self.tier.link_epoch(&self.key, self.registered) == self.epoch
    }

    /// Returns until when memory may hold a value that expires at `deadline`: for at most `l1_ttl`
    /// from `now`, unless the tier has the value and reports changes.
    pub(super) fn deadline(&self, now: u64, deadline: u64, is_confirmed: bool) -> u64 {
        if is_confirmed && self.is_tracking() {
            return deadline;
        }
        deadline.min(now.saturating_add(clock::nanos(self.l1_ttl())))
    }

    /// Limits deadlines after an entry was stored, since tracking may have ended meanwhile.
    pub(super) fn recheck_tracking(&self, now: u64) {
        if !self.is_tracking() {
            let l1_ttl = clock::nanos(self.l1_ttl());
            self.registered.cache.cap_deadlines(now.saturating_add(l1_ttl));
        }
    }

    /// Counts for the tier and for the function.
    pub(super) fn count(&self, counter: fn(&Counters) -> &Counter) {
        counter(self.tier.counters()).count();
        counter(&self.function.counters).count();
    }

    /// Counts a result that is not shared.
    pub(super) fn count_unshared(&self, why: Unshared) {
        self.count(match why {
            Unshared::Unencodable => |counters| &counters.unencodable,
            Unshared::TooLarge => |counters| &counters.too_large,
            Unshared::Unreadable => |counters| &counters.unreadable,
            Unshared::Altered => |counters| &counters.altered,
        });
        self.function.report_skipped(why.reason());
    }

    /// Returns the answer to a query; records a failure.
    pub(super) fn answer<T>(&self, answer: Result<T, Failure>) -> Option<T> {
        answer.map_err(|failure| self.function.record_failure(failure)).ok()
    }

    /// Prepares to store a result over the value in the tier, whatever that is.
    pub(super) async fn start_refresh(&mut self) {
        self.take_over_lease().await;
        self.listener.stop_rereading();
    }

    /// Takes the lease from its holder, whose result is not stored.
    async fn take_over_lease(&mut self) {
        let lease = Lease::requested(&self.tier, &self.key);
        let answer = self.tier.clone().take_over_lease(&self.key, &lease.token).await;
        if self.answer(answer).is_some() {
            lease.keep();
            self.lease = Some(lease);
        }
    }

    /// Removes the key, and revokes its lease, without a wait.
    pub(super) fn remove(&self) {
        self.tier.clone().remove_detached(&self.key, self.function.parts);
    }

    /// Queues the removal of the key, whose value in the tier is older than that in memory.
    pub(super) fn queue_removal(&self) {
        self.tier.queue_removal(self.key.name(), self.function.parts);
    }

    /// Removes the key from the memory of other functions of this process that have the same keys:
    /// the tier does not report a change to the process that made it.
    pub(super) fn invalidate_siblings(&self) {
        let functions = self.function.place.functions();
        functions.invalidate(self.key.name().as_bytes(), Some(self.registered));
    }
}
