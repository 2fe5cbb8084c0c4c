//! Durations and numbers of bytes as text.
#![no_main]

use functools_macros_source::numbers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| numbers::check(text));
