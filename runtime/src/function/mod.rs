//! The caches of one function: their instances and names, and a call as generated code makes it.
//!
//! It relies on the [cache](mod@crate::cache), and knows nothing of a second tier.

pub(crate) mod background;
pub(crate) mod body_run;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod find;
pub(crate) mod function_cache;
pub(crate) mod instance;
pub(crate) mod instance_map;
pub(crate) mod memory_entry;
pub(crate) mod miss;
mod name;
pub(crate) mod purpose;
pub(crate) mod registry;
pub(crate) mod switch;
