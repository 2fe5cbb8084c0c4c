//! Errors as clients get them: a status, and JSON with the mistake and the fix.

use axum::body::{self, Body, Bytes, HttpBody};
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Json};
use serde::Serialize;

use crate::database::DatabaseError;
use crate::requests::LARGEST_BODY;

/// The error of a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Malformed(String),
    #[error("{}", refused(.0))]
    Body(#[from] JsonRejection),
    #[error("{0}")]
    NotFound(String),
    #[error("the database does not answer: try again in a moment")]
    Database(#[from] DatabaseError),
    /// A task panicked; the panic has been logged.
    #[error("{FAILED}")]
    Failed,
}

const FAILED: &str = "the service failed: its log has the reason";

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            // axum's status would be 422: 400, as for text that is not JSON.
            Error::Malformed(_) | Error::Body(JsonRejection::JsonDataError(_)) => {
                StatusCode::BAD_REQUEST
            }
            Error::Body(rejection) => rejection.status(),
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Error::Database(error) = &self {
            tracing::error!(%error, "the database does not answer");
        }
        let status = self.status();
        let mut response = (status, json(&self.to_string())).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

fn refused(body: &JsonRejection) -> String {
    match body.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => body.body_text(),
    }
}

fn too_large() -> String {
    format!("the body is too large: send at most {LARGEST_BODY} bytes")
}

/// The body of every error.
pub(crate) fn json(error: &str) -> Json<impl Serialize + use<>> {
    #[derive(Serialize)]
    struct Body {
        error: String,
    }
    Json(Body { error: error.to_owned() })
}

pub(crate) async fn unknown_path(uri: Uri) -> Error {
    Error::NotFound(format!("there is nothing at {}: the page at / shows the routes", uri.path()))
}

/// Converts errors of the router and its layers, which are text or empty, to JSON.
pub(crate) async fn in_json<B>(response: Response<B>) -> Response
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let response = response.map(Body::new);
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/json");
    if !is_error || response.headers().get(CONTENT_TYPE).is_some_and(is_json) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let error = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "this path does not support the method: the header Allow lists those it does".to_owned()
        }
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        StatusCode::SERVICE_UNAVAILABLE => "that took too long: try again in a moment".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => FAILED.to_owned(),
        _ => text(body).await.unwrap_or_else(|| status.to_string()),
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONTENT_TYPE);
    (parts, json(&error)).into_response()
}

async fn text(body: Body) -> Option<String> {
    let text = body::to_bytes(body, LARGEST_BODY).await.ok()?;
    let text = String::from_utf8(text.into()).ok()?;
    (!text.is_empty()).then_some(text)
}
