//! Values that are stored with the HTTP answer made of them.

use std::ops::Deref;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use bytes::Bytes;
use headers::ETag;
use serde::{Deserialize, Serialize};

/// A value that the service returns.
pub(crate) trait Resource: Serialize {
    /// Returns the body of the answer.
    fn body(&self, cached: bool) -> impl Serialize;
}

/// A value and its answer, which is made when it is first sent, so that a hit neither serializes
/// nor hashes. Redis stores only the value.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rendered<T> {
    value: T,
    #[serde(skip)]
    answer: OnceLock<Answer>,
    /// When it was computed, derived from its age at the first use.
    #[serde(skip)]
    since: OnceLock<Instant>,
}

/// The HTTP answer made of a value.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The tag of the value. It ignores the body's field `cached`, so a hit and a miss have the
    /// same tag.
    pub(crate) etag: ETag,
    /// The tag as a header.
    pub(crate) etag_header: HeaderValue,
    from_cache: Bytes,
    computed: Bytes,
}

impl Answer {
    pub(crate) fn body(&self, cached: bool) -> Bytes {
        if cached { self.from_cache.clone() } else { self.computed.clone() }
    }
}

impl<T> From<T> for Rendered<T> {
    fn from(value: T) -> Self {
        Rendered { value, answer: OnceLock::new(), since: OnceLock::new() }
    }
}

impl<T> Deref for Rendered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Rendered<T> {
    /// Returns its age, which was `at_first` at the first call.
    pub(crate) fn age(&self, at_first: Duration) -> Duration {
        let now = Instant::now();
        let since = self.since.get_or_init(|| now.checked_sub(at_first).unwrap_or(now));
        now.saturating_duration_since(*since)
    }
}

impl<T: Resource> Rendered<T> {
    pub(crate) fn answer(&self) -> &Answer {
        self.answer.get_or_init(|| {
            let tag = format!("\"{}\"", blake3::hash(&json(&self.value)).to_hex());
            Answer {
                etag: tag.parse().expect("hexadecimal digits in quotes are a tag"),
                etag_header: tag.try_into().expect("and a header"),
                from_cache: json(&self.value.body(true)),
                computed: json(&self.value.body(false)),
            }
        })
    }
}

pub(crate) fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("fields of texts and numbers are JSON").into()
}
