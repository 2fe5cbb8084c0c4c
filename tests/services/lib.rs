//! The programs of the guide to services, compiled and run with the frameworks that they are about.

#[cfg(doctest)]
#[doc = include_str!("../../runtime/src/guide/services.md")]
pub struct Services;
