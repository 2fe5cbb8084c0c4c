//! Wrong uses of the functions of a handle.

use functools::lru_cache;

#[lru_cache]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache]
fn upper(name: &str) -> String {
    name.to_uppercase()
}

#[lru_cache(skip(db))]
fn item(db: &str, id: u64) -> u64 {
    db.len() as u64 + id
}

#[lru_cache]
fn same<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(t: T) -> T {
    t
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Rectangle {
    width: u64,
}

impl Rectangle {
    #[lru_cache]
    fn area(&self, scale: u64) -> u64 {
        self.width * scale
    }

    #[lru_cache]
    fn make(width: u64) -> Rectangle {
        Rectangle { width }
    }
}

trait Shape {
    fn sides(&self) -> u64;
}

impl Shape for Rectangle {
    #[lru_cache]
    fn sides(&self) -> u64 {
        4
    }
}

fn with_a_dot() {
    square.cache_info();
}

fn misspelt() {
    square::cache_inf();
}

fn without_its_prefix() {
    square::info();
}

fn of_python() {
    square::__wrapped__(1);
}

fn not_called() {
    println!("{}", square::cache_info.hits);
}

fn an_argument_too_few() {
    square::cache_invalidate();
}

fn an_argument_too_many() {
    square::cache_info(1);
}

fn another_type() {
    square::cache_invalidate("a");
}

fn a_reference() {
    square::cache_contains(&1);
}

fn no_value() {
    square::cache_insert(1);
}

fn another_value() {
    square::cache_insert(1, "a");
}

fn the_value_first() {
    upper::cache_insert(String::new(), "a");
}

fn with_what_is_skipped() {
    item::cache_invalidate("db", 1);
}

fn without_what_is_skipped() {
    item::cache_refresh(1);
}

fn an_option() {
    let _: u64 = square::cache_peek(1);
}

fn a_pair() {
    let _: u64 = square::with_status(1);
}

fn a_bool() {
    let (): () = square::cache_invalidate(1);
}

fn nothing() {
    let _: usize = square::cache_clear();
}

fn no_such_field() {
    _ = square::cache_info().size;
}

fn no_such_parameter() {
    _ = square::cache_parameters().max_size;
}

fn of_an_object() {
    Rectangle { width: 1 }.area_cache_info();
}

fn of_a_method_by_its_path() {
    Rectangle::area::cache_info();
}

fn of_a_function_of_a_type() {
    Rectangle::make::cache_info();
}

fn of_a_method_misspelt() {
    Rectangle::area_cache_inf();
}

fn without_a_receiver() {
    Rectangle::area_cache_invalidate(1);
}

fn with_a_receiver_by_value() {
    Rectangle::area_cache_invalidate(Rectangle { width: 1 }, 1);
}

fn of_a_trait() {
    Rectangle::sides_cache_info();
}

fn of_all_types() {
    same::cache_info();
}

fn of_a_type_without_bounds() {
    same::<f64>::cache_info();
}

fn called_with_another_type() {
    square("a");
}

fn called_with_too_few() {
    item(1);
}

fn called_with_too_many() {
    square(1, 2);
}

fn another_result() {
    let _: String = square(1);
}

fn another_pointer() {
    let _: fn(u64) -> String = square;
}

const CONSTANT: u64 = square(1);

static STATIC: u64 = square(1);

fn main() {}
