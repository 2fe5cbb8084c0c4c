//! A store as the second tier of calls: which jobs an operation takes.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use super::answer::{Answer, promise};
use super::job::{Clear, ClearStage, Job, LeaseOf, NewRow, Read};
use super::removals::ClearOf;
use super::store::Store;
use crate::function::miss::Runner;
use crate::inflight::timer::Timer;
use crate::tier::{
    Acquired, Counters, Failure, Found, LeasedValue, NewValue, OnValue, Query, RegisteredFunction,
    SecondTier, Settings, StoreReply, Stored, TemplatePart, TierKey,
};

impl SecondTier for Store {
    fn settings(&self) -> Settings<'_> {
        Settings {
            secret: &self.config.secret,
            value_cap: self.config.effective_cap(),
            l1_ttl: self.config.l1_ttl,
            lease: self.config.lease,
        }
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn timer(&self) -> &Timer {
        &self.timer
    }

    fn deadline(&self) -> Instant {
        Store::deadline(self)
    }

    fn is_usable(&self) -> bool {
        Store::is_usable(self)
    }

    fn is_ready(&self, _: &RegisteredFunction) -> bool {
        !self.is_starting() || !Store::is_usable(self)
    }

    fn is_connected(&self, _: &RegisteredFunction) -> bool {
        Store::is_usable(self) && self.reading.is_open()
    }

    fn link_epoch(&self, _: &TierKey, _: &RegisteredFunction) -> Option<u64> {
        self.epoch()
    }

    fn is_tracking(&self, _: &TierKey) -> bool {
        self.epoch().is_some()
    }

    fn may_read(&self, _: &TierKey) -> bool {
        self.reading.is_open()
    }

    fn may_store(&self, _: &TierKey) -> bool {
        self.writing.is_open()
    }

    fn excludes(&self, key: &TierKey, parts: &[TemplatePart]) -> bool {
        self.removals.lock().excludes(key.name(), parts)
    }

    // Changes of all keys are in one table.
    fn include(&self) {}

    fn record_error(&self, error: &str) {
        Store::record_error(self, error);
    }

    fn read(self: Arc<Self>, keys: &[&TierKey], _: Runner) -> Query<Vec<Found>> {
        let (promise, answer) = promise(None);
        let deadline = Store::deadline(&self);
        let is_after_insertion = keys.iter().any(|key| self.insertions.contain(key.hash()));
        let read = Read { keys: keys.iter().map(|key| key.name().into()).collect(), promise };
        if is_after_insertion {
            self.jobs.push(Job::Read(read));
        } else {
            self.reads.push(read);
        }
        Box::pin(async move {
            let gate = if is_after_insertion { &self.writing } else { &self.reading };
            self.answer(gate, &answer, deadline).await
        })
    }

    fn acquire_lease(
        self: Arc<Self>,
        key: &TierKey,
        token: &str,
        on_value: OnValue,
    ) -> Query<Acquired> {
        let (promise, answer) = promise(None);
        self.write(Job::Acquire(lease_of(key, token), on_value, promise), answer)
    }

    fn take_over_lease(self: Arc<Self>, key: &TierKey, token: &str) -> Query<()> {
        let (promise, answer) = promise(None);
        self.write(Job::TakeOver(lease_of(key, token), promise), answer)
    }

    fn new_token(&self) -> String {
        self.token()
    }

    fn keep_lease(&self, key: &TierKey, token: &str) {
        self.leases.track(key.name(), token);
    }

    fn end_lease(self: Arc<Self>, key: &TierKey, token: &str, is_held: bool) {
        self.leases.untrack(key.name(), token);
        // A thread that does not come back need not have more to do: the lease ends by itself.
        if is_held && !self.writing.is_stuck() {
            self.jobs.push(Job::Release(lease_of(key, token)));
        }
    }

