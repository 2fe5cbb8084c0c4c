//! What was annotated: a function's signature, taken apart as far as a cache needs it. The body is
//! tokens; it is passed on as it is.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, FnArg, Pat, Receiver, ReceiverKind, ReturnType, Signature, Token, Type, Visibility,
};

use crate::options::{Handle, Options};
use crate::patterns::{Binding, Pattern};
use crate::source::{self, Namesake, Place, Surroundings, Unknown};

/// A function, free or in an `impl`.
// Each is a fact of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// With its braces; `None` for a trait's method without a body.
    pub(crate) body: Option<Group>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) place: Place,
    /// Whether the source shows that it stands in no `impl`, and no macro can put it into one.
    pub(crate) is_free_by_source: bool,
    /// Whether the source shows that `Self` has neither lifetimes nor type parameters.
    pub(crate) is_self_owned: bool,
    /// What the source shows to have its name in the same place.
    pub(crate) namesake: Option<Namesake>,
    /// Whether it has `self` or `Self` in its signature, though the source shows no `impl` or trait
    /// around it.
    pub(crate) has_misplaced_self: bool,
    /// Whether an editor asks, which cannot say where the function stands.
    pub(crate) is_in_editor: bool,
}

/// One argument, the receiver included.
#[derive(Clone)]
pub(crate) struct Argument {
    /// The name by which generated code calls it.
    pub(crate) name: Ident,
    /// Whether that name is the user's, so that `skip` may say it.
    pub(crate) named: bool,
    /// Its pattern, if that takes it apart. If it binds one name, that is the argument's.
    pub(crate) pattern: Option<Pattern>,
    /// Its declaration as the user wrote it.
    pub(crate) written: FnArg,
    /// Its declaration in generated functions: no pattern, no `mut`.
    pub(crate) plain: TokenStream,
    /// Its type; for `&self` that is `Self`.
    pub(crate) ty: Type,
    /// Whether it is a reference, so that its name alone borrows what it refers to.
    pub(crate) reference: Option<Token![&]>,
    /// Whether generated code has made it a reference.
    pub(crate) is_taken_by_reference: bool,
    /// Whether it is `&mut`, and where.
    pub(crate) exclusive: Option<TokenStream>,
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
        for (index, written) in sig.inputs.iter().enumerate() {
            arguments.push(Argument::new(index, written, &arguments));
        }
        Ok(Function {
            attrs,
            vis,
            sig,
            body,
            arguments,
            place: Place::Free,
            is_free_by_source: false,
            is_self_owned: false,
            namesake: None,
            has_misplaced_self: false,
            is_in_editor: false,
        })
    }
}

/// The error for an item that could not be read as a function because it is of another kind, or has
/// no body; `None` for a function.
pub(crate) fn not_a_function(item: TokenStream) -> Option<syn::Error> {
    const KINDS: [&str; 12] = [
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "mod",
        "type",
        "static",
        "use",
        "const",
        "macro_rules",
        "extern",
    ];
    // Behind these an `fn` is a type.
    let is_header = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => !matches!(punct.as_char(), '=' | ':' | ';'),
        _ => true,
    };
    let words = item.clone().into_iter().collect::<Vec<_>>();
    if let [TokenTree::Ident(_), TokenTree::Punct(punct), TokenTree::Group(_), ..] = &words[..]
        && punct.as_char() == '!'
    {
        let message = "only a function can be cached; this is a macro; write it above each function that the macro is given or makes";
        return Some(syn::Error::new_spanned(&words[0], message));
    }
    // `fn f() -> u64 = 5;` is for the compiler to say.
    let is_assigned = item
        .clone()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '='));
    let last = item.clone().into_iter().last();
    let has_body = !matches!(last, Some(TokenTree::Punct(last)) if last.as_char() == ';');
    let words = item.into_iter().take_while(is_header).filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    let words: Vec<_> = words.collect();
    if let Some(at) = words.iter().position(|word| word == "fn") {
        // In an `extern` block it may be `safe`, as no other is.
        let name = words.get(at + 1).filter(|_| !has_body && !is_assigned)?;
        return Some(syn::Error::new(name.span(), no_body(Place::Foreign)));
    }
    let is_crate = words.iter().any(|word| word == "crate");
    let word = words.into_iter().find(|word| KINDS.iter().any(|kind| word == kind))?;
    let what = match word.to_string().as_str() {
        "extern" if is_crate => "an `extern crate`".to_owned(),
        "extern" => {
            "an `extern` block; write it above a function that calls one of these".to_owned()
        }
        "impl" => "an `impl`; write it above each method".to_owned(),
        "macro_rules" => "a macro".to_owned(),
        "enum" => "an `enum`".to_owned(),
        kind => format!("a `{kind}`"),
    };
    let message = format!("only a function can be cached; this is {what}");
    Some(syn::Error::new(word.span(), message))
}

