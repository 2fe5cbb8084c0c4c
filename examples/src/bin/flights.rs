//! The gain of a cache on real data: the shortest itinerary of each of 10,000 flights, in the order
//! of departure, computed without a cache and with caches of three sizes.
//!
//! A cache helps if an entry is still there when its key is requested again. The flights have 2,585
//! pairs of airports in no particular order: few calls hit among 128 entries, half of them among
//! 1024. Without a bound each pair is searched once, and none in a second replay.

use std::cmp::Ordering;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use functools::{CacheInfo, lru_cache};
use functools_examples::data::{self, DataError, Flight};
use functools_examples::network::{Itinerary, Network};
use indicatif::{HumanCount, HumanFloatCount, ProgressBar, ProgressStyle};

static NETWORK: LazyLock<Result<Network, DataError>> = LazyLock::new(Network::load);

/// The result of a search. An `Arc`, so that a hit copies a pointer and not the list of stops.
type Found = Option<Arc<Itinerary>>;

/// Searches for the shortest way from one airport to another, without a cache.
fn itinerary(from: &str, to: &str) -> Found {
    // `run` has checked that the network can be loaded.
    let network = NETWORK.as_ref().ok()?;
    network.itinerary(from, to).map(Arc::new)
}

#[lru_cache(maxsize = 128)]
fn itinerary_128(from: &str, to: &str) -> Found {
    itinerary(from, to)
}

#[lru_cache(maxsize = 1024)]
fn itinerary_1024(from: &str, to: &str) -> Found {
    itinerary(from, to)
}

#[lru_cache(maxsize = None)]
fn itinerary_all(from: &str, to: &str) -> Found {
    itinerary(from, to)
}

/// A way to replay the flights. Each round runs all replays, one after another.
struct Replay {
    name: &'static str,
    call: fn(&str, &str) -> Found,
    info: Option<fn() -> CacheInfo>,
}

const REPLAYS: [Replay; 5] = [
    Replay { name: "uncached", call: itinerary, info: None },
    Replay { name: "128", call: itinerary_128, info: Some(itinerary_128::cache_info) },
    Replay { name: "1024", call: itinerary_1024, info: Some(itinerary_1024::cache_info) },
    Replay { name: "None", call: itinerary_all, info: Some(itinerary_all::cache_info) },
    Replay { name: "None, again", call: itinerary_all, info: Some(itinerary_all::cache_info) },
];

/// Rounds, of which the fastest is shown: on a busy machine, the tenth of a second that a replay
/// takes varies.
const ROUNDS: usize = 5;

/// The time and the counters of a replay.
#[derive(Clone, Copy)]
struct Outcome {
    fastest: Duration,
    info: Option<CacheInfo>,
}

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flights: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let network = NETWORK.as_ref()?;
    let flights = data::flights()?;
    writeln!(
        out,
        "{} flights, {} airports, {} routes\n",
        count(flights.len()),
        count(network.airports()),
        count(network.routes())
    )?;

    let expected: Vec<Found> =
        flights.iter().map(|f| itinerary(&f.origin, &f.destination)).collect();
    let outcomes = replay_all(&flights, &expected)?;
    table(out, &outcomes)?;
    writeln!(out, "\nThe fastest of {ROUNDS} rounds each; all replays gave the same answers.\n")?;
    highlights(out, &flights, &expected)?;
    Ok(())
}

/// Runs all rounds. Each begins with empty caches, so that a replay's `cache_info` is always equal.
fn replay_all(
    flights: &[Flight],
    expected: &[Found],
) -> Result<[Outcome; REPLAYS.len()], Box<dyn Error>> {
    let bar = ProgressBar::new((ROUNDS * REPLAYS.len() * flights.len()) as u64).with_style(
        ProgressStyle::with_template("{msg:<11}  {bar:40}  {human_pos} of {human_len} flights")?,
    );
    let mut outcomes = [Outcome { fastest: Duration::MAX, info: None }; REPLAYS.len()];
    for _ in 0..ROUNDS {
        functools::clear_all();
        for (Replay { name, call, info }, outcome) in REPLAYS.iter().zip(&mut outcomes) {
            bar.set_message(*name);
            let (answers, time) = replay(*call, flights, &bar);
            check(name, &answers, expected, flights)?;
            outcome.fastest = outcome.fastest.min(time);
            outcome.info = info.map(|info| info());
        }
    }
    bar.finish_and_clear();
    Ok(outcomes)
}

