//! The file of a store: which file is at a path, whether it is ours, and setting it aside.
//!
//! `SQLite` knows files by their numbers, for the whole process, and a forked process inherits what
//! it knows: locks that it does not have. So a file that was open before a fork is never opened by
//! the child. And no file is opened here that the process has open: closing it would drop the
//! locks of all its connections.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use parking_lot::Mutex;

use super::schema::APPLICATION_ID;

/// Which file it is: its device and number, or nothing where that cannot be found out.
pub(super) type FileId = Option<(u64, u64)>;

/// Returns which file is at the path.
pub(super) fn id_of(path: &Path) -> io::Result<FileId> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Some((metadata.dev(), metadata.ino())))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(None)
    }
}

/// The files that stores have open, and the process that has opened each.
static OPEN: Mutex<Vec<(FileId, u32)>> = Mutex::new(Vec::new());

/// How long that lock is waited for: a thread of the parent process may have held it.
const STUCK: Duration = Duration::from_millis(100);

/// Says that a store of this process has the file open.
pub(super) struct OpenFile {
    pub(super) id: FileId,
}

impl OpenFile {
    /// Makes the file if there is none, and notes that it is open.
    ///
    /// # Errors
    ///
    /// If that fails, or the file was open in the process that this one was forked from.
    pub(super) fn new(path: &Path) -> io::Result<OpenFile> {
        if let Err(error) = id_of(path) {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error);
            }
            match File::create_new(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => (),
            }
        }
        let id = id_of(path)?;
        let forked =
            || io::Error::other("it was open in the process that this one was forked from");
        let this = process::id();
        let mut open = OPEN.try_lock_for(STUCK).ok_or_else(forked)?;
        if open.iter().any(|&(other, process)| other == id && process != this) {
            return Err(forked());
        }
        open.push((id, this));
        Ok(OpenFile { id })
    }

    /// Whether no other store of this process has the file open.
    fn is_sole(&self) -> bool {
        OPEN.lock().iter().filter(|(id, _)| *id == self.id).count() == 1
    }

    /// Renames a damaged file, whose connections of this store are closed, if it is ours. Returns
    /// whether it has done that.
    ///
    /// # Errors
    ///
    /// If it could not.
    pub(super) fn set_aside(&self, path: &Path) -> io::Result<bool> {
        // Another process may have set it aside, and begun a new one.
        if !self.is_sole() || id_of(path)? != self.id {
            return Ok(false);
        }
        if !is_ours(path)? {
            return Ok(false);
        }
        // The journal first: a new file must not find that of the old one.
        let (aside, journal) = (beside(path, ".damaged"), beside(path, "-wal"));
        if journal.exists() {
            fs::rename(&journal, beside(&aside, "-wal"))?;
        }
        let _ = fs::remove_file(beside(path, "-shm"));
        fs::rename(path, &aside)?;
        Ok(true)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let this = process::id();
        let mut open = OPEN.lock();
        if let Some(at) = open.iter().position(|&file| file == (self.id, this)) {
            open.swap_remove(at);
        }
    }
}

/// Returns the path with this at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// Whether a file that is damaged was made by a store: the header has its mark, or only zeros, as a
/// file that a power failure has left without its content.
fn is_ours(path: &Path) -> io::Result<bool> {
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    let mark = header.get(68..72);
    Ok(mark == Some(&APPLICATION_ID.to_be_bytes()) || header.iter().all(|byte| *byte == 0))
}
