//! The common part of all second tiers: keys, values, and the calls that share their results.
//!
//! A call that finds nothing in memory does everything here, so a hit is the same code as without a
//! second tier. A tier, such as one Redis, implements [`SecondTier`] for its connection and
//! [`TierPlace`] for the static that it is installed in. This room knows no tier, and never blocks
//! a call for longer than the tier's limits.

mod checked;
mod codec;
mod computation;
mod counters;
mod diagnostics;
mod digest;
mod function_cache;
mod functions;
mod invalidation;
mod key;
mod key_index;
mod lease;
mod listener;
mod lookup;
mod miss;
mod pending_call;
mod registered;
mod second_tier;
mod shared_function;
mod store;
mod template;

use crate::types::key_writer::is_unreserved;

#[cfg(feature = "msgpack")]
pub use codec::MessagePack;
pub use codec::{Codec, CodecError, Json};
pub(crate) use counters::Counters;
pub(crate) use functions::Functions;
pub(crate) use invalidation::invalidate_tag;
pub(crate) use key::TierKey;
pub(crate) use registered::RegisteredFunction;
pub(crate) use second_tier::{
    Acquired, Acquisition, Failure, Found, LeasedValue, NewValue, OnValue, Query, SecondTier,
    Settings, StoreReply, Stored, Then, TierPlace,
};
pub(crate) use template::{TemplatePart, could_be_key, outline, prefix};

/// The items that expansions name.
pub mod private {
    pub use super::checked::{
        BySerde, Checked, CheckedCodec, NoCodec, Unneeded, Unshared, codec, own_codec,
    };
    pub use super::diagnostics::{DebugSegment, Encodable, KeySegment, Serializable, ValueSegment};
    pub use super::function_cache::SharedFunctionCache;
    pub use super::shared_function::SharedFunction;
    pub use super::template::TemplatePart;
    pub use crate::types::key_writer::KeyWriter;
    pub use crate::types::segment::{
        DebugText, FloatText, InMemory, Said, Text, Unwritable, debug_segment, segment,
    };
}
