//! `cargo bench --manifest-path benches/Cargo.toml`: measures all peers side by side, and prints a
//! report.

use functools_benches::{Paths, run};

fn main() -> anyhow::Result<()> {
    run(Paths { count: env!("CARGO_BIN_EXE_count"), scratch: env!("CARGO_TARGET_TMPDIR") })
}
