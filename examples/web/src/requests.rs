//! What every request goes through: limits, and what is told of it to logs and metrics.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use metrics::SharedString;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::error;

/// The most bytes that a request may send.
pub(crate) const LARGEST_BODY: usize = 16 << 10;

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(10);

/// The name of the histogram of how long answers took, in seconds.
pub(crate) const DURATION: &str = "http_request_duration_seconds";

/// Puts the limits around all routes. How many requests there are at a time is not limited here: a
/// hit waits for nothing, misses of one key wait for one query, and queries for a connection, and
/// for no longer than that takes.
pub(crate) fn limited_and_observed(routes: Router) -> Router {
    routes.layer(
        ServiceBuilder::new()
            // At the level `debug`; errors of the service are told in any case.
            .layer(TraceLayer::new_for_http())
            .layer(middleware::from_fn(count))
            .layer(middleware::map_response(error::in_json))
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
            .layer(RequestBodyLimitLayer::new(LARGEST_BODY)),
    )
}

async fn count(request: Request, next: Next) -> Response {
    // The route and not the path, of which there is no end.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route =
        route.map_or_else(|| "none".into(), |route| SharedString::from(route.as_str().to_owned()));
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = SharedString::const_str(class(response.status()));
    metrics::histogram!(DURATION, "route" => route, "status" => status)
        .record(begun.elapsed().as_secs_f64());
    response
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
