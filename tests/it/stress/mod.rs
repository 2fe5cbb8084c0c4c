//! Many threads at once, for as long as one likes (CONTRACT 5, 6).

mod many_keys;
mod panics;
mod short_lives;
