//! Random programs of every operation, on functions with every kind of option, beside a naive
//! model (CONTRACT 1, 2, 4, 5). A difference is shrunk to the operations that matter.
//!
//! `FUNCTOOLS_SEED=<number>` replays a run, `FUNCTOOLS_MINUTES=60` goes on for an hour.

use functools_test_support::{programs, with_seeds};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// Programs of each function in one run.
const CASES: u32 = 40;
const LENGTH: usize = 120;

#[test]
fn each_function_agrees_with_the_model() {
    with_seeds(|seed| {
        let all = 0..u8::try_from(programs::functions()).expect("a few");
        let differ: Vec<_> = all.filter_map(|function| check(seed, function).err()).collect();
        assert!(differ.is_empty(), "FUNCTOOLS_SEED={seed}\n{}", differ.join("\n"));
    });
}

/// Tries programs of one function; the shortest that was found to differ.
fn check(seed: u64, function: u8) -> Result<(), String> {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut seeds = [0; 32];
    seeds[..8].copy_from_slice(&seed.to_le_bytes());
    seeds[8] = function;
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seeds);
    let operations = prop::collection::vec(any::<[u8; programs::OPERATION]>(), 1..LENGTH);
    let result = TestRunner::new_with_rng(config, random).run(&operations, |operations| {
        let program = [&[function], operations.as_flattened()].concat();
        programs::run(&program).map_err(TestCaseError::fail)
    });
    result.map_err(|error| match error {
        TestError::Fail(why, _) | TestError::Abort(why) => why.to_string(),
    })
}
