use functools::lru_cache;

#[lru_cache]
fn total(numbers: &mut Vec<u8>) -> usize {
    numbers.push(1);
    numbers.len()
}

#[lru_cache]
fn first(&mut (a, b): &mut (u8, u8)) -> u8 {
    a + b
}

fn main() {
    total(&mut vec![]);
    first(&mut (1, 2));
    println!("{}", total::cache_info());
}
