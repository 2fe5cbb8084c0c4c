//! Attributes as frameworks have them, as far as they matter to a cache: what they make beside the
//! function, and under which name.

use std::str::FromStr as _;

use proc_macro::{TokenStream, TokenTree};

/// As Rocket's: a struct of the function's name.
#[proc_macro_attribute]
pub fn get(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    beside(item, "#[allow(non_camel_case_types, dead_code)] struct NAME {}")
}

/// As Rocket's.
#[proc_macro_attribute]
pub fn catch(arguments: TokenStream, item: TokenStream) -> TokenStream {
    get(arguments, item)
}

/// As that of `PyO3`: a module of the function's name.
#[proc_macro_attribute]
pub fn pyfunction(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    beside(item, "mod NAME {}")
}

/// As that of `axum_typed_routing`: nothing of that name.
#[proc_macro_attribute]
pub fn route(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// As that of a program's own.
#[proc_macro_attribute]
pub fn head(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// The function, and an item with its name.
fn beside(function: TokenStream, item: &str) -> TokenStream {
    let mut tokens = function.clone().into_iter();
    let is_fn =
        |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn");
    let name = if tokens.any(|token| is_fn(&token)) { tokens.next() } else { None };
    let name = name.expect("the name of a function").to_string();
    let item = TokenStream::from_str(&item.replace("NAME", &name)).expect("an item");
    TokenStream::from_iter([function, item])
}
