//! A cache in a web service: axum, actix-web, tonic.
// Its programs are compiled and run where the frameworks are, by the package in `tests/services`.
#![cfg_attr(not(doctest), doc = include_str!("services.md"))]