/// The message about a function without a body in this place.
pub(crate) fn no_body(place: Place) -> String {
    let instead = match place {
        Place::Foreign => "above a function that calls this one",
        Place::Trait => "above the method in each `impl`",
        _ => "above the method in each `impl`, or above a function that calls this one",
    };
    format!("there is no body to cache: write the attribute {instead}")
}

impl Argument {
    fn new(index: usize, written: &FnArg, before: &[Argument]) -> Self {
        match written {
            FnArg::Receiver(receiver) => Argument::receiver(receiver),
            FnArg::Typed(argument) => {
                let pattern = Pattern::new(&argument.pat);
                // Two of one name are the user's mistake, which the compiler reports once.
                let is_new = |name: &Ident| before.iter().all(|other| other.name != *name);
                let (name, named) = match own_name(&argument.pat, pattern.as_ref()) {
                    Some(name) if pattern.is_none() || is_new(name) => (name.clone(), true),
                    // Hygienic: it is not what a user's `arg0` refers to.
                    _ => (format_ident!("arg{index}", span = Span::mixed_site()), false),
                };
                let ty = &*argument.ty;
                let (attrs, colon) = (&argument.attrs, argument.colon_token);
                let plain = quote!(#(#attrs)* #name #colon #ty);
                let (reference, exclusive, ty) = peel(ty);
                let written = written.clone();
                Argument {
                    name,
                    named,
                    pattern,
                    written,
                    plain,
                    ty,
                    reference,
                    is_taken_by_reference: false,
                    exclusive,
                }
            }
        }
    }

    fn receiver(receiver: &Receiver) -> Self {
        let self_token = receiver.self_token;
        let mut plain = receiver.clone();
        plain.mutability = None;
        let this = Type::Path(syn::TypePath {
            attrs: Vec::new(),
            qself: None,
            path: Ident::new("Self", self_token.span).into(),
        });
        let (reference, exclusive, ty) = match &receiver.kind {
            ReceiverKind::Reference(and, lifetime, exclusive) => {
                let exclusive = exclusive.map(|_| {
                    let mut tokens = quote!(#and #lifetime #exclusive);
                    self_token.to_tokens(&mut tokens);
                    tokens
                });
                (Some(*and), exclusive, this)
            }
            ReceiverKind::Typed(_, ty) => peel(ty),
            _ => (None, None, this),
        };
        Argument {
            name: Ident::new("self", self_token.span),
            named: true,
            pattern: None,
            written: FnArg::Receiver(receiver.clone()),
            plain: plain.into_token_stream(),
            ty,
            reference,
            is_taken_by_reference: false,
            exclusive,
        }
    }

    /// Makes the argument a reference to what it is now. It must not be a reference.
    pub(crate) fn take_by_reference(&mut self) {
        let site = Span::mixed_site();
        let and = Token![&](site);
        self.reference = Some(and);
        self.is_taken_by_reference = true;
        self.plain = match &self.written {
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

    /// Its name without `r#`.
    pub(crate) fn bare_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The names that the body has from the argument.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        let bindings = self.pattern.iter().flat_map(Pattern::bindings);
        { self.named.then_some(&self.name) }
            .into_iter()
            .chain(bindings.map(|binding| &binding.name))
    }

    /// Whether the body has this name from the argument: it is the argument's, or in its pattern.
    pub(crate) fn has_name(&self, name: &Ident) -> bool {
        self.has_bare_name(&name.unraw().to_string())
    }

    /// As [`Argument::has_name`], of a name without `r#`.
    pub(crate) fn has_bare_name(&self, name: &str) -> bool {
        self.named && self.bare_name() == name || self.binding(name).is_some()
    }

    /// An expression that borrows what the argument's name stands for in the body.
    pub(crate) fn borrowed_part(&self, at: Span) -> TokenStream {
        let name = self.bare_name();
        if self.is_part() { self.named_value(&name) } else { self.borrowed(at) }
    }

    /// Whether the argument's name stands for a part of it.
    pub(crate) fn is_part(&self) -> bool {
        self.named && self.binding(&self.bare_name()).is_some()
    }

    /// An expression for what a name of the argument's stands for in the body: the argument itself,
    /// or a reference to a part of it.
    pub(crate) fn named_value(&self, name: &str) -> TokenStream {
        match self.binding(name) {
            None => self.name.to_token_stream(),
            Some((pattern, binding)) => {
                let (site, whole, name) = (Span::mixed_site(), &self.name, &binding.name);
                let star = self.is_taken_by_reference.then(|| quote_spanned!(site=> *));
                let bind = pattern.bind_by_reference(&quote_spanned!(site=> #star #whole));
                quote_spanned!(Span::mixed_site()=> { #bind #name })
            }
        }
    }

    /// The binding of this name, without `r#`, in the argument's pattern.
    fn binding(&self, name: &str) -> Option<(&Pattern, &Binding)> {
        let pattern = self.pattern.as_ref()?;
        let mut bindings = pattern.bindings().iter();
        Some((pattern, bindings.find(|binding| binding.name.unraw() == name)?))
    }

    /// An expression that borrows the argument, or what it refers to.
    pub(crate) fn borrowed(&self, at: Span) -> TokenStream {
        let name = &self.name;
        if self.reference.is_some() { quote!(#name) } else { quote_spanned!(at=> &#name) }
    }
}

/// The name that the user gave an argument: by itself, in front of an `@`, or as the only one in a
/// pattern.
fn own_name<'a>(pat: &'a Pat, pattern: Option<&'a Pattern>) -> Option<&'a Ident> {
    match pat {
        Pat::Paren(paren) => own_name(&paren.pat, pattern),
        Pat::Ident(pat) => Some(&pat.ident),
        _ => match pattern?.bindings() {
            [only] => Some(&only.name),
            _ => None,
        },
    }
}

/// Whether it is one of these attributes.
pub(crate) fn caches(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "lru_cache" || last.ident == "cache")
}

/// A type without its reference, and whether that is an exclusive one. Types that a macro was given
/// come in groups without a bracket.
fn peel(ty: &Type) -> (Option<Token![&]>, Option<TokenStream>, Type) {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        Type::Reference(reference) => {
            let exclusive = reference.mutability.map(|_| ty.to_token_stream());
            (Some(reference.and_token), exclusive, (*reference.elem).clone())
        }
        ty => (None, None, ty.clone()),
    }
}

impl Function {
    /// The function as it was written, without a cache.
    pub(crate) fn written(&self) -> TokenStream {
        let Function { attrs, vis, sig, body, .. } = self;
        let attrs = attrs.iter().filter(|attr| !caches(attr));
        let end = body.is_none().then(|| quote!(;));
        quote!(#(#attrs)* #vis #sig #body #end)
    }

    /// The return type; `()` where none is written.
    pub(crate) fn output(&self) -> TokenStream {
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

    /// Says where it stands: by what was found in the source, by `handle = Self::name`, or by its
    /// looks.
    pub(crate) fn place_by(&mut self, options: &Options, found: Result<Surroundings, Unknown>) {
        let is_beside = matches!(options.handle, Handle::Beside(_));
        let body = self.body.iter().map(Group::stream).chain([self.sig.to_token_stream()]);
        let mentions_self = self.receiver().is_some() || { body }.any(source::mentions_self);
        self.is_in_editor = found == Err(Unknown::Editor);
        if let Ok(Surroundings { place, is_in_macro, is_in_plain_impl, namesake }) = found {
            self.is_self_owned = is_in_plain_impl;
            self.is_free_by_source = place == Place::Free && !is_in_macro && !mentions_self;
            self.namesake = namesake;
            let has_self =
                self.receiver().is_some() || source::mentions_self(self.sig.to_token_stream());
            self.has_misplaced_self =
                place == Place::Free && !is_in_macro && has_self && !is_beside;
        }
        self.place = match found.map(|found| found.place) {
            Ok(_) if self.is_free_by_source => Place::Free,
            Ok(Place::Free) | Err(_) if is_beside => Place::Inherent,
            Ok(Place::Free) | Err(Unknown::NoFile) if mentions_self => Place::Inherent,
            Ok(place) => place,
            Err(Unknown::NoFile) => Place::Free,
            Err(Unknown::Editor) if !mentions_self => Place::Free,
            // A method in the `impl` of a trait has no visibility of its own.
            Err(Unknown::Editor) => match self.vis {
                Visibility::Inherited => Place::SomeImpl,
                _ => Place::Inherent,
            },
        };
    }
}
