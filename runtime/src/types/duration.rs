//! The value of an option that is a duration, such as `ttl = TTL`.

use std::time::Duration;

use super::specialize::autoderef;

/// The value of an expression for a duration. A trait, so that the message about another type is
/// written here.
#[diagnostic::on_unimplemented(
    message = "expected a `Duration`, found `{Self}`",
    label = "expected a `Duration`, found `{Self}`",
    note = "for a number of seconds `TTL`, write `Duration::from_secs(TTL)`; a fixed length of \
            time may be a text, such as `\"60s\"`"
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

/// The value of a path for a `ttl` with `sliding`, which a function of the result cannot be.
#[diagnostic::on_unimplemented(
    message = "`sliding` needs a `ttl` that is a `Duration`, found `{Self}`",
    label = "expected a `Duration`, found `{Self}`",
    note = "a hit restarts the `ttl`, which is not kept for each result: give a length of time for \
            all results, or remove `sliding`"
)]
pub trait FixedTtl {
    /// The value.
    fn duration(self) -> Duration;
}

#[diagnostic::do_not_recommend]
impl FixedTtl for Duration {
    #[inline]
    fn duration(self) -> Duration {
        self
    }
}

autoderef!([T] [T]: TryDuration OtherType);

/// Chooses the value of an expression for a duration: `length_of_time(value).value()`. The first
/// step makes a value whose type is not known yet, such as that of `into()`, a `Duration`; a value
/// of another type gets the message of [`LengthOfTime`].
#[inline]
pub fn length_of_time<T>(value: T) -> TryDuration<T> {
    TryDuration(OtherType(value))
}

/// The last step: a value that is no duration.
pub struct OtherType<T>(T);

impl TryDuration<Duration> {
    #[inline]
    pub fn value(&self) -> Duration {
        self.0.0
    }
}

impl<T> OtherType<T> {
    // Autoderef specialization needs a method, although the result depends on the type alone.
    #[allow(clippy::unused_self)]
    pub fn value(&self) -> T {
        unreachable!("it does not compile")
    }
}
