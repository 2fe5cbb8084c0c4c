//! [`Expiry`], the options about time: when a result expires, and for how long an expired one may
//! still be returned.
//!
//! Moments and durations are nanoseconds of the [clock](super::clock).

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::RandomState;

use super::clock::nanos;

/// The options `ttl`, `ttl_jitter`, `stale`, `stale_on_error` and `sliding`.
#[derive(Clone, Copy)]
pub struct Expiry {
    ttl: Duration,
    has_ttl: bool,
    jitter: u64,
    pub(crate) stale: u64,
    stale_on_error: u64,
    pub(crate) is_sliding: bool,
}

/// The age of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Before its deadline.
    Fresh,
    /// Past its deadline, within `stale`: usable while another call recomputes.
    Stale,
    /// Past its deadline and past `stale`.
    Expired,
}

impl Expiry {
    /// Takes the values of the options.
    #[must_use]
    pub fn new(ttl: Duration, jitter: Option<Duration>, is_sliding: bool) -> Self {
        let jitter = jitter.map_or(0, nanos);
        Expiry { ttl, has_ttl: true, jitter, stale: 0, stale_on_error: 0, is_sliding }
    }

    /// Returns the expiry of entries that have no `ttl`, but whose deadline may be set later.
    #[must_use]
    pub fn never() -> Self {
        Expiry { has_ttl: false, ..Expiry::new(Duration::MAX, None, false) }
    }

    /// Returns the expiry of entries whose ttl depends on the result.
    #[must_use]
    pub fn of_results(jitter: Option<Duration>) -> Self {
        Expiry { has_ttl: false, ..Expiry::new(Duration::MAX, jitter, false) }
    }

    /// Returns the expiry of entries with this `ttl`, or with one that depends on the result.
    #[must_use]
    pub fn by_type(ttl: Option<Duration>, jitter: Option<Duration>) -> Self {
        match ttl {
            Some(ttl) => Expiry::new(ttl, jitter, false),
            None => Expiry::of_results(jitter),
        }
    }

    /// Sets the options `stale` and `stale_on_error`.
    #[must_use]
    pub fn with_stale(self, stale: Option<Duration>, stale_on_error: Option<Duration>) -> Self {
        let (stale, stale_on_error) = (stale.map_or(0, nanos), stale_on_error.map_or(0, nanos));
        Expiry { stale, stale_on_error, ..self }
    }

    /// The option `ttl`.
    pub(crate) fn ttl(&self) -> Option<Duration> {
        self.has_ttl.then_some(self.ttl)
    }

    /// Returns the age of an entry with this deadline.
    #[inline]
    pub(crate) fn age(&self, deadline: u64, now: u64) -> Age {
        if now < deadline {
            Age::Fresh
        } else if now < deadline.saturating_add(self.stale) {
            Age::Stale
        } else {
            Age::Expired
        }
    }

    /// Whether an entry may be returned instead of an error: past its deadline, within
    /// `stale_on_error`. A fresh one may not: another call has stored it meanwhile.
    pub(crate) fn is_usable_on_error(&self, deadline: u64, now: u64) -> bool {
        deadline <= now && now < deadline.saturating_add(self.stale_on_error)
    }

    /// Returns the deadline up to which entries are past every stale window.
    pub(crate) fn purge_cutoff(&self, now: u64) -> u64 {
        now.saturating_sub(self.stale.max(self.stale_on_error))
    }

    /// Whether expired entries stay for `stale` or `stale_on_error`.
    pub(crate) fn has_reserve(&self) -> bool {
        self.stale != 0 || self.stale_on_error != 0
    }

    /// Returns the deadline of a result stored at `now`: after the ttl and a random part of the
    /// jitter. A deadline beyond the clock's range is never reached.
    #[cfg(test)]
    pub(crate) fn deadline(&self, now: u64) -> u64 {
        self.deadline_after(self.ttl, now)
    }

    /// Same as [`Expiry::deadline`] for a result with a ttl of its own.
    #[inline]
    pub(crate) fn deadline_after(&self, ttl: Duration, now: u64) -> u64 {
        self.deadline_after_nanos(nanos(ttl), now)
    }

    /// Same as [`Expiry::deadline_after`] for a ttl in nanoseconds.
    #[inline]
    pub(crate) fn deadline_after_nanos(&self, ttl: u64, now: u64) -> u64 {
        let part = if self.jitter == 0 { 0 } else { self.jitter_part(random(now)) };
        now.saturating_add(ttl).saturating_add(part)
    }

    /// The ttl in nanoseconds of results without one of their own.
    pub(crate) fn ttl_nanos(&self) -> u64 {
        nanos(self.ttl)
    }

    /// Scales a random number of 64 bits to the jitter.
    fn jitter_part(&self, random: u64) -> u64 {
        let part = (u128::from(self.jitter) * u128::from(random)) >> u64::BITS;
        u64::try_from(part).unwrap_or(self.jitter)
    }
}

/// Returns a random number.
fn random(seed: u64) -> u64 {
    RandomState::default().hash_one(seed)
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
        assert_eq!([0, u64::MAX / 2, u64::MAX].map(|random| jitter.jitter_part(random)), [0, 4, 9]);
        assert_eq!(Expiry::new(Duration::MAX, Some(Duration::MAX), false).deadline(5), u64::MAX);
    }
}
