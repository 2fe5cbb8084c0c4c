//! Templates of keys: no two lists of arguments share a key.
#![no_main]

use functools_macros_source::keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| keys::check(text));
