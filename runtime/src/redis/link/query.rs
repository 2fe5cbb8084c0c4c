//! Queries of calls: each has a right, a deadline, and an outcome that the breaker learns of.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};
use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

use super::breaker::{Admission, Right};
use super::live::LiveConnection;
use super::node::Node;
use crate::redis::command::Query;
use crate::redis::{reply, script};
use crate::tier::Failure;

/// How long a reply is waited for at least that no call waits for.
const DETACHED_TIMEOUT: Duration = Duration::from_secs(1);

/// A query that a call may send. Dropped without an outcome, it gives the trial of a half-open
/// right back.
struct Ticket {
    node: Arc<Node>,
    right: Right,
    admission: Admission,
    /// The right's gate. Another number means that it has been opened since.
    gate: u64,
    asked_at: Instant,
    connection: LiveConnection,
    has_ended: bool,
}

impl Ticket {
    /// Records the outcome of a query.
    fn end(
        mut self,
        query: &Query,
        reply: Result<RedisResult<Vec<Value>>, Failure>,
    ) -> Result<Vec<Value>, Failure> {
        self.has_ended = true;
        match reply {
            Ok(Ok(answers)) => self.answered(query, answers),
            Ok(Err(error)) => {
                if error.is_unrecoverable_error() {
                    self.connection.flags.is_lost.store(true, SeqCst);
                }
                self.node.common.counters.errors.count();
                self.node.record_error(&error.to_string());
                self.node.wake.notify_one();
                Err(self.fail(Failure::Broken))
            }
            Err(Failure::TimedOut) => {
                self.node.common.counters.timeouts.count();
                Err(self.fail(Failure::TimedOut))
            }
            Err(failure) => {
                self.give_back();
                Err(failure)
            }
        }
    }

    fn answered(&self, query: &Query, answers: Vec<Value>) -> Result<Vec<Value>, Failure> {
        let node = &self.node;
        // A late reply shows that the server is slow, unless it came after those to hundreds.
        let is_late = self.asked_at.elapsed() > node.common.config.timeout;
        node.arrivals.hear(!is_late || node.in_flight.load(Acquire) >= BUSY);
        if let Some(redirection) = reply::redirection(&answers) {
            node.common.counters.bypassed.count();
            node.redirects(redirection);
            self.give_back();
            return Err(Failure::Elsewhere);
        }
        if let Some(refusal) = reply::refusal(&answers) {
            node.common.counters.errors.count();
            node.record_refusal(refusal, query);
            if reply::ends_connection(refusal) {
                node.end_connection();
                return Err(Failure::Refused { of_function: false });
            }
            let of_function = reply::is_of_keys(refusal);
            if of_function {
                // It is no fault of the right.
                self.succeed();
                return Err(Failure::Refused { of_function });
            }
            let failure = self.fail(Failure::Refused { of_function });
            if node.is_open(self.right) {
                node.note_right(self.right, Some(node.common.words_of(refusal, query)));
            }
            return Err(failure);
        }
        if !(query.is_expected)(&answers) {
            node.common.counters.errors.count();
            node.record_error("the server's answer is not of the kind that Redis gives");
            return Err(self.fail(Failure::Refused { of_function: false }));
        }
        self.succeed();
        Ok(answers)
    }

    fn succeed(&self) {
        let (right, admission) = (self.right, self.admission);
        self.node.change(|state| state.breaker.succeed(right, admission));
    }

    /// A timeout counts only if nothing has arrived since the query was sent, and then for all
    /// rights: a busy link is not a dead one.
    fn fail(&self, failure: Failure) -> Failure {
        let (right, asked_at, now) = (self.right, self.asked_at, Instant::now());
        let is_silent =
            failure == Failure::TimedOut && !self.node.arrivals.has_heard_since(asked_at);
        let counts = failure != Failure::TimedOut || self.admission == Admission::Trial;
        self.node.change(|state| match is_silent {
            true => Right::ALL.iter().for_each(|&each| state.breaker.fail(each, asked_at, now)),
            false if counts => state.breaker.fail(right, asked_at, now),
            false => (),
        });
        failure
    }

