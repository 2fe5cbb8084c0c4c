//! The programs of the guide to services, and of the README, compiled and run with the frameworks
//! that they use.

#[cfg(doctest)]
#[doc = include_str!("../../runtime/src/guide/services.md")]
pub struct Services;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
