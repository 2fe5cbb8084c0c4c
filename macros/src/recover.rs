//! What is emitted beside the errors: the function as it was written, and a handle that
//! type-checks, so that no use of either is a second error.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::check::{has_name, is_closure, may_borrow_skipped, returns_future};
use crate::expand::root;
use crate::function::Function;
use crate::handle::{Handle, Operation};
use crate::options::Options;
use crate::signature;
use crate::source::Place;

/// A function whose signature cannot be read. The compiler says why, and says it once. Where it
/// does not, since it knows more than this crate, the program cannot be built: otherwise the
/// function would run without a cache, and nobody would know.
pub(crate) fn unreadable(item: TokenStream, error: &syn::Error) -> TokenStream {
    let why = format!("the signature of this cached function cannot be read: {error}");
    let fails = quote!(const { ::core::panic!(#why) });
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
    {
        let stream = body.stream();
        let span = body.span();
        *body = Group::new(Delimiter::Brace, quote!(#fails; #stream));
        body.set_span(span);
    }
    tokens.into_iter().collect()
}

/// A function whose signature the compiler refuses, which says why. Of the handle there is what
/// does not repeat the signature.
pub(crate) fn refused(options: &Options, function: &Function) -> TokenStream {
    let mut function = signature::refused(function);
    let item = function.written();
    if function.has_misplaced_self {
        function.place = Place::Free;
    }
    let function = &function;
    let root = root(options, Span::mixed_site());
    let stubs = Handle::new(options, function, &root)
        .map(|handle| handle.render(&[], |operation| (!operation.takes_arguments()).then(stub)));
    quote!(#item #stubs)
}

/// The body of a function of the handle that is only type-checked.
fn stub() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> { #![allow(unused)] ::core::unimplemented!() })
}

/// The function without a cache.
pub(crate) fn recover(mut options: Options, function: &Function) -> TokenStream {
    let with_lifetimes = signature::with_lifetimes(function);
    let function = with_lifetimes.as_ref().unwrap_or(function);
    // About a closure that is not skipped there is an error; the handle leaves it out as if it
    // were.
    let closures = function.arguments.iter().filter(|argument| is_closure(function, argument));
    options.skip.extend(closures.map(|argument| argument.name.clone()));
    let options = &options;
    let item = function.written();
    let root = root(options, Span::mixed_site());
    // By way of `#[async_trait]` it may stand in an `impl` that may have no other functions.
    // What has no body stands where no item may stand beside it.
    let handle = Handle::new(options, function, &root)
        .filter(|_| !returns_future(function) && function.body.is_some());
    let Some(handle) = handle else { return item };
    let nameable = has_name(function);
    // It has no arguments that are skipped.
    let unpeekable = may_borrow_skipped(options, function);
    let stubs = handle.render(&[], |operation| {
        let is_unpeekable = unpeekable && operation == Operation::Peek;
        (!is_unpeekable && (nameable || !operation.mentions_output())).then(stub)
    });
    let stubs = function.sig.variadic.is_none().then_some(stubs);
    quote!(#item #stubs)
}
