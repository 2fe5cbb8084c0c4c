//! The page at `/`, whose files are part of the program.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::get;

/// The route of a file of the page, and the file.
macro_rules! files {
    ($($route:literal, $kind:literal, $name:literal;)*) => {
        [$(($route, $kind, include_str!(concat!("page/", $name)))),*]
    };
}

const FILES: [(&str, &str, &str); 12] = files! {
    "/", "text/html", "index.html";
    "/style.css", "text/css", "style.css";
    "/favicon.svg", "image/svg+xml", "favicon.svg";
    "/script.js", "text/javascript", "script.js";
    "/caches.js", "text/javascript", "caches.js";
    "/calls.js", "text/javascript", "calls.js";
    "/hitrate.js", "text/javascript", "hitrate.js";
    "/latency.js", "text/javascript", "latency.js";
    "/load.js", "text/javascript", "load.js";
    "/lookup.js", "text/javascript", "lookup.js";
    "/svg.js", "text/javascript", "svg.js";
    "/words.js", "text/javascript", "words.js";
};

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (route, kind, text)| {
        router.route(route, get(async move || file(kind, text)))
    })
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (CACHE_CONTROL, "no-cache".to_owned()),
        // The page loads nothing from other servers, and has no inline code.
        (CONTENT_SECURITY_POLICY, "default-src 'self'".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, text)
}
