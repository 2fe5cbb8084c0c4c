//! The inputs of functions: made before any clock runs, different for each thread, equal in each
//! run.

use rand::distr::{Distribution, Uniform};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::Zipf;

/// More draws than a branch predictor learns, but few enough not to fill the core's cache.
pub(crate) const DRAWS: usize = 8_192;

/// Enough draws for a steady ratio of hits.
const MANY_DRAWS: usize = 65_536;

/// Enough keys that the hits of a cache that keeps some for ever are negligible.
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

/// Returns draws among these keys.
pub(crate) fn any_of<K: Copy>(keys: &[K], threads: u32) -> Vec<Vec<K>> {
    let index = Uniform::new(0, keys.len()).expect("at least one key");
    per_thread(threads, DRAWS, |rng| keys[index.sample(rng)])
}

/// Returns random keys, which are new.
pub(crate) fn unseen(threads: u32) -> Vec<Vec<u64>> {
    per_thread(threads, UNSEEN, RngExt::random)
}

/// Returns draws by Zipf's law, as requests of users: few keys often, many rarely. The frequency of
/// the key of rank `n` is proportional to `n` to the power of -0.99.
pub(crate) fn zipf(keys: u32, threads: u32) -> Vec<Vec<u64>> {
    zipf_per_thread(keys, threads, MANY_DRAWS)
}

/// Same as [`zipf`] for one thread, with that many draws.
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

/// Returns texts of the length of names and paths. They are leaked.
pub(crate) fn texts(count: u64) -> Vec<&'static str> {
    (0..count).map(|n| &*format!("customers/{n:08}/orders").leak()).collect()
}
