//! Caching as HTTP has it: what a look-up in the cache says in the headers of an answer, and answers
//! that a client has already (RFC 9110, 9111, 9211).

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

/// How long an answer is good for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Nobody keeps it.
    NoStore,
    /// Everybody may keep it for so long.
    Lasting(Duration),
    /// It is so old, and in the cache for so much longer. What is left is the `max-age`, since not everybody reads the `Age`: who
    /// does, and subtracts it, asks sooner than need be, and nobody later.
    Expiring { age: Duration, remaining: Duration },
}

/// What a client has already: `If-None-Match`. Taken from the request by itself, since taking all its
/// headers would copy them.
pub(crate) struct Known(Option<IfNoneMatch>);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Known(parts.headers.typed_get()))
    }
}

/// A call of a cached function, as the answer tells of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup {
    /// `None` if it went past the cache.
    pub(crate) status: Option<CacheStatus>,
    pub(crate) took: Duration,
    pub(crate) freshness: Freshness,
}

impl Lookup {
    /// A call past the cache, which has ended now.
    pub(crate) fn uncached(begun: Instant) -> Self {
        Lookup { status: None, took: begun.elapsed(), freshness: Freshness::NoStore }
    }

    /// The answer that is kept with a value; without its body where the client has that.
    pub(crate) fn answer(&self, known: &Known, answer: &Answer) -> Response {
        let mut response = Response::default();
        // All that are to come, so that the table need not grow.
        let mut headers = HeaderMap::with_capacity(8);
        // Compares weakly, a list over several lines, or `*`.
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

    /// An answer that is made for this call alone.
    pub(crate) fn once(&self, body: Bytes) -> Response {
        let mut response = ([(CONTENT_TYPE, JSON)], body).into_response();
        self.describe(response.headers_mut());
        response
    }

    /// That there is nothing, which the cache remembers as it does an answer.
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

    /// Milliseconds, to the nanosecond, and what the cache said: browsers show both beside the request.
    fn server_timing(&self) -> HeaderValue {
        let nanoseconds = u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX);
        let (whole, rest) = (nanoseconds / 1_000_000, nanoseconds % 1_000_000);
        let (mut whole_digits, mut rest_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
        let whole = whole_digits.format(whole);
        // All six digits, behind one that is left out.
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

/// What every answer carries is put together of its pieces, which takes less than half of what formatting does.
fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("visible ASCII")
}
