//! The service without a socket: requests go to its router. The process has one set of caches, so
//! one test runs at a time, with empty caches and a database of its own.

// No test binary uses all of it.
#![allow(dead_code, unreachable_pub)]

use axum::Router;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_NONE_MATCH};
use axum::http::request::Builder;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use functools_web::{Database, app};
use http_body_util::BodyExt;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tower::ServiceExt;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

pub struct Service {
    app: Router,
    directory: TempDir,
    _turn: MutexGuard<'static, ()>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Service {
    pub async fn start() -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let directory = TempDir::new().expect("a directory");
        let database = Database::open(&directory.path().join("flights.sqlite")).await;
        let app = app(database.expect("a new database"));
        let service = Service { app, directory, _turn: turn };
        assert_eq!(service.delete("/cache-info").await.status, StatusCode::NO_CONTENT);
        service
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("it always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(body.into()).expect("text");
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(request(method, path).body(Body::empty()).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).await
    }

    pub async fn put(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = request(Method::PUT, path).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// Sends a request with several lines of `If-None-Match`.
    pub async fn get_unless(&self, path: &str, known: &[&str]) -> Answer {
        let mut request = request(Method::GET, path);
        for line in known {
            request = request.header(IF_NONE_MATCH, *line);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Opens a connection to the database, beside the service.
    pub fn database(&self) -> Connection {
        Connection::open(self.directory.path().join("flights.sqlite")).expect("a database")
    }

    /// Returns what `/cache-info` has about a function.
    pub async fn cache(&self, function: &str) -> Value {
        let caches = self.get("/cache-info").await.json()["caches"].take();
        let caches = caches.as_array().expect("a list");
        caches.iter().find(|cache| cache["function"] == function).expect("it is listed").clone()
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        assert_eq!(self.header(CONTENT_TYPE), "application/json", "{}", self.text);
        serde_json::from_str(&self.text).expect("JSON")
    }

    pub fn header(&self, name: impl Into<HeaderName>) -> &str {
        let name = name.into();
        let value = self.headers.get(&name).unwrap_or_else(|| panic!("{name} is there"));
        value.to_str().expect("text")
    }

    pub fn lacks(&self, name: impl Into<HeaderName>) -> bool {
        !self.headers.contains_key(name.into())
    }

    pub fn cache_status(&self) -> &str {
        self.header(HeaderName::from_static("cache-status"))
    }

    /// Returns the status in `Server-Timing`.
    pub fn timing(&self) -> &str {
        let timing = self.header(HeaderName::from_static("server-timing"));
        let (milliseconds, status) = timing
            .strip_prefix("lookup;dur=")
            .and_then(|rest| rest.strip_suffix('"')?.split_once(";desc=\""))
            .unwrap_or_else(|| panic!("{timing}"));
        assert!(milliseconds.parse::<f64>().is_ok_and(|took| took >= 0.0), "{timing}");
        status
    }

    pub fn max_age(&self) -> u64 {
        let age = self.header(CACHE_CONTROL).strip_prefix("max-age=").expect("a max-age");
        age.parse().expect("seconds")
    }

    /// Asserts that it is an error with this status, in the form of all errors.
    #[track_caller]
    pub fn assert_error(&self, status: StatusCode, part: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        let error = self.json()["error"].take();
        let text = error.as_str().expect("text");
        assert!(text.contains(part), "{text}");
    }
}

pub fn request(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(path)
}
