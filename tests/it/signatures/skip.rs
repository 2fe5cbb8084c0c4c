//! `skip`: an argument outside of the key needs no trait at all (CONTRACT 2, 3).

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;

use functools::lru_cache;
use functools_test_support::info;

/// Neither `Clone` nor `Hash`, `Eq`, `Send` or `Sync`.
struct Database {
    queries: Cell<u32>,
    _connection: Rc<()>,
}

fn row_of(id: u32) -> String {
    format!("row {id}")
}

impl Database {
    fn new() -> Self {
        Database { queries: 0.into(), _connection: ().into() }
    }

    fn query(&self, id: u32) -> String {
        self.queries.set(self.queries.get() + 1);
        row_of(id)
    }

    #[lru_cache(maxsize = 8, skip(self))]
    fn row(&self, id: u32) -> Result<String, Box<dyn Error>> {
        if id == 0 { Err("no row 0".into()) } else { Ok(self.query(id)) }
    }
}

#[test]
fn reference_may_be_skipped() {
    #[lru_cache(maxsize = 8, skip(db))]
    fn row(db: &Database, id: u32) -> String {
        db.query(id)
    }
    let (one, other) = (Database::new(), Database::new());
    assert_eq!((row(&one, 1), row(&one, 1), row(&other, 1)), (row_of(1), row_of(1), row_of(1)));
    assert_eq!((one.queries.get(), other.queries.get()), (1, 0));
}

#[test]
fn value_and_mutable_reference_may_be_skipped() {
    #[lru_cache(maxsize = 8, skip(db))]
    fn owned(db: Database, id: u32) -> String {
        db.query(id)
    }
    #[lru_cache(maxsize = 8, skip(db))]
    fn mutable(db: &mut Database, id: u32) -> String {
        *db.queries.get_mut() += 1;
        db.query(id)
    }
    assert_eq!((owned(Database::new(), 1), owned(Database::new(), 1)), (row_of(1), row_of(1)));
    assert_eq!(owned::cache_info(), info(1, 1, 8, 1));
    let mut db = Database::new();
    assert_eq!((mutable(&mut db, 1), mutable(&mut db, 1)), (row_of(1), row_of(1)));
    assert_eq!(db.queries.get(), 2, "the body ran once");
}

#[test]
fn receiver_may_be_skipped() {
    let db = Database::new();
    for _ in 0..2 {
        assert_eq!(db.row(1).expect("a row"), row_of(1));
        assert!(db.row(0).is_err());
    }
    assert_eq!((db.queries.get(), Database::row_cache_info()), (1, info(1, 3, 8, 1)));
}
