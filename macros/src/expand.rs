//! From a checked function to tokens. Nothing here can fail: what could be wrong was found before.
//!
//! ```text
//! #[lru_cache(maxsize = 128)]
//! fn item(id: u64, lang: &str) -> Item { body }
//! ```
//!
//! becomes
//!
//! ```text
//! fn item(id: u64, lang: &str) -> Item {
//!     let miss = match Entry::lookup(item::__entry(&id, lang)) {
//!         Ok(hit) => return hit.0,
//!         Err(miss) => miss,
//!     };
//!     Fill::fill(miss, item::uncached(id, lang)).0
//! }
//! struct item {}
//! impl item {
//!     fn cache_info() -> CacheInfo { item::__cache().info() }
//!     ..
//!     fn __cache() -> Cached { .. }
//!     fn __entry(id: &u64, lang: &str) -> impl Entry<Return = Item> { .. }
//! }
//! impl item {
//!     fn uncached(id: u64, lang: &str) -> Item { body }
//!     ..
//! }
//! ```
//!
//! The whole of it, and that of other functions, is in `snapshots/`; the page `expansion` of the
//! guide says what each part is for.
//!
//! Local names are hygienic but for `__arg0` and its kind in `types`, and a path begins with `::`.
//! Tokens about a type carry its span, so that errors about it land there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, Pat, TypeParam};

use crate::attributes::of_wrapper;
use crate::check::has_implied;
use crate::closures::implied;
use crate::docs::Docs;
use crate::function::{Argument, Function};
use crate::generics::{Split, in_angles, is_static, occurs, where_clause};
use crate::handle::{Handle, Operation};
use crate::options::{Options, Scope};
use crate::source::Place;

mod entry;
mod key;
mod shared;
mod spec;
mod types;

use spec::SpecValues;

/// Expands a use of the attribute.
pub(crate) fn expand(options: &Options, function: &Function) -> TokenStream {
    let root = root(options, Span::mixed_site());
    let output = function.output();
    let call = Call { options, function, output, takes_references: false };
    match Handle::new(options, function, &root) {
        Some(handle) => call.with_handle(&handle),
        None => call.alone(),
    }
}

/// The path of the crate, for an expression at `at`.
pub(crate) fn root(options: &Options, at: Span) -> TokenStream {
    match &options.crate_path {
        // What the path means depends on where the user wrote it; where errors are shown does not.
        Some(path) => relocate(path.to_token_stream(), at),
        None => quote_spanned!(at=> ::functools),
    }
}

fn relocate(tokens: TokenStream, at: Span) -> TokenStream {
    let relocated = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(at));
        token
    });
    relocated.collect()
}

/// What the generated functions are made of.
struct Call<'a> {
    options: &'a Options,
    function: &'a Function,
    output: TokenStream,
    /// Whether all arguments are references, as those of `__entry` are.
    takes_references: bool,
}

