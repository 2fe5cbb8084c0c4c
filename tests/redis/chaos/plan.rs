//! The faults of a run: all of them follow from its seed.

use std::time::Duration;

use fastrand::Rng;

/// A fault. A number is that of a master, or of the place of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// All connections end, or every other one.
    Cut { all: bool, node: usize },
    /// What is sent takes so many milliseconds, each way.
    Delay(u64),
    /// Nothing arrives on any connection, or on every other one.
    Hold { all: bool, node: usize },
    /// Connections end, and new ones do at once.
    Refuse,
    /// The server is away, and comes back empty.
    Restart(usize),
    /// It comes back as it was at the beginning of the fault.
    Restore,
    /// It does nothing.
    Suspend(usize),
    /// It stores nothing, and evicts nothing.
    Fill(usize),
    /// It is the replica of a server that is not there.
    ReadOnly,
    /// It refuses a command.
    Deny(&'static str),
    /// Everything in it is removed.
    Flush,
    /// A replica takes its place, which has learned of nothing since the beginning of the fault.
    FailOver(usize),
    /// A node is cut off from the other nodes, not from the processes.
    Partition(usize),
    /// A hash slot is on its way from this node to another.
    Reshard(usize),
    /// A process is killed, and another takes its place.
    Kill(usize),
    /// A process forks.
    Fork(usize),
}

impl Fault {
    /// Whether it can undo what has been confirmed.
    pub(super) fn undoes(self) -> bool {
        matches!(
            self,
            Fault::Restore
                | Fault::FailOver(_)
                | Fault::Partition(_)
                | Fault::Restart(_)
                | Fault::Suspend(_)
        )
    }
}

/// A fault of a round, and its time from the beginning of the round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub(super) fault: Fault,
    pub(super) at: Duration,
    pub(super) lasts: Duration,
}

/// The faults that a place can have: of each kind at most one a round, which do not disturb each
/// other.
pub(super) struct Kinds {
    pub(super) of_servers: &'static [Fault],
    pub(super) of_links: &'static [Fault],
}

const OF_PROCESSES: &[Fault] =
    &[Fault::Fork(0), Fault::Kill(0), Fault::Fork(2), Fault::Kill(1), Fault::Kill(3)];

/// The rounds of a run, without end.
pub(super) struct Plan {
    rng: Rng,
    servers: Deck,
    links: Deck,
    processes: Deck,
}

impl Plan {
    pub(super) fn new(seed: u64, kinds: &Kinds) -> Self {
        Plan {
            rng: Rng::with_seed(seed),
            servers: Deck::new(kinds.of_servers),
            links: Deck::new(kinds.of_links),
            processes: Deck::new(OF_PROCESSES),
        }
    }

    pub(super) fn next_round(&mut self) -> Vec<Planned> {
        let mut round = Vec::new();
        let rng = &mut self.rng;
        // A link's fault alone shows what another one hides.
        let decks = match rng.u32(..4) {
            0 => vec![&mut self.links, &mut self.processes],
            1 => vec![&mut self.servers, &mut self.processes],
            _ => vec![&mut self.servers, &mut self.links, &mut self.processes],
        };
        for deck in decks {
            let fault = deck.draw(rng);
            let at = Duration::from_millis(rng.u64(..800));
            let lasts = Duration::from_millis(rng.u64(50..2200));
            round.push(Planned { fault, at, lasts });
        }
        round
    }
}

/// Draws each card once before any comes again.
struct Deck {
    cards: &'static [Fault],
    left: Vec<Fault>,
}

impl Deck {
    fn new(cards: &'static [Fault]) -> Self {
        Deck { cards, left: Vec::new() }
    }

    fn draw(&mut self, rng: &mut Rng) -> Fault {
        if self.left.is_empty() {
            self.left = self.cards.to_vec();
            rng.shuffle(&mut self.left);
        }
        match self.left.pop().expect("a deck has cards") {
            Fault::Delay(_) => Fault::Delay(rng.u64(5..150)),
            fault => fault,
        }
    }
}

#[test]
fn a_seed_gives_the_same_faults_again() {
    let kinds = Kinds { of_servers: &[Fault::Flush, Fault::Restore], of_links: &[Fault::Delay(0)] };
    let faults = |seed| {
        let mut plan = Plan::new(seed, &kinds);
        (0..20).map(|_| format!("{:?}", plan.next_round())).collect::<Vec<_>>()
    };
    assert_eq!(faults(7), faults(7));
    assert_ne!(faults(7), faults(8));
}
