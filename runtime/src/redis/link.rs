//! The way to one Redis, as calls see it: whether it can be asked, what it answered, and by when it has to.
//!
//! Calls never connect. The [supervisor](super::supervisor) does, and says by the epoch whether calls may ask.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, SeqCst},
};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use parking_lot::{Mutex, RwLock};
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, Value};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::coop::unconstrained;

use super::command;
use super::config::Redis;
use super::queue::Queue;
use super::reader::Reader;
use super::stats::{Counters, Stats};
use crate::timer::Timer;
use crate::trace;

/// The way to one Redis.
pub(super) struct Link {
    pub(super) config: Redis,
    /// While calls may ask, a number that no other time has; otherwise 0.
    epoch: AtomicU64,
    /// Whether Redis tells of changes. If it may not, what is in memory is believed for `l1_ttl` alone.
    pub(super) is_told: AtomicBool,
    connection: RwLock<Option<MultiplexedConnection>>,
    pub(super) reader: Arc<Reader>,
    /// How many questions in a row came to nothing.
    failures: AtomicU32,
    pub(super) timer: Timer,
    pub(super) queue: Mutex<Queue>,
    pub(super) counters: Counters,
    trouble: Mutex<Option<String>>,
    /// There is something for the supervisor to do.
    pub(super) wake: Notify,
    pub(super) is_closed: AtomicBool,
    /// Where the supervisor runs.
    pub(super) handle: OnceCell<Handle>,
    /// Leases that this process holds, by key.
    leases: Mutex<BTreeMap<String, String>>,
    /// By the hash of a key, how many values were inserted that Redis has not confirmed yet.
    insertions: Mutex<BTreeMap<u64, usize>>,
    /// What the tokens of this process begin with.
    identity: u64,
    tokens: AtomicU64,
}

/// Why a question has no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// Nobody may ask now.
    Down,
    /// It did not come in time.
    TimedOut,
    /// There was no time left.
    Exhausted,
    /// The connection broke, or it is no answer.
    Broken,
}

/// The answer to what was asked apart; `None` if there is none.
pub(super) type Answer = oneshot::Receiver<Option<Vec<Value>>>;

/// How long an answer is waited for that no call waits for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a call may still wait for Redis, all in all.
pub(super) struct Budget(Duration);

impl Budget {
    /// What is left of it after so long.
    pub(super) fn less(self, spent: Duration) -> Self {
        Budget(self.0.saturating_sub(spent))
    }

    /// More, if it is less.
    pub(super) fn at_least(self, least: Duration) -> Self {
        Budget(self.0.max(least))
    }
}

static EPOCHS: AtomicU64 = AtomicU64::new(0);

impl Link {
    pub(super) fn new(config: Redis) -> Self {
        use std::hash::{BuildHasher as _, RandomState};

        Link {
            reader: Reader::new(config.runtime.clone()),
            config,
            epoch: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
            connection: RwLock::new(None),
            failures: AtomicU32::new(0),
            timer: Timer::new(),
            queue: Mutex::default(),
            counters: Counters::new(),
            trouble: Mutex::default(),
            wake: Notify::new(),
            is_closed: AtomicBool::new(false),
            handle: OnceCell::new(),
            leases: Mutex::default(),
            insertions: Mutex::default(),
            identity: RandomState::new().hash_one(std::process::id()),
            tokens: AtomicU64::new(0),
        }
    }

    /// While calls may ask, a number that no other time has.
    #[inline]
    pub(super) fn epoch(&self) -> Option<u64> {
        Some(self.epoch.load(Acquire)).filter(|&epoch| epoch != 0)
    }

    /// Lets calls ask.
    pub(super) fn raise(&self) -> u64 {
        let epoch = EPOCHS.fetch_add(1, Relaxed) + 1;
        self.failures.store(0, Relaxed);
        self.epoch.store(epoch, SeqCst);
        self.counters.connections.count();
        trace::connected();
        epoch
    }

    /// Lets no call ask any more; who waits for an answer does not.
    pub(super) fn lower(&self) {
        if self.epoch.swap(0, SeqCst) != 0 {
            self.timer.wake_all();
            self.wake.notify_one();
            trace::disconnected();
        }
    }

    pub(super) fn connect(&self, connection: Option<MultiplexedConnection>) {
        let before = std::mem::replace(&mut *self.connection.write(), connection);
        drop(before);
    }

    pub(super) fn stats(&self) -> Stats {
        self.counters.stats(self.epoch().is_some(), self.queue.lock().len())
    }

    pub(super) fn budget(&self) -> Budget {
        Budget(self.config.timeout)
    }

    /// Asks, while calls may, and as long as the budget lasts.
    pub(super) async fn ask(
        &self,
        question: &Pipeline,
        budget: &mut Budget,
    ) -> Result<Vec<Value>, Failure> {
        let Some(connection) = self.connection.read().clone() else {
            return Err(Failure::Down);
        };
        let answer = self.ask_by(connection, question, budget).await;
        self.judge(&answer);
        answer
    }

