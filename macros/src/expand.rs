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
//!     match item::__cache().lookup((argument(&id), (argument(lang), ())), outcome::<Item>()) {
//!         Ok(hit) => hit,
//!         Err(miss) => miss.fill(item::uncached(id, lang)),
//!     }
//! }
//! struct item { .. }
//! impl item {
//!     fn uncached(id: u64, lang: &str) -> Item { body }
//!     fn cache_info() -> CacheInfo { item::__cache().info() }
//!     ..
//! }
//! ```
//!
//! All names are hygienic: a local variable of the user's is never one of these, and a path begins
//! with `::`. Tokens about a type carry its span, so that errors about it land there.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Pat};

use crate::function::{Argument, Function};
use crate::handle::{Handle, LINT_LEVELS, Operation};
use crate::options::{Flavor, Options, Scope};
use crate::source::Place;

/// Expands a use of the attribute.
pub(crate) fn expand(options: &Options, function: &Function) -> TokenStream {
    let root = root(options);
    let call = Call::new(options, function, &root);
    match Handle::new(options, function, &root) {
        Some(handle) => call.with_handle(&handle),
        None => call.alone(),
    }
}

/// The path of the crate.
pub(crate) fn root(options: &Options) -> TokenStream {
    let site = Span::mixed_site();
    match &options.crate_path {
        Some(path) => path.to_token_stream(),
        None => quote_spanned!(site=> ::functools),
    }
}

/// What the generated functions are made of.
struct Call<'a> {
    options: &'a Options,
    function: &'a Function,
    /// The path of what generated code uses.
    private: TokenStream,
    scope: TokenStream,
    output: TokenStream,
    /// Asks how the return type is cached.
    returns: TokenStream,
}

