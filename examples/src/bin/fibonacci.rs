//! The example of Python's documentation: a recursive function that computes each number once,
//! because of its cache.

use std::hint::black_box;
use std::time::{Duration, Instant};

use functools::cache;

#[cache]
fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

/// The same function without a cache at any depth. `fibonacci::uncached(n)` is different: it runs
/// the body above, whose calls of `fibonacci` are cached.
fn plain_fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { plain_fibonacci(n - 1) + plain_fibonacci(n - 2) }
}

fn main() {
    let numbers: Vec<u64> = (0..16).map(fibonacci).collect();
    println!("{numbers:?}");
    println!("{}", fibonacci::cache_info());

    let (plain, plain_time) = timed(plain_fibonacci, 32);
    fibonacci::cache_clear();
    let (cached, cached_time) = timed(fibonacci, 32);
    assert_eq!(plain, cached, "a cache changes no answer");
    println!();
    println!("fibonacci(32) = {cached}");
    println!("  plain   {plain_time:>10.1?}");
    println!("  cached  {cached_time:>10.1?}  {}", fibonacci::cache_info());
}

fn timed(function: fn(u64) -> u64, n: u64) -> (u64, Duration) {
    let start = Instant::now();
    // The compiler must not know `n`, or it may compute the answer itself.
    let answer = function(black_box(n));
    (answer, start.elapsed())
}
