//! The three tables of `examples/data`. They are part of the program, so that it runs from any
//! directory. An error names the file and the line.

use std::error::Error;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An airport.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Airport {
    /// Its code of three or four letters and digits, such as `SFO`.
    #[serde(rename = "iata")]
    pub code: String,
    /// Its name.
    pub name: String,
    /// The city it serves.
    pub city: String,
    /// The two letters of its state; `NA` outside of the states.
    pub state: String,
    /// Degrees; north is positive.
    pub latitude: f64,
    /// Degrees; east is positive.
    pub longitude: f64,
}

/// A directed pair of airports with flights in one year. The way back is a route of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Route {
    /// The code of the airport it leaves.
    pub origin: String,
    /// The code of the airport it reaches.
    pub destination: String,
    /// The number of flights.
    #[serde(rename = "count")]
    pub flights: u32,
}

/// One flight on one day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Flight {
    /// Day and time of departure, as written in the data.
    pub date: String,
    /// The code of the airport it leaves.
    pub origin: String,
    /// The code of the airport it reaches.
    pub destination: String,
}

/// A table that cannot be used.
#[derive(Debug)]
pub struct DataError {
    file: &'static str,
    problem: String,
}

impl DataError {
    pub(crate) fn new(file: &'static str, problem: impl fmt::Display) -> Self {
        DataError { file, problem: problem.to_string() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataError { file, problem } = self;
        write!(
            f,
            "examples/data/{file}: {problem}\n\
             help: correct the file, or restore it with `git checkout -- examples/data`, then build"
        )
    }
}

impl Error for DataError {}

/// Returns all airports.
///
/// # Errors
/// If a row is not an airport.
pub fn airports() -> Result<Vec<Airport>, DataError> {
    rows("airports.csv", include_str!("../data/airports.csv"))
}

/// Returns all routes.
///
/// # Errors
/// If a row is not a route.
pub fn routes() -> Result<Vec<Route>, DataError> {
    rows("routes.csv", include_str!("../data/routes.csv"))
}

/// Returns all flights, in order of departure.
///
/// # Errors
/// If a row is not a flight.
pub fn flights() -> Result<Vec<Flight>, DataError> {
    rows("flights.csv", include_str!("../data/flights.csv"))
}

fn rows<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<T>, DataError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| DataError::new(file, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        assert_eq!(airports().map(|rows| rows.len()).ok(), Some(3_376));
        assert_eq!(routes().map(|rows| rows.len()).ok(), Some(5_366));
        assert_eq!(flights().map(|rows| rows.len()).ok(), Some(10_000));
    }

    #[test]
    fn the_error_of_a_bad_row_has_its_file_and_line() {
        let text = "iata,name,city,state,latitude,longitude\n\
                    SFO,San Francisco International,San Francisco,CA,37.6,-122.4\n\
                    JFK,John F Kennedy Intl,New York,NY,north,-73.8\n";
        let message = rows::<Airport>("airports.csv", text).unwrap_err().to_string();
        assert!(message.starts_with("examples/data/airports.csv: "), "{message}");
        assert!(message.contains("line: 3"), "{message}");
        assert!(message.contains("help: "), "{message}");
    }
}
