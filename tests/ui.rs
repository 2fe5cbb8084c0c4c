//! What the compiler says about wrong uses. Each `.stderr` beside a case is the whole of it.

/// `TRYBUILD=overwrite` writes the messages anew; read them as a user would before committing them.
#[test]
fn refusals() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}
