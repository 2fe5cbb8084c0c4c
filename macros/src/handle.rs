//! The handle: the functions that stand beside a cached function, their names, documentation and
//! signatures. What they do is up to the caller, so that a correct and a faulty use of the
//! attribute get the same ones.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, GenericParam, Generics, Token, WherePredicate, punctuated::Punctuated};

use crate::function::Function;
use crate::options::{self, Options};
use crate::source::Place;

/// One function of the handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Info,
    Clear,
    Parameters,
    Uncached,
    Invalidate,
    Contains,
    Peek,
    Insert,
    Refresh,
    WithStatus,
}

pub(crate) const OPERATIONS: [Operation; 10] = [
    Operation::Info,
    Operation::Clear,
    Operation::Parameters,
    Operation::Uncached,
    Operation::Invalidate,
    Operation::Contains,
    Operation::Peek,
    Operation::Insert,
    Operation::Refresh,
    Operation::WithStatus,
];

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Operation::Info => "cache_info",
            Operation::Clear => "cache_clear",
            Operation::Parameters => "cache_parameters",
            Operation::Uncached => "uncached",
            Operation::Invalidate => "cache_invalidate",
            Operation::Contains => "cache_contains",
            Operation::Peek => "cache_peek",
            Operation::Insert => "cache_insert",
            Operation::Refresh => "cache_refresh",
            Operation::WithStatus => "with_status",
        }
    }

    fn doc(self, function: &str) -> String {
        match self {
            Operation::Info => {
                format!("Hits, misses, bound and size of the cache of `{function}`.")
            }
            Operation::Clear => {
                format!("Empties the cache of `{function}` and zeroes its counters.")
            }
            Operation::Parameters => format!("The options that the cache of `{function}` has."),
            Operation::Uncached => format!("Runs the body of `{function}`, past its cache."),
            Operation::Invalidate => {
                format!(
                    "Drops one entry of `{function}`; a result that is still being computed for it is not stored. Says whether there was one."
                )
            }
            Operation::Contains => {
                format!(
                    "Whether `{function}` has an entry for these arguments. Changes neither order nor counters."
                )
            }
            Operation::Peek => {
                format!(
                    "What is stored for these arguments of `{function}`. Changes neither order nor counters."
                )
            }
            Operation::Insert => {
                format!("Stores a result for these arguments of `{function}`, without running it.")
            }
            Operation::Refresh => {
                format!("Runs the body of `{function}` and replaces what is stored by the result.")
            }
            Operation::WithStatus => {
                format!("Calls `{function}`, and says where the answer came from.")
            }
        }
    }

    /// Whether it takes the function's arguments.
    fn takes_arguments(self) -> bool {
        !matches!(self, Operation::Info | Operation::Clear | Operation::Parameters)
    }

    /// Whether it takes those that are no part of the key, too: what runs the body does.
    pub(crate) fn runs_body(self) -> bool {
        matches!(self, Operation::Uncached | Operation::Refresh | Operation::WithStatus)
    }

    /// Whether the return type occurs in its signature.
    pub(crate) fn mentions_output(self) -> bool {
        self.runs_body() || matches!(self, Operation::Peek | Operation::Insert)
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
    requires_owned: bool,
}

/// A function's generics, shared out between the handle's type and its functions. What has to do
/// with lifetimes goes to the functions, so that `f::<T>` names the type.
#[derive(Default)]
struct Split {
    /// `T: ?Sized, const N: usize`
    of_type: Vec<TokenStream>,
    /// `T, N`
    arguments: Vec<TokenStream>,
    /// `PhantomData<T>`
    phantoms: Vec<TokenStream>,
    /// `T: Hash, const N: usize`
    of_impl: Vec<TokenStream>,
    where_of_impl: Vec<TokenStream>,
    /// `'a, 'b: 'a`
    of_functions: Vec<TokenStream>,
    where_of_functions: Vec<TokenStream>,
}

