//! What a colleague would write: Python, with the package `redis` from PyPI.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();

const PACKAGE: &str = "redis>=5.0,<9";

/// What a script prints. `None` where there is no Python with that package and none can be
/// installed, which is said aloud; where `CI` is `true`, it is a failure.
///
/// Its arguments are `sys.argv[1:]`. It fails the test if it fails.
pub(crate) fn python(script: &str, arguments: &[&str]) -> Option<String> {
    let python = match PYTHON.get_or_init(environment) {
        Ok(python) => python,
        Err(reason) => {
            skip(reason);
            return None;
        }
    };
    // Nothing of the user's Python set-up, and no locale, may change what it does.
    let mut command = Command::new(python);
    command.args(["-I", "-X", "utf8", "-c", script]).args(arguments).stdin(Stdio::null());
    let output = command.output().expect("Python starts");
    assert!(
        output.status.success(),
        "the script failed ({}):\n{script}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).expect("UTF-8 was asked for"))
}

fn skip(reason: &str) {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "no Python that speaks Redis, which CI must have: {reason}"
    );
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: no Python that speaks Redis, so nothing was exchanged with it: {reason}"
    );
}

/// The `python` of a virtual environment below the target directory, made by the first that needs
/// it.
fn environment() -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (home, done) = (place.join("python-redis"), place.join("python-redis.done"));
    let python = home.join("bin/python");

    // Two runs of the tests may be at it.
    fs::create_dir_all(place).map_err(|error| error.to_string())?;
    let lock = File::create(place.join("python-redis.lock")).map_err(|error| error.to_string())?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| error.to_string())?;

    let finished = fs::read_to_string(&done).is_ok_and(|package| package == PACKAGE);
    if !(finished && run(Command::new(&python).args(["-I", "-c", "import redis"])).is_ok()) {
        let _ = fs::remove_file(&done);
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run(Command::new(&python).args(pip))?;
        fs::write(&done, PACKAGE).map_err(|error| error.to_string())?;
    }
    Ok(python)
}

/// Installs a package alone, without what it needs, in a folder.
pub(crate) fn install_below(folder: &Path, package: &str) -> Result<(), String> {
    let python = PYTHON.get_or_init(environment).as_ref().map_err(Clone::clone)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    let only = ["--only-binary", ":all:", "--upgrade", "--target"];
    run(Command::new(python).args(pip).args(only).arg(folder).arg(package))
}

pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let failed = |why: &str| format!("`{command:?}`: {}", why.trim());
    let output = match output {
        Ok(output) => output,
        Err(error) => return Err(failed(&error.to_string())),
    };
    if output.status.success() {
        return Ok(());
    }
    // `venv` says on the one what is missing, pip on the other.
    let said = [output.stdout, output.stderr].concat();
    Err(failed(&String::from_utf8_lossy(&said)))
}

#[test]
fn python_speaks_redis() {
    let server = crate::server::Server::start();
    let script = "
import sys, redis
r = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
r.set('key', sys.argv[2])
print(r.get('key'), end='')
";
    let odd = "a b\n{%}:é🦦";
    let Some(said) = python(script, &[&server.port().to_string(), odd]) else { return };
    assert_eq!(said, odd);
}
