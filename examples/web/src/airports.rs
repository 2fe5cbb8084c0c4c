//! Airports, from the database: a function that fetches, cached in memory and shared through Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use functools::redis::Invalidation;
use functools::{CacheStatus, lru_cache};
use serde::{Deserialize, Serialize};

use crate::cache_headers::{Freshness, Known, Lookup};
use crate::code::Code;
use crate::database::{Database, DatabaseError};
use crate::error::Error;
use crate::rendered::{Rendered, Resource, json};

/// An airport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Airport {
    /// Its code of three or four letters and digits, such as `SFO`.
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
    trace(item_id),
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
    Path(code): Path<Code>,
    known: Known,
) -> Result<Response, Error> {
    let begun = Instant::now();
    let (item, status) = item::with_status(&database, code.as_str()).await;
    let took = begun.elapsed();
    let item = item?;
    let freshness = freshness(code, item.as_deref(), status);
    let lookup = Lookup { status: Some(status), took, freshness };
    Ok(match item {
        Some(item) => lookup.answer(&known, item.answer()),
        None => lookup.not_found(unknown(code)),
    })
}

/// For how long the answer has been there, and will be.
fn freshness(code: Code, item: Option<&Rendered<Airport>>, status: CacheStatus) -> Freshness {
    let remaining = item::cache_ttl(code.as_str()).unwrap_or_default();
    let age = match status {
        // From Redis, if this process has not had it before: what another computed was good for as long.
        CacheStatus::Hit | CacheStatus::Shared => {
            item::cache_parameters().ttl.unwrap_or_default().saturating_sub(remaining)
        }
        _ => Duration::ZERO,
    };
    // While Redis is away an entry is kept for less than the `ttl`, and is no older for that.
    let age = item.map_or(age, |item| item.age(age));
    Freshness::Expiring { age, remaining }
}

pub(crate) async fn uncached(
    State(database): State<Database>,
    Path(code): Path<Code>,
) -> Result<Response, Error> {
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
    Path(code): Path<Code>,
    rename: Result<Json<Rename>, JsonRejection>,
) -> Result<Response, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        item: &'a Airport,
        invalidated: &'static str,
    }
    let Json(rename) = rename?;
    let name = rename.name()?.to_owned();
    // A task of its own goes on when the client hangs up, which must not come between the write and
    // the invalidation.
    let written = tokio::spawn(write(database.clone(), code, name)).await;
    let invalidation = written.map_err(|_| Error::Failed)??;
    let (Some(invalidation), Some(item)) = (invalidation, item(&database, code.as_str()).await?)
    else {
        return Err(Error::NotFound(unknown(code)));
    };
    Ok(Json(Body { item: &item, invalidated: told(invalidation) }).into_response())
}

/// What became of the invalidation; `None` if there is no such airport.
async fn write(
    database: Database,
    code: Code,
    name: String,
) -> Result<Option<Invalidation>, DatabaseError> {
    let renamed = database.rename(code.as_str(), name).await;
    // After the write, so that what is read from here on is the new name; and after one that failed, too: nobody knows
    // how far it came.
    let invalidation = item::cache_invalidate(code.as_str()).await;
    Ok(renamed?.then_some(invalidation))
}

pub(crate) async fn invalidate(Path(code): Path<Code>) -> Json<impl Serialize> {
    #[derive(Serialize)]
    struct Body {
        invalidated: &'static str,
    }
    let invalidated = told(item::cache_invalidate(code.as_str()).await);
    Json(Body { invalidated })
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
