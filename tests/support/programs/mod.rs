//! Programs of operations on cached functions of all kinds, by the cache and by a naive model: each
//! answer, each entry, and the counts.
//!
//! A program is read from bytes, so that a property test shrinks it and a fuzzer changes it. It
//! holds the clock of all caches.

mod functions;
mod model;

use std::fmt::Write as _;

use crate::{SECOND, advance, clock};
use functions::{FUNCTIONS, Function};
use model::Model;

/// How many keys there are.
const KEYS: u8 = 6;

/// How many bytes an operation takes.
pub const OPERATION: usize = 3;

/// What a body does: it takes so many seconds, and returns this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    seconds: u8,
    result: Result<u32, u32>,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Call(u8, Outcome),
    Refresh(u8, Outcome),
    Insert(u8, Result<u32, u32>),
    Uncached(u8, Outcome),
    Invalidate(u8),
    Clear,
    /// So many seconds pass.
    Pass(u8),
}

impl Operation {
    /// Reads an operation. Zeros are the simplest one. No two results have one number.
    fn read(bytes: [u8; OPERATION], number: u32) -> Self {
        let [kind, key, outcome] = bytes;
        let key = key % KEYS;
        // The number decides on the weight, too.
        let number = 8 * number + u32::from(outcome % 8);
        let result = if outcome / 8 % 4 == 3 { Err(number) } else { Ok(number) };
        let seconds = if outcome / 32 % 4 == 3 { outcome / 128 + 1 } else { 0 };
        let outcome = Outcome { seconds, result };
        match kind % 32 {
            0..14 => Operation::Call(key, outcome),
            14..17 => Operation::Refresh(key, outcome),
            17..20 => Operation::Insert(key, result),
            20 => Operation::Uncached(key, outcome),
            21..24 => Operation::Invalidate(key),
            24 => Operation::Clear,
            _ => Operation::Pass(key % 4 + 1),
        }
    }
}

/// The weight of a result, from 1 to 8.
fn weight(result: Result<u32, u32>) -> u64 {
    let (Ok(number) | Err(number)) = result;
    u64::from(number % 8 + 1)
}

/// How many functions there are: the first byte of a program chooses one.
pub fn functions() -> usize {
    FUNCTIONS.len()
}

/// Runs a program: a byte for the function, and [`OPERATION`] bytes for each operation.
///
/// # Errors
///
/// The first difference between the function and the model, with the operations before it.
pub fn run(program: &[u8]) -> Result<(), String> {
    let Some((&function, operations)) = program.split_first() else { return Ok(()) };
    let function = &FUNCTIONS[usize::from(function) % FUNCTIONS.len()];
    let _turn = clock();
    (function.clear)();
    let mut model = Model::new(function.limits);
    let mut past = format!("{}:", function.name);
    for (number, bytes) in (1..).zip(operations.chunks_exact(OPERATION)) {
        let operation = Operation::read([bytes[0], bytes[1], bytes[2]], number);
        let _ = write!(past, "\n    {operation:?}");
        perform(function, &mut model, operation).map_err(|what| format!("{past}\n  {what}"))?;
    }
    Ok(())
}

/// Performs an operation on both, and compares their answers and states.
fn perform(function: &Function, model: &mut Model, operation: Operation) -> Result<(), String> {
    // To read the counts removes what has expired for good.
    (function.info)();
    model.purge();
    let entries = || (0..KEYS).map(|key| (function.peek)(key)).collect::<Vec<_>>();
    match operation {
        Operation::Call(key, outcome) => {
            let answer = (function.call)(key, outcome);
            equal("answer", answer, model.call(key, outcome, &entries()))?;
        }
        Operation::Refresh(key, outcome) => {
            equal("result", (function.refresh)(key, outcome), outcome.result)?;
            model.compute(outcome);
            model.store(key, outcome.result, &entries());
        }
        Operation::Insert(key, result) => {
            (function.insert)(key, result);
            model.store(key, result, &entries());
        }
        Operation::Uncached(key, outcome) => {
            equal("result", (function.uncached)(key, outcome), outcome.result)?;
            model.pass(outcome.seconds);
        }
        Operation::Invalidate(key) => {
            equal("whether there was an entry", (function.invalidate)(key), model.remove(key))?;
        }
        Operation::Clear => {
            (function.clear)();
            model.clear();
        }
        Operation::Pass(seconds) => {
            advance(u32::from(seconds) * SECOND);
            model.pass(seconds);
        }
    }
    for key in 0..KEYS {
        let peeked = model.peek(key);
        equal("entry", (function.peek)(key), peeked)?;
        equal("cache_contains", (function.contains)(key), peeked.is_some())?;
        equal("cache_ttl", (function.ttl)(key), model.ttl(key))?;
    }
    // To read them removes what has expired, too.
    let stats = (function.stats)();
    model.purge();
    equal("cache_info", (function.info)(), model.info())?;
    equal("computations", stats.computations, model.computations)?;
    equal("weight", stats.weight, model.weight())
}

// By value: most are made for the comparison.
#[allow(clippy::needless_pass_by_value)]
fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, expected: T) -> Result<(), String> {
    if ours == expected {
        return Ok(());
    }
    Err(format!("{what}: {ours:?} by the cache, {expected:?} by the model"))
}
