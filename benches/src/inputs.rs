//! What the functions are called with: made before any clock runs, other draws for each thread, the
//! same in every run.

use rand::distr::{Distribution, Uniform};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::Zipf;

/// More draws than a branch predictor learns, few enough to leave the core's own cache to others.
pub(crate) const DRAWS: usize = 8_192;

/// As many as it takes for the shares of hits and misses to settle.
const MANY_DRAWS: usize = 65_536;

/// So many keys that those which some cache remembers for ever are too few to matter.
const UNSEEN: usize = 1_048_576;

fn per_thread<I>(
    threads: u32,
    draws: usize,
    draw: impl Fn(&mut Xoshiro256PlusPlus) -> I,
) -> Vec<Vec<I>> {
    (0..threads)
        .map(|thread| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(thread.into());
            std::iter::repeat_with(|| draw(&mut rng)).take(draws).collect()
        })
        .collect()
}

/// Those keys in random order.
pub(crate) fn any_of<K: Copy>(keys: &[K], threads: u32) -> Vec<Vec<K>> {
    let index = Uniform::new(0, keys.len()).expect("at least one key");
    per_thread(threads, DRAWS, |rng| keys[index.sample(rng)])
}

/// Keys that nobody has seen.
pub(crate) fn unseen(threads: u32) -> Vec<Vec<u64>> {
    per_thread(threads, UNSEEN, RngExt::random)
}

/// Few keys often, many rarely, as users ask: rank `n` in proportion to `n` to the power of -0.99.
pub(crate) fn zipf(keys: u32, threads: u32) -> Vec<Vec<u64>> {
    zipf_per_thread(keys, threads, MANY_DRAWS)
}

/// The same for one thread, with that many draws.
pub(crate) fn zipf_calls(keys: u32, draws: usize) -> Vec<u64> {
    zipf_per_thread(keys, 1, draws).remove(0)
}

fn zipf_per_thread(keys: u32, threads: u32, draws: usize) -> Vec<Vec<u64>> {
    let rank = Zipf::new(f64::from(keys), 0.99).expect("a distribution");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are whole numbers from 1 up"
    )]
    per_thread(threads, draws, |rng| rank.sample(rng) as u64)
}

/// Texts as long as names and paths are, alive as long as the process.
pub(crate) fn texts(count: u64) -> Vec<&'static str> {
    (0..count).map(|n| &*format!("customers/{n:08}/orders").leak()).collect()
}
