//! What the example `flights` stands on: its data, and the network of airports and routes made of
//! it. Nothing here knows of caches.

pub mod data;
pub mod network;
