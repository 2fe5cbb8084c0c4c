//! The handle: the functions that stand beside a cached function, their names, documentation and
//! signatures. What they do is up to the caller, so that a correct and a faulty use of the
//! attribute get the same ones.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, Token, punctuated::Punctuated};

use crate::attributes::{attributes, is_about_body, is_about_callers, is_cfg};
use crate::docs::{Docs, is_hidden, is_text};
use crate::function::Function;
use crate::generics::{Parameters, Split, any_occurs, in_angles, owned, where_clause};
use crate::options::{self, Options};
use crate::source::Place;

/// One function of the handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Info,
    Stats,
    Clear,
    Parameters,
    Uncached,
    Invalidate,
    Contains,
    Peek,
    Ttl,
    Insert,
    Refresh,
    WithStatus,
}

pub(crate) const OPERATIONS: [Operation; 12] = [
    Operation::Info,
    Operation::Stats,
    Operation::Clear,
    Operation::Parameters,
    Operation::Uncached,
    Operation::Invalidate,
    Operation::Contains,
    Operation::Peek,
    Operation::Ttl,
    Operation::Insert,
    Operation::Refresh,
    Operation::WithStatus,
];

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Operation::Info => "cache_info",
            Operation::Stats => "cache_stats",
            Operation::Clear => "cache_clear",
            Operation::Parameters => "cache_parameters",
            Operation::Uncached => "uncached",
            Operation::Invalidate => "cache_invalidate",
            Operation::Contains => "cache_contains",
            Operation::Peek => "cache_peek",
            Operation::Ttl => "cache_ttl",
            Operation::Insert => "cache_insert",
            Operation::Refresh => "cache_refresh",
            Operation::WithStatus => "with_status",
        }
    }

    /// Whether it takes the function's arguments.
    pub(crate) fn takes_arguments(self) -> bool {
        !matches!(
            self,
            Operation::Info | Operation::Stats | Operation::Clear | Operation::Parameters
        )
    }

    /// Whether it takes those that are no part of the key, too: what runs the body does.
    pub(crate) fn runs_body(self) -> bool {
        matches!(self, Operation::Uncached | Operation::Refresh | Operation::WithStatus)
    }

    /// Whether it is async for a function that is, and shares its results.
    fn asks_redis(self) -> bool {
        matches!(self, Operation::Invalidate | Operation::Clear)
    }

    /// Whether the return type occurs in its signature.
    pub(crate) fn mentions_output(self) -> bool {
        self.runs_body() || matches!(self, Operation::Peek | Operation::Insert)
    }
}

/// A function beside the handle, for generated code alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// Returns the cache.
    Cache,
    /// Returns the entry for some arguments.
    Entry,
    /// Returns whether a result may be stored.
    CacheIf,
}

impl Hidden {
    fn name(self) -> &'static str {
        match self {
            Hidden::Cache => "__cache",
            Hidden::Entry => "__entry",
            Hidden::CacheIf => "__cache_if",
        }
    }

    /// The function of the handle with the same type parameters.
    fn like(self) -> Option<Operation> {
        match self {
            Hidden::Cache => None,
            Hidden::Entry | Hidden::CacheIf => Some(Operation::Peek),
        }
    }
}

/// What the functions of the handle are made of.
pub(crate) struct Handle<'a> {
    function: &'a Function,
    options: &'a Options,
    /// The path of the crate `functools`.
    root: &'a TokenStream,
    name: Ident,
    generics: Split,
    /// `T: 'static`, which the handle requires, so that a type that borrows is an error of the
    /// function alone.
    owned: Vec<TokenStream>,
}

impl<'a> Handle<'a> {
    /// The handle of a function; `None` where it has none.
    pub(crate) fn new(
        options: &'a Options,
        function: &'a Function,
        root: &'a TokenStream,
    ) -> Option<Self> {
        let name = match &options.handle {
            options::Handle::OfFunction => &function.sig.ident,
            options::Handle::Named(name) | options::Handle::Beside(name) => name,
            options::Handle::None => return None,
        };
        let generics = match function.place {
            Place::Free => Split::new(&function.sig),
            Place::Inherent => Split::beside(&function.sig),
            Place::Trait | Place::Foreign | Place::SomeImpl => return None,
        };
        // Generated, for lints, though it is named as the user says.
        let mut name = name.clone();
        name.set_span(Span::mixed_site().located_at(name.span()));
        Some(Handle { function, options, root, name, generics, owned: owned(options, function) })
    }

