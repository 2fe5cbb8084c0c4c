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

/// What an itinerary is made of does not change while the program runs; a client may keep it for as
/// long as a new release should take to reach it.
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
    /// The codes of all airports on the way, the first and the last included.
    pub(crate) airports: Vec<String>,
    /// The length of the way, to a tenth.
    pub(crate) kilometres: f64,
}

/// The shortest way from one airport to another, if there is one.
///
/// It depends on nothing but its arguments and takes a fraction of a millisecond, no more than other
/// work between two awaits, and so an async handler may call it as it is. What takes longer belongs
/// on a thread of its own, by `spawn_blocking`, or in an `async fn`.
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

/// Reads the network, which takes some milliseconds, before the first request has to.
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
        "there is no way from {origin} to {destination}, or no such airport: ask for two of the \
         United States with flights, such as SFO-JFK"
    )
}
