//! The headers of HTTP caching: the status and age of an entry, and conditional requests (RFC 9110,
//! 9111, 9211).

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use functools::CacheStatus;
use headers::{HeaderMapExt, IfNoneMatch};

use crate::error::Error;
use crate::rendered::Answer;

pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// How long clients and proxies may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Not at all.
    NoStore,
    /// For this long.
    Lasting(Duration),
    /// Until its entry expires. The `max-age` is the remaining time, since not every client
    /// subtracts the `Age`. One that does asks again too early, but none too late.
    Expiring { age: Duration, remaining: Duration },
}

/// The `If-None-Match` of a request: the answers that the client has. Extracted alone, because
/// extracting all headers would copy them.
pub(crate) struct Known(Option<IfNoneMatch>);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Known(parts.headers.typed_get()))
    }
}

/// A call of a cached function, as the headers of the answer describe it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup {
    /// `None` for a call without the cache.
    pub(crate) status: Option<CacheStatus>,
    pub(crate) took: Duration,
    pub(crate) freshness: Freshness,
}

impl Lookup {
    /// Describes a call without the cache that has just ended.
    pub(crate) fn uncached(begun: Instant) -> Self {
        Lookup { status: None, took: begun.elapsed(), freshness: Freshness::NoStore }
    }

    /// Returns the answer stored with a value, without its body if the client has it.
    pub(crate) fn answer(&self, known: &Known, answer: &Answer) -> Response {
        let mut response = Response::default();
        // Room for all headers, so that the table need not grow.
        let mut headers = HeaderMap::with_capacity(8);
        // Handles weak tags, lists over several lines, and `*`.
        if known.0.as_ref().is_none_or(|known| known.precondition_passes(&answer.etag)) {
            let cached = self.status.is_some_and(CacheStatus::is_hit);
            headers.insert(CONTENT_TYPE, JSON);
            *response.body_mut() = answer.body(cached).into();
        } else {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        headers.insert(ETAG, answer.etag_header.clone());
        self.describe(&mut headers);
        *response.headers_mut() = headers;
        response
    }

    /// Returns an answer that is made for this call only.
    pub(crate) fn once(&self, body: Bytes) -> Response {
        let mut response = ([(CONTENT_TYPE, JSON)], body).into_response();
        self.describe(response.headers_mut());
        response
    }

    /// Returns a 404. The cache stores it like an answer.
    pub(crate) fn not_found(&self, what: String) -> Response {
        let mut response = Error::NotFound(what).into_response();
        self.describe(response.headers_mut());
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        headers.insert(SERVER_TIMING, self.server_timing());
        if let Some(status) = self.status {
            headers.insert(CACHE_STATUS, HeaderValue::from_static(status.as_str()));
        }
        match self.freshness {
            Freshness::NoStore => {
                headers.insert(CACHE_CONTROL, NO_STORE);
            }
            Freshness::Lasting(lifetime) => {
                headers.insert(CACHE_CONTROL, max_age(lifetime));
            }
            Freshness::Expiring { age, remaining } => {
                headers.insert(CACHE_CONTROL, max_age(remaining));
                headers.insert(AGE, age.as_secs().into());
            }
        }
    }

    /// Returns the time in milliseconds, with six decimals, and the status. Browsers show both.
    fn server_timing(&self) -> HeaderValue {
        let nanoseconds = u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX);
        let (whole, rest) = (nanoseconds / 1_000_000, nanoseconds % 1_000_000);
        let (mut whole_digits, mut rest_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
        let whole = whole_digits.format(whole);
        // Six digits: the leading 1, which is left out, keeps the zeros.
        let rest = &rest_digits.format(1_000_000 + rest)[1..];
        let status = match self.status {
            Some(CacheStatus::Hit) => "Hit",
            Some(CacheStatus::Miss) => "Miss",
            Some(CacheStatus::Joined) => "Joined",
            Some(CacheStatus::Stale) => "Stale",
            Some(CacheStatus::Shared) => "Shared",
            Some(CacheStatus::Bypass) => "Bypass",
            Some(CacheStatus::TooHeavy) => "TooHeavy",
            None => "Uncached",
        };
        header(["lookup;dur=", whole, ".", rest, ";desc=\"", status, "\""].concat())
    }
}

fn max_age(lifetime: Duration) -> HeaderValue {
    header(["max-age=", itoa::Buffer::new().format(lifetime.as_secs())].concat())
}

/// Makes a header. Callers concatenate its pieces, in less than half the time of formatting them.
fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("visible ASCII")
}
