//! A web service whose answers are cached by `functools`: in memory, and with a Redis in all
//! processes that use it.
//!
//! The cached functions are in `airports` and `itineraries`. The other modules are those of any
//! service.

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

/// Creates the service's router. All routers of a process have the same caches and metrics.
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
