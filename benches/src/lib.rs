//! Functools beside the crates that a user would pick instead: the same functions memoized by each,
//! called in the same way, in one process.
//!
//! `functions` has what is called, `cases` with which inputs; `crew` and `timing` call it and
//! `counting` weighs it; `beside` times hits while another thread misses, `ratio` counts the hits
//! of each policy, `scale` fills large caches, each in its own process, and `weight` weighs those;
//! `waiters` calls many at once of what a `meeting` keeps from ending;
//! `trips` asks a `server`, a real one of Redis; `store` is what a result costs on its way there;
//! `builds` times what a user waits for; `report` says what came out. `service` stands apart: it
//! asks whole services, the project's and FastAPI's, which are `kept` as long as that takes.
//! Measured here is cost alone: that the results are right is for the project's tests to show.

mod beside;
mod builds;
mod case;
mod cases;
mod cores;
mod counting;
mod crew;
mod functions;
mod inputs;
mod kept;
mod meeting;
mod peer;
mod plan;
mod processes;
mod ratio;
mod report;
mod results;
mod scale;
mod server;
mod service;
mod store;
mod summary;
mod timing;
mod trips;
mod waiters;
mod weight;

pub use counting::{Counter, count};
pub use processes::{Paths, run};
pub use service::ask as ask_services;
pub use store::measure as measure_store;
