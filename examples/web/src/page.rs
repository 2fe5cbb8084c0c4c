//! The page at `/`. Its three files are part of the program.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::get;

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async || file("text/html", include_str!("page/index.html"))))
        .route("/style.css", get(async || file("text/css", include_str!("page/style.css"))))
        .route("/script.js", get(async || file("text/javascript", include_str!("page/script.js"))))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (CACHE_CONTROL, "no-cache".to_owned()),
        // Nothing from elsewhere, and nothing inline.
        (CONTENT_SECURITY_POLICY, "default-src 'self'".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, text)
}
