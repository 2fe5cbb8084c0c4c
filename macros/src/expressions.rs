//! Questions about the expressions that users give as options: which names they use, and whether
//! they would leave the function that contains them. It sees tokens, not scopes or types.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// Whether it is `None`.
pub(crate) fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident("None"))
}

/// The kind of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Integer,
    Float,
}

/// The kind of an expression of number literals, such as `24 * 60`; `None` for any other.
pub(crate) fn number_of(expr: &Expr) -> Option<Number> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => Some(Number::Integer),
        Expr::Lit(ExprLit { lit: Lit::Float(_), .. }) => Some(Number::Float),
        Expr::Paren(paren) => number_of(&paren.expr),
        Expr::Group(group) => number_of(&group.expr),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number_of(expr),
        Expr::Binary(binary) => {
            let (left, right) = (number_of(&binary.left)?, number_of(&binary.right)?);
            Some(if left == Number::Float { left } else { right })
        }
        _ => None,
    }
}

/// Finds the name of an argument or a parameter. A field, or an item of a path, may have the same
/// name.
pub(crate) fn find_ident(name: &Ident, tokens: TokenStream) -> Option<Ident> {
    let mut before = String::new();
    tokens.into_iter().find_map(|token| {
        let found = match &token {
            TokenTree::Ident(ident) => {
                let is_field = before.ends_with('.') && !before.ends_with("..");
                (ident == name && !is_field && !before.ends_with("::")).then(|| ident.clone())
            }
            TokenTree::Group(group) => find_ident(name, group.stream()),
            _ => None,
        };
        match token {
            TokenTree::Punct(punct) => before.push(punct.as_char()),
            _ => before.clear(),
        }
        found
    })
}

/// Finds a use of the variable of this name. Functions, modules, macros and fields may have the
/// same name, and so may a variable that the expression binds.
pub(crate) fn find_value_use(name: &Ident, tokens: TokenStream) -> Option<Ident> {
    let mut before = String::new();
    // Whether a `|` here is an operator, not the beginning of a closure.
    let mut is_behind_value = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(ident) if BINDERS.iter().any(|binder| ident == binder) => return None,
            TokenTree::Ident(ident) => {
                let is_item = match tokens.peek() {
                    Some(TokenTree::Punct(next)) => matches!(next.as_char(), ':' | '!'),
                    Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                    _ => false,
                };
                let is_field = before.ends_with('.') && !before.ends_with("..");
                if ident == name && !is_item && !is_field && !before.ends_with("::") {
                    return Some(ident.clone());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '|' && !is_behind_value => return None,
            TokenTree::Group(group) => {
                if let Some(found) = find_value_use(name, group.stream()) {
                    return Some(found);
                }
            }
            _ => (),
        }
        match token {
            TokenTree::Punct(punct) => {
                // The second `|` of `||` is like the first.
                is_behind_value &= punct.as_char() == '|' && before.is_empty();
                before.push(punct.as_char());
            }
            TokenTree::Ident(word) => {
                is_behind_value = word != "move" && word != "return";
                before.clear();
            }
            _ => {
                is_behind_value = true;
                before.clear();
            }
        }
    }
    None
}

/// Words after which an expression may bind names of its own.
const BINDERS: [&str; 4] = ["let", "match", "for", "fn"];

/// Finds where an expression would leave the function that contains it, and by what: `return`, `?`
/// or `.await`. In a closure or in a block of their own they do not.
pub(crate) fn find_jump(tokens: TokenStream) -> Option<(Span, &'static str)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_word =
        |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let has_own = |token: &TokenTree| {
        ["async", "fn", "const"].iter().any(|word| is_word(token, word))
            || matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|')
    };
    if tokens.iter().any(has_own) {
        return None;
    }
    tokens.iter().enumerate().find_map(|(index, token)| match token {
        TokenTree::Punct(punct) if punct.as_char() == '?' => Some((punct.span(), "?")),
        TokenTree::Ident(word) if word == "return" => Some((word.span(), "return")),
        TokenTree::Ident(word) if word == "await" => {
            let is_behind_dot = index.checked_sub(1).is_some_and(|before| {
                matches!(&tokens[before], TokenTree::Punct(punct) if punct.as_char() == '.')
            });
            is_behind_dot.then(|| (word.span(), ".await"))
        }
        TokenTree::Group(group) => find_jump(group.stream()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{find_ident, find_value_use};

    #[test]
    fn finds_a_name_that_is_not_a_field() {
        for (expr, expected) in [
            ("f(id)", true),
            ("(id, f(id))", true),
            ("0..f", true),
            ("Key { id, f: f }", true),
            ("size_of::<f>()", true),
            ("id.f", false),
            ("make().f()", false),
            ("keys::f(id)", false),
            ("id + g", false),
        ] {
            let (name, tokens) = (syn::parse_str("f"), expr.parse());
            let found = find_ident(&name.expect("a name"), tokens.expect("tokens"));
            assert_eq!(found.is_some(), expected, "{expr}");
        }
    }

    #[test]
    fn finds_a_variable_that_is_used() {
        for (expr, expected) in [
            ("n", true),
            ("n as usize * 2", true),
            ("f(n)", true),
            ("0..n", true),
            ("n.len()", true),
            ("Config { n }", true),
            ("(n)(1)", true),
            ("n()", false),
            ("n::size()", false),
            ("n!(1)", false),
            ("CONFIG.n", false),
            ("config::n", false),
            ("Config { n: 1 }.size()", false),
            ("a || n > 3", true),
            ("a | n", true),
            ("map(|| n)", false),
            ("{ let n = 1; n }", false),
            ("sizes.map(|n| n)", false),
            ("match size() { n => n }", false),
        ] {
            let (name, tokens) = (syn::parse_str("n"), expr.parse());
            let found = find_value_use(&name.expect("a name"), tokens.expect("tokens"));
            assert_eq!(found.is_some(), expected, "{expr}");
        }
    }
}
