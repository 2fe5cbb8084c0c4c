//! Patterns of arguments: the names that they bind, and statements that bind them once more without
//! moving the argument.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Pat, PatIdent};

/// A name that a pattern binds.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// Whether it is bound by `ref`, so that it is a reference in the body as well.
    pub(crate) is_ref: bool,
}

/// The pattern of an argument that it destructures.
#[derive(Clone)]
pub(crate) struct Pattern {
    pat: Pat,
    /// Each name once, though all alternatives of an or-pattern bind it.
    bindings: Vec<Binding>,
}

impl Pattern {
    /// Reads a pattern; `None` if it is just a name.
    pub(crate) fn new(pat: &Pat) -> Option<Self> {
        let pat = match pat {
            Pat::Paren(paren) if matches!(*paren.pat, Pat::Ident(_)) => {
                return Pattern::new(&paren.pat);
            }
            // The name before the `@` is that of the whole argument.
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

    /// Statements that bind the pattern's names to references into the argument at `place`.
    pub(crate) fn emit_reference_bindings(&self, place: &impl ToTokens) -> TokenStream {
        let (site, mut pat) = (Span::mixed_site(), self.pat.clone());
        // From edition 2024 on, a pattern with a `&` needs explicit bindings, and one that matches
        // through a reference must not have them.
        let has_reference = has_reference(&pat);
        for_each_binding(&mut pat, &mut |binding| {
            binding.mutability = None;
            binding.by_ref = has_reference.then(|| syn::Token![ref](site));
        });
        let and = (!has_reference).then(|| quote_spanned!(site=> &));
        emit_let(&pat, &quote_spanned!(site=> #and #place))
    }

    /// Statements that bind the pattern's names in the argument `name`, which is a reference.
    pub(crate) fn emit_bindings_behind_reference(&self, name: &Ident) -> TokenStream {
        let mut pat = self.pat.clone();
        for_each_binding(&mut pat, &mut |binding| binding.mutability = None);
        emit_let(&pat, &name.to_token_stream())
    }
}

fn emit_let(pat: &Pat, value: &TokenStream) -> TokenStream {
    let (site, allow) = (Span::mixed_site(), emit_allow_lints());
    quote_spanned!(site=> #allow let #pat = #value;)
}

/// Silences the lints about a statement with the user's names. They report where the body is.
pub(crate) fn emit_allow_lints() -> TokenStream {
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

/// Whether it binds a name. A constant or a unit struct looks the same, except for its case.
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
    fn finds_the_names_that_a_pattern_binds() {
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
    fn binds_names_by_reference() {
        let name = quote::format_ident!("whole");
        for (pattern, expected) in [
            ("Path(mut id)", "let Path (id) = & whole ;"),
            ("(a, &b)", "let (ref a , & ref b) = whole ;"),
            ("Foo { ref id, .. }", "let Foo { id , .. } = & whole ;"),
        ] {
            let pat = Pat::parse_single.parse_str(pattern).expect("a pattern");
            let pattern = Pattern::new(&pat).expect("it takes the argument apart");
            let bound = pattern.emit_reference_bindings(&name).to_string();
            let (_, bound) = bound.split_once("] ").expect("behind the lints");
            assert_eq!(bound.split_whitespace().collect::<Vec<_>>().join(" "), expected);
        }
    }
}