    /// As [`Link::ask`], for a task that asks about this key, by the nearest way there is.
    pub(super) async fn ask_nearby(
        &self,
        question: &Pipeline,
        hash: u64,
        budget: &mut Budget,
    ) -> Result<Vec<Value>, Failure> {
        // By another way than the insertion it might overtake that.
        let is_inserted = || self.insertions.lock().contains_key(&hash);
        if let Some(reader) = self.reader.connection().filter(|_| !is_inserted()) {
            match self.ask_by(reader, question, budget).await {
                Ok(answers) => return Ok(answers),
                Err(failure @ (Failure::Down | Failure::Exhausted)) => return Err(failure),
                // It may be the runtime that has no time.
                Err(Failure::TimedOut | Failure::Broken) => self.reader.failed(),
            }
        }
        self.ask(question, budget).await
    }

    async fn ask_by(
        &self,
        mut connection: MultiplexedConnection,
        question: &Pipeline,
        budget: &mut Budget,
    ) -> Result<Vec<Value>, Failure> {
        let answer =
            async { connection.send_packed_commands(question, 0, question.len()).await.ok() };
        self.within(budget, answer).await
    }

    /// Asks whether the caller waits for the answer or not: if he does not any more when it comes, it is `orphaned`.
    pub(super) fn ask_apart(
        &self,
        question: Pipeline,
        orphaned: impl FnOnce(Option<Vec<Value>>) + Send + 'static,
    ) -> Answer {
        let (sender, answer) = oneshot::channel();
        let connection = self.connection.read().clone();
        if let (Some(handle), Some(connection)) = (self.handle.get(), connection) {
            let asked = Asked::at_once(connection, question);
            handle.spawn(async move {
                if let Err(answers) = sender.send(asked.answers().await) {
                    orphaned(answers);
                }
            });
        }
        answer
    }

    /// The answer to what was asked apart.
    pub(super) async fn answer(
        &self,
        answer: &mut Answer,
        budget: &mut Budget,
    ) -> Result<Vec<Value>, Failure> {
        let answer = self.within(budget, async { answer.await.ok().flatten() }).await;
        self.judge(&answer);
        answer
    }

    /// Waits for an answer, while calls may, and as long as the budget lasts.
    ///
    /// The one place where a caller's thread or task polls primitives of tokio.
    async fn within(
        &self,
        budget: &mut Budget,
        answer: impl Future<Output = Option<Vec<Value>>>,
    ) -> Result<Vec<Value>, Failure> {
        let Some(epoch) = self.epoch() else { return Err(Failure::Down) };
        // Tokio lets a task poll its primitives only so often per turn; then they are pending until
        // the task yields. A `block_on` inside a task never yields, so its calls would all time
        // out.
        let mut answer = pin!(unconstrained(answer));
        if budget.0.is_zero() {
            return Err(Failure::Exhausted);
        }
        let begun = Instant::now();
        let answer = self
            .timer
            .until(begun + budget.0, |context| match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                // Somebody has found out that there will be none.
                Poll::Pending if self.epoch() != Some(epoch) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await;
        budget.0 = budget.0.saturating_sub(begun.elapsed());
        match answer {
            Some(Some(Some(answers))) => Ok(answers),
            Some(Some(None)) => {
                self.counters.errors.count();
                Err(Failure::Broken)
            }
            Some(None) => Err(Failure::Down),
            None => {
                self.counters.timeouts.count();
                Err(Failure::TimedOut)
            }
        }
    }

    fn judge(&self, answer: &Result<Vec<Value>, Failure>) {
        if let (Err(Failure::TimedOut | Failure::Broken), Some(epoch)) = (answer, self.epoch()) {
            self.failed(epoch);
        }
    }

    /// A call has had from Redis what it wanted.
    pub(super) fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
    }