impl Split {
    /// For a type that stands beside a free function.
    fn new(generics: &Generics) -> Self {
        let site = Span::mixed_site();
        let lifetimes: Vec<&Ident> =
            generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
        let mut split = Split::default();
        for parameter in &generics.params {
            match parameter {
                GenericParam::Lifetime(lifetime) => {
                    split.of_functions.push(lifetime.to_token_stream());
                }
                GenericParam::Type(parameter) => {
                    let ident = &parameter.ident;
                    let (of_functions, of_impl): (Vec<_>, Vec<_>) =
                        parameter.bounds.iter().partition(|bound| mentions(bound, &lifetimes));
                    split.of_type.push(quote_spanned!(site=> #ident: ?::core::marker::Sized));
                    split.of_impl.push(quote_spanned!(site=> #ident: #(#of_impl)+*));
                    if !of_functions.is_empty() {
                        split
                            .where_of_functions
                            .push(quote_spanned!(site=> #ident: #(#of_functions)+*));
                    }
                    split.arguments.push(ident.to_token_stream());
                    split.phantoms.push(quote_spanned!(site=> ::core::marker::PhantomData<#ident>));
                }
                GenericParam::Const(parameter) => {
                    let (ident, ty) = (&parameter.ident, &parameter.ty);
                    split.of_type.push(quote_spanned!(site=> const #ident: #ty));
                    split.of_impl.push(quote_spanned!(site=> const #ident: #ty));
                    split.arguments.push(ident.to_token_stream());
                }
            }
        }
        for predicate in predicates(generics) {
            let place = if mentions(predicate, &lifetimes) {
                &mut split.where_of_functions
            } else {
                &mut split.where_of_impl
            };
            place.push(predicate.to_token_stream());
        }
        split
    }

    /// For functions in the `impl` that the function is in.
    fn beside(generics: &Generics) -> Self {
        let arguments = generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_token_stream()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_token_stream()),
            GenericParam::Lifetime(_) => None,
        });
        Split {
            arguments: arguments.collect(),
            of_functions: generics.params.iter().map(ToTokens::to_token_stream).collect(),
            where_of_functions: predicates(generics).map(ToTokens::to_token_stream).collect(),
            ..Split::default()
        }
    }
}

fn predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
    generics.where_clause.iter().flat_map(|clause| &clause.predicates)
}

/// Whether one of these lifetimes occurs.
fn mentions(tokens: &impl ToTokens, lifetimes: &[&Ident]) -> bool {
    fn within(tokens: TokenStream, lifetimes: &[&Ident]) -> bool {
        let mut behind_quote = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Punct(punct) => {
                behind_quote = punct.as_char() == '\'';
                false
            }
            TokenTree::Ident(ident) => {
                std::mem::take(&mut behind_quote) && lifetimes.iter().any(|known| **known == ident)
            }
            TokenTree::Group(group) => within(group.stream(), lifetimes),
            TokenTree::Literal(_) => false,
        })
    }
    within(tokens.to_token_stream(), lifetimes)
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
            options::Handle::Named(name) => name,
            options::Handle::None => return None,
        };
        let mut generics = match function.place {
            Place::Free => Split::new(&function.sig.generics),
            Place::Inherent => Split::beside(&function.sig.generics),
            Place::Trait => return None,
        };
        // Required here, so that a type that borrows is an error of the function alone.
        let owned = owned(options, function);
        let requires_owned = !owned.is_empty();
        match function.place {
            Place::Free => generics.where_of_impl.extend(owned),
            _ => generics.where_of_functions.extend(owned),
        }
        // Generated, for lints, though it is named as the user says.
        let mut name = name.clone();
        name.set_span(Span::mixed_site().located_at(name.span()));
        Some(Handle { function, options, root, name, generics, requires_owned })
    }

    /// Whether the handle asks of type parameters what the function does not.
    pub(crate) fn requires_owned(&self) -> bool {
        self.requires_owned
    }

    /// How generated code calls the function `name` of the handle; errors about that are at `at`.
    pub(crate) fn path(&self, name: &str, at: Span) -> TokenStream {
        let (mut handle, mut name) = (self.name.clone(), self.local(name));
        handle.set_span(at);
        name.set_span(at);
        let arguments = &self.generics.arguments;
        let generics = (!arguments.is_empty()).then(|| quote_spanned!(at=> ::<#(#arguments),*>));
        if self.function.place == Place::Free {
            quote_spanned!(at=> #handle #generics::#name)
        } else {
            quote_spanned!(at=> Self::#name #generics)
        }
    }

    /// The name of a function of the handle: `cache_info`, or `area_cache_info`.
    fn local(&self, name: &str) -> Ident {
        let site = Span::mixed_site();
        match self.function.place {
            Place::Free => Ident::new(name, site),
            _ => match name.strip_prefix("__") {
                Some(hidden) => format_ident!("__{}_{hidden}", self.name.unraw(), span = site),
                None => format_ident!("{}_{name}", self.name.unraw(), span = site),
            },
        }
    }

    /// All of the handle: `bodies` says what each function does, `hidden` is put beside them.
    pub(crate) fn render(
        &self,
        hidden: impl FnOnce(&Ident, &TokenStream, &TokenStream) -> TokenStream,
        bodies: impl Fn(Operation) -> Option<TokenStream>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let (generics, bounds) = self.generics_of(false);
        let hidden = hidden(&self.local("__cache"), &generics, &bounds);
        let cfg: Vec<_> = attributes(self.function, is_cfg).collect();
        let functions = OPERATIONS.into_iter().filter_map(|operation| {
            let body = bodies(operation)?;
            Some(self.operation(operation, &cfg, &body))
        });
        if self.function.place != Place::Free {
            return quote_spanned!(site=> #(#functions)* #(#cfg)* #hidden);
        }
        let (name, vis) = (&self.name, &self.function.vis);
        let Split { of_type, arguments, phantoms, of_impl, where_of_impl, .. } = &self.generics;
        let doc = format!("The cache of the function `{}`.", self.function.sig.ident);
        quote_spanned! {site=>
            #(#cfg)*
            #[doc = #doc]
            #[allow(non_camel_case_types, dead_code, missing_debug_implementations, missing_copy_implementations)]
            #vis struct #name<#(#of_type),*> {
                _types: (#(#phantoms,)*),
            }

            #(#cfg)*
            impl<#(#of_impl),*> #name<#(#arguments),*>
            where
                #(#where_of_impl,)*
            {
                #(#functions)*
                #hidden
            }
        }
    }

    /// `<'a, T>` and the where-clause of a function of the handle.
    fn generics_of(&self, takes_arguments: bool) -> (TokenStream, TokenStream) {
        let site = Span::mixed_site();
        let Split { of_functions, where_of_functions, .. } = &self.generics;
        if self.function.place == Place::Free && !takes_arguments {
            return (TokenStream::new(), TokenStream::new());
        }
        (
            quote_spanned!(site=> <#(#of_functions),*>),
            quote_spanned!(site=> where #(#where_of_functions),*),
        )
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
        let (generics, bounds) = self.generics_of(operation.takes_arguments());
        let (root, output) = (self.root, self.function.output());
        let output = match operation {
            Operation::Info => quote_spanned!(site=> -> #root::CacheInfo),
            Operation::Parameters => quote_spanned!(site=> -> #root::CacheParameters),
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
        let parameters = self.parameters(operation);
        let mut docs = vec![operation.doc(&sig.ident.to_string())];
        let lints: Vec<TokenStream> = if operation == Operation::Uncached {
            // The body is the user's, and so are the lints about it.
            attributes(self.function, is_about_body).map(ToTokens::to_token_stream).collect()
        } else {
            vec![quote_spanned!(site=> #[allow(clippy::all, clippy::pedantic, clippy::nursery)])]
        };
        if operation.runs_body() {
            docs.push(String::new());
        }
        let user_docs = attributes(self.function, is_doc).filter(|_| operation.runs_body());
        quote_spanned! {site=>
            #(#cfg)*
            #(#[doc = #docs])*
            #(#user_docs)*
            #(#lints)*
            #[allow(dead_code, clippy::missing_const_for_fn)]
            #vis #unsafety fn #name #generics (#parameters) #output #bounds #body
        }
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
            let output = self.function.output();
            parameters.push(quote_spanned!(site=> value: #output));
        }
        parameters
    }
}

/// `T: 'static` for each type parameter that occurs in a key or an entry, `Self` among them.
fn owned(options: &Options, function: &Function) -> Vec<TokenStream> {
    let keyed = function
        .arguments
        .iter()
        .filter(|argument| options.key.is_none() && !options.skips(argument))
        .map(|argument| argument.ty.to_token_stream());
    let types: Vec<_> = keyed.chain([function.output()]).collect();
    let occurs = |name: &Ident| types.iter().any(|ty| occurs(name, ty.clone()));
    let this = Ident::new("Self", Span::mixed_site());
    let this = (function.place != Place::Free).then_some(&this);
    function
        .sig
        .generics
        .type_params()
        .map(|parameter| &parameter.ident)
        .chain(this)
        .filter(|name| occurs(name))
        .map(|name| quote_spanned!(name.span()=> #name: 'static))
        .collect()
}

fn occurs(name: &Ident, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => occurs(name, group.stream()),
        _ => false,
    })
}

/// The attributes of a function that the filter picks.
pub(crate) fn attributes(
    function: &Function,
    filter: fn(&Attribute) -> bool,
) -> impl Iterator<Item = &Attribute> {
    function.attrs.iter().filter(move |attr| filter(attr))
}

/// `#[cfg(..)]`, and a `#[cfg_attr(.., cfg(..))]`, which is one too.
fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || wraps(attr, &["cfg"])
}

fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

pub(crate) const LINT_LEVELS: [&str; 5] = ["allow", "warn", "deny", "forbid", "expect"];

/// What changes how a body is compiled, and so has to be where the body is.
fn is_about_body(attr: &Attribute) -> bool {
    const ABOUT_BODY: [&str; 4] = ["inline", "must_use", "target_feature", "track_caller"];
    let is = |name: &&str| attr.path().is_ident(*name);
    ABOUT_BODY.iter().any(is)
        || LINT_LEVELS.iter().any(is)
        || wraps(attr, &ABOUT_BODY)
        || wraps(attr, &LINT_LEVELS)
}

/// Whether it is a `#[cfg_attr(condition, ..)]` of one of these.
fn wraps(attr: &Attribute, names: &[&str]) -> bool {
    attr.path().is_ident("cfg_attr")
        && attr.parse_args_with(Punctuated::<syn::Meta, Token![,]>::parse_terminated).is_ok_and(
            |metas| {
                let mut wrapped = metas.iter().skip(1);
                wrapped.any(|meta| names.iter().any(|name| meta.path().is_ident(name)))
            },
        )
}
