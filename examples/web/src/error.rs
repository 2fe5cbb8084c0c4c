//! Errors as clients see them: a status, and JSON that says what is wrong and what to do.

use axum::body::{self, Body, Bytes, HttpBody};
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Json};
use serde::Serialize;

use crate::database::DatabaseError;
use crate::requests::LARGEST_BODY;

/// A request that is not answered as it was meant.
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
    /// A task panicked, which has been logged.
    #[error("{FAILED}")]
    Failed,
}

const FAILED: &str = "the service failed, which is its own fault: its log says more";

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            // JSON of another shape is as malformed as what is no JSON.
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
    Error::NotFound(format!(
        "there is nothing at {}: the page at / shows what there is",
        uri.path()
    ))
}

/// Gives errors of the router and of its layers, which are text or nothing, the same form.
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
            "there is something here, but not for this method: the header Allow lists those there are"
                .to_owned()
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
