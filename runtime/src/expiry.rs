//! How long a result lives.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::RandomState;

use crate::clock::nanos;

/// What the attribute says about it.
#[derive(Clone, Copy)]
pub struct Expiry {
    pub(crate) ttl: Duration,
    jitter: u64,
    pub(crate) sliding: bool,
}

impl Expiry {
    /// The values of the options.
    #[must_use]
    pub fn new(ttl: Duration, jitter: Option<Duration>, sliding: bool) -> Self {
        Expiry { ttl, jitter: jitter.map_or(0, nanos), sliding }
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

/// The value of a `ttl` or `ttl_jitter` expression.
#[must_use]
pub fn duration(duration: Duration) -> Duration {
    duration
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