    fn store(self: Arc<Self>, values: Vec<LeasedValue<'_>>) -> Vec<Option<Box<dyn StoreReply>>> {
        let send = |value: LeasedValue<'_>| {
            let LeasedValue { key, token, bytes, ttl, on_unclaimed } = value;
            if !self.writing.is_open() {
                return None;
            }
            let (promise, answer) = promise(Some(on_unclaimed));
            let row = NewRow { bytes: Some(bytes.into()), ttl };
            self.jobs.push(Job::Store(lease_of(key, token), row, promise));
            Some(Box::new(Reply { store: self.clone(), answer }) as Box<dyn StoreReply>)
        };
        values.into_iter().map(send).collect()
    }

    fn insert(self: Arc<Self>, values: Vec<NewValue<'_>>) {
        for NewValue { key, bytes, ttl, then } in values {
            if !self.writing.is_open() {
                then(false);
                continue;
            }
            self.insertions.begin(key.hash());
            let row = NewRow { bytes: bytes.map(Into::into), ttl };
            let job = Job::Insert(key.name().into(), key.hash(), row, then);
            if let Some(Job::Insert(.., then)) = self.jobs.push(job) {
                self.insertions.end(key.hash());
                then(false);
            }
        }
    }

    fn remove(self: Arc<Self>, keys: &[&TierKey], parts: &'static [TemplatePart]) -> Query<()> {
        let (promise, answer) = promise(None);
        let mut removals = self.removals.lock();
        let add = |key: &&TierKey| (Box::from(key.name()), removals.add(key.name(), parts));
        let keys: Vec<(Box<str>, u64)> = keys.iter().map(add).collect();
        drop(removals);
        let deadline = Store::deadline(&self);
        self.jobs.push(Job::Remove(keys.clone(), Some(promise)));
        let unfinished = Unfinished { store: self.clone(), keys, clear: None };
        Box::pin(async move {
            let done = self.answer(&self.writing, &answer, deadline).await;
            drop(unfinished);
            done
        })
    }

    fn remove_detached(self: Arc<Self>, key: &TierKey, parts: &'static [TemplatePart]) {
        let number = self.removals.lock().add(key.name(), parts);
        self.jobs.push(Job::Remove(vec![(key.name().into(), number)], None));
    }

    fn queue_removal(&self, key: &str, parts: &'static [TemplatePart]) {
        self.removals.lock().add_failed(key, parts);
        self.jobs.wake();
    }

    fn clear(self: Arc<Self>, parts: &'static [TemplatePart]) -> Query<()> {
        let (promise, answer) = promise(None);
        let of = self.removals.lock().add_clear(parts);
        let stage = ClearStage::Leases(String::new());
        self.jobs.push(Job::Clear(Clear { of, stage, promise: Some(promise) }));
        let unfinished = Unfinished { store: self.clone(), keys: Vec::new(), clear: Some(of) };
        Box::pin(async move {
            let done = self.long_answer(&answer).await;
            drop(unfinished);
            done
        })
    }
}

fn lease_of(key: &TierKey, token: &str) -> LeaseOf {
    LeaseOf { key: key.name().into(), token: token.into() }
}

impl Store {
    /// Gives a job to the thread that writes, and waits for the answer.
    fn write<T: Send + 'static>(self: Arc<Self>, job: Job, answer: Answer<T>) -> Query<T> {
        let deadline = Store::deadline(&self);
        let is_open = self.writing.is_open();
        if is_open {
            self.jobs.push(job);
        }
        Box::pin(async move {
            if !is_open {
                return Err(Failure::Down);
            }
            self.answer(&self.writing, &answer, deadline).await
        })
    }

    /// Waits for an answer that takes many transactions, for as long as the thread that writes
    /// comes back from each.
    async fn long_answer(&self, answer: &Answer<()>) -> Result<(), Failure> {
        loop {
            let rounds = self.writing.rounds();
            let polled = self.timer.until(Store::deadline(self), |context| answer.poll(context));
            if let Some(answered) = polled.await {
                return answered;
            }
            if self.writing.rounds() == rounds {
                self.counters.timeouts.count();
                self.writing.set_stuck();
                self.timer.wake_all();
                return Err(Failure::TimedOut);
            }
        }
    }
}

/// A removal whose caller waits for it. When that ends before the removal is done, its keys are not
/// read until then.
struct Unfinished {
    store: Arc<Store>,
    keys: Vec<(Box<str>, u64)>,
    clear: Option<ClearOf>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut removals = self.store.removals.lock();
        for (key, number) in &self.keys {
            removals.exclude(key, *number);
        }
        if let Some(clear) = self.clear {
            removals.exclude_clear(clear);
        }
    }
}

/// The reply to a store.
struct Reply {
    store: Arc<Store>,
    answer: Answer<Stored>,
}

impl StoreReply for Reply {
    fn wait(&mut self) -> Pin<Box<dyn Future<Output = Result<Stored, Failure>> + Send + '_>> {
        let deadline = Store::deadline(&self.store);
        Box::pin(
            async move { self.store.answer(&self.store.writing, &self.answer, deadline).await },
        )
    }

    fn take(&mut self) -> Option<Result<Stored, Failure>> {
        self.answer.take()
    }
}
