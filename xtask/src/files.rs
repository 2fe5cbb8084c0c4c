//! The project's files, as git lists them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::{output, program};

/// The texts of files by their path from the workspace's folder.
pub(crate) type Files = BTreeMap<String, String>;

/// Reads the wanted files below a folder: those that git tracks, and new ones it does not ignore.
///
/// # Errors
/// If git is not installed, or a file cannot be read as UTF-8.
pub(crate) fn read(folder: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Files> {
    let arguments = format!("ls-files --cached --others --exclude-standard -- {folder}");
    let list = output(&mut program("git", &arguments))?;
    let mut files = Files::new();
    // Git still lists a file that was deleted without `git rm`.
    for path in list.lines().filter(|path| is_wanted(path) && Path::new(path).is_file()) {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        files.insert(path.to_owned(), text);
    }
    Ok(files)
}

/// Writes the files, whose paths begin with `folder`, to another folder, in place of earlier ones.
///
/// # Errors
/// If a file or a folder cannot be written.
pub(crate) fn copy(files: &Files, folder: &str, to: &Path) -> Result<()> {
    for (path, text) in files {
        let copied = to.join(Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path)));
        let parent = copied.parent().unwrap_or(to);
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        // A file that is as it was keeps its time, so that cargo does not build it again.
        if fs::read_to_string(&copied).ok().as_ref() != Some(text) {
            fs::write(&copied, text).with_context(|| copied.display().to_string())?;
        }
    }
    Ok(())
}

/// Whether the path ends with this extension, such as `rs`.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}
