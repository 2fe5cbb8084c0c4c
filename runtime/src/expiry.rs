//! How long a result lives.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::RandomState;

use crate::clock::nanos;
use crate::ladder::ladder;

/// What the attribute says about it.
#[derive(Clone, Copy)]
pub struct Expiry {
    ttl: Duration,
    has_ttl: bool,
    jitter: u64,
    stale: u64,
    stale_on_error: u64,
    pub(crate) sliding: bool,
}

/// How old an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Within its ttl.
    Fresh,
    /// Past its ttl, but good enough while another computes.
    Stale,
    /// Past that, too.
    Past,
}

impl Expiry {
    /// The values of the options.
    #[must_use]
    pub fn new(ttl: Duration, jitter: Option<Duration>, sliding: bool) -> Self {
        let jitter = jitter.map_or(0, nanos);
        Expiry { ttl, has_ttl: true, jitter, stale: 0, stale_on_error: 0, sliding }
    }

    /// For what does not expire by itself, but may have to.
    #[must_use]
    pub fn never() -> Self {
        Expiry { has_ttl: false, ..Expiry::new(Duration::MAX, None, false) }
    }

    /// The `ttl` option.
    pub(crate) fn ttl(&self) -> Option<Duration> {
        self.has_ttl.then_some(self.ttl)
    }

    /// The values of two more.
    #[must_use]
    pub fn serving_stale(self, stale: Option<Duration>, stale_on_error: Option<Duration>) -> Self {
        let (stale, stale_on_error) = (stale.map_or(0, nanos), stale_on_error.map_or(0, nanos));
        Expiry { stale, stale_on_error, ..self }
    }

    /// How old an entry is now that expires then.
    #[inline]
    pub(crate) fn age(&self, deadline: u64, now: u64) -> Age {
        if now < deadline {
            Age::Fresh
        } else if now < deadline.saturating_add(self.stale) {
            Age::Stale
        } else {
            Age::Past
        }
    }

    /// Whether an entry that expired at `deadline` takes the place of an error. A fresh one does
    /// not: it is the result of another call, not an old one.
    pub(crate) fn outlasts_errors(&self, deadline: u64, now: u64) -> bool {
        deadline <= now && now < deadline.saturating_add(self.stale_on_error)
    }

    /// What expired by then is good for nothing any more.
    pub(crate) fn gone_before(&self, now: u64) -> u64 {
        now.saturating_sub(self.stale.max(self.stale_on_error))
    }

    /// Whether what has expired is kept in reserve.
    #[cfg(feature = "redis")]
    pub(crate) fn has_reserve(&self) -> bool {
        self.stale != 0 || self.stale_on_error != 0
    }

    /// When what is stored now expires: the ttl from now, and a part of the jitter. So far in the future that it
    /// cannot be told is never.
    #[inline]
    pub(crate) fn deadline(&self, now: u64) -> u64 {
        let part = if self.jitter == 0 { 0 } else { self.part(random(now)) };
        now.saturating_add(nanos(self.ttl)).saturating_add(part)
    }

    /// As much of the jitter as the number is of all there are.
    fn part(&self, random: u64) -> u64 {
        let part = (u128::from(self.jitter) * u128::from(random)) >> u64::BITS;
        u64::try_from(part).unwrap_or(self.jitter)
    }
}

/// A number without a pattern.
fn random(seed: u64) -> u64 {
    RandomState::default().hash_one(seed)
}

/// What an expression that says how long is: a `Duration`. A trait, so that the message about
/// another type is written here.
#[diagnostic::on_unimplemented(
    message = "expected a `Duration`, found `{Self}`",
    label = "expected a `Duration`, found `{Self}`",
    note = "for a number of seconds `TTL`, write `Duration::from_secs(TTL)`; a fixed length of time may be a text, such as `\"60s\"`"
)]
pub trait LengthOfTime {
    /// The value.
    fn duration(self) -> Duration;
}

#[diagnostic::do_not_recommend]
impl LengthOfTime for Duration {
    #[inline]
    fn duration(self) -> Duration {
        self
    }
}

ladder!([T] [T]: TryDuration OtherType);

/// Chooses the value of an expression that says how long: `length_of_time(value).value()`. One
/// whose type is not known yet, such as that of `into()`, is a `Duration` by the first step; one
/// of another type is for the message of [`LengthOfTime`].
#[inline]
pub fn length_of_time<T>(value: T) -> TryDuration<T> {
    TryDuration(OtherType(value))
}

/// The last step: a value that is no length of time.
pub struct OtherType<T>(T);

impl TryDuration<Duration> {
    #[inline]
    pub fn value(&self) -> Duration {
        self.0.0
    }
}

impl<T> OtherType<T> {
    // A ladder chooses by a method call, though the choice is in the type.
    #[allow(clippy::unused_self)]
    pub fn value(&self) -> T {
        unreachable!("it does not compile")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Expiry;

    #[test]
    fn the_deadline() {
        let ten = Duration::from_nanos(10);
        assert_eq!(Expiry::new(ten, None, false).deadline(5), 15);
        assert!((15..25).contains(&Expiry::new(ten, Some(ten), false).deadline(5)));
        let jitter = Expiry::new(ten, Some(ten), false);
        assert_eq!([0, u64::MAX / 2, u64::MAX].map(|random| jitter.part(random)), [0, 4, 9]);
        assert_eq!(Expiry::new(Duration::MAX, Some(Duration::MAX), false).deadline(5), u64::MAX);
    }
}
