//! `cargo bench --manifest-path benches/Cargo.toml --bench store`: the cost of checking that a
//! result comes back unchanged from its JSON, beside encoding it and storing it in Redis.

fn main() -> anyhow::Result<()> {
    functools_benches::measure_store()
}
