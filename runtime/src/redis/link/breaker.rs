//! The breaker of a link: whether calls query Redis, for each right: to read, remove and store.
//!
//! - *Open*: calls bypass Redis. A right of a new connection is open until a probe succeeds.
//! - *Half-open*: one call at a time queries Redis, after the probe of a right that calls opened.
//! - *Closed*: calls query Redis. As many failures in a row as the setting `breaker` open it.
//!
//! It knows no connection and no clock: its caller passes the time, and holds the lock of the link.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// How long an open right waits for its first probe after a failure, and for its later ones.
pub(in crate::redis) const FIRST_DELAY: Duration = Duration::from_millis(50);
pub(in crate::redis) const LONGEST_DELAY: Duration = Duration::from_millis(500);

/// How long a connection, or a closed right, must last before delays start anew.
pub(in crate::redis) const LIVED: Duration = Duration::from_secs(1);

/// The rights of calls. Each can fail, or be refused, without the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::redis) enum Right {
    Read,
    Remove,
    Store,
}

impl Right {
    pub(in crate::redis) const ALL: [Right; 3] = [Right::Read, Right::Remove, Right::Store];
}

/// Delays that double from one failure to the next.
pub(in crate::redis) struct Backoff(Duration);

impl Backoff {
    pub(in crate::redis) const fn new() -> Self {
        Backoff(FIRST_DELAY)
    }

    /// The delay after a failure. What had lasted for `lived` until then starts anew if that is
    /// long enough.
    pub(in crate::redis) fn next(&mut self, lived: Duration) -> Duration {
        if lived >= LIVED {
            self.0 = FIRST_DELAY;
        }
        let delay = self.0;
        self.0 = (delay * 2).min(LONGEST_DELAY);
        delay
    }
}

enum Phase {
    /// Until a probe, which is due then.
    Open {
        probe_at: Instant,
    },
    HalfOpen {
        /// Whether a call queries Redis now.
        is_tried: bool,
    },
    Closed,
}

struct RightState {
    state: Phase,
    /// The number of calls in a row that have failed.
    failures: u32,
    last_failure: Option<Instant>,
    backoff: Backoff,
    /// When it was closed, or half-opened, last.
    closed_at: Instant,
    /// Whether failures of calls have opened it on this connection.
    has_failed: bool,
}

/// The states of the three rights.
pub(in crate::redis) struct Breaker {
    rights: [RightState; 3],
    threshold: u32,
}

/// The course of a call that may query Redis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::redis) enum Admission {
    Call,
    /// The only call of a half-open right.
    Trial,
}

impl Breaker {
    /// All rights are open, and their probes are due.
    pub(in crate::redis) fn new(threshold: u32, now: Instant) -> Self {
        Breaker { rights: [(); 3].map(|()| RightState::new(now)), threshold }
    }

    /// Opens all rights for a connection that is to come.
    pub(in crate::redis) fn reset(&mut self, now: Instant) {
        *self = Breaker::new(self.threshold, now);
    }

    fn right(&mut self, right: Right) -> &mut RightState {
        &mut self.rights[right as usize]
    }

    pub(in crate::redis) fn is_open(&self, right: Right) -> bool {
        matches!(self.rights[right as usize].state, Phase::Open { .. })
    }

    /// Returns how a call may query Redis now, if it may.
    pub(in crate::redis) fn admit(&mut self, right: Right) -> Option<Admission> {
        match &mut self.right(right).state {
            Phase::Closed => Some(Admission::Call),
            Phase::HalfOpen { is_tried } if !*is_tried => {
                *is_tried = true;
                Some(Admission::Trial)
            }
            Phase::HalfOpen { .. } | Phase::Open { .. } => None,
        }
    }

    /// Ends a query without an outcome: its call was dropped.
    pub(in crate::redis) fn give_back(&mut self, right: Right, admission: Admission) {
        if let (Admission::Trial, Phase::HalfOpen { is_tried }) =
            (admission, &mut self.right(right).state)
        {
            *is_tried = false;
        }
    }

    /// Redis has answered a call in time.
    pub(in crate::redis) fn succeed(&mut self, right: Right, admission: Admission) {
        let state = self.right(right);
        state.failures = 0;
        if admission == Admission::Trial && matches!(state.state, Phase::HalfOpen { .. }) {
            state.state = Phase::Closed;
        }
    }

    /// A query that began at `asked_at` has failed. It does not count if it began before the last
    /// failure: calls at one instant fail for one reason.
    pub(in crate::redis) fn fail(&mut self, right: Right, asked_at: Instant, now: Instant) {
        let threshold = self.threshold;
        let state = self.right(right);
        match state.state {
            Phase::Open { .. } => return,
            Phase::HalfOpen { .. } => (),
            Phase::Closed => {
                if state.last_failure.is_some_and(|last| asked_at < last) && state.failures > 0 {
                    return;
                }
                state.last_failure = Some(now);
                state.failures += 1;
                if state.failures < threshold {
                    return;
                }
            }
        }
        state.has_failed = true;
        state.open(now);
    }

    /// When the next probe is due; `None` if no right is open.
    pub(in crate::redis) fn next_probe(&self) -> Option<Instant> {
        let probes = self.rights.iter().filter_map(|right| match right.state {
            Phase::Open { probe_at } => Some(probe_at),
            Phase::HalfOpen { .. } | Phase::Closed => None,
        });
        probes.min()
    }

