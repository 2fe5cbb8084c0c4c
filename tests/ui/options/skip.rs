//! Values of `skip` that are not arguments. Intended arguments count as skipped for the handle.

use functools::lru_cache;

struct Db;

struct App {
    db: u64,
    log: u64,
}

struct State<T>(T);

#[lru_cache(skip)]
fn no_names(n: u64) -> u64 {
    n
}

#[lru_cache(skip =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(skip())]
fn empty(n: u64) -> u64 {
    n
}

#[lru_cache(skip = db)]
fn a_word(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip = "db")]
fn a_text(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip = [db])]
fn a_list(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip = ["db"])]
fn a_list_of_texts(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip("db"))]
fn a_text_in_parentheses(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip(id, "db"))]
fn a_name_and_a_text(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip[db])]
fn in_brackets(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip{db})]
fn in_braces(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip(&db))]
fn a_reference(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip(db: &mut Db))]
fn a_declaration(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip(mut db))]
fn exclusive(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip: db)]
fn a_colon(db: &mut Db, id: u64) -> u64 {
    _ = db;
    id
}

#[lru_cache(skip = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(skip(1))]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(skip(*))]
fn all(n: u64) -> u64 {
    n
}

#[lru_cache(skip(..))]
fn the_rest(n: u64) -> u64 {
    n
}

#[lru_cache(skip(n.id))]
fn a_field(n: u64) -> u64 {
    n
}

#[lru_cache(skip(n m))]
fn two_words(n: u64) -> u64 {
    n
}

#[lru_cache(skip(State(n)))]
fn a_pattern(n: u64) -> u64 {
    n
}

#[lru_cache(skip(nobody))]
fn nobody(n: u64) -> u64 {
    n
}

#[lru_cache(skip(databse))]
fn misspelt(database: &mut Db, id: u64) -> u64 {
    _ = database;
    id
}

#[lru_cache(skip(Db))]
fn of_a_type(db: u64, id: u64) -> u64 {
    db + id
}

#[lru_cache(skip(_))]
fn placeholder(n: u64) -> u64 {
    n
}

#[lru_cache(skip(self))]
fn no_receiver(n: u64) -> u64 {
    n
}

#[lru_cache(skip(itself))]
fn itself(n: u64) -> u64 {
    n
}

#[lru_cache(skip(n, n))]
fn twice(n: u64) -> u64 {
    n
}

#[lru_cache(skip(db))]
fn one_of_several(State(App { db, log }): State<App>) -> u64 {
    db + log
}

#[lru_cache(skip(a))]
fn one_of_a_tuple((a, b): (u64, u64)) -> u64 {
    a + b
}

#[lru_cache(skip(state))]
fn nameless_pattern(n: u64, State(App { db, log }): State<App>) -> u64 {
    n + db + log
}

#[lru_cache(skip(log))]
fn nameless(n: u64, _: &dyn Fn()) -> u64 {
    n
}

fn main() {
    let _ = no_names(1);
    let _ = nothing_behind(1);
    let _ = empty(1);
    let _ = a_bool(1);
    let _ = a_number(1);
    let _ = all(1);
    let _ = the_rest(1);
    let _ = a_field(1);
    let _ = two_words(1);
    let _ = a_pattern(1);
    let _ = nobody(1);
    let _ = placeholder(1);
    let _ = no_receiver(1);
    let _ = itself(1);
    let _ = twice(1);
    let mut db = Db;
    for is_stored in
        [a_word::cache_contains(1), a_text::cache_contains(1), a_list::cache_contains(1)]
    {
        println!("{is_stored}");
    }
    a_reference::cache_invalidate(1);
    misspelt::cache_invalidate(1);
    a_declaration::cache_refresh(&mut db, 1);
}
