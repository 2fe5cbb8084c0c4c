//! The subjects: services and the requests that are sent to them.

use super::load::Round;
use crate::summary::Summary;

/// A service and its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// The project's service with one worker thread for each core.
    All,
    /// The project's service with one worker thread.
    One,
    /// The project's service with one worker thread and Redis.
    OneWithRedis,
    /// FastAPI's service with one worker process, which has one thread.
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

    /// Whether it is measured with this request: only airports use Redis.
    pub(super) fn has_request(self, request: Request) -> bool {
        self != Service::OneWithRedis || request == Request::Item
    }

    /// Returns the service whose constant answer is the yardstick of this one.
    pub(super) fn yardstick(self) -> Service {
        if self == Service::OneWithRedis { Service::One } else { self }
    }
}

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// A constant answer.
    Constant,
    /// A cached airport.
    Item,
    /// An airport from the database.
    ItemUncached,
    /// A cached itinerary.
    Itinerary,
    /// An itinerary that is computed.
    ItineraryUncached,
}

impl Request {
    pub(super) const ALL: [Request; 5] = [
        Request::Constant,
        Request::Item,
        Request::ItemUncached,
        Request::Itinerary,
        Request::ItineraryUncached,
    ];

    pub(super) fn path(self) -> &'static str {
        match self {
            Request::Constant => "/constant/SFO",
            Request::Item => "/cached/SFO",
            Request::ItemUncached => "/uncached/cached/SFO",
            Request::Itinerary => "/cached-data/SFO-JFK",
            Request::ItineraryUncached => "/uncached/cached-data/SFO-JFK",
        }
    }
}

/// A service and a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) service: Service,
    pub(super) request: Request,
}

/// The figures of a subject in each round.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) subject: Subject,
    pub(super) rounds: Vec<Round>,
}

impl Measured {
    /// Returns one figure, over the rounds.
    pub(super) fn summary(&self, figure: fn(&Round) -> f64) -> Option<Summary> {
        Summary::of(self.rounds.iter().map(figure))
    }

    /// Returns the ratio of requests per second to those of another subject, within each round.
    pub(super) fn ratio(&self, other: &Measured) -> Option<Summary> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Summary::of(pairs.map(|(this, other)| this.per_second() / other.per_second()))
    }
}
