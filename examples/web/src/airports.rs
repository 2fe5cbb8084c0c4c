//! Airports, from the database: a function that fetches, cached in memory and shared through Redis.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use functools::lru_cache;
use functools::redis::Invalidation;
use serde::{Deserialize, Serialize};

use crate::cache_headers::{Freshness, Lookup};
use crate::code::Code;
use crate::database::{Database, DatabaseError};
use crate::error::Error;
use crate::rendered::{Rendered, Resource, json};

/// An airport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Airport {
    /// Its code of three letters or digits, such as `SFO`.
    pub(crate) code: String,
    /// What it is called.
    pub(crate) name: String,
    /// The city it serves.
    pub(crate) city: String,
    /// The state it is in.
    pub(crate) state: String,
    /// The busiest routes from there, the busiest first.
    pub(crate) routes: Vec<Route>,
}

/// A route from an airport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The code of the airport that it leads to.
    pub(crate) destination: String,
    /// How many flights a year take it.
    pub(crate) flights: u32,
}

/// An airport, or that there is none.
///
/// In Redis it is `item:SFO`, and JSON: other services read, replace and delete it. An error of the
/// database is not stored.
///
/// That there is no such airport is an answer as any other, and remembered for as long: whoever asks
/// for nonsense again and again does not get to the database. Where new ones appear all the time,
/// `cache_none = false` asks again each time.
///
/// # Errors
///
/// [`DatabaseError`] if the database does not answer.
#[lru_cache(
    maxsize = 1024,
    ttl = "60s",
    redis = "item:{item_id}",
    skip(database),
    cache_none = true
)]
pub(crate) async fn item(
    database: &Database,
    item_id: &str,
) -> Result<Option<Arc<Rendered<Airport>>>, DatabaseError> {
    let airport = database.airport(item_id).await?;
    Ok(airport.map(|airport| Arc::new(airport.into())))
}

impl Resource for Airport {
    fn body(&self, cached: bool) -> impl Serialize {
        #[derive(Serialize)]
        struct Body<'a> {
            item: &'a Airport,
            cached: bool,
        }
        Body { item: self, cached }
    }
}

pub(crate) async fn cached(
    State(database): State<Database>,
    Path(item_id): Path<String>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let code: Code = item_id.parse()?;
    let begun = Instant::now();
    let (item, status) = item::with_status(&database, code.as_str()).await;
    let took = begun.elapsed();
    let item = item?;
    let (ttl, remaining) = (item::cache_parameters().ttl, None);
    let freshness = Freshness::of_entry(ttl, remaining);
    let lookup = Lookup { status: Some(status), took, freshness };
    Ok(match item {
        Some(item) => lookup.answer(&request, item.answer()),
        None => lookup.not_found(unknown(code)),
    })
}

pub(crate) async fn uncached(
    State(database): State<Database>,
    Path(item_id): Path<String>,
) -> Result<Response, Error> {
    let code: Code = item_id.parse()?;
    let begun = Instant::now();
    let item = item::uncached(&database, code.as_str()).await?;
    let lookup = Lookup::uncached(begun);
    Ok(match item {
        Some(item) => lookup.once(json(&item.body(false))),
        None => lookup.not_found(unknown(code)),
    })
}

/// What a client sends to rename an airport.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rename {
    name: String,
}

impl Rename {
    fn name(&self) -> Result<&str, Error> {
        let name = self.name.trim();
        let is_name = (1..=100).contains(&name.chars().count()) && !name.contains(char::is_control);
        is_name.then_some(name).ok_or_else(|| {
            Error::Malformed(
                "that is no name: write 1 to 100 characters, none of them a control character"
                    .to_owned(),
            )
        })
    }
}

pub(crate) async fn rename(
    State(database): State<Database>,
    Path(item_id): Path<String>,
    rename: Result<Json<Rename>, JsonRejection>,
) -> Result<Response, Error> {
    let code: Code = item_id.parse()?;
    let Json(rename) = rename?;
    let is_known = database.rename(code.as_str(), rename.name()?).await?;
    // After the write, so that nobody stores the old name again.
    let invalidation = item::cache_invalidate(code.as_str()).await;
    let item = item(&database, code.as_str()).await?;
    match item {
        Some(item) if is_known => {
            #[derive(Serialize)]
            struct Body<'a> {
                item: &'a Airport,
                invalidated: &'static str,
            }
            let invalidated = told(invalidation);
            Ok(Json(Body { item: &item, invalidated }).into_response())
        }
        _ => Err(Error::NotFound(unknown(code))),
    }
}

pub(crate) async fn invalidate(Path(item_id): Path<String>) -> Result<Json<impl Serialize>, Error> {
    #[derive(Serialize)]
    struct Body {
        invalidated: &'static str,
    }
    let code: Code = item_id.parse()?;
    let invalidated = told(item::cache_invalidate(code.as_str()).await);
    Ok(Json(Body { invalidated }))
}

/// How far an invalidation has got.
fn told(invalidation: Invalidation) -> &'static str {
    match invalidation {
        // All processes that share the cache know.
        Invalidation::Confirmed => "confirmed",
        // Redis is away: they will, when it is back.
        Invalidation::Queued => "queued",
        // There is no Redis, and this process is the only one.
        Invalidation::Local => "local",
    }
}

fn unknown(code: Code) -> String {
    format!("there is no airport {code}: ask for one of the United States, such as SFO")
}
