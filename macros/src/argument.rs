//! One argument of a cached function: its names, its type, and how generated code declares and
//! borrows it. Relies on `patterns` for what a pattern binds.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{FnArg, Pat, Receiver, ReceiverKind, Token, Type};

use crate::options::Options;
use crate::patterns::{Binding, Pattern};

/// An argument, or the receiver.
#[derive(Clone)]
pub(crate) struct Argument {
    /// Its name in generated code.
    pub(crate) name: Ident,
    /// Whether the user gave that name, so that an option may mention it.
    pub(crate) has_user_name: bool,
    /// Its pattern, if that destructures it. If the pattern binds one name, that is also the
    /// argument's.
    pub(crate) pattern: Option<Pattern>,
    /// Its declaration as the user wrote it.
    pub(crate) original: FnArg,
    /// Its declaration in generated functions: a name without a pattern or `mut`.
    pub(crate) normalized: TokenStream,
    /// Its type without a reference; for `&self` that is `Self`.
    pub(crate) ty: Type,
    /// The `&` of its type, if it is a reference: then its name alone borrows the value.
    pub(crate) reference: Option<Token![&]>,
    /// Whether generated code has made it a reference.
    pub(crate) is_taken_by_reference: bool,
    /// The tokens of its type or of `&mut self`, if it is a `&mut`.
    pub(crate) mut_ref: Option<TokenStream>,
}

