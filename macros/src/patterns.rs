//! Arguments that are patterns: which names one binds, and how generated code binds them, too,
//! without moving the argument.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Pat, PatIdent};

/// A name that a pattern binds.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// Whether the pattern says `ref`, so that the name is a reference in the body, too.
    pub(crate) is_ref: bool,
}

/// An argument's pattern, as far as it takes the argument apart.
#[derive(Clone)]
pub(crate) struct Pattern {
    pat: Pat,
    /// Each name once, though all alternatives of an or-pattern bind it.
    bindings: Vec<Binding>,
}

impl Pattern {
    /// Takes a pattern apart; `None` if it is a name and nothing else.
    pub(crate) fn new(pat: &Pat) -> Option<Self> {
        let pat = match pat {
            Pat::Paren(paren) if matches!(*paren.pat, Pat::Ident(_)) => {
                return Pattern::new(&paren.pat);
            }
            // The name in front is that of the argument as a whole.
            Pat::Ident(PatIdent { subpat, .. }) => &*subpat.as_ref()?.1,
            pat => pat,
        };
        let (mut pat, mut bindings) = (pat.clone(), Vec::new());
        for_each_binding(&mut pat, &mut |binding| {
            let (name, is_ref) = (binding.ident.clone(), binding.by_ref.is_some());
            if bindings.iter().all(|known: &Binding| known.name != name) {
                bindings.push(Binding { name, is_ref });
            }
        });
        Some(Pattern { pat, bindings })
    }

    /// The names that the pattern binds.
    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Statements that bind the pattern's names to references into the argument in this place.
    pub(crate) fn bind_by_reference(&self, place: &impl ToTokens) -> TokenStream {
        let (site, mut pat) = (Span::mixed_site(), self.pat.clone());
        // A `&` in a pattern goes with explicit bindings alone, and a struct behind a reference with
        // implicit ones alone, at least since edition 2024.
        let has_reference = has_reference(&pat);
        for_each_binding(&mut pat, &mut |binding| {
            binding.mutability = None;
            binding.by_ref = has_reference.then(|| syn::Token![ref](site));
        });
        let and = (!has_reference).then(|| quote_spanned!(site=> &));
        bind(&pat, &quote_spanned!(site=> #and #place))
    }

    /// Statements that bind the pattern's names as those of an argument `name` that is a reference.
    pub(crate) fn bind_behind_reference(&self, name: &Ident) -> TokenStream {
        let mut pat = self.pat.clone();
        for_each_binding(&mut pat, &mut |binding| binding.mutability = None);
        bind(&pat, &name.to_token_stream())
    }
}

fn bind(pat: &Pat, value: &TokenStream) -> TokenStream {
    let (site, allow) = (Span::mixed_site(), allow_lints());
    quote_spanned!(site=> #allow let #pat = #value;)
}

/// What stands above a statement with names of the user's. About those the lints have their say
/// where the body is.
pub(crate) fn allow_lints() -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        #[allow(
            deprecated,
            unused_variables,
            clippy::all,
            clippy::nursery,
            clippy::pedantic,
            clippy::restriction
        )]
    }
}

/// Whether a name occurs in an expression; in texts, too, such as that of `format!("{name}")`.
pub(crate) fn mentions(expr: TokenStream, name: &Ident) -> bool {
    expr.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{}", name.unraw())),
        TokenTree::Punct(_) => false,
    })
}

/// Whether it binds a value. A constant and a struct without fields look the same, but for their
/// case.
fn is_binding(pat: &PatIdent) -> bool {
    let is_value = pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none();
    !is_value || !pat.ident.unraw().to_string().starts_with(char::is_uppercase)
}

fn for_each_binding(pat: &mut Pat, visit: &mut impl FnMut(&mut PatIdent)) {
    match pat {
        Pat::Ident(pat) => {
            if is_binding(pat) {
                visit(pat);
            }
            if let Some((_, pat)) = &mut pat.subpat {
                for_each_binding(pat, visit);
            }
        }
        _ => for_each_part(pat, &mut |part| for_each_binding(part, visit)),
    }
}

fn has_reference(pat: &Pat) -> bool {
    if matches!(pat, Pat::Reference(_)) {
        return true;
    }
    let (mut found, mut pat) = (false, pat.clone());
    for_each_part(&mut pat, &mut |part| found |= has_reference(part));
    found
}

fn for_each_part(pat: &mut Pat, visit: &mut dyn FnMut(&mut Pat)) {
    match pat {
        Pat::Ident(pat) => {
            if let Some((_, pat)) = &mut pat.subpat {
                visit(pat);
            }
        }
        Pat::Or(pat) => pat.cases.iter_mut().for_each(visit),
        Pat::Paren(pat) => visit(&mut pat.pat),
        Pat::Reference(pat) => visit(&mut pat.pat),
        Pat::Slice(pat) => pat.elems.iter_mut().for_each(visit),
        Pat::Struct(pat) => pat.fields.iter_mut().for_each(|field| visit(&mut field.pat)),
        Pat::Tuple(pat) => pat.elems.iter_mut().for_each(visit),
        Pat::TupleStruct(pat) => pat.elems.iter_mut().for_each(visit),
        Pat::Type(pat) => visit(&mut pat.pat),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser as _;

    use super::{Pat, Pattern};

    #[test]
    fn names_that_a_pattern_binds() {
        for (pattern, expected) in [
            ("x", None),
            ("mut x", None),
            ("_", Some("")),
            ("Path(id)", Some("id")),
            ("State(App { db, .. })", Some("db")),
            ("Query { text: mut q, limit: _ }", Some("q")),
            ("p @ (x, y)", Some("x y")),
            ("p @ Foo { .. }", Some("")),
            ("(x, &y)", Some("x y")),
            ("&x", Some("x")),
            ("[first, .., last]", Some("first last")),
            ("[rest @ ..]", Some("rest")),
            ("(Ok(x) | Err(x))", Some("x")),
            ("Foo(Unit, None, x)", Some("x")),
            ("Foo(inner @ Bar(x))", Some("inner x")),
            ("Foo(r#type)", Some("r#type")),
        ] {
            let pat = Pat::parse_multi.parse_str(pattern).expect("a pattern");
            let names = Pattern::new(&pat).map(|pattern| {
                let names = pattern.bindings().iter().map(|binding| binding.name.to_string());
                names.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(names.as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn bindings_by_reference() {
        let name = quote::format_ident!("whole");
        for (pattern, expected) in [
            ("Path(mut id)", "let Path (id) = & whole ;"),
            ("(a, &b)", "let (ref a , & ref b) = whole ;"),
            ("Foo { ref id, .. }", "let Foo { id , .. } = & whole ;"),
        ] {
            let pat = Pat::parse_single.parse_str(pattern).expect("a pattern");
            let pattern = Pattern::new(&pat).expect("it takes the argument apart");
            let bound = pattern.bind_by_reference(&name).to_string();
            let (_, bound) = bound.split_once("] ").expect("behind the lints");
            assert_eq!(bound.split_whitespace().collect::<Vec<_>>().join(" "), expected);
        }
    }
}
