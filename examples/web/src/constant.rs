//! The yardstick of the benches: the route, body and headers of a cached answer, without a cache.

use axum::extract::Path;
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use bytes::Bytes;

use crate::cache_headers::{CACHE_STATUS, JSON, SERVER_TIMING};
use crate::code::Code;

const BODY: Bytes = Bytes::from_static(include_bytes!("constant.json").as_slice());

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_TYPE, JSON),
    (
        ETAG,
        HeaderValue::from_static(
            "\"0000000000000000000000000000000000000000000000000000000000000000\"",
        ),
    ),
    (SERVER_TIMING, HeaderValue::from_static("lookup;dur=0.000000;desc=\"Hit\"")),
    (CACHE_STATUS, HeaderValue::from_static("functools; hit")),
    (CACHE_CONTROL, HeaderValue::from_static("max-age=59")),
    (AGE, HeaderValue::from_static("0")),
];

pub(crate) async fn answer(Path(_): Path<Code>) -> impl IntoResponse {
    (HEADERS, BODY)
}
