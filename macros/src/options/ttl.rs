//! The option `ttl`: a duration, or a function of the result.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::{Expr, Token};

use super::values::parse_duration;
use super::{Expiry, Ttl};
use crate::expressions::is_none;

impl Expiry {
    /// Reads `ttl`.
    pub(super) fn parse_ttl(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        self.has_ttl = true;
        let value = input.fork();
        let function = value.parse::<Token![=]>().and_then(|_| value.parse::<Expr>());
        self.ttl = Some(match function.map(peel) {
            Ok(closure @ Expr::Closure(_)) => {
                input.advance_to(&value);
                Ttl::OfResult(closure)
            }
            Ok(path @ Expr::Path(_)) if !is_none(&path) => {
                input.advance_to(&value);
                Ttl::Path(path)
            }
            _ => Ttl::Fixed(parse_duration(name, "60s", input)?),
        });
        Ok(())
    }
}

impl Ttl {
    /// Returns the closure that is called for each result.
    pub(crate) fn closure(&self) -> Option<&Expr> {
        match self {
            Ttl::OfResult(closure) => Some(closure),
            Ttl::Fixed(_) | Ttl::Path(_) => None,
        }
    }
}

/// Removes parentheses, and the group that a macro puts around an expression.
fn peel(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => peel(*group.expr),
        Expr::Paren(paren) => peel(*paren.expr),
        other => other,
    }
}
