//! [`Spec`], the options of a cache as the attribute gives them, and [`Function`], the function
//! that they belong to.

use std::borrow::Cow;

use super::expiry::Expiry;
use super::info::CacheParameters;
use super::policy::Policy;
use super::single_flight::SingleFlight;

/// Evaluates the options of a cache.
pub(crate) type Specify = fn() -> Spec;

/// A cached function, whatever its type parameters. Generated code has a static for each; its
/// address identifies the function.
pub struct Function {
    pub(crate) name: &'static str,
    /// The names of the generated items around the closure that specifies the cache, from the
    /// outside in.
    pub(crate) generated: &'static [&'static str],
    /// The line of the attribute.
    pub(crate) line: u32,
}

impl Function {
    /// Describes the function `name`, annotated on this line. `generated` are the names of the
    /// generated items around the closure that specifies its cache, from the outside in.
    #[must_use]
    pub const fn new(name: &'static str, generated: &'static [&'static str], line: u32) -> Self {
        Function { name, generated, line }
    }
}

/// The options of a cache.
pub struct Spec {
    pub(crate) function: &'static Function,
    /// The type name of a closure in the closure that specifies the cache. It has the path of the
    /// function.
    pub(crate) closure: &'static str,
    /// The module or type and the name of the function; in an instance, its name in
    /// [`crate::caches`].
    pub(crate) name: Cow<'static, str>,
    pub(crate) maxsize: Option<usize>,
    pub(crate) typed: bool,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) single_flight: SingleFlight,
    pub(crate) policy: Policy,
    pub(crate) maxweight: Option<u64>,
}

impl Spec {
    /// Returns the options that a function in this module has by default.
    #[must_use]
    pub fn of_function(
        function: &'static Function,
        module: &'static str,
        closure: &'static str,
        maxsize: Option<usize>,
    ) -> Self {
        let name = Cow::Owned(format!("{module}::{}", function.name));
        Spec {
            function,
            closure,
            name,
            maxsize,
            typed: false,
            expiry: None,
            single_flight: SingleFlight::On,
            policy: Policy::Lru,
            maxweight: None,
        }
    }

    /// Same as [`Spec::of_function`] for a method of the type `T`.
    #[must_use]
    pub fn of_method<T: ?Sized>(
        function: &'static Function,
        closure: &'static str,
        maxsize: Option<usize>,
    ) -> Self {
        Spec::of_function(function, std::any::type_name::<T>(), closure, maxsize)
    }

    /// Sets `typed = true`.
    #[must_use]
    pub fn typed(mut self) -> Self {
        self.typed = true;
        self
    }

    /// Sets the options about time.
    #[must_use]
    pub fn expiring(mut self, expiry: Expiry) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// Sets `single_flight`.
    #[must_use]
    pub fn single_flight(mut self, single_flight: SingleFlight) -> Self {
        self.single_flight = single_flight;
        self
    }

    /// Sets `policy`.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets `maxweight`.
    #[must_use]
    pub fn maxweight(mut self, maxweight: u64) -> Self {
        self.maxweight = Some(maxweight);
        self
    }

    /// Returns the options as `f::cache_parameters()` shows them.
    pub(crate) fn parameters(&self) -> CacheParameters {
        let Spec { maxsize, typed, expiry, policy, maxweight, .. } = *self;
        let ttl = expiry.and_then(|expiry| expiry.ttl());
        CacheParameters { maxsize, typed, ttl, policy, maxweight }
    }
}