    /// What went wrong last.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    pub(super) fn note(&self, trouble: &str) {
        let mut last = self.trouble.lock();
        let is_new = last.as_deref() != Some(trouble);
        *last = Some(trouble.to_owned());
        drop(last);
        trace::trouble(trouble, is_new);
    }

    /// Redis has refused to do something. Whether only this function's keys may be why.
    pub(super) fn refused(&self, answers: &[Value]) -> bool {
        self.counters.errors.count();
        let mut refusals = answers.iter().filter_map(|answer| match answer {
            Value::ServerError(error) if !is_answer(error) => Some(error),
            _ => None,
        });
        let Some(refusal) = refusals.next() else { return false };
        self.note(&format!("{} {}", refusal.code(), refusal.details().unwrap_or_default()));
        // Of keys, not of a command.
        let is_of_function = refusal.code() == "NOPERM"
            && refusal.details().is_some_and(|details| details.contains("keys"));
        if let Some(epoch) = self.epoch().filter(|_| !is_of_function) {
            self.failed(epoch);
        }
        is_of_function
    }

    /// Waits until calls may ask, and all that was queued is done. Whether that was in time.
    pub(super) async fn connected(&self, within: Duration) -> bool {
        let due = Instant::now() + within.min(super::config::LONGEST);
        let poll = |_: &mut Context<'_>| {
            if self.is_closed.load(Acquire) {
                Poll::Ready(false)
            } else if self.epoch().is_some() && self.queue.lock().len() == 0 {
                Poll::Ready(true)
            } else {
                Poll::Pending
            }
        };
        self.timer.until(due, poll).await.unwrap_or(false)
    }

    /// Nobody uses it any more, and nobody keeps the time for who waits.
    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        self.lower();
        self.timer.wake_all();
        self.wake.notify_one();
    }

    /// One question more has come to nothing. After too many nobody asks any more, until the supervisor has.
    fn failed(&self, epoch: u64) {
        if self.failures.fetch_add(1, Relaxed) + 1 >= self.config.failures
            && self.epoch() == Some(epoch)
        {
            self.lower();
        }
    }

    /// Asks without waiting for the answer. By this link nothing overtakes it that is asked afterwards.
    pub(super) fn tell(
        &self,
        question: Pipeline,
        then: impl FnOnce(Option<&[Value]>) + Send + 'static,
    ) {
        let connection = self.connection.read().clone();
        match (self.handle.get(), connection) {
            (Some(handle), Some(connection)) if self.epoch().is_some() => {
                let asked = Asked::at_once(connection, question);
                handle.spawn(async move {
                    let answers = asked.answers().await;
                    then(answers.as_deref().filter(|answers| !is_refusal(answers)));
                });
            }
            _ => then(None),
        }
    }

    /// A value is inserted under a key, until Redis has confirmed it.
    pub(super) fn inserts(self: &Arc<Self>, hash: u64) -> Insertion {
        *self.insertions.lock().entry(hash).or_default() += 1;
        Insertion { link: self.clone(), hash }
    }

    /// What nobody else has ever used.
    pub(super) fn token(&self) -> String {
        format!("{:016x}-{:x}", self.identity, self.tokens.fetch_add(1, Relaxed))
    }

    /// Lets a lease live on while this process holds it.
    pub(super) fn hold(&self, key: &str, token: &str) {
        self.leases.lock().insert(key.to_owned(), token.to_owned());
    }

    /// Does not any more.
    pub(super) fn let_go(&self, key: &str, token: &str) {
        let mut leases = self.leases.lock();
        if leases.get(key).is_some_and(|held| held == token) {
            leases.remove(key);
        }
    }

    /// How long leases are, in milliseconds.
    pub(super) fn lease_millis(&self) -> u64 {
        u64::try_from(self.config.lease.as_millis()).unwrap_or(u64::MAX >> 1)
    }

    /// What lets all leases live on that this process holds.
    pub(super) fn renewal(&self) -> Option<Pipeline> {
        let leases = self.leases.lock();
        (!leases.is_empty()).then(|| command::renew(leases.iter(), self.lease_millis()))
    }
}

/// An insertion that Redis has not confirmed yet, while it lives.
pub(super) struct Insertion {
    link: Arc<Link>,
    hash: u64,
}

impl Drop for Insertion {
    fn drop(&mut self) {
        if let Entry::Occupied(mut pending) = self.link.insertions.lock().entry(self.hash) {
            *pending.get_mut() -= 1;
            if *pending.get() == 0 {
                pending.remove();
            }
        }
    }
}

/// What is asked while no call waits for the answer.
struct Asked {
    answer: Pin<Box<dyn Future<Output = Option<Vec<Value>>> + Send>>,
    /// What came of it at once, if anything.
    first: Poll<Option<Vec<Value>>>,
}

impl Asked {
    /// Asks: the question has its place among all others before this returns.
    fn at_once(mut connection: MultiplexedConnection, question: Pipeline) -> Self {
        let answer =
            async move { connection.send_packed_commands(&question, 0, question.len()).await.ok() };
        // A task that has used up its turn is not made to wait for the next: then it would have no place.
        let mut answer = Box::pin(unconstrained(answer));
        let first = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        Asked { answer, first }
    }

    /// What Redis says, where the supervisor runs.
    async fn answers(self) -> Option<Vec<Value>> {
        match self.first {
            Poll::Ready(answers) => answers,
            Poll::Pending => tokio::time::timeout(PATIENCE, self.answer).await.ok()?,
        }
    }
}

/// Whether Redis has refused to do any of it. That a value is of another type, or that there is no key to be renamed, is an
/// answer.
pub(super) fn is_refusal(answers: &[Value]) -> bool {
    answers.iter().any(|answer| matches!(answer, Value::ServerError(error) if !is_answer(error)))
}

fn is_answer(error: &redis::ServerError) -> bool {
    error.code() == "WRONGTYPE" || is_no_such_key(error)
}

/// Whether there was nothing to be renamed.
pub(super) fn is_no_such_key(error: &redis::ServerError) -> bool {
    error.details().is_some_and(|details| details.contains("no such key"))
}
