//! Code that the examples share: the data, and the network of airports and routes made of it.
//! Nothing here uses a cache.

pub mod data;
pub mod network;
