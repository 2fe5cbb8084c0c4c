//! `cargo bench --manifest-path benches/Cargo.toml --bench store`: what it costs to see that a
//! result comes back from its JSON unchanged, beside writing it and beside the whole store in
//! Redis.

fn main() -> anyhow::Result<()> {
    functools_benches::measure_store()
}