    /// Whether the handle requires of type parameters what the function does not.
    pub(crate) fn requires_owned(&self) -> bool {
        !self.owned.is_empty()
    }

    /// Returns the generic arguments with which the handle can name the function itself; `None` if
    /// it cannot.
    pub(crate) fn arguments_of_function(&self) -> Option<TokenStream> {
        let Split { arguments, of_functions, excluded, .. } = &self.generics;
        let is_free = self.function.place == Place::Free;
        if !excluded.is_empty() || is_free && !of_functions.predicates.is_empty() {
            return None;
        }
        let site = Span::mixed_site();
        let generics = (!arguments.is_empty()).then(|| quote_spanned!(site=> ::<#(#arguments),*>));
        Some(generics.unwrap_or_default())
    }

    /// How generated code calls a function of the handle; errors about that are at `at`.
    pub(crate) fn path(&self, operation: Operation, at: Span) -> TokenStream {
        self.path_of(operation.name(), Some(operation), at)
    }

    /// How generated code calls a hidden function; errors about that are at `at`.
    pub(crate) fn path_of_hidden(&self, hidden: Hidden, at: Span) -> TokenStream {
        self.path_of(hidden.name(), hidden.like(), at)
    }

    /// An expression for the cache.
    pub(crate) fn cache(&self) -> TokenStream {
        let site = Span::mixed_site();
        let path = self.path_of_hidden(Hidden::Cache, site);
        quote_spanned!(site=> #path())
    }

    /// The path of a function with the type parameters of this one of the handle.
    fn path_of(&self, name: &str, operation: Option<Operation>, at: Span) -> TokenStream {
        let (mut handle, mut name) = (self.name.clone(), self.local(name));
        handle.set_span(at);
        name.set_span(at);
        let is_method = self.function.place != Place::Free;
        let arguments = match operation {
            Some(operation) if is_method && self.takes_closures(operation) => {
                &self.generics.arguments_of_callers
            }
            _ => &self.generics.arguments,
        };
        let generics = (!arguments.is_empty()).then(|| quote_spanned!(at=> ::<#(#arguments),*>));
        if is_method {
            quote_spanned!(at=> Self::#name #generics)
        } else {
            quote_spanned!(at=> #handle #generics::#name)
        }
    }

    /// The name of a function of the handle: `cache_info`, or `area_cache_info`.
    fn local(&self, name: &str) -> Ident {
        // At the function's name, where an editor goes from a use, and a note of the compiler
        // points.
        let site = Span::mixed_site().located_at(self.name.span());
        match self.function.place {
            Place::Free => Ident::new(name, site),
            _ => match name.strip_prefix("__") {
                Some(hidden) => format_ident!("__{}_{hidden}", self.name.unraw(), span = site),
                None => format_ident!("{}_{name}", self.name.unraw(), span = site),
            },
        }
    }

    /// The names of the items that `__cache` stands in, and its own.
    pub(crate) fn around_spec(&self) -> Vec<String> {
        let hidden = self.local(Hidden::Cache.name()).to_string();
        match self.function.place {
            Place::Free => vec![self.name.unraw().to_string(), hidden],
            _ => vec![hidden],
        }
    }

    /// A hidden function, without its body.
    pub(crate) fn hidden(
        &self,
        hidden: Hidden,
        parameters: &TokenStream,
        output: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let name = self.local(hidden.name());
        let (generics, bounds) = self.generics_of(hidden.like());
        let lints = (self.function.place != Place::Free).then(|| self.lints());
        quote_spanned! {site=>
            #[doc(hidden)]
            #[inline]
            #lints
            fn #name #generics(#parameters) -> #output #bounds
        }
    }

    /// Silences the lints about generated code.
    fn lints(&self) -> TokenStream {
        let site = Span::mixed_site();
        // An argument that `key` leaves out is not looked at.
        let unused = self.options.key.is_some().then(|| quote_spanned!(site=> unused_variables,));
        // A lifetime may occur in arguments that are skipped, and in the bounds of closures.
        let has_lifetimes = self.function.sig.generics.lifetimes().next().is_some();
        let lifetimes =
            has_lifetimes.then(|| quote_spanned!(site=> single_use_lifetimes, unused_lifetimes,));
        quote_spanned! {site=>
            #[allow(
                clippy::all,
                clippy::nursery,
                clippy::pedantic,
                deprecated,
                #unused
                #lifetimes
            )]
        }
    }

    /// All of the handle: `bodies` says what each function does, `hidden` are beside them.
    ///
    /// A free function's handle has two blocks: in one, lints are silent. In the other is the body,
    /// and what calls it: an unused `uncached` alone would be reported as such, beside the function.
    pub(crate) fn render(
        &self,
        hidden: &[TokenStream],
        bodies: impl Fn(Operation) -> Option<TokenStream>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let cfg: Vec<_> = attributes(self.function, is_cfg).collect();
        let is_free = self.function.place == Place::Free;
        let each_cfg = if is_free { &[][..] } else { &cfg };
        let function = |operation| Some(self.operation(operation, each_cfg, &bodies(operation)?));
        if !is_free {
            let functions = OPERATIONS.into_iter().filter_map(function);
            let hidden = hidden.iter().map(|hidden| quote_spanned!(site=> #(#cfg)* #hidden));
            return quote_spanned!(site=> #(#functions)* #(#hidden)*);
        }
        let about_body = OPERATIONS.into_iter().filter(|operation| operation.runs_body());
        let about_body = about_body.filter_map(function);
        let functions = OPERATIONS.into_iter().filter(|operation| !operation.runs_body());
        let functions = functions.filter_map(function);
        let (name, vis) = (&self.name, &self.function.vis);
        let Split { of_type, arguments, phantoms, of_impl, where_of_impl, .. } = &self.generics;
        let (of_type, arguments) = (in_angles(of_type), in_angles(arguments));
        let (of_impl, where_of_impl) = (in_angles(of_impl), where_clause(where_of_impl));
        let types =
            (!phantoms.is_empty()).then(|| quote_spanned!(site=> _types: (#(#phantoms,)*),));
        let doc = self.docs().of_handle();
        let hidden_from_docs = attributes(self.function, is_hidden);
        let lints = self.lints();
        quote_spanned! {site=>
            #(#cfg)*
            #[doc = #doc]
            #(#hidden_from_docs)*
            #[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
            #vis struct #name #of_type { #types }

            #(#cfg)*
            #lints
            impl #of_impl #name #arguments #where_of_impl {
                #(#functions)*
                #(#hidden)*
            }

            #(#cfg)*
            #[allow(
                clippy::missing_const_for_fn,
                clippy::multiple_inherent_impl,
                clippy::must_use_candidate
            )]
            impl #of_impl #name #arguments #where_of_impl {
                #(#about_body)*
            }
        }
    }

    /// `<'a, T>` and the where-clause of a function of the handle, or of `__cache`.
    fn generics_of(&self, operation: Option<Operation>) -> (TokenStream, TokenStream) {
        let takes_arguments = operation.is_some_and(Operation::takes_arguments);
        if self.function.place == Place::Free && !takes_arguments {
            return (TokenStream::new(), TokenStream::new());
        }
        let Parameters { generics, predicates } = match operation {
            Some(operation) if self.takes_closures(operation) => &self.generics.of_callers,
            _ => &self.generics.of_functions,
        };
        let stores = takes_arguments && operation != Some(Operation::Uncached);
        let owned = self.owned.iter().filter(|_| stores);
        let predicates: Vec<_> = predicates.iter().chain(owned).cloned().collect();
        let bounds = where_clause(&predicates);
        (in_angles(generics).unwrap_or_default(), bounds.unwrap_or_default())
    }

    /// Whether the types of closures occur in the signature of this function: it takes what is
    /// skipped, or something is wrong with them.
    fn takes_closures(&self, operation: Operation) -> bool {
        let excluded = &self.generics.excluded;
        operation.runs_body()
            || any_occurs(excluded, &self.parameters(operation))
            || operation.mentions_output() && any_occurs(excluded, &self.function.output())
    }

    fn operation(
        &self,
        operation: Operation,
        cfg: &[&Attribute],
        body: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let Function { vis, sig, .. } = self.function;
        let name = self.local(operation.name());
        let (generics, bounds) = self.generics_of(Some(operation));
        let (root, output) = (self.root, self.function.output());
        let output = match operation {
            Operation::Info => quote_spanned!(site=> -> #root::CacheInfo),
            Operation::Stats => quote_spanned!(site=> -> #root::CacheStats),
            Operation::Parameters => quote_spanned!(site=> -> #root::CacheParameters),
            Operation::Ttl => {
                quote_spanned!(site=> -> ::core::option::Option<::core::time::Duration>)
            }
            Operation::Clear | Operation::Invalidate if self.options.redis.is_some() => {
                quote_spanned!(site=> -> #root::redis::Invalidation)
            }
            Operation::Clear | Operation::Insert => TokenStream::new(),
            Operation::Invalidate | Operation::Contains => {
                quote_spanned!(site=> -> ::core::primitive::bool)
            }
            Operation::Peek => quote_spanned!(site=> -> ::core::option::Option<#output>),
            Operation::Uncached => sig.output.to_token_stream(),
            Operation::Refresh => quote_spanned!(site=> -> #output),
            Operation::WithStatus => quote_spanned!(site=> -> (#output, #root::CacheStatus)),
        };
        let unsafety = match &sig.safety {
            syn::Safety::Unsafe(token) if operation.runs_body() => Some(token),
            _ => None,
        };
        let asks_redis = self.options.redis.is_some() && operation.asks_redis();
        let asyncness = sig.asyncness.filter(|_| operation.runs_body() || asks_redis);
        // Where the user's `async` begins a function, lints take it for the user's.
        let asyncness = asyncness.map(|token| match operation {
            Operation::Uncached => token.to_token_stream(),
            _ => quote_spanned!(site=> async),
        });
        let parameters = self.parameters(operation);
        let docs = self.docs().of_operation(operation);
        let is_uncached = operation == Operation::Uncached;
        let about_body = attributes(self.function, is_about_body).filter(|_| is_uncached);
        let lints = match (self.function.place, operation) {
            (Place::Free, Operation::Uncached) => None,
            (Place::Free, operation) if !operation.runs_body() => None,
            (_, Operation::Uncached) => Some(quote_spanned! {site=>
                #[allow(clippy::missing_const_for_fn, clippy::must_use_candidate)]
            }),
            _ => Some(self.lints()),
        };
        // Compiled where it is used, and nowhere if it is not.
        let inline = (!is_uncached).then(|| quote_spanned!(site=> #[inline]));
        let calls_body = operation.runs_body() && !is_uncached;
        let of_callers = attributes(self.function, is_about_callers).filter(|_| calls_body);
        let hidden_from_docs =
            attributes(self.function, is_hidden).filter(|_| self.function.place != Place::Free);
        let user_docs = is_uncached.then(|| self.docs_for_lints());
        quote_spanned! {site=>
            #(#cfg)*
            #(#[doc = #docs])*
            #(#hidden_from_docs)*
            #user_docs
            #lints
            #(#about_body)*
            #(#of_callers)*
            #inline
            #vis #asyncness #unsafety fn #name #generics (#parameters) #output #bounds #body
        }
    }

    fn docs(&self) -> Docs<'a> {
        Docs { options: self.options, function: self.function }
    }

    /// The user's documentation for the lints that compare it with the body, such as
    /// `clippy::missing_panics_doc`. It is not there for rustdoc, which would run its examples again.
    fn docs_for_lints(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let mut docs = attributes(self.function, is_text).map(|attr| &attr.meta).peekable();
        docs.peek()?;
        Some(quote_spanned!(site=> #[cfg_attr(not(doc), doc = "", #(#docs),*)]))
    }

    /// What the inserted value is called: not as an argument is, for the documentation's sake.
    pub(crate) fn inserted(&self) -> Ident {
        let taken = self.function.arguments.iter().any(|argument| argument.name == "value");
        Ident::new(if taken { "inserted" } else { "value" }, Span::mixed_site())
    }

    fn parameters(&self, operation: Operation) -> Punctuated<TokenStream, Token![,]> {
        let site = Span::mixed_site();
        let mut parameters = Punctuated::new();
        if !operation.takes_arguments() {
            return parameters;
        }
        for argument in &self.function.arguments {
            if operation == Operation::Uncached {
                parameters.push(argument.written.to_token_stream());
            } else if operation.runs_body() || !self.options.skips(argument) {
                parameters.push(argument.plain.clone());
            }
        }
        if operation == Operation::Insert {
            let (value, output) = (self.inserted(), self.function.output());
            parameters.push(quote_spanned!(site=> #value: #output));
        }
        parameters
    }
}
