use functools::lru_cache;

#[lru_cache(single_flight = "soon")]
fn no_duration(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = "0s")]
fn no_time(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = 2)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight =, maxsize = 7)]
fn no_value_either(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = true && false)]
fn an_expression(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = None)]
fn python(n: u64) -> u64 {
    n
}

fn main() {
    python(1);
    no_duration(1);
    no_time::cache_info();
    a_number::cache_info();
    no_value(1);
    no_value_either::cache_info();
    an_expression(1);
}