impl<'a> Call<'a> {
    fn new(options: &'a Options, function: &'a Function, root: &TokenStream) -> Self {
        let site = Span::mixed_site();
        let private = quote_spanned!(site=> #root::__private);
        let scope = match options.scope {
            Scope::Process => quote_spanned!(site=> #private::Process),
            Scope::Thread => quote_spanned!(site=> #private::Thread),
        };
        let output = function.output();
        let at = Span::mixed_site().located_at(function.sig.output.span());
        let at = match &function.sig.output {
            syn::ReturnType::Default => at,
            syn::ReturnType::Type(_, ty) => Span::mixed_site().located_at(ty.span()),
        };
        let returns = if options.cache_err {
            quote_spanned!(at=> #private::returns_whole::<#scope, #output>())
        } else {
            quote_spanned!(at=> #private::returns::<#scope, #output>())
        };
        Call { options, function, private, scope, output, returns }
    }

    /// The function and the functions beside it.
    fn with_handle(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let uncached = self.uncached(handle);
        let wrapper = {
            let cache = handle.path("__cache");
            let body = self.looked_up(&quote_spanned!(site=> #cache()), &uncached);
            let attrs = self.function.attrs.iter().map(of_wrapper);
            let parameters = self.function.arguments.iter().map(|argument| &argument.plain);
            self.wrapper(attrs, parameters, &body)
        };
        let hidden = |name: &Ident, generics: &TokenStream, bounds: &TokenStream| {
            let (private, scope) = (&self.private, &self.scope);
            let (per_type, cache) = self.cache(&self.maxsize());
            quote_spanned! {site=>
                #[doc(hidden)]
                #[allow(clippy::all, clippy::pedantic, clippy::nursery, dead_code)]
                fn #name #generics() -> #private::Cached<#scope> #bounds {
                    #per_type
                    #cache
                }
            }
        };
        let cache = handle.path("__cache");
        let cache = quote_spanned!(site=> #cache());
        let functions =
            handle.render(hidden, |operation| Some(self.body(operation, &cache, &uncached)));
        quote!(#wrapper #functions)
    }

    /// The function by itself, with all in it.
    fn alone(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        // Not in the closure, where the arguments of the call could be seen.
        let maxsize = self.maxsize();
        let name = quote_spanned!(site=> __functools_maxsize);
        let (per_type, cache) = self.cache(&quote_spanned!(site=> #name()));
        let rebound = self.function.arguments.iter().filter_map(|argument| {
            let FnArg::Typed(typed) = &argument.written else { return None };
            let name = &argument.name;
            match &*typed.pat {
                Pat::Ident(pat)
                    if pat.subpat.is_none() && pat.by_ref.is_none() && pat.mutability.is_none() =>
                {
                    None
                }
                pat => Some(quote_spanned!(site=> let #pat = #name;)),
            }
        });
        let (output, body) = (&self.output, &self.function.body);
        let uncached = quote_spanned!(site=> (move || -> #output { #(#rebound)* #body })());
        let looked_up = self.looked_up(&cache, &uncached);
        let body = quote_spanned! {site=>
            fn #name() -> ::core::option::Option<usize> {
                #maxsize
            }
            #per_type
            #looked_up
        };
        let _ = private;
        let attrs = self.function.attrs.iter().map(ToTokens::to_token_stream);
        let parameters = self.function.arguments.iter().map(|argument| match &argument.written {
            FnArg::Receiver(receiver) => receiver.to_token_stream(),
            FnArg::Typed(_) => argument.plain.clone(),
        });
        self.wrapper(attrs, parameters, &body)
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
        let syn::Signature { safety, abi, fn_token, ident, generics, output, .. } = sig;
        let bounds = &generics.where_clause;
        quote_spanned! {site=>
            #(#attrs)*
            #vis #safety #abi #fn_token #ident #generics(#(#parameters),*) #output #bounds {
                #body
            }
        }
    }

    /// The `maxsize` option as an `Option<usize>`.
    fn maxsize(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match (&self.options.maxsize, self.options.flavor) {
            (Some(expr), _) => {
                let at = site.located_at(expr.span());
                quote_spanned!(at=> #private::maxsize(#expr))
            }
            (None, Flavor::LruCache) => quote_spanned!(site=> ::core::option::Option::Some(128)),
            (None, Flavor::Cache) => quote_spanned!(site=> ::core::option::Option::None),
        }
    }

    /// The static that holds the caches, and an expression for the one of the types in scope.
    fn cache(&self, maxsize: &TokenStream) -> (TokenStream, TokenStream) {
        let site = Span::mixed_site();
        let (private, typed) = (&self.private, self.options.typed);
        let bare = self.function.bare_name();
        let name = match self.function.place {
            Place::Free => quote_spanned! {site=>
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #bare))
            },
            _ => quote_spanned!(site=> #private::method_name::<Self>(#bare)),
        };
        let spec = quote_spanned! {site=>
            || #private::Spec { name: #name, maxsize: #maxsize, typed: #typed }
        };
        match self.options.scope {
            Scope::Process => (
                quote_spanned! {site=>
                    static __FUNCTOOLS: #private::PerType<#private::Process> = #private::PerType::new();
                },
                quote_spanned!(site=> #private::process_cache(&__FUNCTOOLS, #spec)),
            ),
            Scope::Thread => (
                quote_spanned! {site=>
                    ::std::thread_local! {
                        static __FUNCTOOLS: #private::PerType<#private::Thread> =
                            const { #private::PerType::new() };
                    }
                },
                quote_spanned!(site=> #private::thread_cache(&__FUNCTOOLS, #spec)),
            ),
        }
    }

    /// What a function of the handle does.
    fn body(
        &self,
        operation: Operation,
        cache: &TokenStream,
        uncached: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let (args, outcome) = (self.args(false), self.outcome());
        match operation {
            Operation::Uncached => self.function.body.to_token_stream(),
            Operation::Info => quote_spanned!(site=> { #cache.info() }),
            Operation::Clear => quote_spanned!(site=> { #cache.clear() }),
            Operation::Parameters => quote_spanned!(site=> { #cache.parameters() }),
            Operation::Invalidate => {
                quote_spanned!(site=> { #cache.invalidate(&#args, &#outcome) })
            }
            Operation::Contains => quote_spanned!(site=> { #cache.contains(&#args, &#outcome) }),
            Operation::Peek => quote_spanned!(site=> { #cache.peek(&#args, &#outcome) }),
            Operation::Insert => {
                let filled = self.filled(&quote_spanned!(site=> value));
                quote_spanned! {site=> {
                    let miss = #cache.refresh(#args, #outcome);
                    let _ = #filled;
                }}
            }
            Operation::Refresh => {
                let filled = self.filled(uncached);
                quote_spanned! {site=> {
                    let miss = #cache.refresh(#args, #outcome);
                    #filled
                }}
            }
            Operation::WithStatus => {
                let (filled, status) = (self.filled(uncached), &self.private);
                quote_spanned! {site=> {
                    match #cache.lookup(#args, #outcome) {
                        ::core::result::Result::Ok(hit) => (hit, #status::CacheStatus::Hit),
                        ::core::result::Result::Err(miss) => {
                            let status = miss.status();
                            (#filled, status)
                        }
                    }
                }}
            }
        }
    }

    /// The call itself: a hit, or a miss that is filled with `uncached`.
    fn looked_up(&self, cache: &TokenStream, uncached: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let (checks, args, outcome) = (self.checks(), self.args(true), self.outcome());
        let filled = self.filled(uncached);
        quote_spanned! {site=>
            #checks
            match #cache.lookup(#args, #outcome) {
                ::core::result::Result::Ok(hit) => hit,
                ::core::result::Result::Err(miss) => #filled,
            }
        }
    }

    /// Fills `miss` with the value of this expression.
    fn filled(&self, value: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (&self.private, &self.output);
        let something = (!self.options.cache_none)
            .then(|| quote_spanned!(site=> !#private::nothing(result).is_nothing()));
        let wanted = self.options.cache_if.as_ref().map(|predicate| {
            let at = site.located_at(predicate.span());
            quote_spanned!(at=> #private::predicate::<#output, _>(#predicate)(result))
        });
        let conditions: Vec<_> = something.into_iter().chain(wanted).collect();
        if conditions.is_empty() {
            quote_spanned!(site=> miss.fill(#value))
        } else {
            quote_spanned!(site=> miss.fill_if(#value, |result: &#output| #(#conditions)&&*))
        }
    }

    /// A call of the body.
    fn uncached(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let path = handle.path(Operation::Uncached.name());
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let call = quote_spanned!(site=> #path(#(#names),*));
        match self.function.sig.safety {
            syn::Safety::Unsafe(_) => quote_spanned!(site=> unsafe { #call }),
            _ => call,
        }
    }

    /// How the result is cached.
    fn outcome(&self) -> TokenStream {
        let site = Span::mixed_site();
        let returns = &self.returns;
        quote_spanned!(site=> #returns.outcome())
    }

    /// The arguments that make the key.
    fn keyed(&self) -> impl DoubleEndedIterator<Item = &'a Argument> {
        let options = self.options;
        self.function.arguments.iter().filter(move |argument| !options.skips(argument))
    }

    /// The borrowed arguments: `(first, (second, ()))`, or the value of the `key` expression.
    fn args(&self, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        let (private, scope) = (&self.private, &self.scope);
        if let Some(key) = &self.options.key {
            let at = site.located_at(key.span());
            let check = checked.then(|| {
                quote_spanned! {at=>
                    let (verdict, about) = #private::probe_key::<#scope, _>(&key).verdict();
                    #private::KeyValue::check(&verdict, about);
                    #private::SharedByThreads::check(&verdict, about);
                }
            });
            return quote_spanned! {at=> {
                let key = #key;
                #check
                #private::probe_key::<#scope, _>(&key).argument(key)
            }};
        }
        self.keyed().rev().fold(quote_spanned!(site=> ()), |rest, argument| {
            let at = site.located_at(argument.ty.span());
            let borrowed = argument.borrowed();
            quote_spanned!(at=> (#private::probe::<#scope, _>(#borrowed).argument(), #rest))
        })
    }

    /// Statements that compile only if the argument and return types can be cached.
    fn checks(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, scope, returns) = (&self.private, &self.scope, &self.returns);
        let arguments = self.keyed().filter(|_| self.options.key.is_none()).map(|argument| {
            let at = site.located_at(argument.ty.span());
            let borrowed = argument.borrowed();
            quote_spanned! {at=>
                let (verdict, about) = #private::probe::<#scope, _>(#borrowed).verdict();
                #private::KeyArgument::check(&verdict, about);
                #private::SharedByThreads::check(&verdict, about);
            }
        });
        let at = match &self.function.sig.output {
            syn::ReturnType::Default => site,
            syn::ReturnType::Type(_, ty) => site.located_at(ty.span()),
        };
        let output = quote_spanned! {at=>
            let (verdict, about) = #returns.verdict();
            #private::Cloned::check(&verdict, about);
            #private::SharedByThreads::check(&verdict, about);
        };
        quote_spanned!(site=> if false { #(#arguments)* #output })
    }
}

/// An attribute as it stands above the function, whose body is elsewhere: no lint that is expected
/// of the body can be expected of it.
fn of_wrapper(attr: &Attribute) -> TokenStream {
    if !attr.path().is_ident(LINT_LEVELS[4]) {
        return attr.to_token_stream();
    }
    let mut attr = attr.clone();
    if let syn::Meta::List(list) = &mut attr.meta {
        list.path = Ident::new("allow", list.path.span()).into();
    }
    attr.into_token_stream()
}