    fn give_back(&self) {
        if self.admission == Admission::Trial {
            let (right, admission) = (self.right, self.admission);
            self.node.change(|state| state.breaker.give_back(right, admission));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.node.in_flight.fetch_sub(1, SeqCst);
        if !self.has_ended {
            self.give_back();
        }
    }
}

/// The reply to a query that continues without its caller.
pub(in crate::redis) struct PendingReply {
    ticket: Option<Ticket>,
    query: Arc<Query>,
    reply: oneshot::Receiver<Option<RedisResult<Vec<Value>>>>,
}

impl PendingReply {
    /// Waits for the reply.
    pub(in crate::redis) async fn wait(
        &mut self,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let Some(ticket) = self.ticket.take() else { return Err(Failure::Down) };
        let reply = &mut self.reply;
        let reply = async { reply.await.ok().flatten() };
        let reply = with_deadline(&ticket, deadline, reply).await;
        let reply = reply.and_then(|reply| reply.ok_or(Failure::TimedOut));
        ticket.end(&self.query, reply)
    }

    /// The reply, if it is there.
    pub(in crate::redis) fn take(&mut self) -> Option<Result<Vec<Value>, Failure>> {
        let reply = self.reply.try_recv().ok()??;
        let ticket = self.ticket.take()?;
        Some(ticket.end(&self.query, Ok(reply)))
    }
}

impl Node {
    fn admit(self: &Arc<Self>, right: Right) -> Option<Ticket> {
        if self.gates.is_open(right) || !self.is_usable() {
            return None;
        }
        let mut state = self.state.lock();
        let connection = state.connection.clone()?;
        let admission = state.breaker.admit(right)?;
        let gate = self.gates.number(right);
        drop(state);
        self.in_flight.fetch_add(1, SeqCst);
        let (node, asked_at) = (self.clone(), Instant::now());
        Some(Ticket { node, right, admission, gate, asked_at, connection, has_ended: false })
    }

    /// Sends a query and waits for its answers.
    pub(in crate::redis) async fn query(
        self: &Arc<Self>,
        right: Right,
        query: &Query,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let ticket = self.admit(right).ok_or(Failure::Down)?;
        let runs_hashes = ticket.connection.flags.runs_hashes.load(Acquire);
        let reply = send(ticket.connection.connection.clone(), query, runs_hashes);
        let reply = with_deadline(&ticket, deadline, reply).await;
        ticket.end(query, reply)
    }

    /// Reads for a task, by its own connection if there is one.
    pub(in crate::redis) async fn query_from_task(
        self: &Arc<Self>,
        query: &Query,
        hash: u64,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        // By another connection than the insertion it might overtake that.
        let own = self.task_connection.connection().filter(|_| !self.insertions.contain(hash));
        if let Some(own) = own {
            let ticket = self.admit(Right::Read).ok_or(Failure::Down)?;
            let reply = with_deadline(&ticket, deadline, send(own, query, false)).await;
            match reply {
                Ok(Ok(answers)) => return ticket.end(query, Ok(Ok(answers))),
                Err(Failure::Down) => return ticket.end(query, Err(Failure::Down)),
                // It may be the runtime that has no time.
                Ok(Err(_)) | Err(_) => self.task_connection.failed(),
            }
        }
        self.query(Right::Read, query, deadline).await
    }

    /// Sends a query whose reply is waited for, or goes to `on_unclaimed` if its caller has gone.
    /// `None` if calls bypass Redis now.
    pub(in crate::redis) fn query_detached(
        self: &Arc<Self>,
        right: Right,
        query: Query,
        on_unclaimed: impl FnOnce(&[Value]) + Send + 'static,
    ) -> Option<PendingReply> {
        let handle = self.common.handle.get()?;
        let ticket = self.admit(right)?;
        let query = Arc::new(query);
        let sent = SentQuery::at_once(&ticket.connection, query.clone());
        let (sender, reply) = oneshot::channel();
        let within = self.detached_timeout();
        handle.spawn(async move {
            if let Err(Some(Ok(answers))) = sender.send(sent.reply(within).await) {
                on_unclaimed(&answers);
            }
        });
        Some(PendingReply { ticket: Some(ticket), query, reply })
    }

    /// Sends a query whose reply no call waits for. By this link nothing overtakes it that is sent
    /// afterwards. `then` learns whether Redis has done it.
    pub(in crate::redis) fn send(
        self: &Arc<Self>,
        right: Right,
        query: Query,
        then: impl FnOnce(bool) + Send + 'static,
    ) {
        let (Some(handle), Some(ticket)) = (self.common.handle.get(), self.admit(right)) else {
            return then(false);
        };
        let query = Arc::new(query);
        let sent = SentQuery::at_once(&ticket.connection, query.clone());
        let within = self.detached_timeout();
        handle.spawn(async move {
            let reply = sent.reply(within).await.ok_or(Failure::TimedOut);
            then(ticket.end(&query, reply).is_ok());
        });
    }

