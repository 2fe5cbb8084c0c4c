//! The attribute's parser: any token stream is an error or an expansion.
#![no_main]

use std::str;

use functools_macros_source::{attribute, tokens_of};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = str::from_utf8(data) {
        attribute::check(text);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Bytes at random hardly ever make tokens.
    if !seed.is_multiple_of(4)
        && let Ok(text) = str::from_utf8(&data[..size])
        && let Some(text) = tokens_of::mutate(text, seed.into())
        && text.len() <= max_size
    {
        data[..text.len()].copy_from_slice(text.as_bytes());
        return text.len();
    }
    fuzzer_mutate(data, size, max_size)
});
