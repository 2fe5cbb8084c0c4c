//! A service whose answers are cached by `functools`: in the memory of this process, and, where there
//! is a Redis, in that of all that run beside it.
//!
//! What is cached is in `airports` and `itineraries`; the rest is what a service has besides.

mod airports;
mod cache_headers;
mod code;
mod constant;
mod database;
mod dataset;
mod error;
mod itineraries;
mod operations;
mod page;
mod rendered;
mod requests;
mod serve;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{delete, get};

pub use database::{Database, DatabaseError, OpenError};
pub use serve::serve;

/// All routes. The caches and the metrics are the process's, however many of these there are.
pub fn app(database: Database) -> Router {
    operations::install_recorder();
    itineraries::prepare();
    let routes = Router::new()
        .route("/cached-data/{param}", get(itineraries::cached))
        .route("/uncached/cached-data/{param}", get(itineraries::uncached))
        .route(
            "/cached/{item_id}",
            get(airports::cached).put(airports::rename).delete(airports::invalidate),
        )
        .route("/uncached/cached/{item_id}", get(airports::uncached))
        .route("/constant/{item_id}", get(constant::answer))
        .route("/cache-info", get(operations::cache_info).delete(operations::clear_all))
        .route("/cache-info/{function}", delete(operations::clear))
        .route("/metrics", get(operations::metrics))
        .route("/healthz", get(operations::health))
        .merge(page::routes())
        .fallback_service(error::unknown_path.with_state(()))
        .with_state(database);
    requests::limited_and_observed(routes)
}
