//! The programs of the guide to migration: those in Rust compiled and run with the crates that
//! users come from, those in Python run by it.

#[cfg(doctest)]
#[doc = include_str!("../../runtime/src/guide/migration.md")]
pub struct Migration;

#[cfg(test)]
mod tests {
    use std::process::Command;

    const PAGE: &str = include_str!("../../runtime/src/guide/migration.md");

    #[test]
    fn programs_in_python_run() {
        if Command::new("python3").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "there is no python3");
            println!("SKIPPED: python3 was not found, so its programs did not run");
            return;
        }
        let programs: Vec<&str> = PAGE.split("```python\n").skip(1).collect();
        assert!(!programs.is_empty(), "the page has a program in Python");
        for program in programs {
            let program = program.split("```").next().unwrap_or_default();
            let output = Command::new("python3").args(["-c", program]).output().expect("it runs");
            assert!(output.status.success(), "{program}\n{output:?}");
            let info = "CacheInfo(hits=1, misses=1, maxsize=32, currsize=1)\n";
            assert_eq!(String::from_utf8_lossy(&output.stdout), info);
        }
    }

    /// So that no side of a comparison is alone.
    #[test]
    fn each_section_has_programs_of_both_sides() {
        for section in PAGE.split("\n# ").skip(1) {
            let name = section.lines().next().unwrap_or_default();
            let blocks: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
            let ours = blocks.iter().filter(|block| block.contains("use functools::")).count();
            assert_eq!((ours > 0, ours * 2), (true, blocks.len()), "{name}");
        }
    }
}
