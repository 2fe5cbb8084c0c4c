//! The annotated function: its signature, its arguments and what encloses it. The body is tokens,
//! which are passed on unread.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Receiver, ReturnType, Signature, Token, Type, Visibility};

use crate::argument::Argument;
use crate::attributes::is_cache_attr;
use crate::options::{HandleName, Options};
use crate::source::{Enclosing, Namesake, Surroundings, Unknown};
use crate::tokens;
use crate::types::{TypeQuestion as _, find_in_type};

/// A function or a method.
// Each bool is a separate fact.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// With its braces; `None` for a method of a trait without a body.
    pub(crate) body: Option<Group>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) enclosing: Enclosing,
    /// Whether the source shows that it is in no `impl`, and no macro can put it into one.
    pub(crate) is_free_by_source: bool,
    /// Whether the source shows that `Self` has neither lifetimes nor type parameters.
    pub(crate) is_self_owned: bool,
    /// The item of its name that the source shows in the same place.
    pub(crate) namesake: Option<Namesake>,
    /// Whether its signature has `self` or `Self`, though the source shows no `impl` or trait.
    pub(crate) has_misplaced_self: bool,
    /// Whether an editor expands it, which does not know what encloses it.
    pub(crate) is_in_editor: bool,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let sig: Signature = input.parse()?;
        let body = if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            None
        } else {
            match input.parse()? {
                TokenTree::Group(group) => Some(group),
                other => return Err(syn::Error::new(other.span(), "expected the function's body")),
            }
        };
        let mut arguments = Vec::new();
        for (index, original) in sig.inputs.iter().enumerate() {
            arguments.push(Argument::new(index, original, &arguments));
        }
        Ok(Function {
            attrs,
            vis,
            sig,
            body,
            arguments,
            enclosing: Enclosing::Module,
            is_free_by_source: false,
            is_self_owned: false,
            namesake: None,
            has_misplaced_self: false,
            is_in_editor: false,
        })
    }
}

impl Function {
    /// The function as the user wrote it, without a cache.
    pub(crate) fn emit_original(&self) -> TokenStream {
        let Function { attrs, vis, sig, body, .. } = self;
        let attrs = attrs.iter().filter(|attr| !is_cache_attr(attr));
        let end = body.is_none().then(|| quote!(;));
        quote!(#(#attrs)* #vis #sig #body #end)
    }

    /// The return type; `()` if none is written.
    pub(crate) fn emit_output(&self) -> TokenStream {
        match &self.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        }
    }

    /// The function's name without `r#`.
    pub(crate) fn bare_name(&self) -> String {
        self.sig.ident.unraw().to_string()
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        match self.sig.inputs.first() {
            Some(FnArg::Receiver(receiver)) => Some(receiver),
            _ => None,
        }
    }

    /// Sets what encloses the function: what the source shows, `handle = Self::name`, or, without
    /// either, whether it has `self` or `Self`.
    pub(crate) fn set_enclosing(
        &mut self,
        options: &Options,
        found: Result<Surroundings, Unknown>,
    ) {
        let is_beside = matches!(options.handle, HandleName::Beside(_));
        let body = self.body.iter().map(Group::stream).chain([self.sig.to_token_stream()]);
        let has_self = self.receiver().is_some() || { body }.any(tokens::mentions_self);
        self.is_in_editor = found == Err(Unknown::Editor);
        if let Ok(Surroundings { enclosing, is_in_macro, is_in_plain_impl, namesake }) = found {
            self.is_self_owned = is_in_plain_impl;
            self.is_free_by_source = enclosing == Enclosing::Module && !is_in_macro && !has_self;
            self.namesake = namesake;
            let has_self_in_signature =
                self.receiver().is_some() || tokens::mentions_self(self.sig.to_token_stream());
            let is_in_module = enclosing == Enclosing::Module && !is_in_macro;
            self.has_misplaced_self = is_in_module && has_self_in_signature && !is_beside;
        }
        self.enclosing = match found.map(|found| found.enclosing) {
            Ok(_) if self.is_free_by_source => Enclosing::Module,
            Ok(Enclosing::Module) | Err(_) if is_beside => Enclosing::Impl,
            Ok(Enclosing::Module) | Err(Unknown::NoFile) if has_self => Enclosing::Impl,
            Ok(enclosing) => enclosing,
            Err(Unknown::NoFile) => Enclosing::Module,
            Err(Unknown::Editor) if !has_self => Enclosing::Module,
            // A method in the `impl` of a trait has no visibility of its own.
            Err(Unknown::Editor) => match self.vis {
                Visibility::Inherited => Enclosing::UnknownImpl,
                _ => Enclosing::Impl,
            },
        };
    }
}

/// Whether the return type is a future, boxed or not.
pub(crate) fn has_future_output(function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => find_in_type(ty, Type::as_future).is_some(),
    }
}

/// Whether the return type borrows, and may do so from a skipped argument.
pub(crate) fn may_borrow_skipped(options: &Options, function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => {
            !options.skip.is_empty() && find_in_type(ty, Type::as_borrow).is_some()
        }
    }
}

/// Whether the return type can be written in another signature.
pub(crate) fn is_output_nameable(function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => {
            !matches!(**ty, Type::Never(_)) && find_in_type(ty, Type::as_impl_trait).is_none()
        }
    }
}
