//! The output beside an error: the function as the user wrote it, and a handle that type-checks, so
//! that no use of either is a second error.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::closures::is_closure_argument;
use crate::function::Function;
use crate::function::{has_future_output, is_output_nameable, may_borrow_skipped};
use crate::handle::{Handle, Operation};
use crate::options::Options;
use crate::signature;
use crate::source::Enclosing;

/// A function whose signature cannot be read. rustc reports it. If rustc accepts it, since it knows
/// more than this crate, the program still fails to build: otherwise the function would silently
/// run without a cache.
pub(crate) fn emit_unreadable(item: TokenStream, error: &syn::Error) -> TokenStream {
    let message = format!("the signature of this cached function cannot be read: {error}");
    let fails = quote!(const { ::core::panic!(#message) });
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

/// A function whose signature rustc refuses and reports. The handle has only the functions that do
/// not repeat the signature.
pub(crate) fn emit_refused(options: &Options, function: &Function) -> TokenStream {
    let mut function = signature::with_failing_body(function);
    let item = function.emit_original();
    if function.has_misplaced_self {
        function.enclosing = Enclosing::Module;
    }
    let function = &function;
    let stubs = Handle::new(options, function).map(|handle| {
        handle.expand(&[], |operation| {
            let repeats_signature = operation.has_arguments() || operation.is_about_keys();
            (!repeats_signature).then(emit_stub)
        })
    });
    quote!(#item #stubs)
}

/// The body of a function of the handle that is type-checked and never runs.
fn emit_stub() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> { #![allow(unused)] ::core::unimplemented!() })
}

/// The function without a cache, and its handle.
pub(crate) fn emit_recovered(mut options: Options, function: &Function) -> TokenStream {
    let with_lifetimes = signature::with_static_output(function);
    let function = with_lifetimes.as_ref().unwrap_or(function);
    // A closure that is not skipped has been reported. The handle leaves it out as if it were
    // skipped.
    let closures =
        function.arguments.iter().filter(|argument| is_closure_argument(function, argument));
    options.skip.extend(closures.map(|argument| argument.name.clone()));
    let options = &options;
    let item = function.emit_original();
    // With `#[async_trait]` it may be in an `impl` that may not have other functions, and a
    // function without a body is where no item may be beside it.
    let handle = Handle::new(options, function)
        .filter(|_| !has_future_output(function) && function.body.is_some());
    let Some(handle) = handle else { return item };
    let has_name = is_output_nameable(function);
    // `cache_peek` does not take skipped arguments, so it cannot borrow from them.
    let may_borrow = may_borrow_skipped(options, function);
    let stubs = handle.expand(&[], |operation| {
        // Their types are written without the arguments from which they may borrow.
        let is_left_out = may_borrow && operation == Operation::Peek || operation.is_about_keys();
        (!is_left_out && (has_name || !operation.has_output())).then(emit_stub)
    });
    let stubs = function.sig.variadic.is_none().then_some(stubs);
    quote!(#item #stubs)
}