    /// Sends a query whose reply does not matter, over any connection that there is.
    pub(in crate::redis) fn send_anyway(
        self: &Arc<Self>,
        query: Query,
        then: impl FnOnce(&[Value]) + Send + 'static,
    ) {
        if !self.is_usable() {
            return;
        }
        let connection = self.state.lock().connection.clone();
        if let (Some(handle), Some(connection)) = (self.common.handle.get(), connection) {
            let sent = SentQuery::at_once(&connection, Arc::new(query));
            let within = self.detached_timeout();
            handle.spawn(async move {
                if let Some(Ok(answers)) = sent.reply(within).await {
                    then(&answers);
                }
            });
        }
    }

    /// How long a reply is waited for that no call waits for: no less than a call would.
    fn detached_timeout(&self) -> Duration {
        DETACHED_TIMEOUT.max(self.common.config.timeout.saturating_mul(BUSY_FACTOR))
    }
}

/// Waits for a reply while its right is not opened, until the deadline.
///
/// The one place where a caller's thread or task polls primitives of tokio.
async fn with_deadline<T>(
    ticket: &Ticket,
    deadline: Instant,
    reply: impl Future<Output = T>,
) -> Result<T, Failure> {
    let node = &ticket.node;
    // Tokio lets a task poll its primitives only so often per turn; then they are pending until
    // the task yields. A `block_on` inside a task never yields, so its calls would all time out.
    let mut reply = pin!(unconstrained(reply));
    let mut poll = |context: &mut Context<'_>| match reply.as_mut().poll(context) {
        Poll::Ready(reply) => Poll::Ready(Some(reply)),
        // No reply is to be expected.
        Poll::Pending if node.gates.number(ticket.right) != ticket.gate => Poll::Ready(None),
        Poll::Pending if !node.is_usable() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    };
    let (mut since, mut until) = (ticket.asked_at, deadline);
    let limit = ticket.asked_at + node.common.config.timeout.saturating_mul(BUSY_FACTOR);
    loop {
        if let Some(reply) = node.common.timer.until(until, &mut poll).await {
            return reply.ok_or(Failure::Down);
        }
        // This process itself is busy: its reply comes after those to hundreds of others.
        let is_busy = node.in_flight.load(Acquire) >= BUSY && node.arrivals.has_heard_since(since);
        (since, until) = (until, Instant::now() + node.common.config.timeout);
        if !is_busy || until > limit {
            return Err(Failure::TimedOut);
        }
    }
}

/// With how many queries at a time a process is busy, and how many timeouts a query waits then, as
/// long as replies arrive.
const BUSY: usize = 256;
const BUSY_FACTOR: u32 = 5;

/// Sends a query; scripts by their hashes, or by their texts to a server that does not know them.
pub(in crate::redis) async fn send(
    mut connection: MultiplexedConnection,
    query: &Query,
    runs_hashes: bool,
) -> RedisResult<Vec<Value>> {
    let pipeline = &query.pipeline;
    if !runs_hashes {
        let pipeline = script::with_texts(pipeline);
        return connection.send_packed_commands(&pipeline, 0, pipeline.len()).await;
    }
    let mut answers = connection.send_packed_commands(pipeline, 0, pipeline.len()).await?;
    if let Some((places, by_text)) = script::unknown(pipeline, &answers) {
        let others = connection.send_packed_commands(&by_text, 0, by_text.len()).await?;
        for (place, answer) in places.into_iter().zip(others) {
            answers[place] = answer;
        }
    }
    Ok(answers)
}

/// A query that is sent while no call waits for its reply.
struct SentQuery {
    reply: Pin<Box<dyn Future<Output = RedisResult<Vec<Value>>> + Send>>,
    /// The result of the first poll.
    first: Poll<RedisResult<Vec<Value>>>,
}

impl SentQuery {
    /// Sends a query: it has its place among all others before this returns.
    fn at_once(connection: &LiveConnection, query: Arc<Query>) -> Self {
        let runs_hashes = connection.flags.runs_hashes.load(Acquire);
        let connection = connection.connection.clone();
        let reply = async move { send(connection, &query, runs_hashes).await };
        // A task that has used up its turn is not made to wait for the next: then it would have no
        // place.
        let mut reply = Box::pin(unconstrained(reply));
        let first = reply.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        SentQuery { reply, first }
    }

    /// The reply, where the supervisor runs; `None` if it does not come in time.
    async fn reply(self, within: Duration) -> Option<RedisResult<Vec<Value>>> {
        match self.first {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => tokio::time::timeout(within, self.reply).await.ok(),
        }
    }
}
