//! The checks of texts on small files.

use super::*;

fn findings(file: &str, text: &str) -> Vec<String> {
    let files = Files::from([(file.to_owned(), text.to_owned())]);
    check(&files).iter().map(Finding::to_string).collect()
}

#[test]
fn a_long_line_is_found_in_code_and_in_prose() {
    let long = "word ".repeat(21);
    for file in ["runtime/src/a.rs", "README.md", "scripts/sanitize"] {
        let text = format!("//! A.\n// {long}");
        assert_eq!(findings(file, &text), [format!("{file}:2: columns: 108 columns, at most 100")]);
    }
    assert_eq!(findings("README.md", &"ä".repeat(100)), [""; 0]);
}

#[test]
fn rows_of_tables_and_long_addresses_are_not_too_long() {
    let long = "word ".repeat(21);
    let address = format!("https://{}", "a".repeat(100));
    assert_eq!(findings("README.md", &format!("| {long} |\n- {address}")), [""; 0]);
    let doc = format!("//! | {long} |\n//! {address}");
    assert_eq!(findings("runtime/src/a.rs", &doc), [""; 0]);
    let code = format!("//! A.\n| {long} |");
    assert_eq!(findings("runtime/src/a.rs", &code).len(), 1);
}

#[test]
fn a_long_file_is_found() {
    let text = "//! A.\n".to_owned() + &"\n".repeat(399);
    assert_eq!(findings("runtime/src/a.rs", &text), [""; 0]);
    let text = text + "\n";
    assert_eq!(
        findings("runtime/src/a.rs", &text),
        ["runtime/src/a.rs:401: length: 401 lines, at most 400"]
    );
    assert_eq!(findings("README.md", &text), [""; 0]);
}

#[test]
fn a_module_opens_with_one_to_eight_lines() {
    let doc = |lines: usize| "//! A.\n".repeat(lines) + "\nfn f() {}";
    let file = "runtime/src/a.rs";
    assert!(findings(file, &doc(0))[0].contains("no module doc"));
    assert_eq!(findings(file, &doc(1)), [""; 0]);
    assert_eq!(findings(file, &doc(8)), [""; 0]);
    assert!(findings(file, &doc(9))[0].contains("9 lines, at most 8"));
    assert_eq!(findings("runtime/src/guide/services.rs", &doc(9)), [""; 0]);
    assert_eq!(findings("tests/ui/a.rs", &doc(0)), [""; 0]);
    assert_eq!(findings(file, "#![doc = include_str!(\"a.md\")]"), [""; 0]);
}

#[test]
fn retired_words_are_found_wherever_they_stand() {
    let file = "runtime/src/a.rs";
    let found = |line: &str| findings(file, &format!("//! A.\n{line}"));
    assert_eq!(
        found("struct LongFlights;"),
        ["runtime/src/a.rs:2: word: `flights`: write `in-flight computation`"]
    );
    assert!(found("// Whoever waits")[0].contains("`whoever`"));
    assert!(found("fn flights_in_circles() {}")[0].contains("`flights`"));
    assert!(found("let seat = a.seat;").len() == 2);
    assert_eq!(found("enum Slot { InFlight, SingleFlight, in_flight, FLIGHT_LIKE }").len(), 1);
    assert_eq!(found("// A single flight, two in-flight computations, one round trip"), [""; 0]);
    assert_eq!(found("// one round\n// trip, and light, flighty, stripes"), [""; 0]);
}

#[test]
fn retired_names_are_found_as_whole_names() {
    let found = |line: &str| findings("runtime/src/a.rs", &format!("//! A.\n{line}"));
    assert_eq!(
        found("fn turned_away() {}"),
        ["runtime/src/a.rs:2: word: `turned_away`: write `reentrant_misses`"]
    );
    assert_eq!(found("fn not_turned_away_yet() {}"), [""; 0]);
    assert_eq!(findings("tests/a.rs", "//! A.\nfn turned_away() {}"), [""; 0]);
}

#[test]
fn words_are_free_where_they_mean_something_else() {
    assert_eq!(findings("examples/README.md", "A flight from Zurich"), [""; 0]);
    assert_eq!(findings("CHANGELOG.md", "`Passenger` is `Waiter`"), [""; 0]);
}
