//! The functions of the handle (`Operation`), and those beside it for generated code alone
//! (`Accessor`).

/// A function of the handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Info,
    Stats,
    Clear,
    Parameters,
    Uncached,
    Invalidate,
    Contains,
    Peek,
    Ttl,
    Insert,
    Entries,
    Retain,
    Refresh,
    WithStatus,
}

pub(crate) const OPERATIONS: [Operation; 14] = [
    Operation::Info,
    Operation::Stats,
    Operation::Clear,
    Operation::Parameters,
    Operation::Uncached,
    Operation::Invalidate,
    Operation::Contains,
    Operation::Peek,
    Operation::Ttl,
    Operation::Insert,
    Operation::Entries,
    Operation::Retain,
    Operation::Refresh,
    Operation::WithStatus,
];

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Operation::Info => "cache_info",
            Operation::Stats => "cache_stats",
            Operation::Clear => "cache_clear",
            Operation::Parameters => "cache_parameters",
            Operation::Uncached => "uncached",
            Operation::Invalidate => "cache_invalidate",
            Operation::Contains => "cache_contains",
            Operation::Peek => "cache_peek",
            Operation::Ttl => "cache_ttl",
            Operation::Insert => "cache_insert",
            Operation::Entries => "cache_entries",
            Operation::Retain => "cache_retain",
            Operation::Refresh => "cache_refresh",
            Operation::WithStatus => "with_status",
        }
    }

    /// Whether it takes the function's arguments.
    pub(crate) fn has_arguments(self) -> bool {
        !self.is_about_keys()
            && !matches!(
                self,
                Operation::Info | Operation::Stats | Operation::Clear | Operation::Parameters
            )
    }

    /// Whether the types of the key and of the result occur in its signature, and no arguments.
    pub(crate) fn is_about_keys(self) -> bool {
        matches!(self, Operation::Entries | Operation::Retain)
    }

    /// Whether it may run the body, and so takes the skipped arguments as well.
    pub(crate) fn may_run_body(self) -> bool {
        matches!(self, Operation::Uncached | Operation::Refresh | Operation::WithStatus)
    }

    /// Whether it awaits Redis if the function is async and has a second tier.
    pub(super) fn is_sent_to_redis(self) -> bool {
        matches!(self, Operation::Invalidate | Operation::Clear)
    }

    /// Whether the return type occurs in its signature.
    pub(crate) fn has_output(self) -> bool {
        self.may_run_body()
            || self.is_about_keys()
            || matches!(self, Operation::Peek | Operation::Insert)
    }
}

/// A function beside the handle, for generated code alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accessor {
    /// Returns the cache.
    Cache,
    /// Returns the entry of the arguments.
    Entry,
    /// Returns whether a result may be stored.
    CacheIf,
    /// Returns the weight of a result.
    Weight,
    /// Refreshes a stale result in the background, and returns it.
    Refresh,
}

impl Accessor {
    pub(super) fn name(self) -> &'static str {
        match self {
            Accessor::Cache => "__cache",
            Accessor::Entry => "__entry",
            Accessor::CacheIf => "__cache_if",
            Accessor::Weight => "__weight",
            Accessor::Refresh => "__refresh",
        }
    }

    /// The function of the handle with the same type parameters.
    pub(super) fn twin(self) -> Option<Operation> {
        match self {
            Accessor::Cache => None,
            Accessor::Entry | Accessor::CacheIf | Accessor::Weight => Some(Operation::Peek),
            Accessor::Refresh => Some(Operation::WithStatus),
        }
    }
}
