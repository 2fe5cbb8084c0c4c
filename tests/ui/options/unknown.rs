//! Misspelt names of options.

use functools::lru_cache;

#[lru_cache(maxsise = 3)]
fn one_letter_else(n: u64) -> u64 {
    n
}

#[lru_cache(max_siz = 3)]
fn one_letter_less(n: u64) -> u64 {
    n
}

#[lru_cache(kye = n)]
fn two_letters_swapped(n: u64) -> u64 {
    n
}

#[lru_cache(cacheif = |_| true)]
fn joined(n: u64) -> u64 {
    n
}

#[lru_cache(cache_iff = |_| true)]
fn one_letter_more(n: u64) -> u64 {
    n
}

#[lru_cache(handel = other)]
fn handel(n: u64) -> u64 {
    n
}

#[lru_cache(scop = "thread")]
fn scop(n: u64) -> u64 {
    n
}

#[lru_cache(reddis = "item:{n}")]
fn reddis(n: u64) -> u64 {
    n
}

#[lru_cache(typd = true)]
fn typd(n: u64) -> u64 {
    n
}

#[lru_cache(ttls = "5s")]
fn ttls(n: u64) -> u64 {
    n
}

#[lru_cache(stale_on_err = "5s")]
fn stale_on_err(n: u64) -> u64 {
    n
}

#[lru_cache(stale_if_error = "5s")]
fn stale_if_error(n: u64) -> u64 {
    n
}

#[lru_cache(singleflight = true)]
fn singleflight(n: u64) -> u64 {
    n
}

#[lru_cache(single_fligth = true)]
fn single_fligth(n: u64) -> u64 {
    n
}

#[lru_cache(crat = functools)]
fn crat(n: u64) -> u64 {
    n
}

#[lru_cache(traces(n))]
fn traces(n: u64) -> u64 {
    n
}

#[lru_cache(skp(n))]
fn skp(n: u64) -> u64 {
    n
}

#[lru_cache(cache_error = true)]
fn cache_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "5s", ttl_jiter = "1s")]
fn jiter(n: u64) -> u64 {
    n
}

#[lru_cache(slide = true)]
fn nothing_near(n: u64) -> u64 {
    n
}

#[lru_cache(key = a, b)]
fn several_values(a: u64, b: u64) -> u64 {
    a + b
}

fn main() {
    let _ = one_letter_else(1);
    let _ = one_letter_less(1);
    let _ = two_letters_swapped(1);
    let _ = joined(1);
    let _ = one_letter_more(1);
    let _ = handel(1);
    let _ = scop(1);
    let _ = reddis(1);
    let _ = typd(1);
    let _ = ttls(1);
    let _ = stale_on_err(1);
    let _ = stale_if_error(1);
    let _ = singleflight(1);
    let _ = single_fligth(1);
    let _ = crat(1);
    let _ = traces(1);
    let _ = skp(1);
    let _ = cache_error(1);
    let _ = jiter(1);
    let _ = nothing_near(1);
    println!("{}", one_letter_else::cache_info());
    println!("{}", several_values::cache_contains(1, 2));
}
