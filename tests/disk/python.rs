//! Python reads and writes the same file, with the commands that the guide shows. Section 9 of the
//! contract.

use std::process::Command;
use std::time::Duration;

use functools::disk::Tier;
use functools::{CacheStatus, lru_cache};
use serde::{Deserialize, Serialize};

use crate::{Folder, Installed, eventually};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: u32,
    name: String,
}

/// What is before the code of each exchange.
const PROLOGUE: &str = "
import json, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=20)
";

fn python(folder: &Folder, code: &str) -> Option<String> {
    let code = format!("{PROLOGUE}{code}");
    let output = Command::new("python3").arg("-c").arg(code).arg(folder.file()).output();
    let Ok(output) = output else {
        assert!(std::env::var("CI").is_err(), "no python3");
        println!("SKIPPED: python3 was not found, so nothing was exchanged with it");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text").trim_end().to_owned())
}

#[test]
fn python_reads_writes_and_removes_results() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", disk(key = "item:{id}", tier = TIER))]
    fn item(id: u32) -> Item {
        Item { id, name: "otter".to_owned() }
    }
    let folder = Folder::new();
    let _tier = Installed::new(&TIER, folder.disk().poll(Duration::from_millis(1)));
    item(42);
    let read = "
row = db.execute('''SELECT value FROM entries WHERE key = 'item:42'
    AND (expires_at IS NULL OR expires_at > ?)''', [time.time() * 1000]).fetchone()
print(json.loads(row[0])['name'])";
    let Some(read) = python(&folder, read) else { return };
    assert_eq!(read, "otter");
    let write = "
with db:
    db.execute('INSERT INTO changes (key) VALUES (?)', ['item:42'])
    db.execute('INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?)',
        ['item:42', json.dumps({'id': 42, 'name': 'beaver'}), int(time.time() * 1000) + 60000])";
    python(&folder, write);
    eventually("the old value is out of memory", || !item::cache_contains(42));
    assert_eq!(
        item::with_status(42),
        (Item { id: 42, name: "beaver".into() }, CacheStatus::Shared)
    );
    let remove = "
with db:
    db.execute('INSERT INTO changes (key) VALUES (?)', ['item:42'])";
    python(&folder, remove);
    eventually("the value is out of memory", || !item::cache_contains(42));
    assert_eq!(item::with_status(42), (Item { id: 42, name: "otter".into() }, CacheStatus::Miss));
}
