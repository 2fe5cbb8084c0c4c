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
//!     let miss = match item::__cache().lookup((argument(&id), (argument(lang), ())), outcome::<Item>()) {
//!         Ok(hit) => return hit.0,
//!         Err(miss) => miss,
//!     };
//!     miss.fill(item::uncached(id, lang)).0
//! }
//! struct item { .. }
//! impl item {
//!     fn uncached(id: u64, lang: &str) -> Item { body }
//!     fn cache_info() -> CacheInfo { item::__cache().info() }
//!     ..
//! }
//! ```
//!
//! and an `async fn` differs by `lookup_async(..).await` and `miss.run(item::uncached(id, lang)).await`.
//!
//! All names are hygienic: a local variable of the user's is never one of these, and a path begins
//! with `::`. Tokens about a type carry its span, so that errors about it land there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, Pat};

use crate::attributes::of_wrapper;
use crate::check::has_implied;
use crate::closures::implied;
use crate::function::{Argument, Function};
use crate::generics::Split;
use crate::handle::{Handle, Operation};
use crate::options::{Options, Scope};
use crate::source::Place;

mod key;
mod shared;
mod spec;
mod types;

use spec::SpecValues;

/// Expands a use of the attribute.
pub(crate) fn expand(options: &Options, function: &Function) -> TokenStream {
    let root = root(options, Span::mixed_site());
    let call = Call { options, function, output: function.output() };
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
        let site = Span::mixed_site();
        let (cache, uncached) = (handle.path(None, site), self.uncached(handle));
        let cache = quote_spanned!(site=> #cache());
        let wrapper = {
            let body = if handle.requires_owned() {
                self.delegated(handle)
            } else {
                let (checks, looked_up) = (self.checks(), self.looked_up(&cache, &uncached));
                quote!(#checks #looked_up)
            };
            // Lints about how many arguments there are look at `uncached`, too.
            let mut once =
                quote_spanned!(site=> #[allow(clippy::too_many_arguments, clippy::single_call_fn)]);
            if self.used(handle).is_none() {
                once.extend(quote_spanned!(site=> #[allow(dead_code)]));
            }
            let attrs = self.function.attrs.iter().map(of_wrapper).chain([once]);
            let parameters = self.function.arguments.iter().map(|argument| &argument.plain);
            self.wrapper(attrs, parameters, &body)
        };
        let hidden = |name: &Ident, generics: &TokenStream, bounds: &TokenStream| {
            let (per_type, cache) = self.cache(&handle.around_spec(), &self.spec_values());
            let (cached, used) = (self.cached(), self.used(handle));
            quote_spanned! {site=>
                #[doc(hidden)]
                #[inline]
                #[allow(
                    clippy::all,
                    clippy::pedantic,
                    clippy::nursery,
                    deprecated,
                    unused_lifetimes
                )]
                fn #name #generics() -> #cached #bounds
                {
                    #used
                    #per_type
                    #cache
                }
            }
        };
        let functions = handle.render(hidden, |operation| {
            let body = self.body(operation, handle, &cache, &uncached);
            let checked = operation == Operation::WithStatus && handle.requires_owned();
            let checks = checked.then(|| self.checks());
            Some(if checked { quote_spanned!(site=> { #checks #body }) } else { body })
        });
        quote!(#wrapper #functions)
    }

    /// The type of the cache of the types in scope.
    fn cached(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, scope, timed) = (self.private(site), self.scope(site), self.is_timed());
        let cached = quote_spanned! {site=>
            #private::Cached<
                #scope,
                impl ::core::ops::Fn() -> #private::Spec + ::core::marker::Copy,
                #timed
            >
        };
        match self.options.redis {
            Some(_) => quote_spanned!(site=> #private::redis::Shared<#cached>),
            None => cached,
        }
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
    /// hold. So all there is to say about one that does not is said once, here.
    fn delegated(&self, handle: &Handle<'_>) -> TokenStream {
        let keyed = self.keyed().find(|_| self.options.key.is_none());
        let at = keyed.map_or_else(|| self.at_output(), |argument| argument.ty.span());
        let path = handle.path(Some(Operation::WithStatus), at);
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let call = self.unsafely(quote_spanned!(at=> #path(#(#names),*)));
        let awaited = self.is_async().then(|| quote_spanned!(at=> .await));
        quote_spanned!(at=> #call #awaited.0)
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
        let (checks, looked_up) = (self.checks(), self.looked_up(&cache, &uncached));
        let body = quote_spanned! {site=>
            #items
            #checks
            #looked_up
        };
        let attrs = self.function.attrs.iter().map(ToTokens::to_token_stream);
        let parameters = self.function.arguments.iter().map(|argument| match &argument.written {
            FnArg::Receiver(receiver) => receiver.to_token_stream(),
            FnArg::Typed(_) => argument.plain.clone(),
        });
        self.wrapper(attrs, parameters, &body)
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
            let (per_type, cache) = self.cache(&generated, &self.spec_values());
            let cached = self.cached();
            let items = quote_spanned! {site=>
                #[inline]
                fn #hidden<#(#of_impl),*>() -> #cached where #(#where_of_impl),* {
                    #per_type
                    #cache
                }
            };
            return (items, quote_spanned!(site=> #hidden::<#(#arguments),*>()));
        }
        let SpecValues { maxsize, expiry, single_flight } = self.spec_values();
        let called = |name: &str| {
            let name = Ident::new(name, site);
            (quote_spanned!(site=> #name()), name)
        };
        let (maxsize_value, maxsize_name) = called("__functools_maxsize");
        let (expiry_value, expiry_name) = called("__functools_expiry");
        let (single_flight_value, single_flight_name) = called("__functools_single_flight");
        let values = SpecValues {
            maxsize: maxsize_value,
            expiry: expiry_value,
            single_flight: single_flight_value,
        };
        let (per_type, cache) = self.cache(&[self.function.bare_name()], &values);
        let items = quote_spanned! {site=>
            fn #maxsize_name() -> ::core::option::Option<::core::primitive::usize> {
                #maxsize
            }
            fn #expiry_name() -> ::core::option::Option<#private::Expiry> {
                #expiry
            }
            fn #single_flight_name() -> #private::SingleFlight {
                #single_flight
            }
            #per_type
        };
        (items, cache)
    }

    /// The function as it is called.
    fn wrapper(
        &self,
        attrs: impl Iterator<Item = TokenStream>,
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
        quote_spanned! {site=>
            #(#attrs)*
            // The key is made of what the body may ignore.
            #[allow(clippy::used_underscore_binding)]
            #vis #asyncness #safety #abi #fn_token #ident #generics #in_parentheses #output #bounds #block
        }
    }

    /// What a function of the handle does.
    fn body(
        &self,
        operation: Operation,
        handle: &Handle<'_>,
        cache: &TokenStream,
        uncached: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let (args, outcome, keying) = (self.args(false), self.outcome(), self.keying());
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
                quote_spanned!(site=> { #cache.invalidate_async(#args, #outcome, #keying).await })
            }
            Operation::Invalidate => {
                quote_spanned!(site=> { #cache.invalidate(#args, #outcome, #keying) })
            }
            Operation::Contains => quote_spanned!(site=> { #cache.contains(&#args, &#outcome) }),
            Operation::Peek => quote_spanned!(site=> { #cache.peek(&#args, &#outcome) }),
            Operation::Ttl => quote_spanned!(site=> { #cache.ttl(&#args, &#outcome) }),
            Operation::Insert => {
                let filled = self.filled("fill", &handle.inserted().into_token_stream());
                quote_spanned! {site=> {
                    let miss = #cache.insert(#args, #outcome, #keying);
                    let _ = #filled;
                }}
            }
            Operation::Refresh => {
                let refresh = self.asynchronous("refresh");
                let begun = quote_spanned!(site=> #cache.#refresh(#args, #outcome, #keying));
                let begun = if self.shares_async() { self.awaited(begun) } else { begun };
                let computed = self.computed(uncached, false);
                quote_spanned! {site=> {
                    let miss = #begun;
                    #computed
                }}
            }
            Operation::WithStatus => {
                let (lookup, computed) = (self.lookup(cache, &args), self.computed(uncached, true));
                let resolved = self.resolved(&quote_spanned!(site=> hit));
                quote_spanned! {site=> {
                    // Outside of the match, lest a future keep the result of a hit, too.
                    let miss = match #lookup {
                        ::core::result::Result::Ok(hit) => return hit,
                        ::core::result::Result::Err(miss) => miss,
                    };
                    #resolved
                    #computed
                }}
            }
        }
    }

    /// The call itself: a hit, or a miss that is filled with `uncached`.
    fn looked_up(&self, cache: &TokenStream, uncached: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let (lookup, computed) =
            (self.lookup(cache, &self.args(true)), self.computed(uncached, false));
        let resolved = self.resolved(&quote_spanned!(site=> hit.0));
        quote_spanned! {site=>
            let miss = match #lookup {
                ::core::result::Result::Ok(hit) => return hit.0,
                ::core::result::Result::Err(miss) => miss,
            };
            #resolved
            #computed
        }
    }

    /// Looks these arguments up.
    fn lookup(&self, cache: &TokenStream, args: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let (lookup, outcome) = (self.asynchronous("lookup"), self.outcome());
        if self.shares_async() {
            return quote_spanned!(site=> #cache.#lookup(#args, #outcome));
        }
        let resolving = self.resolving();
        self.awaited(quote_spanned!(site=> #cache.#lookup(#args, #outcome, #resolving)))
    }

    /// Of an `async fn` that shares its results: looks where else there may be one, and returns this then.
    fn resolved(&self, hit: &TokenStream) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let resolving = self.resolving().filter(|_| self.shares_async())?;
        Some(quote_spanned! {site=>
            let miss = match miss.resolve(#resolving).await {
                ::core::result::Result::Ok(hit) => return #hit,
                ::core::result::Result::Err(miss) => miss,
            };
        })
    }

    /// Fills `miss` with what the body comes to: the result, and with it its status if that is wanted.
    fn computed(&self, uncached: &TokenStream, with_status: bool) -> TokenStream {
        let site = Span::mixed_site();
        let wanted = (!with_status).then(|| quote_spanned!(site=> .0));
        if !self.is_async() {
            let (traced, filled) = (self.traced(), self.filled("fill", uncached));
            return quote_spanned!(site=> #traced #filled #wanted);
        }
        let filled = if self.shares_async() {
            let filled = self.filled("fill_async", &quote_spanned!(site=> result));
            quote_spanned! {site=>
                // No result while it waits for Redis: an error need not be `Send`.
                let storing = match #filled {
                    ::core::result::Result::Ok(filled) => return filled #wanted,
                    ::core::result::Result::Err(storing) => storing,
                };
                storing.await #wanted
            }
        } else {
            let filled = self.filled("fill", &quote_spanned!(site=> result));
            quote_spanned!(site=> #filled #wanted)
        };
        let traced = self.traced();
        quote_spanned! {site=> {
            #traced
            let body = ::core::pin::pin!(#uncached);
            // Dropped before the body, whose own drops may call the function.
            let miss = miss;
            let result = miss.run(body).await;
            #filled
        }}
    }

    /// Says with which arguments the body runs, if that is wanted.
    fn traced(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let arguments = self.options.trace.iter().filter_map(|wanted| {
            let find = |argument: &&Argument| argument.has_name(wanted);
            let argument = self.function.arguments.iter().find(find)?;
            let (text, at) = (wanted.unraw().to_string(), site.located_at(wanted.span()));
            let (private, value) = (self.private(at), argument.named_value(&text));
            Some(quote_spanned!(at=> (#text, #private::traced(&#value))))
        });
        (!self.options.trace.is_empty())
            .then(|| quote_spanned!(site=> miss.trace(&[#(#arguments),*]);))
    }

    fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// The name of a method of the runtime, or of the one for tasks.
    fn asynchronous(&self, name: &str) -> Ident {
        let site = Span::mixed_site();
        if self.is_async() {
            format_ident!("{name}_async", span = site)
        } else {
            Ident::new(name, site)
        }
    }

    /// Awaits what an `async fn` returned.
    fn awaited(&self, call: TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        if self.is_async() { quote_spanned!(site=> #call.await) } else { call }
    }

    /// Fills `miss` with the value of this expression, by the method `fill`.
    fn filled(&self, fill: &str, value: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self.cache_if() {
            None => {
                let fill = Ident::new(fill, site);
                quote_spanned!(site=> miss.#fill(#value))
            }
            Some(cache_if) => {
                let fill = format_ident!("{fill}_if", span = site);
                quote_spanned!(site=> miss.#fill(#value, #cache_if))
            }
        }
    }

    /// The closure that says whether a result may be stored, by `cache_if` and `cache_none`.
    fn cache_if(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let (private, output) = (self.private(site), &self.output);
        let something = (!self.options.cache_none)
            .then(|| quote_spanned!(site=> !#private::nothing(result).is_nothing()));
        let wanted = self.options.cache_if.as_ref().map(|predicate| {
            let result = Ident::new("result", site);
            let private = self.private(predicate.span());
            quote_spanned!(predicate.span()=> #private::predicate::<#output, _>(#predicate, #result))
        });
        let conditions: Vec<_> = something.into_iter().chain(wanted).collect();
        (!conditions.is_empty())
            .then(|| quote_spanned!(site=> |result: &#output| #(#conditions)&&*))
    }

    /// A call of the body.
    fn uncached(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let path = handle.path(Some(Operation::Uncached), site);
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
