//! Starts the threads of a store: one writes, one reads, and one keeps the time.

use std::sync::Arc;
use std::thread;

use super::store::Store;
use super::{reader, watch, writer};

/// What a thread does until the store is closed.
type Run = fn(&Arc<Store>);

/// The threads, and how often each has the file open.
const THREADS: [(&str, Run, usize); 3] = [
    ("functools-disk-time", watch::run, 0),
    ("functools-disk-write", writer::run, 1),
    ("functools-disk-read", reader::run, 1),
];

/// Starts the threads of a store. Without them it is closed.
pub(super) fn start(store: &Arc<Store>) {
    for (name, run, files) in THREADS {
        *store.files.lock() += files;
        let of_thread = store.clone();
        let thread = thread::Builder::new().name(name.to_owned());
        let spawned = thread.spawn(move || {
            let _close = CloseOnDrop { store: &of_thread, files };
            run(&of_thread);
        });
        if let Err(error) = spawned {
            *store.files.lock() -= files;
            store.record_error(&error.to_string());
            store.close();
            return;
        }
    }
}

/// Closes the store when one of its threads ends, in whatever way: then nothing waits for it.
struct CloseOnDrop<'a> {
    store: &'a Store,
    /// How often the thread has the file open.
    files: usize,
}

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.store.close();
        *self.store.files.lock() -= self.files;
        self.store.file_closed.notify_all();
    }
}