    /// Applies the outcome of a probe to a right: an open one that is due lets calls in, or waits
    /// for longer.
    pub(in crate::redis) fn probed(&mut self, right: Right, is_good: bool, now: Instant) {
        let state = self.right(right);
        match state.state {
            Phase::Open { probe_at } if probe_at <= now => (),
            Phase::Open { .. } | Phase::HalfOpen { .. } | Phase::Closed => return,
        }
        if !is_good {
            let delay = state.backoff.next(Duration::ZERO);
            state.state = Phase::Open { probe_at: now + delay };
            return;
        }
        state.state = match state.has_failed {
            true => Phase::HalfOpen { is_tried: false },
            false => Phase::Closed,
        };
        state.failures = 0;
        state.closed_at = now;
    }
}

impl RightState {
    fn new(now: Instant) -> Self {
        RightState {
            state: Phase::Open { probe_at: now },
            failures: 0,
            last_failure: None,
            backoff: Backoff::new(),
            closed_at: now,
            has_failed: false,
        }
    }

    fn open(&mut self, now: Instant) {
        let delay = self.backoff.next(now.saturating_duration_since(self.closed_at));
        self.state = Phase::Open { probe_at: now + delay };
    }
}

/// Which rights are open, readable without the lock: an odd number is an open right's. Each change
/// is another number, so that a waiting call notices a period that came and went.
pub(in crate::redis) struct Gates([AtomicU64; 3]);

impl Gates {
    pub(in crate::redis) const fn new() -> Self {
        Gates([const { AtomicU64::new(1) }; 3])
    }

    pub(in crate::redis) fn is_open(&self, right: Right) -> bool {
        self.number(right) % 2 == 1
    }

    pub(in crate::redis) fn number(&self, right: Right) -> u64 {
        self.0[right as usize].load(SeqCst)
    }

    /// Shows the state of the breaker, whose lock is held. Returns whether a right has changed.
    pub(in crate::redis) fn show(&self, breaker: &Breaker) -> bool {
        let mut has_changed = false;
        for right in Right::ALL {
            if self.is_open(right) != breaker.is_open(right) {
                self.0[right as usize].fetch_add(1, SeqCst);
                has_changed = true;
            }
        }
        has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn closed(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(3, now);
        for right in Right::ALL {
            breaker.probed(right, true, now);
        }
        breaker
    }

    #[test]
    fn each_right_opens_alone() {
        let now = Instant::now();
        let mut breaker = closed(now);
        for failure in 0..3 {
            assert!(!breaker.is_open(Right::Store), "{failure}");
            let asked_at = now + MILLISECOND * failure;
            breaker.fail(Right::Store, asked_at, asked_at);
        }
        assert!(breaker.is_open(Right::Store));
        assert!(!breaker.is_open(Right::Read) && !breaker.is_open(Right::Remove));
        assert_eq!(breaker.admit(Right::Store), None);
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Call));
    }

    #[test]
    fn failures_of_one_instant_count_once() {
        let now = Instant::now();
        let mut breaker = closed(now);
        for _ in 0..100 {
            breaker.fail(Right::Read, now, now + MILLISECOND);
        }
        assert!(!breaker.is_open(Right::Read));
    }

    #[test]
    fn a_success_starts_the_count_anew() {
        let now = Instant::now();
        let mut breaker = closed(now);
        for failure in 0..10 {
            let asked_at = now + MILLISECOND * failure;
            breaker.fail(Right::Read, asked_at, asked_at);
            breaker.succeed(Right::Read, Admission::Call);
        }
        assert!(!breaker.is_open(Right::Read));
    }

    #[test]
    fn half_open_admits_one_call_at_a_time() {
        let now = Instant::now();
        let mut breaker = closed(now);
        (0..3).for_each(|_| breaker.fail(Right::Read, now, now));
        let probe_at = breaker.next_probe().expect("it is open");
        assert_eq!(probe_at, now + FIRST_DELAY);
        breaker.probed(Right::Read, true, now);
        assert!(breaker.is_open(Right::Read), "it is not due");
        breaker.probed(Right::Read, true, probe_at);
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Trial));
        assert_eq!(breaker.admit(Right::Read), None);
        breaker.give_back(Right::Read, Admission::Trial);
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Trial));
        breaker.fail(Right::Read, probe_at, probe_at);
        assert_eq!(breaker.next_probe(), Some(probe_at + FIRST_DELAY * 2));
        breaker.probed(Right::Read, true, probe_at + FIRST_DELAY * 2);
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Trial));
        breaker.succeed(Right::Read, Admission::Trial);
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Call));
        assert_eq!(breaker.admit(Right::Read), Some(Admission::Call));
    }

    #[test]
    fn delays_grow_to_a_limit_and_start_anew_for_what_has_lived() {
        let mut backoff = Backoff::new();
        let delays: Vec<_> = (0..6).map(|_| backoff.next(Duration::ZERO).as_millis()).collect();
        assert_eq!(delays, [50, 100, 200, 400, 500, 500]);
        assert_eq!(backoff.next(LIVED), FIRST_DELAY);
    }
}