/// Returns the itinerary of each flight, and the time of the calls.
fn replay(
    call: fn(&str, &str) -> Found,
    flights: &[Flight],
    bar: &ProgressBar,
) -> (Vec<Found>, Duration) {
    let mut answers = Vec::with_capacity(flights.len());
    let mut time = Duration::ZERO;
    // The time in which the bar is drawn does not count.
    for batch in flights.chunks(1_000) {
        let start = Instant::now();
        answers.extend(batch.iter().map(|flight| call(&flight.origin, &flight.destination)));
        time += start.elapsed();
        bar.inc(batch.len() as u64);
    }
    (answers, time)
}

fn table(out: &mut impl Write, outcomes: &[Outcome; REPLAYS.len()]) -> io::Result<()> {
    writeln!(out, "{:<11}  {:>10}  {:>8}  cache_info", "maxsize", "time", "speed-up")?;
    let uncached = outcomes[0].fastest.as_secs_f64();
    for (Replay { name, .. }, Outcome { fastest, info }) in REPLAYS.iter().zip(outcomes) {
        let seconds = fastest.as_secs_f64();
        let (milliseconds, speed_up) = (seconds * 1e3, uncached / seconds);
        let info = info.map_or_else(|| "-".to_owned(), |info| info.to_string());
        writeln!(out, "{name:<11}  {milliseconds:>7.1} ms  {speed_up:>7.1}x  {info}")?;
    }
    Ok(())
}

/// Checks that the cache has changed no answer.
fn check(
    name: &str,
    answers: &[Found],
    expected: &[Found],
    flights: &[Flight],
) -> Result<(), String> {
    let mut all = flights.iter().zip(answers.iter().zip(expected));
    match all.find(|(_, (answer, expected))| answer != expected) {
        None => Ok(()),
        Some((Flight { date, origin, destination }, (answer, expected))) => Err(format!(
            "with maxsize {name}, the flight of {date} from {origin} to {destination} got \
             {answer:?}, and without a cache {expected:?}\n\
             help: this is a bug in functools, please report it with this message"
        )),
    }
}

/// Prints the longest itineraries, and flights without one.
fn highlights(out: &mut impl Write, flights: &[Flight], found: &[Found]) -> io::Result<()> {
    let flown = || flights.iter().zip(found).filter_map(|(f, found)| Some((f, found.as_ref()?)));
    let mut most = |what: &str, order: fn(&Itinerary, &Itinerary) -> Ordering| {
        // `max_by` returns the last of equal elements; reversed, that is the first flight.
        match flown().rev().max_by(|(_, a), (_, b)| order(a, b)) {
            Some((flight, itinerary)) => {
                let (stops, km) =
                    (itinerary.stops.join(" - "), HumanFloatCount(itinerary.km.round()));
                writeln!(out, "{what}  {stops}, {km} km, on {}", flight.date)
            }
            None => Ok(()),
        }
    };
    most("Longest itinerary:", |a, b| a.km.total_cmp(&b.km))?;
    most("Most stops:       ", |a, b| a.stops.len().cmp(&b.stops.len()))?;

    let direct = flown().filter(|(_, itinerary)| itinerary.stops.len() == 2).count();
    let lost: Vec<_> = flights.iter().zip(found).filter(|(_, found)| found.is_none()).collect();
    writeln!(out, "Direct:             {} flights", count(direct))?;
    write!(out, "No itinerary:       {} flights", count(lost.len()))?;
    if let Some((Flight { origin, destination, .. }, _)) = lost.first() {
        write!(
            out,
            ", the first from {origin} to {destination}: no sequence of routes connects them"
        )?;
    }
    writeln!(out)
}

fn count(number: usize) -> HumanCount {
    HumanCount(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_noticed() {
        let flight = |origin: &str, destination: &str| Flight {
            date: "2001/01/01 00:47".to_owned(),
            origin: origin.to_owned(),
            destination: destination.to_owned(),
        };
        let flights = [flight("DTW", "LAS"), flight("HNL", "SFO")];
        let right = flights.each_ref().map(|flight| itinerary(&flight.origin, &flight.destination));
        assert_eq!(check("128", &right.clone(), &right, &flights), Ok(()));

        let wrong = [right[0].clone(), None];
        let message = check("128", &wrong, &right, &flights).unwrap_err();
        assert!(message.contains("from HNL to SFO got None"), "{message}");
    }
}
