//! Benches of functools beside the crates that a user would choose instead. Each memoizes the same
//! functions, which are called in the same way in one process.
//!
//! `processes` runs everything; `functions` and `cases` are measured by `timing`, on `threads`;
//! `report` prints. The other modules are one bench or one helper each: see `README.md`.
//!
//! Only cost is measured. The project's tests check results.

mod beside;
mod builds;
mod case;
mod cases;
mod cores;
mod counting;
mod functions;
mod guarded;
mod inputs;
mod peer;
mod plan;
mod processes;
mod ratio;
mod redis_hits;
mod rendezvous;
mod report;
mod results;
mod rounds;
mod scale;
mod server;
mod service;
mod store;
mod summary;
mod threads;
mod timing;
mod waiters;
mod weight;

pub use counting::{Counter, count};
pub use processes::{Paths, run};
pub use service::ask as ask_services;
pub use store::measure as measure_store;
