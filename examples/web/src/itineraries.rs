//! Itineraries, computed: the shortest way from one airport to another, cached in memory.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::extract::Path;
use axum::response::Response;
use functools::lru_cache;
use functools_examples::network::Network;
use serde::{Deserialize, Serialize};

use crate::cache_headers::{Freshness, Known, Lookup};
use crate::code::CodePair;
use crate::rendered::{Rendered, Resource, json};

/// How long clients may keep an itinerary. Routes change only with a new release, which should
/// reach clients after this time.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

static NETWORK: LazyLock<Network> =
    LazyLock::new(|| Network::load().expect("the data that is part of the program is a network"));

/// A way from one airport to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Itinerary {
    /// The code of the airport it leaves.
    pub(crate) origin: String,
    /// The code of the airport it reaches.
    pub(crate) destination: String,
    /// The codes of all airports on the way, including the first and the last.
    pub(crate) airports: Vec<String>,
    /// The length of the way, rounded to a tenth.
    pub(crate) kilometres: f64,
}

/// Returns the shortest way from one airport to another, or `None` if there is none.
///
/// It depends only on its arguments and takes a fraction of a millisecond, so an async handler may
/// call it directly. Call a slower function by `spawn_blocking`, or make it an `async fn`.
#[lru_cache(maxsize = 128)]
pub(crate) fn itinerary(origin: &str, destination: &str) -> Option<Arc<Rendered<Itinerary>>> {
    let found = NETWORK.itinerary(origin, destination)?;
    let itinerary = Itinerary {
        origin: origin.to_owned(),
        destination: destination.to_owned(),
        airports: found.stops,
        kilometres: (found.km * 10.0).round() / 10.0,
    };
    Some(Arc::new(itinerary.into()))
}

/// Loads the network, which takes some milliseconds, before the first request needs it.
pub(crate) fn prepare() {
    LazyLock::force(&NETWORK);
}

impl Resource for Itinerary {
    fn body(&self, _: bool) -> impl Serialize {
        #[derive(Serialize)]
        struct Body<'a> {
            result: &'a Itinerary,
        }
        Body { result: self }
    }
}

pub(crate) async fn cached(Path(pair): Path<CodePair>, known: Known) -> Response {
    let begun = Instant::now();
    let (found, status) = itinerary::with_status(pair.origin.as_str(), pair.destination.as_str());
    let took = begun.elapsed();
    let lookup = Lookup { status: Some(status), took, freshness: Freshness::Lasting(LIFETIME) };
    match found {
        Some(itinerary) => lookup.answer(&known, itinerary.answer()),
        None => lookup.not_found(no_way(pair)),
    }
}

pub(crate) async fn uncached(Path(pair): Path<CodePair>) -> Response {
    let begun = Instant::now();
    let found = itinerary::uncached(pair.origin.as_str(), pair.destination.as_str());
    let lookup = Lookup::uncached(begun);
    match found {
        Some(itinerary) => lookup.once(json(&itinerary.body(false))),
        None => lookup.not_found(no_way(pair)),
    }
}

fn no_way(CodePair { origin, destination }: CodePair) -> String {
    format!(
        "there is no way from {origin} to {destination}, or no such airport: name two of the \
         United States with flights, such as SFO-JFK"
    )
}
