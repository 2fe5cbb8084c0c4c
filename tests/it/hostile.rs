//! Arguments that a client chooses to do harm. SECURITY.md lists what they can and cannot do;
//! sections 3 and 5 of the contract.

use std::cell::Cell;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::{env, process::Command};

use functools::{caches, lru_cache};

thread_local! {
    /// The state of the last hasher after a [`Watched`].
    static HASHED: Cell<u64> = const { Cell::new(0) };
    /// The number of comparisons of [`Watched`].
    static COMPARED: Cell<u32> = const { Cell::new(0) };
}

/// A key that notes what its hash is.
#[derive(Clone, Eq)]
struct Watched(u64);

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        HASHED.set(state.finish());
    }
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[lru_cache]
fn watched(key: &Watched) -> u64 {
    key.0
}

#[test]
#[ignore = "what the processes do that the next test starts"]
fn print_a_hash() {
    watched(&Watched(7));
    println!("hash {}", HASHED.get());
}

/// Nobody can prepare keys that collide: each process has a random seed.
#[test]
fn each_process_hashes_a_key_differently() {
    let hash = || {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "hostile::print_a_hash", "--ignored", "--nocapture"]);
        let output = command.output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let hash = text.split("hash ").nth(1).and_then(|rest| rest.split_whitespace().next());
        hash.unwrap_or_else(|| panic!("no hash: {text}")).to_owned()
    };
    let hashes: HashSet<String> = (0..4).map(|_| hash()).collect();
    assert_eq!(hashes.len(), 4, "{hashes:?}");
}

/// A key whose hash is that of every other, which counts comparisons.
#[derive(Clone, Eq)]
struct Collides(u32);

impl Hash for Collides {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl PartialEq for Collides {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.set(COMPARED.get() + 1);
        self.0 == other.0
    }
}

/// If all keys collide nevertheless, `maxsize` bounds the cost of a call, and results are right.
#[test]
fn comparisons_of_colliding_keys_are_bounded_by_maxsize() {
    const MAXSIZE: u32 = 32;
    #[lru_cache(maxsize = 32)]
    fn double(key: &Collides) -> u32 {
        key.0 * 2
    }
    let mut most = 0;
    for n in 0..100 * MAXSIZE {
        COMPARED.set(0);
        assert_eq!(double(&Collides(n)), n * 2);
        most = most.max(COMPARED.get());
        assert_eq!(double(&Collides(n)), n * 2);
    }
    // Once with each entry to look the key up, once more to store the result, and with the few
    // evicted keys that are not reclaimed yet; while the table grows, in its old and new place.
    // It does not grow with the number of keys before.
    assert!((MAXSIZE..=8 * MAXSIZE).contains(&most), "{most} comparisons");
    let info = double::cache_info();
    assert_eq!((info.hits, info.misses, info.currsize), (3_200, 3_200, 32));
}

/// A client that sends long arguments fills no more than `maxweight`.
#[test]
fn long_arguments_are_bounded_by_their_weight() {
    const MAXWEIGHT: u64 = 10_000;
    #[lru_cache(maxweight = 10_000, weight = |key: &str, _| key.len() as u64)]
    fn length(text: &str) -> usize {
        text.len()
    }
    for n in 0..2_000 {
        let text = "x".repeat(n * 7 % 12_000);
        assert_eq!(length(&text), text.len());
        let stats = length::cache_stats();
        assert!(stats.weight <= MAXWEIGHT, "{stats:?}");
    }
    assert!(length::cache_stats().too_heavy > 0);
}

/// Failed look-ups of names that do not exist leave nothing behind.
#[test]
fn arguments_that_fail_evict_nothing_and_leave_nothing() {
    #[lru_cache(maxsize = 16)]
    fn user(id: u64) -> Result<u64, String> {
        if id < 16 { Ok(id) } else { Err(format!("no user {id}")) }
    }
    (0..16).for_each(|id| assert_eq!(user(id), Ok(id)));
    (16..10_000).for_each(|id| assert!(user(id).is_err()));
    assert!((0..16).all(user::cache_contains));
    assert_eq!(user::cache_info().currsize, 16);
}

/// A key may be a secret, and statistics are printed.
#[test]
fn no_text_about_a_cache_has_a_key_or_a_result() {
    #[lru_cache(ttl = "60s")]
    fn session(token: &str) -> String {
        format!("session of {token}")
    }
    session("hunter2");
    let name = "hostile::no_text_about_a_cache_has_a_key_or_a_result::session";
    let cache = caches().find(|cache| cache.name().ends_with(name)).expect("it is used");
    let texts = [
        format!("{cache:?} {cache:#?}"),
        format!("{} {:?}", session::cache_info(), session::cache_info()),
        format!("{:?} {:?}", session::cache_stats(), session::cache_parameters()),
        format!("{} {:?}", session::with_status("hunter2").1, session::with_status("hunter2").1),
    ];
    assert!(texts.iter().all(|text| !text.contains("hunter2")), "{texts:?}");
}
