//! The database of all processes: a version for each key.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The length of a version: the number, and its complement, so that a read that meets a write is
/// noticed.
const LENGTH: u32 = 16;

/// A file with the versions of so many keys.
pub(super) struct Register(File);

impl Register {
    /// All versions are 1.
    pub(super) fn create(path: &Path, keys: u32) {
        let register = Register(File::create(path).expect("a new file"));
        (0..keys).for_each(|key| register.write(key, 1));
    }

    pub(super) fn open(path: &Path) -> Self {
        let file = OpenOptions::new().read(true).write(true).open(path);
        Register(file.expect("the checker has made it"))
    }

    pub(super) fn read(&self, key: u32) -> u64 {
        loop {
            let mut bytes = [0; LENGTH as usize];
            self.0.read_exact_at(&mut bytes, place(key)).expect("a version");
            let number = |half: &[u8]| u64::from_le_bytes(half.try_into().expect("eight bytes"));
            let (version, complement) = (number(&bytes[..8]), number(&bytes[8..]));
            if version == !complement {
                return version;
            }
        }
    }

    /// One process alone writes the versions of a key, and no two threads of it at once.
    pub(super) fn write(&self, key: u32, version: u64) {
        let bytes = [version.to_le_bytes(), (!version).to_le_bytes()].concat();
        self.0.write_all_at(&bytes, place(key)).expect("a version");
    }
}

fn place(key: u32) -> u64 {
    u64::from(key * LENGTH)
}
