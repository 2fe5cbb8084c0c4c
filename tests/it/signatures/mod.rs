//! Every signature that the attribute takes; no two functions or types share an entry
//! (CONTRACT 3).

mod arguments;
mod async_fn;
mod closures;
mod functions;
mod hygiene;
mod keys;
mod methods;
mod skip;
