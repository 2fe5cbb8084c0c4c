//! Airports, the routes between them, and the shortest way from one airport to another.

use std::collections::HashMap;

use petgraph::algo::astar;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::data::{self, Airport, DataError, Route};

const MEAN_EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// A way from one airport to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Itinerary {
    /// The codes of all airports on the way, including the first and the last.
    pub stops: Vec<String>,
    /// The length of the way in kilometres.
    pub km: f64,
}

/// Airports, and the length in kilometres of each route between two of them.
#[derive(Debug)]
pub struct Network {
    graph: DiGraph<Airport, f64>,
    by_code: HashMap<String, NodeIndex>,
}

impl Network {
    /// Returns the network of the examples' data.
    ///
    /// # Errors
    /// Those of [`data::airports`], [`data::routes`] and [`Network::new`].
    pub fn load() -> Result<Self, DataError> {
        Network::new(data::airports()?, &data::routes()?)
    }

    /// Creates a network of these airports and routes.
    ///
    /// # Errors
    /// If an airport is not on Earth, or a route refers to an airport that is not listed.
    pub fn new(airports: Vec<Airport>, routes: &[Route]) -> Result<Self, DataError> {
        let (mut graph, mut by_code) = (DiGraph::new(), HashMap::new());
        for airport in airports {
            let Airport { code, latitude, longitude, .. } = &airport;
            // The parser accepts `NaN`, with which every comparison of lengths would be false.
            if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
                let problem =
                    format!("{code} is nowhere: latitude {latitude}, longitude {longitude}");
                return Err(DataError::new("airports.csv", problem));
            }
            by_code.insert(code.clone(), graph.add_node(airport));
        }
        let find = |code: &String| {
            by_code.get(code).copied().ok_or_else(|| {
                DataError::new("routes.csv", format!("airport {code} is not in airports.csv"))
            })
        };
        for Route { origin, destination, .. } in routes {
            let (origin, destination) = (find(origin)?, find(destination)?);
            let km = great_circle_km(&graph[origin], &graph[destination]);
            graph.add_edge(origin, destination, km);
        }
        Ok(Network { graph, by_code })
    }

    /// Returns the number of airports.
    #[must_use]
    pub fn airports(&self) -> usize {
        self.graph.node_count()
    }

    /// Returns the number of routes.
    #[must_use]
    pub fn routes(&self) -> usize {
        self.graph.edge_count()
    }

    /// Returns the shortest way, or `None` if there is no way or no such airport.
    #[must_use]
    pub fn itinerary(&self, from: &str, to: &str) -> Option<Itinerary> {
        let (&from, &to) = (self.by_code.get(from)?, self.by_code.get(to)?);
        // No way is shorter than the great circle, so this estimate keeps the search exact.
        let at_least = |airport| great_circle_km(&self.graph[airport], &self.graph[to]);
        let found = astar(&self.graph, from, |airport| airport == to, |r| *r.weight(), at_least);
        let (km, airports) = found?;
        let stops = airports.into_iter().map(|airport| self.graph[airport].code.clone()).collect();
        Some(Itinerary { stops, km })
    }
}

/// Returns the distance by the haversine formula, which stays accurate for small distances.
fn great_circle_km(a: &Airport, b: &Airport) -> f64 {
    let (phi_a, phi_b) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half_phi = (phi_b - phi_a) / 2.0;
    let half_lambda = (b.longitude - a.longitude).to_radians() / 2.0;
    let h = half_phi.sin().powi(2) + phi_a.cos() * phi_b.cos() * half_lambda.sin().powi(2);
    // By rounding, the root may exceed 1 for antipodes.
    2.0 * MEAN_EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn airport(code: &str, latitude: f64, longitude: f64) -> Airport {
        let [code, name, city, state] = [code, "", "", ""].map(str::to_owned);
        Airport { code, name, city, state, latitude, longitude }
    }

    fn route(origin: &str, destination: &str) -> Route {
        Route { origin: origin.to_owned(), destination: destination.to_owned(), flights: 1 }
    }

    /// Two ways from `A` to `C`: by `B`, along the equator, and by `N`, which is longer.
    fn small() -> Network {
        let airports = [("A", 0.0, 0.0), ("B", 0.0, 10.0), ("C", 0.0, 20.0), ("N", 60.0, 10.0)];
        let airports = airports.map(|(code, north, east)| airport(code, north, east)).to_vec();
        let routes = [("A", "N"), ("N", "C"), ("A", "B"), ("B", "C")];
        Network::new(airports, &routes.map(|(from, to)| route(from, to))).unwrap()
    }

    #[test]
    fn distances_are_those_on_the_globe() {
        let (sfo, jfk) = (airport("SFO", 37.619, -122.375), airport("JFK", 40.640, -73.779));
        let km = great_circle_km(&sfo, &jfk);
        assert!((km / 4_150.0 - 1.0).abs() < 0.01, "{km}");
        let (west, east) = (airport("W", 0.0, 179.0), airport("E", 0.0, -179.0));
        assert!(great_circle_km(&west, &east) < 223.0, "across the date line");
        let half = great_circle_km(&airport("S", -90.0, 0.0), &airport("N", 90.0, 0.0));
        assert!((half - std::f64::consts::PI * MEAN_EARTH_RADIUS_KM).abs() < 1e-6, "{half}");
    }

    #[test]
    fn a_direct_route_is_the_shortest() {
        let network = Network::load().unwrap();
        let itinerary = network.itinerary("SFO", "JFK").unwrap();
        assert_eq!(itinerary.stops, ["SFO", "JFK"]);
        assert!((itinerary.km - 4_151.8).abs() < 0.1, "{}", itinerary.km);
    }

    #[test]
    fn without_a_direct_route_there_are_stops() {
        let network = Network::load().unwrap();
        assert_eq!(network.itinerary("DTW", "HNL").unwrap().stops, ["DTW", "SLC", "HNL"]);
    }

    #[test]
    fn of_two_ways_the_shorter_is_taken() {
        assert_eq!(small().itinerary("A", "C").unwrap().stops, ["A", "B", "C"]);
    }

    #[test]
    fn routes_are_one_way() {
        assert_eq!(small().itinerary("C", "A"), None);
    }

    #[test]
    fn from_an_airport_to_itself_the_way_is_empty() {
        let stay = Itinerary { stops: vec!["A".to_owned()], km: 0.0 };
        assert_eq!(small().itinerary("A", "A"), Some(stay));
    }

    #[test]
    fn an_unknown_airport_has_no_itinerary() {
        assert_eq!(small().itinerary("A", "X"), None);
        assert_eq!(small().itinerary("X", "A"), None);
    }

    #[test]
    fn airports_nowhere_and_routes_to_unknown_airports_are_errors() {
        let nowhere = Network::new(vec![airport("A", f64::NAN, 0.0)], &[]).unwrap_err();
        assert!(nowhere.to_string().contains("A is nowhere"), "{nowhere}");
        let missing = Network::new(vec![airport("A", 0.0, 0.0)], &[route("A", "B")]).unwrap_err();
        assert!(missing.to_string().contains("airport B is not in airports.csv"), "{missing}");
    }
}
