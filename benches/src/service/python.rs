//! The environment of FastAPI's service, with the packages of `requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/service/requirements.txt");

/// Installs `uvicorn`, and returns its path. If that fails, prints the reason and returns `None`.
pub(super) fn uvicorn(scratch: &Path) -> anyhow::Result<Option<PathBuf>> {
    let environment = scratch.join("venv");
    let (uvicorn, installed) = (environment.join("bin/uvicorn"), environment.join("installed.txt"));
    let wanted = fs::read_to_string(REQUIREMENTS).context(REQUIREMENTS)?;
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(uvicorn));
    }
    eprintln!("Installing FastAPI in {}", environment.display());
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--requirement", REQUIREMENTS]);
    let steps = [
        (create, "install it by `apt-get install python3 python3-venv`"),
        (install, "pip needs the package index, or a mirror of it"),
    ];
    for (mut step, help) in steps {
        let done = step.output();
        let problem = match done {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => format!("{error}\n"),
        };
        eprintln!("{step:?}: {problem}FastAPI is skipped: {help}");
        return Ok(None);
    }
    fs::write(installed, wanted)?;
    Ok(Some(uvicorn))
}

/// Returns the versions of Python and of the packages.
pub(super) fn versions(uvicorn: &Path) -> anyhow::Result<Vec<String>> {
    let python = uvicorn.with_file_name("python");
    let program = "import platform\n\
                   from importlib.metadata import version\n\
                   print('Python', platform.python_version())\n\
                   names = 'fastapi uvicorn uvloop httptools pydantic redis hiredis'\n\
                   for name in names.split():\n    \
                   print(name, version(name))";
    let output = Command::new(python).args(["-c", program]).output()?;
    let mut lines: Vec<_> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    for line in &mut lines {
        // There is also a crate of this name.
        *line = line.replace("redis ", "redis (Python) ").replace("hiredis (Python)", "hiredis");
    }
    Ok(lines)
}
