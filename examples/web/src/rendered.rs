//! Values that are kept with the answer that they make.

use std::ops::Deref;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use bytes::Bytes;
use headers::ETag;
use serde::{Deserialize, Serialize};

/// What a service answers with.
pub(crate) trait Resource: Serialize {
    /// The body of the answer that has this in it.
    fn body(&self, cached: bool) -> impl Serialize;
}

/// A value, and what is sent for it: made once, when it is first sent, so that a hit in the cache
/// neither serializes nor hashes. To Redis goes the value alone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rendered<T> {
    value: T,
    #[serde(skip)]
    answer: OnceLock<Answer>,
    /// When it was computed, as far as this process knows.
    #[serde(skip)]
    since: OnceLock<Instant>,
}

/// What is sent for a value.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Of the value alone. Whether that was in the cache is in the body, too, but is not what a
    /// client wants to have anew, and so a hit and a miss have the same.
    pub(crate) etag: ETag,
    /// The same as it is sent.
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
    /// How old it is, if it was so old when it was first asked for.
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
