//! The handle: the signatures, names and docs of the functions beside a cached function. The caller
//! gives their bodies, so that a correct use of the attribute and one with an error get the same
//! signatures.

pub(crate) mod docs;
mod key_type;
mod operation;
mod signature;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt as _;

use self::docs::is_doc_hidden;
pub(crate) use self::key_type::KeyType;
use self::operation::OPERATIONS;
pub(crate) use self::operation::{Accessor, Operation};
use crate::attributes::{filter_attrs, is_cfg};
use crate::function::Function;
use crate::generics::{SplitGenerics, in_angles, static_bounds, where_clause};
use crate::options::{self, Options};
use crate::paths::{emit_alias, emit_signature_root};
use crate::source::Enclosing;

/// The handle of a function.
pub(crate) struct Handle<'a> {
    function: &'a Function,
    options: &'a Options,
    /// The path of the crate `functools` in signatures.
    root: TokenStream,
    key: KeyType,
    name: Ident,
    generics: SplitGenerics,
    /// `T: 'static`, which the handle requires: then rustc reports a type that borrows in the
    /// function alone.
    static_bounds: Vec<TokenStream>,
}

impl<'a> Handle<'a> {
    /// The handle of a function; `None` if it has none.
    pub(crate) fn new(options: &'a Options, function: &'a Function) -> Option<Self> {
        let name = match &options.handle {
            options::HandleName::OfFunction => &function.sig.ident,
            options::HandleName::Named(name) | options::HandleName::Beside(name) => name,
            options::HandleName::None => return None,
        };
        let generics = match function.enclosing {
            Enclosing::Module => SplitGenerics::new(&function.sig),
            Enclosing::Impl => SplitGenerics::for_method(&function.sig),
            Enclosing::Trait | Enclosing::ExternBlock | Enclosing::UnknownImpl => return None,
        };
        // Generated, so that no lint reports the name that the user wrote.
        let mut name = name.clone();
        name.set_span(Span::mixed_site().located_at(name.span()));
        let root = emit_signature_root(options, function);
        Some(Handle {
            function,
            options,
            root,
            key: KeyType::new(options, function),
            name,
            generics,
            static_bounds: static_bounds(options, function),
        })
    }

    /// The name of the key's type.
    pub(crate) fn key_name(&self) -> &TokenStream {
        &self.key.name
    }

    /// Whether the handle requires `'static` of a type parameter, which the function does not.
    pub(crate) fn adds_static_bounds(&self) -> bool {
        !self.static_bounds.is_empty()
    }

    /// The generic arguments with which the handle names the function; `None` if it cannot.
    pub(crate) fn emit_function_generics(&self) -> Option<TokenStream> {
        let SplitGenerics { arguments, of_functions, excluded, .. } = &self.generics;
        let is_free = self.function.enclosing == Enclosing::Module;
        if !excluded.is_empty() || is_free && !of_functions.predicates.is_empty() {
            return None;
        }
        let site = Span::mixed_site();
        let generics = (!arguments.is_empty()).then(|| quote_spanned!(site=> ::<#(#arguments),*>));
        Some(generics.unwrap_or_default())
    }

    /// The path of a function of the handle. Errors about it are at `at`.
    pub(crate) fn emit_path(&self, operation: Operation, at: Span) -> TokenStream {
        self.emit_path_of(operation.name(), Some(operation), at)
    }

    /// The path of an accessor. Errors about it are at `at`.
    pub(crate) fn emit_accessor_path(&self, accessor: Accessor, at: Span) -> TokenStream {
        self.emit_path_of(accessor.name(), accessor.twin(), at)
    }

    /// The path of a function that has the type parameters of `operation`.
    fn emit_path_of(&self, name: &str, operation: Option<Operation>, at: Span) -> TokenStream {
        let (mut handle, mut name) = (self.name.clone(), self.fn_name(name));
        handle.set_span(at);
        name.set_span(at);
        let is_method = self.function.enclosing != Enclosing::Module;
        let arguments = match operation {
            Some(operation) if is_method && self.has_closure_params(operation) => {
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

    /// The name of a function of the handle: `cache_info`, or `area_cache_info` for a method.
    pub(super) fn fn_name(&self, name: &str) -> Ident {
        // At the function's name: there an editor goes from a use, and there a note of rustc
        // points.
        let site = Span::mixed_site().located_at(self.name.span());
        match self.function.enclosing {
            Enclosing::Module => Ident::new(name, site),
            _ => match name.strip_prefix("__") {
                Some(accessor) => format_ident!("__{}_{accessor}", self.name.unraw(), span = site),
                None => format_ident!("{}_{name}", self.name.unraw(), span = site),
            },
        }
    }

    /// The names of the generated items around the cache's `Spec`, outermost first.
    pub(crate) fn names_around_spec(&self) -> Vec<String> {
        let accessor = self.fn_name(Accessor::Cache.name()).to_string();
        match self.function.enclosing {
            Enclosing::Module => vec![self.name.unraw().to_string(), accessor],
            _ => vec![accessor],
        }
    }

    /// The whole handle. `bodies` gives the body of each function, or `None` to leave it out;
    /// `accessors` are beside them.
    ///
    /// A free function's handle has two `impl` blocks. Lints are silent in one. The other has
    /// `uncached` and its callers: alone in a block, an unused `uncached` would be reported besides
    /// the function.
    pub(crate) fn expand(
        &self,
        accessors: &[TokenStream],
        bodies: impl Fn(Operation) -> Option<TokenStream>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let cfg: Vec<_> = filter_attrs(&self.function.attrs, is_cfg).collect();
        let is_free = self.function.enclosing == Enclosing::Module;
        let each_cfg = if is_free { &[][..] } else { &cfg };
        let function =
            |operation| Some(self.emit_operation(operation, each_cfg, &bodies(operation)?));
        if !is_free {
            let functions = OPERATIONS.into_iter().filter_map(function);
            let accessors =
                accessors.iter().map(|accessor| quote_spanned!(site=> #(#cfg)* #accessor));
            return quote_spanned!(site=> #(#functions)* #(#accessors)*);
        }
        let about_body = OPERATIONS.into_iter().filter(|operation| operation.may_run_body());
        let about_body = about_body.filter_map(function);
        let functions = OPERATIONS.into_iter().filter(|operation| !operation.may_run_body());
        let functions = functions.filter_map(function);
        let (name, vis) = (&self.name, &self.function.vis);
        let SplitGenerics { of_type, arguments, phantoms, of_impl, where_of_impl, .. } =
            &self.generics;
        let (of_type, arguments) = (in_angles(of_type), in_angles(arguments));
        let (of_impl, where_of_impl) = (in_angles(of_impl), where_clause(where_of_impl));
        let types =
            (!phantoms.is_empty()).then(|| quote_spanned!(site=> _types: (#(#phantoms,)*),));
        let doc = self.docs().handle_doc();
        let hidden_from_docs = filter_attrs(&self.function.attrs, is_doc_hidden);
        let lints = self.emit_lints();
        let alias = emit_alias(self.options).map(|alias| quote_spanned!(site=> #(#cfg)* #alias));
        quote_spanned! {site=>
            #alias

            #(#cfg)*
            #[doc = #doc]
            #(#hidden_from_docs)*
            #[allow(
                non_camel_case_types,
                missing_debug_implementations,
                missing_copy_implementations
            )]
            #vis struct #name #of_type { #types }

            #(#cfg)*
            #lints
            impl #of_impl #name #arguments #where_of_impl {
                #(#functions)*
                #(#accessors)*
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
}