impl Argument {
    pub(crate) fn new(index: usize, original: &FnArg, before: &[Argument]) -> Self {
        match original {
            FnArg::Receiver(receiver) => Argument::receiver(receiver),
            FnArg::Typed(argument) => {
                let pattern = Pattern::new(&argument.pat);
                // rustc reports two arguments of one name, once.
                let is_new = |name: &Ident| before.iter().all(|other| other.name != *name);
                let (name, has_user_name) = match find_own_name(&argument.pat, pattern.as_ref()) {
                    Some(name) if pattern.is_none() || is_new(name) => (name.clone(), true),
                    // Hygienic: a user's `arg0` is another name.
                    _ => (format_ident!("arg{index}", span = Span::mixed_site()), false),
                };
                let ty = &*argument.ty;
                let (attrs, colon) = (&argument.attrs, argument.colon_token);
                let normalized = quote!(#(#attrs)* #name #colon #ty);
                let (reference, mut_ref, ty) = strip_reference(ty);
                let original = original.clone();
                Argument {
                    name,
                    has_user_name,
                    pattern,
                    original,
                    normalized,
                    ty,
                    reference,
                    is_taken_by_reference: false,
                    mut_ref,
                }
            }
        }
    }

    fn receiver(receiver: &Receiver) -> Self {
        let self_token = receiver.self_token;
        let mut normalized = receiver.clone();
        normalized.mutability = None;
        let this = Type::Path(syn::TypePath {
            attrs: Vec::new(),
            qself: None,
            path: Ident::new("Self", self_token.span).into(),
        });
        let (reference, mut_ref, ty) = match &receiver.kind {
            ReceiverKind::Reference(and, lifetime, mut_ref) => {
                let mut_ref = mut_ref.map(|_| {
                    let mut tokens = quote!(#and #lifetime #mut_ref);
                    self_token.to_tokens(&mut tokens);
                    tokens
                });
                (Some(*and), mut_ref, this)
            }
            ReceiverKind::Typed(_, ty) => strip_reference(ty),
            _ => (None, None, this),
        };
        Argument {
            name: Ident::new("self", self_token.span),
            has_user_name: true,
            pattern: None,
            original: FnArg::Receiver(receiver.clone()),
            normalized: normalized.into_token_stream(),
            ty,
            reference,
            is_taken_by_reference: false,
            mut_ref,
        }
    }

    /// Makes the argument a reference. It must not be one.
    pub(crate) fn take_by_reference(&mut self) {
        let site = Span::mixed_site();
        let and = Token![&](site);
        self.reference = Some(and);
        self.is_taken_by_reference = true;
        self.normalized = match &self.original {
            FnArg::Typed(typed) => {
                let (name, colon, ty) = (&self.name, typed.colon_token, &typed.ty);
                quote!(#name #colon #and #ty)
            }
            FnArg::Receiver(receiver) => {
                let this = receiver.self_token;
                match &receiver.kind {
                    ReceiverKind::Typed(colon, ty) => quote!(#this #colon #and #ty),
                    _ => quote!(#and #this),
                }
            }
        };
    }

    /// Makes its name hygienic, so that no code of the user sees it. Call it before
    /// [`Argument::take_by_reference`].
    pub(crate) fn hide_name(&mut self) {
        let FnArg::Typed(typed) = &self.original else { return };
        self.name.set_span(Span::mixed_site().located_at(self.name.span()));
        let (name, attrs, colon, ty) = (&self.name, &typed.attrs, typed.colon_token, &typed.ty);
        self.normalized = quote!(#(#attrs)* #name #colon #ty);
    }

    /// Whether it is left out of the key.
    pub(crate) fn is_skipped(&self, options: &Options) -> bool {
        let mut skipped = options.skip.iter().chain(&options.meant_to_skip);
        self.has_user_name && skipped.any(|name| *name == self.name)
    }

    /// Its name without `r#`.
    pub(crate) fn bare_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The names that the argument has in the body.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        let bindings = self.pattern.iter().flat_map(Pattern::bindings);
        { self.has_user_name.then_some(&self.name) }
            .into_iter()
            .chain(bindings.map(|binding| &binding.name))
    }

    /// Whether the argument has this name in the body: its own, or one that its pattern binds.
    pub(crate) fn has_name(&self, name: &Ident) -> bool {
        self.has_bare_name(&name.unraw().to_string())
    }

    /// Same as [`Argument::has_name`] when the name is given without `r#`.
    pub(crate) fn has_bare_name(&self, name: &str) -> bool {
        self.has_user_name && self.bare_name() == name || self.binding(name).is_some()
    }

    /// Borrows what the argument's name means in the body.
    pub(crate) fn emit_borrowed_part(&self, at: Span) -> TokenStream {
        let name = self.bare_name();
        if self.is_part() { self.emit_named_value(&name) } else { self.emit_borrowed(at) }
    }

    /// Whether the argument's name means a part of it in the body.
    pub(crate) fn is_part(&self) -> bool {
        self.has_user_name && self.binding(&self.bare_name()).is_some()
    }

    /// Emits the value of one of its names in the body: the argument, or a reference to a part.
    pub(crate) fn emit_named_value(&self, name: &str) -> TokenStream {
        match self.binding(name) {
            None => self.name.to_token_stream(),
            Some((pattern, binding)) => {
                let (site, whole, name) = (Span::mixed_site(), &self.name, &binding.name);
                let star = self.is_taken_by_reference.then(|| quote_spanned!(site=> *));
                let bind = pattern.emit_reference_bindings(&quote_spanned!(site=> #star #whole));
                quote_spanned!(Span::mixed_site()=> { #bind #name })
            }
        }
    }

    /// The binding of this name, without `r#`, in its pattern.
    fn binding(&self, name: &str) -> Option<(&Pattern, &Binding)> {
        let pattern = self.pattern.as_ref()?;
        let mut bindings = pattern.bindings().iter();
        Some((pattern, bindings.find(|binding| binding.name.unraw() == name)?))
    }

    /// Borrows the argument, or passes it on if it is a reference.
    pub(crate) fn emit_borrowed(&self, at: Span) -> TokenStream {
        let name = &self.name;
        if self.reference.is_some() { quote!(#name) } else { quote_spanned!(at=> &#name) }
    }
}

/// The name that the user gave an argument: by itself, before an `@`, or as the only one in a
/// pattern.
fn find_own_name<'a>(pat: &'a Pat, pattern: Option<&'a Pattern>) -> Option<&'a Ident> {
    match pat {
        Pat::Paren(paren) => find_own_name(&paren.pat, pattern),
        Pat::Ident(pat) => Some(&pat.ident),
        _ => match pattern?.bindings() {
            [only] => Some(&only.name),
            _ => None,
        },
    }
}

/// Returns the `&` of a reference, the tokens of a `&mut`, and the type without it. Types that a
/// macro was given are in groups without brackets.
fn strip_reference(ty: &Type) -> (Option<Token![&]>, Option<TokenStream>, Type) {
    match ty {
        Type::Group(group) => strip_reference(&group.elem),
        Type::Paren(paren) => strip_reference(&paren.elem),
        Type::Reference(reference) => {
            let mut_ref = reference.mutability.map(|_| ty.to_token_stream());
            (Some(reference.and_token), mut_ref, (*reference.elem).clone())
        }
        ty => (None, None, ty.clone()),
    }
}