impl Call<'_> {
    /// The path of what generated code uses, for an expression at `at`.
    fn private(&self, at: Span) -> TokenStream {
        let root = root(self.options, at);
        quote_spanned!(at=> #root::__private)
    }

    /// The scope of the cache, as a type.
    fn scope(&self, at: Span) -> TokenStream {
        let private = self.private(at);
        match self.options.scope {
            Scope::Process => quote_spanned!(at=> #private::Process),
            Scope::Thread => quote_spanned!(at=> #private::Thread),
        }
    }

    /// The function and the functions beside it.
    fn with_handle(&self, handle: &Handle<'_>) -> TokenStream {
        let wrapper = self.emit_wrapper_of(handle);
        let functions = handle
            .render(&self.emit_hidden(handle), |operation| Some(self.body(operation, handle)));
        quote!(#wrapper #functions)
    }

    /// The function as it is called, by way of its handle.
    fn emit_wrapper_of(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        // Lints about how many arguments there are look at `uncached`, too.
        let once = quote_spanned!(site=> clippy::too_many_arguments, clippy::single_call_fn,);
        let unused = self.used(handle).is_none().then(|| quote_spanned!(site=> dead_code,));
        let attrs = self.function.attrs.iter().map(of_wrapper);
        let parameters = self.function.arguments.iter().map(|argument| &argument.plain);
        let body = if handle.requires_owned() {
            self.delegated(handle)
        } else {
            self.emit_call(handle, true, false)
        };
        self.wrapper(attrs, &quote_spanned!(site=> #once #unused), parameters, &body)
    }

    /// A use of the function by its handle, so that it is no dead code where only the handle is
    /// used. `None` if the handle cannot name it: its type parameters may have bounds with
    /// lifetimes, or be closures.
    fn used(&self, handle: &Handle<'_>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let arguments = handle.arguments_of_function()?;
        if self.function.arguments.iter().any(|argument| has_implied(&argument.ty)) {
            return None;
        }
        let name = &self.function.sig.ident;
        let this = (self.function.place != Place::Free).then(|| quote_spanned!(site=> Self::));
        Some(quote_spanned!(site=> let _ = #this #name #arguments;))
    }

    /// The call by way of the handle, which requires of the types in scope that they own what they
    /// hold. So an error about one that does not is reported once, here.
    fn delegated(&self, handle: &Handle<'_>) -> TokenStream {
        let at = self.at_parameter();
        let path = handle.path(Operation::WithStatus, at);
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let call = self.unsafely(quote_spanned!(at=> #path(#(#names),*)));
        let awaited = self.is_async().then(|| quote_spanned!(at=> .await));
        let checked = self.emit_types_of_parameters();
        quote_spanned!(at=> #checked #call #awaited.0)
    }

    /// Where a type parameter is in the key or in the result.
    fn at_parameter(&self) -> Span {
        let names: Vec<_> =
            self.function.sig.generics.type_params().map(|parameter| &parameter.ident).collect();
        let is_in =
            |tokens: &dyn ToTokens| names.iter().any(|name| occurs(name, tokens.to_token_stream()));
        let keyed = || self.keyed().filter(|_| self.options.key.is_none());
        match keyed().find(|argument| is_in(&argument.ty)) {
            Some(argument) => argument.ty.span(),
            None if is_in(&self.output) => self.at_output(),
            None => keyed().next().map_or_else(|| self.at_output(), |argument| argument.ty.span()),
        }
    }

    /// Statements that never run, with the errors about the function's types once more, where it has
    /// type parameters: the compiler reports the same error once, and none about lifetimes, such as
    /// that of the call by way of the handle, in a function with another.
    fn emit_types_of_parameters(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let generics = &self.function.sig.generics;
        // With the bound there is no such error.
        let may_borrow = |parameter: &TypeParam| {
            let name = &parameter.ident;
            let is_kept = occurs(name, self.output.clone())
                || self.keyed().any(|argument| occurs(name, argument.ty.to_token_stream()));
            is_kept && !is_static(generics, parameter)
        };
        (self.options.key.is_none() && generics.type_params().any(may_borrow)).then(|| {
            let ((parts, args), bound) = (self.args(true), self.outcome(true));
            let outcome = Ident::new("outcome", site);
            quote_spanned!(site=> if false { #parts #bound _ = (#args, #outcome); })
        })
    }

    /// The function by itself, with all in it.
    fn alone(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        let (items, cache) = self.cache_in_body();
        let rebound = self.function.arguments.iter().filter_map(|argument| {
            let FnArg::Typed(typed) = &argument.written else { return None };
            let name = &argument.name;
            match &*typed.pat {
                Pat::Ident(pat)
                    if pat.subpat.is_none() && pat.by_ref.is_none() && pat.mutability.is_none() =>
                {
                    None
                }
                pat => {
                    Some(quote_spanned!(site=> #[allow(clippy::shadow_reuse)] let #pat = #name;))
                }
            }
        });
        let output = &self.output;
        let body = self.function.body.as_ref().map(|body| {
            // In the user's own braces, lest there seem to be too many.
            let stream = rebound.chain([body.stream()]).collect();
            let mut block = Group::new(Delimiter::Brace, stream);
            block.set_span(body.span());
            block
        });
        let uncached = if self.is_async() {
            quote_spanned!(site=> #private::body::<#output, _>(async move #body))
        } else {
            quote_spanned!(site=> (move || -> #output #body)())
        };
        let output = &self.output;
        let bound = self.cache_if().map(
            |conditions| quote_spanned!(site=> let cache_if = |result: &#output| #conditions;),
        );
        let cache_if = bound.as_ref().map(|_| quote_spanned!(site=> cache_if));
        let entry = self.entry(&cache, cache_if.as_ref(), true);
        let (checks, computed) =
            (self.checks(), self.call(&entry, &uncached, cache_if.as_ref(), false));
        let body = quote_spanned! {site=>
            #items
            #checks
            #bound
            #computed
        };
        let attrs = self.function.attrs.iter().map(ToTokens::to_token_stream);
        let parameters = self.function.arguments.iter().map(|argument| match &argument.written {
            FnArg::Receiver(receiver) => receiver.to_token_stream(),
            FnArg::Typed(_) => argument.plain.clone(),
        });
        self.wrapper(attrs, &TokenStream::new(), parameters, &body)
    }

    /// The items that the body of a function without a handle begins with, and an expression for
    /// its cache. They are outside of the closure that specifies it, where options could see the
    /// arguments of the call.
    fn cache_in_body(&self) -> (TokenStream, TokenStream) {
        let site = Span::mixed_site();
        let private = self.private(site);
        let Split { of_impl, where_of_impl, arguments, excluded, .. } =
            Split::new(&self.function.sig);
        let has_closure =
            || self.function.arguments.iter().any(|argument| implied(&argument.ty).is_some());
        if self.function.place == Place::Free && (!excluded.is_empty() || has_closure()) {
            // In the closure all parameters would be in scope, those of closures, too.
            let hidden = Ident::new("__functools_cache", site);
            let generated = [self.function.bare_name(), hidden.to_string()];
            let (per_type, cache) = self.cache(&generated, &self.spec_values(), None);
            let cached = self.cached();
            let (of_impl, where_of_impl) = (in_angles(&of_impl), where_clause(&where_of_impl));
            let items = quote_spanned! {site=>
                #[inline]
                fn #hidden #of_impl() -> #cached #where_of_impl {
                    #per_type
                    #cache
                }
            };
            return (items, quote_spanned!(site=> #hidden::<#(#arguments),*>()));
        }
        let SpecValues { maxsize, expiry, single_flight } = self.spec_values();
        let function = |name: &str, output: TokenStream, value: TokenStream| {
            let name = Ident::new(name, site);
            (
                quote_spanned!(site=> fn #name() -> #output { #value }),
                quote_spanned!(site=> #name()),
            )
        };
        let usize = quote_spanned!(site=> ::core::option::Option<::core::primitive::usize>);
        let (maxsize_item, maxsize) = function("__functools_maxsize", usize, maxsize);
        let (expiry_item, expiry) = expiry
            .map(|expiry| {
                function("__functools_expiry", quote_spanned!(site=> #private::Expiry), expiry)
            })
            .unzip();
        let (single_flight_item, single_flight) = single_flight
            .map(|single_flight| {
                let output = quote_spanned!(site=> #private::SingleFlight);
                function("__functools_single_flight", output, single_flight)
            })
            .unzip();
        let values = SpecValues { maxsize, expiry, single_flight };
        let names = [self.function.bare_name()];
        let (per_type, cache) = self.cache(&names, &values, Some(&self.turbofish()));
        (quote_spanned!(site=> #maxsize_item #expiry_item #single_flight_item #per_type), cache)
    }

    /// The function as it is called, without the findings of these lints.
    fn wrapper(
        &self,
        attrs: impl Iterator<Item = TokenStream>,
        lints: &TokenStream,
        parameters: impl Iterator<Item = impl ToTokens>,
        body: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let Function { vis, sig, .. } = self.function;
        let syn::Signature { asyncness, safety, abi, fn_token, ident, generics, output, .. } = sig;
        let bounds = &generics.where_clause;
        // In the user's own brackets: about a function in others no lint says anything, not that it
        // is never used.
        let mut in_parentheses = TokenStream::new();
        let list = quote_spanned!(site=> #(#parameters),*);
        sig.paren_token.surround(&mut in_parentheses, |tokens| list.to_tokens(tokens));
        let mut block = Group::new(Delimiter::Brace, body.clone());
        block.set_span(self.function.body.as_ref().map_or(site, Group::span));
        let docs = Docs { options: self.options, function: self.function }.of_function();
        quote_spanned! {site=>
            #(#attrs)*
            #docs
            // The key is made of what the body may ignore.
            #[allow(#lints clippy::used_underscore_binding)]
            #vis #asyncness #safety #abi #fn_token #ident #generics #in_parentheses #output #bounds #block
        }
    }

    /// What a function of the handle does.
    fn body(&self, operation: Operation, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        let cache = handle.cache();
        let entry = || self.entry_of(handle, false);
        let asked = |method: &str| {
            let (entry, method) = (entry(), Ident::new(method, site));
            quote_spanned!(site=> { #private::Entry::#method(#entry) })
        };
        match operation {
            Operation::Uncached => self.function.body.to_token_stream(),
            Operation::Info => quote_spanned!(site=> { #cache.info() }),
            Operation::Stats => quote_spanned!(site=> { #cache.stats() }),
            Operation::Clear if self.shares_async() => {
                quote_spanned!(site=> { #cache.clear_async().await })
            }
            Operation::Clear => quote_spanned!(site=> { #cache.clear() }),
            Operation::Parameters => quote_spanned!(site=> { #cache.parameters() }),
            Operation::Invalidate if self.shares_async() => {
                let entry = self.entry(&cache, None, false);
                quote_spanned!(site=> { #entry.invalidate_async().await })
            }
            Operation::Invalidate => asked("invalidate"),
            Operation::Contains => asked("contains"),
            Operation::Peek => asked("peek"),
            Operation::Ttl => asked("ttl"),
            Operation::Insert => {
                let (entry, inserted) = (entry(), handle.inserted());
                match self.cache_if_of(handle) {
                    None => quote_spanned!(site=> { #private::Entry::store(#entry, #inserted) }),
                    Some(cache_if) => quote_spanned! {site=> {
                        #private::Entry::store_if(#entry, #inserted, #cache_if)
                    }},
                }
            }
            Operation::Refresh => {
                let begun = if self.shares_async() {
                    let entry = self.entry(&cache, None, false);
                    quote_spanned!(site=> #entry.refresh_async().await)
                } else {
                    let (entry, path) = (entry(), self.asynchronous("refresh"));
                    quote_spanned!(site=> #path(#entry))
                };
                let (uncached, cache_if) = (self.uncached(handle), self.cache_if_of(handle));
                let computed = self.computed(&uncached, cache_if.as_ref(), false);
                quote_spanned! {site=> {
                    let miss = #begun;
                    #computed
                }}
            }
            Operation::WithStatus => {
                let call = self.emit_call(handle, handle.requires_owned(), true);
                quote_spanned!(site=> { #call })
            }
        }
    }

    /// A call by way of the hidden functions. If they cannot be called, types are checked here, if
    /// that `is_first`.
    fn emit_call(&self, handle: &Handle<'_>, is_first: bool, with_status: bool) -> TokenStream {
        let is_checked = is_first && self.options.key.is_some();
        let cache_if = self.cache_if_of(handle);
        let entry = if self.shares_async() {
            self.entry(&handle.cache(), cache_if.as_ref(), is_checked)
        } else {
            self.entry_of(handle, is_checked)
        };
        let checks = self.checks().filter(|_| is_checked);
        let call = self.call(&entry, &self.uncached(handle), cache_if.as_ref(), with_status);
        quote_spanned!(Span::mixed_site()=> #checks #call)
    }

    /// A call: a hit, or a miss that is filled with `uncached`. With its status if that is wanted.
    fn call(
        &self,
        entry: &TokenStream,
        uncached: &TokenStream,
        cache_if: Option<&TokenStream>,
        with_status: bool,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (self.private(site), &self.output);
        let wanted = (!with_status).then(|| quote_spanned!(site=> .0));
        let found = |found: &TokenStream, otherwise: &str| {
            let otherwise = Ident::new(otherwise, site);
            // Outside of the match, lest a future keep the result of a hit, too.
            quote_spanned! {site=>
                let #otherwise = match #found {
                    ::core::result::Result::Ok(hit) => return hit #wanted,
                    ::core::result::Result::Err(#otherwise) => #otherwise,
                };
            }
        };
        let looked_up = if !self.is_async() {
            let lookup = self.asynchronous("lookup");
            found(&quote_spanned!(site=> #lookup(#entry)), "miss")
        } else if self.shares_async() {
            let missed = found(&quote_spanned!(site=> #entry.lookup_async()), "missed");
            let miss = found(&quote_spanned!(site=> missed.resolve().await), "miss");
            quote_spanned!(site=> #missed #miss)
        } else {
            let lookup = self.asynchronous("lookup");
            let missed = found(&quote_spanned!(site=> #lookup(#entry)), "missed");
            let resolved =
                quote_spanned!(site=> #private::Waiting::<#output, _, _>::new(missed).await);
            let miss = found(&resolved, "miss");
            quote_spanned!(site=> #missed #miss)
        };
        let computed = self.computed(uncached, cache_if, with_status);
        quote_spanned!(site=> #looked_up #computed)
    }

    /// Fills `miss` with what the body comes to: the result, and with it its status if that is wanted.
    fn computed(
        &self,
        uncached: &TokenStream,
        cache_if: Option<&TokenStream>,
        with_status: bool,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        let wanted = (!with_status).then(|| quote_spanned!(site=> .0));
        let traced = self.traced();
        if !self.is_async() {
            let filled = self.filled("fill", uncached, cache_if);
            return quote_spanned!(site=> #traced #filled #wanted);
        }
        let result = quote_spanned!(site=> result);
        let filled = if self.shares_async() {
            let filled = self.filled("fill_async", &result, cache_if);
            quote_spanned! {site=>
                // No result while it waits for Redis: an error need not be `Send`.
                let storing = match #filled {
                    ::core::result::Result::Ok(filled) => return filled #wanted,
                    ::core::result::Result::Err(storing) => storing,
                };
                storing.await #wanted
            }
        } else {
            let filled = self.filled("fill", &result, cache_if);
            quote_spanned!(site=> #filled #wanted)
        };
        quote_spanned! {site=> {
            #traced
            let body = ::core::pin::pin!(#uncached);
            // Dropped before the body, whose own drops may call the function.
            let miss = miss;
            let result = #private::Compute::run(&miss, body).await;
            #filled
        }}
    }

    /// Says with which arguments the body runs, if that is wanted.
    fn traced(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let arguments = self.options.trace.iter().filter_map(|wanted| {
            let find = |argument: &&Argument| argument.has_name(wanted);
            let argument = self.function.arguments.iter().find(find)?;
            let (text, at) = (wanted.unraw().to_string(), wanted.span());
            let (private, value) = (self.private(at), argument.named_value(&text));
            let traced = quote_spanned!(at=> #private::traced(&#value).argument());
            let traced = self.emit_check(&traced, "Traceable", &quote_spanned!(at=> ()), at);
            Some(quote_spanned!(at=> (#text, #traced.recorded())))
        });
        (!self.options.trace.is_empty()).then(|| {
            let private = self.private(site);
            quote_spanned!(site=> #private::Compute::trace(&miss, &[#(#arguments),*]);)
        })
    }

    fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// The path of a method of the runtime's entries, or of the one for tasks.
    fn asynchronous(&self, name: &str) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        if self.is_async() {
            let name = format_ident!("{name}_async", span = site);
            quote_spanned!(site=> #private::AsyncEntry::#name)
        } else {
            let name = Ident::new(name, site);
            quote_spanned!(site=> #private::Entry::#name)
        }
    }

    /// Fills `miss` with this value, by the method `fill`, if `cache_if` allows it.
    fn filled(
        &self,
        fill: &str,
        value: &TokenStream,
        cache_if: Option<&TokenStream>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        let fill = match cache_if {
            None => Ident::new(fill, site),
            Some(_) => format_ident!("{fill}_if", span = site),
        };
        let cache_if = cache_if.into_iter();
        if self.shares_async() && fill != "fill" && fill != "fill_if" {
            quote_spanned!(site=> miss.#fill(#value #(, #cache_if)*))
        } else {
            quote_spanned!(site=> #private::Fill::#fill(miss, #value #(, #cache_if)*))
        }
    }

    /// Whether the variable `result` may be stored, by `cache_if` and `cache_none`.
    fn cache_if(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let (private, output) = (self.private(site), &self.output);
        let something = (!self.options.cache_none)
            .then(|| quote_spanned!(site=> !#private::nothing(result).is_nothing()));
        let wanted = self.options.cache_if.as_ref().map(|predicate| {
            let (result, at) = (Ident::new("result", site), predicate.span());
            // By a `dyn`, for which the compiler infers the type of a closure, and says without
            // another function's name what is wrong with one.
            quote_spanned! {at=>
                {
                    let predicate: &dyn ::core::ops::Fn(&#output) -> ::core::primitive::bool =
                        &#predicate;
                    predicate(#result)
                }
            }
        });
        let conditions: Vec<_> = something.into_iter().chain(wanted).collect();
        (!conditions.is_empty()).then(|| quote_spanned!(site=> #(#conditions)&&*))
    }

    /// A call of the body.
    fn uncached(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let path = handle.path(Operation::Uncached, site);
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        self.unsafely(quote_spanned!(site=> #path(#(#names),*)))
    }

    /// A call of what is unsafe if the function is.
    fn unsafely(&self, call: TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self.function.sig.safety {
            syn::Safety::Unsafe(_) => quote_spanned!(site=> unsafe { #call }),
            _ => call,
        }
    }
}
