//! The attributes of the crate `functools`, which re-exports them: depend on that one.
//!
//! Tokens in, tokens out: `options` reads the attribute, `function` what it annotates, `source`
//! where that stands, `check` has every rule, `expand` writes the result and `recover` what stands
//! in for it beside an error. How a cache works is no concern of this crate.

mod attributes;
mod check;
mod duration;
mod errors;
mod expand;
mod function;
mod generics;
mod handle;
mod options;
mod recover;
mod source;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Flavor, Options};

/// x
#[proc_macro_attribute]
pub fn lru_cache(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    memoize(Flavor::LruCache, arguments.into(), item.into()).into()
}

/// x
#[proc_macro_attribute]
pub fn cache(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    memoize(Flavor::Cache, arguments.into(), item.into()).into()
}

fn memoize(flavor: Flavor, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(flavor, arguments, &mut errors);
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_error().map(syn::Error::into_compile_error);
            return quote!(#errors #item);
        }
    };
    check::check(&options, &function, &mut errors);
    match errors.into_error() {
        None => expand::expand(&options, &function),
        Some(errors) => {
            let errors = errors.into_compile_error();
            let recovered = recover::recover(&options, &function, item);
            quote!(#errors #recovered)
        }
    }
}
