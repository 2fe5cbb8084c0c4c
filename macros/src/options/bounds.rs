//! The options that bound a cache and choose the evicted entry: `maxsize`, `maxweight`, `weight`
//! and `policy`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use super::values::{parse_value, parse_value_or};
use super::{Flavor, Maxweight, Options, Policy};
use crate::bytes;
use crate::expressions::{Number, is_none, number_of};

/// A function of the result, for messages that have none of the user's.
pub(crate) const WEIGHT_EXAMPLE: &str = "|value| value.len() as u64";

impl Options {
    pub(super) fn parse_maxsize(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let is_bound = |given: &Expr| number_of(given) == Some(Number::Integer) || is_none(given);
        let expr = parse_value(name, "128", is_bound, input)?;
        if self.flavor == Flavor::Cache {
            let message = "`maxsize` cannot be combined with `#[cache]`, which has no bound: write \
                `#[lru_cache(maxsize = ..)]`";
            return Err(syn::Error::new(name.span(), message));
        }
        check_maxsize(&expr).map_err(|message| syn::Error::new_spanned(&expr, message))?;
        self.maxsize = Some(expr);
        Ok(())
    }

    pub(super) fn parse_maxweight(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let is_bound = |given: &Expr| match given {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => bytes::parse(&text.value()).is_ok(),
            other => number_of(other) == Some(Number::Integer),
        };
        self.weights.maxweight_name = Some(name.clone());
        let expr = parse_value(name, "\"64MiB\"", is_bound, input)?;
        self.weights.maxweight = Some(to_maxweight(expr)?);
        Ok(())
    }

    pub(super) fn parse_weight(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let is_function = |given: &Expr| matches!(given, Expr::Closure(_) | Expr::Path(_));
        self.weights.weight_name = Some(name.clone());
        self.weights.weight = Some(parse_value(name, WEIGHT_EXAMPLE, is_function, input)?);
        Ok(())
    }

    pub(super) fn parse_policy(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const EXPECTED: &str = "expected `policy = \"lru\"` (Python's order) or `policy = \
            \"adaptive\"` (fewer misses)";
        let policy: LitStr = parse_value_or(name, EXPECTED, input)?;
        let value = match policy.value().as_str() {
            "lru" => Policy::Lru,
            "adaptive" => Policy::Adaptive,
            _ => return Err(syn::Error::new(policy.span(), EXPECTED)),
        };
        self.policy = Some((value, policy.span()));
        Ok(())
    }
}

/// The message about an invalid `maxsize`, as far as its tokens show it.
fn check_maxsize(expr: &Expr) -> Result<(), String> {
    let describe = |bound: &str| {
        Err(format!(
            "`maxsize` must be a number of entries, or `None` for no bound: write `maxsize = \
             {bound}`"
        ))
    };
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            if number.base10_parse::<u64>().is_err() {
                return Err(
                    "`maxsize` is too large: write `maxsize = None` for no bound".to_owned()
                );
            }
            if !matches!(number.suffix(), "" | "usize") {
                return describe(number.base10_digits());
            }
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let text = text.value();
            let is_bound = text == "None" || text.replace('_', "").parse::<usize>().is_ok();
            if !is_bound && bytes::parse(&text).is_ok() {
                return Err(format!(
                    "`maxsize` must be a number of entries: for a bound in bytes, write `maxweight \
                     = {text:?}, weight = {WEIGHT_EXAMPLE}`"
                ));
            }
            return describe(if is_bound { &text } else { "128" });
        }
        Expr::Lit(_) | Expr::Closure(_) | Expr::Infer(_) => return describe("128"),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if number_of(expr).is_some() => {
            return Err(
                "`maxsize` must not be negative: write `maxsize = 0` to store nothing, or \
                `maxsize = None` for no bound"
                    .to_owned(),
            );
        }
        _ if number_of(expr) == Some(Number::Float) => return describe("128"),
        _ => (),
    }
    Ok(())
}

/// Reads a `maxweight`. Its tokens may show that it is invalid.
fn to_maxweight(expr: Expr) -> syn::Result<Maxweight> {
    let error = |advice: &str| {
        let message =
            format!("`maxweight` must be a `u64`, or a number of bytes as text: {advice}");
        Err(syn::Error::new_spanned(&expr, message))
    };
    let write = |value: &str| error(&format!("write `maxweight = {value}`"));
    match &expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let bytes = bytes::parse(&text.value());
            bytes.map(Maxweight::Literal).map_err(|message| syn::Error::new(text.span(), message))
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            if !matches!(number.suffix(), "" | "u64") {
                let bytes = format!("{}{}", number.base10_digits(), number.suffix());
                return match bytes::parse(&bytes) {
                    Ok(_) => write(&format!("\"{bytes}\"")),
                    Err(_) => write(number.base10_digits()),
                };
            }
            number.base10_parse().map(Maxweight::Literal).map_err(|_| {
                let message = "`maxweight` is too large for a `u64`: remove `maxweight` and \
                    `weight` for no bound";
                syn::Error::new(number.span(), message)
            })
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: number, .. })
            if number_of(number).is_some() =>
        {
            let message = "`maxweight` must not be negative: write `maxweight = \"64MiB\"`";
            Err(syn::Error::new_spanned(&expr, message))
        }
        _ if is_none(&expr) => error("remove `maxweight` and `weight` for no bound"),
        Expr::Lit(_) | Expr::Closure(_) | Expr::Infer(_) => write("\"64MiB\""),
        _ if number_of(&expr) == Some(Number::Float) => write("\"64MiB\""),
        _ => Ok(Maxweight::Expr(expr)),
    }
}
