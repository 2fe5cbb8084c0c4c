//! The options of a cache and its statistics, the clock, and spans.
//!
//! It imports no other room.

pub(crate) mod cache_entry;
pub(crate) mod clock;
pub(crate) mod expiry;
pub(crate) mod info;
pub(crate) mod maxsize;
pub(crate) mod policy;
pub(crate) mod single_flight;
pub(crate) mod spec;
pub(crate) mod stats;
pub(crate) mod switch;
pub(crate) mod trace;
