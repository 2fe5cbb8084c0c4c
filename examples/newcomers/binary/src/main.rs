//! Prints how many steps each number of the arguments takes to reach 1 by Collatz' rule.

use std::env;

use functools::cache;

#[cache]
fn steps(n: u64) -> u64 {
    match n {
        0 | 1 => 0,
        n if n % 2 == 0 => 1 + steps(n / 2),
        n => 1 + steps(3 * n + 1),
    }
}

fn main() -> Result<(), std::num::ParseIntError> {
    for argument in env::args().skip(1) {
        println!("{argument}: {}", steps(argument.parse()?));
    }
    println!("{}", steps::cache_info());
    Ok(())
}
