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
    /// Its name.
    pub(crate) name: String,
    /// The city it serves.
    pub(crate) city: String,
    /// The two letters of its state.
    pub(crate) state: String,
    /// Its busiest routes, in descending order of flights.
    pub(crate) routes: Vec<Route>,
}

/// A route from an airport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The code of the airport it reaches.
    pub(crate) destination: String,
    /// The number of flights in a year.
    pub(crate) flights: u32,
}

/// Returns an airport, or `None` if there is none with this code.
///
/// In Redis its key is `item:SFO` and its value is JSON: other services can read, replace and
/// delete it. An error of the database is not stored.
///
/// `None` is stored like an airport, so that repeated requests for an unknown code do not reach the
/// database. Where new items appear often, `cache_none = false` queries again each time.
///
/// # Errors
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

/// Returns how long the answer has been in the cache, and how long it will stay.
fn freshness(code: Code, item: Option<&Rendered<Airport>>, status: CacheStatus) -> Freshness {
    let remaining = item::cache_ttl(code.as_str()).unwrap_or_default();
    let age = match status {
        // Another process may have computed it, with the same `ttl`.
        CacheStatus::Hit | CacheStatus::Shared => {
            item::cache_parameters().ttl.unwrap_or_default().saturating_sub(remaining)
        }
        _ => Duration::ZERO,
    };
    // Without Redis an entry stays for less than the `ttl`, so its age cannot be derived from that.
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

/// The body of a request that renames an airport.
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
                "invalid name: write 1 to 100 characters, none of them a control character"
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
    // A task of its own, which continues if the client hangs up: nothing may stop it between the
    // write and the invalidation.
    let written = tokio::spawn(write(database.clone(), code, name)).await;
    let invalidation = written.map_err(|_| Error::Failed)??;
    let (Some(invalidation), Some(item)) = (invalidation, item(&database, code.as_str()).await?)
    else {
        return Err(Error::NotFound(unknown(code)));
    };
    Ok(Json(Body { item: &item, invalidated: name_of(invalidation) }).into_response())
}

/// Renames the airport, then invalidates its entry. `None` if there is no such airport.
async fn write(
    database: Database,
    code: Code,
    name: String,
) -> Result<Option<Invalidation>, DatabaseError> {
    let renamed = database.rename(code.as_str(), name).await;
    // After the write, so that later reads get the new name. Also after a failed write, which may
    // have taken effect.
    let invalidation = item::cache_invalidate(code.as_str()).await;
    Ok(renamed?.then_some(invalidation))
}

pub(crate) async fn invalidate(Path(code): Path<Code>) -> Json<impl Serialize> {
    #[derive(Serialize)]
    struct Body {
        invalidated: &'static str,
    }
    let invalidated = name_of(item::cache_invalidate(code.as_str()).await);
    Json(Body { invalidated })
}

/// Returns how far an invalidation has reached.
fn name_of(invalidation: Invalidation) -> &'static str {
    match invalidation {
        // In all processes that share the cache.
        Invalidation::Confirmed => "confirmed",
        // In this process; in the others when Redis is back.
        Invalidation::Queued => "queued",
        // In this process, which uses no Redis.
        Invalidation::Local => "local",
    }
}

fn unknown(code: Code) -> String {
    format!("there is no airport {code}: name one of the United States, such as SFO")
}
