//! Distances between words, of which a program compares the same ones again and again.

#![deny(missing_docs, unsafe_code, warnings)]

use functools::lru_cache;

/// Returns how many letters to insert, remove or replace to get from one word to the other.
///
/// ```
/// assert_eq!(newcomer_library::distance("kitten", "sitting"), 3);
/// ```
#[lru_cache(maxsize = 1024)]
pub fn distance(from: &str, to: &str) -> usize {
    match (from.chars().next(), to.chars().next()) {
        (None, _) => to.chars().count(),
        (_, None) => from.chars().count(),
        (Some(one), Some(other)) => {
            let (from_rest, to_rest) = (&from[one.len_utf8()..], &to[other.len_utf8()..]);
            if one == other {
                return distance(from_rest, to_rest);
            }
            let insert = distance(from, to_rest);
            let remove = distance(from_rest, to);
            1 + insert.min(remove).min(distance(from_rest, to_rest))
        }
    }
}

/// A price list that a user of the library may have several of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Prices(Vec<(String, u64)>);

impl Prices {
    /// Makes a list of names and prices.
    pub fn new(prices: impl IntoIterator<Item = (String, u64)>) -> Self {
        Prices(prices.into_iter().collect())
    }

    /// Returns the price of an item, or an error with its name.
    ///
    /// # Errors
    /// If the list does not have the item. The cache keeps prices alone.
    #[lru_cache(maxsize = 256)]
    pub fn price(&self, item: &str) -> Result<u64, String> {
        let found = self.0.iter().find(|(name, _)| name == item);
        found.map(|(_, price)| *price).ok_or_else(|| item.to_owned())
    }
}
