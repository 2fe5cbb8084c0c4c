//! Calls within the code of the user that a cache runs (CONTRACT 6).

mod callbacks;
mod held_entry;
mod other_function;
mod recursion;
pub(crate) mod trap;
