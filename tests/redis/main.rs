//! Functions whose results are in Redis, too: by the contract, with a real `redis-server` for each
//! test. Where there is none, it is installed, or the tests say what to install.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod python;
mod server;
