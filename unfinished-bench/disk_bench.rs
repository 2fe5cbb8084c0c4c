//! `cargo bench --manifest-path benches/Cargo.toml --bench disk`: results on disk, beside the disk
//! store of the crate `cached` and Python's `diskcache`, by one process and by four.

fn main() -> anyhow::Result<()> {
    functools_benches::measure_disk(env!("CARGO_TARGET_TMPDIR").as_ref())
}
