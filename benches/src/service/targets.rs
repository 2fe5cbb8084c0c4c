//! Who is asked what.

use super::load::Round;
use crate::summary::Summary;

/// A service, as it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// The project's, with as many worker threads as there are cores.
    All,
    /// The same with one worker thread.
    One,
    /// The same with one worker thread, and with Redis.
    OneWithRedis,
    /// FastAPI's, with one worker process, which has one thread.
    FastApi,
}

impl Service {
    pub(super) const ALL: [Service; 4] =
        [Service::All, Service::One, Service::OneWithRedis, Service::FastApi];

    pub(super) fn title(self) -> &'static str {
        match self {
            Service::All => "functools, all cores",
            Service::One => "functools, one worker",
            Service::OneWithRedis => "functools, one worker, Redis",
            Service::FastApi => "FastAPI, one worker",
        }
    }

    /// Whether that is of interest: Redis matters for the airport alone.
    pub(super) fn is_asked(self, question: Question) -> bool {
        self != Service::OneWithRedis || question == Question::Item
    }

    /// Whose `/constant` is the most that this could reach.
    pub(super) fn yardstick(self) -> Service {
        if self == Service::OneWithRedis { Service::One } else { self }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// An answer that nobody has to look up.
    Constant,
    /// An airport, out of the cache.
    Item,
    /// The same, from the database.
    ItemUncached,
    /// An itinerary, out of the cache.
    Itinerary,
    /// The same, computed.
    ItineraryUncached,
}

impl Question {
    pub(super) const ALL: [Question; 5] = [
        Question::Constant,
        Question::Item,
        Question::ItemUncached,
        Question::Itinerary,
        Question::ItineraryUncached,
    ];

    pub(super) fn path(self) -> &'static str {
        match self {
            Question::Constant => "/constant/SFO",
            Question::Item => "/cached/SFO",
            Question::ItemUncached => "/uncached/cached/SFO",
            Question::Itinerary => "/cached-data/SFO-JFK",
            Question::ItineraryUncached => "/uncached/cached-data/SFO-JFK",
        }
    }
}

/// One service, asked for one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: Service,
    pub(super) question: Question,
}

/// What came out, round by round.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) target: Target,
    pub(super) rounds: Vec<Round>,
}

impl Measured {
    /// One figure over the rounds.
    pub(super) fn summary(&self, figure: fn(&Round) -> f64) -> Option<Summary> {
        Summary::of(self.rounds.iter().map(figure))
    }

    /// How many times the other's requests per second, within each round.
    pub(super) fn ratio(&self, other: &Measured) -> Option<Summary> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Summary::of(pairs.map(|(this, other)| this.per_second() / other.per_second()))
    }
}
