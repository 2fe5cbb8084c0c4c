//! The program as its users run it.

use std::process::Command;

#[test]
fn prints_the_steps_and_what_was_cached() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_newcomer-binary")).args(["27", "27", "9"]).output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    // 27 and 111 steps from it; again; 9 and 10 steps to 13, which leads to 40 as 53 and 160 do.
    let (lines, info) = text.trim_end().rsplit_once('\n').expect("several lines");
    assert_eq!(lines, "27: 111\n27: 111\n9: 19");
    assert!(info.starts_with("CacheInfo(hits=2, misses="), "{info}");
    assert!(info.contains("maxsize=None"), "{info}");
}
