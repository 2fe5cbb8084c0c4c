//! Changes while a result is computed or read: it stays in no memory.

use std::thread;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};
use serde::{Deserialize, Deserializer, Serialize};

use crate::common::{Gate, Runs};
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, set, stored, text};

static TIER: Tier = Tier::new();
static ELSEWHERE: Tier = Tier::new();

/// As the same function in another process.
mod elsewhere {
    use super::*;

    #[lru_cache(ttl = "60s", redis(key = "held:{id}", tier = ELSEWHERE))]
    pub(super) fn held(id: usize) -> u32 {
        u32::try_from(id).expect("small")
    }
}

type Act = fn(usize, &mut Connection);

/// What is done while a body runs, and what is in Redis then.
const ACTS: [(&str, Act, Option<&str>); 9] = [
    ("another client's SET", |id, client| set(client, &format!("held:{id}"), "7"), Some("7")),
    (
        "another client's SET and DEL",
        |id, client| {
            set(client, &format!("held:{id}"), "7");
            let () = client.del(format!("held:{id}")).expect("DEL");
        },
        None,
    ),
    (
        "another client's SET that is expired at once",
        |id, client| {
            set(client, &format!("held:{id}"), "7");
            let () = client.pexpire(format!("held:{id}"), -1).expect("PEXPIRE");
        },
        None,
    ),
    ("FLUSHALL", |_, client| client.flushall().expect("FLUSHALL"), None),
    ("FLUSHDB", |_, client| client.flushdb().expect("FLUSHDB"), None),
    (
        "cache_invalidate",
        |id, _| assert_eq!(held::cache_invalidate(id), Invalidation::Confirmed),
        None,
    ),
    (
        "cache_invalidate in another process",
        |id, _| assert_eq!(elsewhere::held::cache_invalidate(id), Invalidation::Confirmed),
        None,
    ),
    ("cache_clear", |_, _| assert_eq!(held::cache_clear(), Invalidation::Confirmed), None),
    (
        "cache_clear in another process",
        |_, _| assert_eq!(elsewhere::held::cache_clear(), Invalidation::Confirmed),
        None,
    ),
];

static GATES: [Gate; ACTS.len()] = [const { Gate::new() }; ACTS.len()];
static RUNS: Runs = Runs::new();

#[lru_cache(ttl = "60s", redis(key = "held:{id}", tier = TIER))]
fn held(id: usize) -> u32 {
    let run = RUNS.next();
    if let Some(gate) = GATES.get(id) {
        gate.pass();
    }
    1000 + run
}

/// What comes last of all that is told.
#[lru_cache(ttl = "60s", redis(key = "mark:{id}", tier = TIER))]
fn mark(id: usize) -> usize {
    id
}

/// A function, and whether it has an entry.
type Mark = (fn(usize) -> usize, fn(usize) -> bool);

/// The result of a call that stops at its gate while a change is made and pushed. A change of the
/// key of `mark` is pushed last.
fn changed_during<R: Send>(
    call: impl FnOnce() -> R + Send,
    gate: &Gate,
    change: impl FnOnce(&mut Connection),
    (mark, has_mark): Mark,
    client: &mut Connection,
) -> R {
    mark(0);
    stored(client, "mark:0");
    thread::scope(|scope| {
        let call = scope.spawn(call);
        gate.wait_for(1);
        change(client);
        set(client, "mark:0", "0");
        eventually("the change is pushed", || !has_mark(0));
        gate.open();
        call.join().expect("no panic")
    })
}

#[test]
fn result_that_was_overtaken_is_stored_nowhere() {
    let server = Server::start();
    let (tier, _elsewhere) = (install(&TIER, &server), install(&ELSEWHERE, &server));
    let mut client = server.client();
    for (id, (what, act, left)) in ACTS.into_iter().enumerate() {
        let key = format!("held:{id}");
        let act = |client: &mut Connection| act(id, client);
        let run =
            changed_during(|| held(id), &GATES[id], act, (mark, mark::cache_contains), &mut client);
        assert_eq!(run, 1000 + RUNS.count(), "its own caller gets what it computed");

        // Whatever it would have stored is there before a later result.
        let later = 100 + id;
        held(later);
        stored(&mut client, &format!("held:{later}"));
        assert_eq!(text(&mut client, &key).as_deref(), left, "after {what}");
        eventually(&format!("it is not in memory, after {what}"), || {
            held::cache_peek(id) != Some(run)
        });
        let (again, status) = held::with_status(id);
        match left {
            Some(left) => {
                assert_eq!((again.to_string(), status), (left.to_owned(), CacheStatus::Shared));
            }
            None => assert_eq!((again, status), (1000 + RUNS.count(), CacheStatus::Miss)),
        }
    }
    assert_smooth(tier.stats());
}

/// Takes as long to read as the test wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Slow(String);

static READING: [Gate; 3] = [const { Gate::new() }; 3];

impl<'de> Deserialize<'de> for Slow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(number) = text.strip_prefix("old ") {
            READING[number.parse::<usize>().expect("a number")].pass();
        }
        Ok(Slow(text))
    }
}

#[test]
fn value_that_changed_while_it_was_read_does_not_stay() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "slow:{id}", tier = TIER))]
    fn slow(id: usize) -> Slow {
        Slow(format!("computed {id}"))
    }
    #[lru_cache(ttl = "60s", redis(key = "mark:{id}", tier = TIER))]
    fn mark(id: usize) -> usize {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let changes: [(&str, Act, Slow, CacheStatus); 3] = [
        (
            "DEL",
            |id, client| client.del(format!("slow:{id}")).expect("DEL"),
            Slow("computed 0".to_owned()),
            CacheStatus::Miss,
        ),
        (
            "SET",
            |id, client| set(client, &format!("slow:{id}"), "\"new\""),
            Slow("new".to_owned()),
            CacheStatus::Shared,
        ),
        (
            "FLUSHALL",
            |_, client| client.flushall().expect("FLUSHALL"),
            Slow("computed 2".to_owned()),
            CacheStatus::Miss,
        ),
    ];
    for (id, (what, change, then, comes_from)) in changes.into_iter().enumerate() {
        set(&mut client, &format!("slow:{id}"), &format!("\"old {id}\""));
        let change = |client: &mut Connection| change(id, client);
        let old = changed_during(
            || slow(id),
            &READING[id],
            change,
            (mark, mark::cache_contains),
            &mut client,
        );
        assert!(old == Slow(format!("old {id}")) || old == then, "{old:?}");
        eventually(&format!("the old value is not in memory, after {what}"), || {
            slow::cache_peek(id) != Some(Slow(format!("old {id}")))
        });
        let (now, status) = slow::with_status(id);
        assert_eq!(now, then);
        if old != then {
            assert_eq!(status, comes_from);
        }
    }
    assert_smooth(tier.stats());
}
