//! The layers around all routes: limits, logs and metrics.

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

/// The largest body of a request, in bytes.
pub(crate) const LARGEST_BODY: usize = 16 << 10;

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(10);

/// The name of the histogram of the seconds of answers.
pub(crate) const DURATION: &str = "http_request_duration_seconds";

/// Adds the layers to all routes. Concurrent requests are not limited: a hit does not wait, misses
/// of one key wait for one query, and a query waits for a connection for a limited time.
pub(crate) fn limited_and_observed(routes: Router) -> Router {
    routes.layer(
        ServiceBuilder::new()
            // Logs requests at the level `debug`, and errors of the service at `error`.
            .layer(TraceLayer::new_for_http())
            .layer(middleware::from_fn(count))
            .layer(middleware::map_response(error::in_json))
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
            .layer(RequestBodyLimitLayer::new(LARGEST_BODY)),
    )
}

async fn count(request: Request, next: Next) -> Response {
    // The route as the label, since the number of paths is unbounded.
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

#[cfg(test)]
mod tests {
    use std::future;

    use axum::body::Body;
    use axum::http::header::CONTENT_TYPE;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;

    async fn ask(routes: Router) -> (StatusCode, String) {
        let request = Request::builder().uri("/").body(Body::empty()).expect("a request");
        let response = limited_and_observed(routes).oneshot(request).await.expect("an answer");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.into()).expect("text"))
    }

    /// tokio advances a paused clock when all tasks wait.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_503() {
        let begun = Instant::now();
        let (status, body) = ask(Router::new().route("/", get(future::pending::<()>))).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("too long"), "{body}");
        assert_eq!(begun.elapsed().as_secs(), LONGEST.as_secs());
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500() {
        async fn panics() {
            panic!("a secret")
        }
        let (status, body) = ask(Router::new().route("/", get(panics))).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("the service failed") && !body.contains("secret"), "{body}");
    }
}
