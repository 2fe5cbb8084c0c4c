//! The options of the attribute: `Options` and the types of their values. `parse` reads them.
//!
//! Names and expressions keep their spans, so that an error points at them. Rules that depend on
//! the function or on several options are in `check`.

pub(crate) mod bounds;
mod names;
mod parse;
mod redis;
pub(crate) mod ttl;
pub(crate) mod unknown;
mod values;

use proc_macro2::{Ident, Span};
use syn::{Expr, Path, Type};

use crate::template::Template;

/// The attribute that is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `#[lru_cache]`: 128 entries by default.
    LruCache,
    /// `#[cache]`: no bound.
    Cache,
}

/// The threads that share a cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Process,
    Thread,
}

/// The name of the handle.
pub(crate) enum HandleName {
    /// The function's name.
    OfFunction,
    /// `handle = name`
    Named(Ident),
    /// `handle = Self::name`: associated functions of the type whose `impl` the function is in.
    Beside(Ident),
    /// `handle = _`: there is no handle.
    None,
}

/// A duration.
pub(crate) enum DurationValue {
    /// A text, at this span.
    Text(std::time::Duration, Span),
    /// An expression of type `Duration`.
    Expr(Expr),
}

/// How long a result is valid.
pub(crate) enum Ttl {
    /// A duration for all results.
    Fixed(DurationValue),
    /// A path: of a `Duration`, or of a function of the result.
    Path(Expr),
    /// A closure of the result.
    OfResult(Expr),
}

/// The runner of a refresh: the caller, or a thread or task in the background.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// The call that finds it.
    Caller,
    /// A thread or a task beside the call.
    Background,
}

/// Whether a call waits for another that computes the same key.
pub(crate) enum SingleFlight {
    Off,
    On,
    /// For at most this long.
    Within(DurationValue),
}

/// The options that limit how long a result is valid.
#[derive(Default)]
pub(crate) struct Expiry {
    pub(crate) ttl: Option<Ttl>,
    /// Whether `ttl` is given, even with an invalid value.
    pub(crate) has_ttl: bool,
    pub(crate) ttl_jitter: Option<DurationValue>,
    pub(crate) sliding: bool,
    pub(crate) stale: Option<(Ident, DurationValue)>,
    pub(crate) stale_on_error: Option<(Ident, DurationValue)>,
    /// The names of the given options that need a `ttl`.
    pub(crate) need_ttl: Vec<Ident>,
}

/// Which entry is evicted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    Lru,
    Adaptive,
}

/// A bound on the total weight.
pub(crate) enum Maxweight {
    /// A text or a number.
    Literal(u64),
    /// An expression of type `u64`.
    Expr(Expr),
}

/// The options about weights.
#[derive(Default)]
pub(crate) struct Weights {
    pub(crate) maxweight: Option<Maxweight>,
    pub(crate) weight: Option<Expr>,
    /// The names of the given options, even with invalid values.
    pub(crate) maxweight_name: Option<Ident>,
    pub(crate) weight_name: Option<Ident>,
}

/// The option `redis`.
pub(crate) struct Redis {
    /// The option's name, for errors about the option as a whole.
    pub(crate) name: Ident,
    /// The key; `None` if there is an error about it.
    pub(crate) template: Option<Template>,
    pub(crate) tier: Option<Path>,
    pub(crate) l1_ttl: Option<DurationValue>,
    /// The path of the type that writes and reads results.
    pub(crate) codec: Option<Path>,
}

/// The options of one use of the attribute.
// Each bool is an option with the values `true` and `false`, or whether an option is given.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) flavor: Flavor,
    pub(crate) maxsize: Option<Expr>,
    pub(crate) weights: Weights,
    /// With the span of its value.
    pub(crate) policy: Option<(Policy, Span)>,
    pub(crate) typed: bool,
    pub(crate) expiry: Expiry,
    /// With the span of its value.
    pub(crate) refresh: Option<(Refresh, Span)>,
    pub(crate) single_flight: SingleFlight,
    pub(crate) cache_err: bool,
    pub(crate) cache_none: bool,
    pub(crate) cache_if: Option<Expr>,
    pub(crate) skip: Vec<Ident>,
    /// The arguments that an invalid `skip` means. They count as skipped, so that the error about
    /// `skip` is the only one.
    pub(crate) meant_to_skip: Vec<Ident>,
    /// The arguments that are recorded in a computation's span.
    pub(crate) trace: Vec<Ident>,
    pub(crate) key: Option<Expr>,
    /// The type of the key, if it is given.
    pub(crate) key_type: Option<Type>,
    /// Whether `key` is given, even with an invalid value.
    pub(crate) has_key: bool,
    pub(crate) scope: Scope,
    pub(crate) redis: Option<Redis>,
    pub(crate) handle: HandleName,
    pub(crate) crate_path: Option<Path>,
    /// The name under which generated code imports the crate, if its path is given.
    pub(crate) crate_alias: Option<Ident>,
}

/// The names of all options, in the order in which a message lists them.
const OPTION_NAMES: [&str; 22] = [
    "maxsize",
    "maxweight",
    "weight",
    "policy",
    "typed",
    "ttl",
    "ttl_jitter",
    "sliding",
    "stale",
    "stale_on_error",
    "refresh",
    "cache_err",
    "cache_none",
    "cache_if",
    "skip",
    "key",
    "single_flight",
    "scope",
    "redis",
    "trace",
    "handle",
    "crate",
];

impl Options {
    /// Whether only their weight bounds the entries.
    pub(crate) fn is_bounded_by_weight(&self) -> bool {
        self.maxsize.is_none() && self.weights.maxweight_name.is_some()
    }

    /// The span of `"background"`, if `refresh = "background"` is given.
    pub(crate) fn background(&self) -> Option<Span> {
        self.refresh.filter(|(refresh, _)| *refresh == Refresh::Background).map(|(_, at)| at)
    }

    /// The span of `policy = "adaptive"`, if that is given.
    pub(crate) fn adaptive(&self) -> Option<Span> {
        self.policy.filter(|(policy, _)| *policy == Policy::Adaptive).map(|(_, at)| at)
    }
}
