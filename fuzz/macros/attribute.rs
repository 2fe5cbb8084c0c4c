//! Any token stream as one use of the attribute: an error or an expansion, never a panic.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{File, ImplItemFn, ItemFn, TraitItemFn};

use crate::function::Function;
use crate::memoize::memoize;
use crate::options::{Flavor, Options};
use crate::source::{Enclosing, Surroundings, Unknown};
use crate::tokens_of;

/// The deepest nesting that is tried: a parser by recursive descent needs a stack for more, and
/// rustc's gives up on it as well.
const DEEPEST: usize = 24;
/// The longest text that is tried, for the same reason: each `&` of a type is a level, too.
const LONGEST: usize = 2048;

type FindEnclosing = fn(&Options, &Function) -> Result<Surroundings, Unknown>;

/// What may enclose a function, and why that may be unknown.
const PLACES: [(FindEnclosing, Place); 6] = [
    (|_, _| in_place(Enclosing::Module), Place::Module),
    (|_, _| in_place(Enclosing::Impl), Place::Impl),
    (|_, _| in_place(Enclosing::Trait), Place::Impl),
    // A body in there is rustc's to report.
    (|_, _| in_place(Enclosing::ExternBlock), Place::Unknown),
    (|_, _| Err(Unknown::NoFile), Place::Unknown),
    (|_, _| Err(Unknown::Editor), Place::Unknown),
];

/// Where an expansion must be valid.
#[derive(Clone, Copy)]
enum Place {
    Module,
    Impl,
    /// It depends on the function.
    Unknown,
}

#[expect(clippy::unnecessary_wraps, reason = "the others are errors")]
fn in_place(enclosing: Enclosing) -> Result<Surroundings, Unknown> {
    let is_in_plain_impl = enclosing == Enclosing::Impl;
    Ok(Surroundings { enclosing, is_in_macro: false, is_in_plain_impl, namesake: None })
}

/// Expands a text such as `#[lru_cache(maxsize = 2)] fn f() {}` in each place.
///
/// # Panics
///
/// If an expansion panics, or if one without an error is not Rust.
pub fn check(text: &str) {
    let Some(tokens) = tokens_of::lex(text, LONGEST, DEEPEST) else { return };
    let (flavor, arguments, item) = split(tokens);
    if item.is_empty() {
        // An attribute has an item.
        return;
    }
    let is_function = syn::parse2::<Function>(item.clone()).is_ok() && is_rust(&item);
    for (find_enclosing, place) in PLACES {
        let expansion = memoize(flavor, arguments.clone(), &item, find_enclosing);
        // What is no item, or has a body that is not Rust, is emitted as it is for rustc.
        if !is_function || tokens_of::all(expansion.clone()).iter().any(is_error) {
            continue;
        }
        let in_module = || syn::parse2::<File>(expansion.clone()).map(|_| ());
        let in_impl = || syn::parse2::<File>(quote!(impl Type { #expansion })).map(|_| ());
        let is_valid = match place {
            Place::Module => in_module(),
            Place::Impl => in_impl(),
            Place::Unknown => in_module().or_else(|_| in_impl()),
        };
        if let Err(error) = is_valid {
            panic!("{error}: {expansion}");
        }
    }
}

/// Whether a function is Rust, its body included.
fn is_rust(item: &TokenStream) -> bool {
    syn::parse2::<ItemFn>(item.clone()).is_ok()
        || syn::parse2::<ImplItemFn>(item.clone()).is_ok()
        || syn::parse2::<TraitItemFn>(item.clone()).is_ok()
}

/// Whether an expansion with this tree is an error.
fn is_error(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Ident(name) if name == "compile_error")
}

/// Splits the attribute from its item.
fn split(tokens: TokenStream) -> (Flavor, TokenStream, TokenStream) {
    let mut trees = tokens.clone().into_iter();
    if let (Some(TokenTree::Punct(mark)), Some(TokenTree::Group(attribute))) =
        (trees.next(), trees.next())
        && mark.as_char() == '#'
        && attribute.delimiter() == Delimiter::Bracket
    {
        let mut inside = attribute.stream().into_iter();
        if let Some(TokenTree::Ident(name)) = inside.next()
            && (name == "lru_cache" || name == "cache")
        {
            let flavor = if name == "cache" { Flavor::Cache } else { Flavor::LruCache };
            let arguments = match inside.next() {
                Some(TokenTree::Group(group)) => group.stream(),
                Some(other) => other.into_token_stream(),
                None => TokenStream::new(),
            };
            return (flavor, arguments, trees.collect());
        }
    }
    (Flavor::LruCache, TokenStream::new(), tokens)
}
