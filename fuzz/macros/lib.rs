//! The modules of the attributes as a library: what a fuzz target calls of them.
//!
//! A crate of procedural macros exports nothing else. So its modules are compiled once more, and
//! those of the second tier that write a key.

#![allow(dead_code, unreachable_pub, missing_docs)]

#[path = "../../macros/src/argument.rs"]
mod argument;
#[path = "../../macros/src/attributes.rs"]
mod attributes;
#[path = "../../macros/src/bytes.rs"]
mod bytes;
#[path = "../../macros/src/check/mod.rs"]
mod check;
#[path = "../../macros/src/closures.rs"]
mod closures;
#[path = "../../macros/src/duration.rs"]
mod duration;
#[path = "../../macros/src/errors.rs"]
mod errors;
#[path = "../../macros/src/expand/mod.rs"]
mod expand;
#[path = "../../macros/src/expressions.rs"]
mod expressions;
#[path = "../../macros/src/function.rs"]
mod function;
#[path = "../../macros/src/generics.rs"]
mod generics;
#[path = "../../macros/src/handle/mod.rs"]
mod handle;
#[path = "../../macros/src/item.rs"]
mod item;
#[path = "../../macros/src/memoize.rs"]
mod memoize;
#[path = "../../macros/src/options/mod.rs"]
mod options;
#[path = "../../macros/src/paths.rs"]
mod paths;
#[path = "../../macros/src/patterns.rs"]
mod patterns;
#[path = "../../macros/src/recover.rs"]
mod recover;
#[path = "../../macros/src/signature.rs"]
mod signature;
#[path = "../../macros/src/source/mod.rs"]
mod source;
#[path = "../../macros/src/template.rs"]
mod template;
#[path = "../../macros/src/tokens.rs"]
mod tokens;
#[path = "../../macros/src/types.rs"]
mod types;

pub mod attribute;
pub mod keys;
pub mod numbers;
pub mod tokens_of;

#[path = "tier.rs"]
mod tier;
