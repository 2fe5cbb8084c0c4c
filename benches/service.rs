//! `cargo bench --manifest-path benches/Cargo.toml --bench service`: the demo service beside one
//! with a constant answer, and beside FastAPI.

use functools_benches::ask_services;

fn main() -> anyhow::Result<()> {
    ask_services(env!("CARGO_TARGET_TMPDIR"))
}
