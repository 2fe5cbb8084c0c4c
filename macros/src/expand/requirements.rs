//! The checks of argument and return types: how they become a key and an entry, and the traits of
//! `functools::requirements` that report a type that cannot.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;

use super::Expansion;
use crate::argument::Argument;
use crate::options::Scope;
use crate::paths::emit_root;
use crate::types::stored_type;

/// A trait of `functools::requirements`, and the type in its message.
struct Check<'a> {
    name: &'a str,
    ty: TokenStream,
}

/// The borrowed arguments as a key.
pub(super) struct KeyTokens {
    /// Statements before `args`.
    pub(super) statements: TokenStream,
    /// `(first, (second, ()))`, or the value of the `key` expression.
    pub(super) args: TokenStream,
}

impl<'a> Expansion<'a> {
    /// The span of errors about the return type.
    pub(super) fn output_span(&self) -> Span {
        match &self.function.sig.output {
            syn::ReturnType::Default => Span::mixed_site(),
            syn::ReturnType::Type(_, ty) => ty.span(),
        }
    }

    /// The arguments that make the key.
    pub(super) fn key_arguments(&self) -> impl DoubleEndedIterator<Item = &'a Argument> {
        let options = self.options;
        self.function.arguments.iter().filter(move |argument| !argument.is_skipped(options))
    }

    /// The key. With `should_check`, it compiles only if the arguments can be one.
    pub(super) fn emit_args(&self, should_check: bool) -> KeyTokens {
        let site = Span::mixed_site();
        if let Some(expr) = &self.options.key {
            let args = self.emit_key_args(expr, should_check);
            return KeyTokens { statements: TokenStream::new(), args };
        }
        let mut statements = TokenStream::new();
        let parts = self.key_arguments().enumerate().map(|(index, argument)| {
            let at = self.argument_span(argument);
            let part = format_ident!("part{index}", span = site);
            let (value, check) = self.emit_key_argument(argument, at);
            let steps = [&*format!("__arg{index}"), &*format!("__key{index}")];
            let check = should_check.then_some(check);
            statements.extend(self.emit_checked_binding(&part, &value, check, steps, at));
            part
        });
        let parts: Vec<_> = parts.collect();
        let args = parts
            .iter()
            .rev()
            .fold(quote_spanned!(site=> ()), |rest, part| quote_spanned!(site=> (#part, #rest)));
        KeyTokens { statements, args }
    }

    /// Statements that bind `name` to the value, and compile only if it passes the check. `steps`
    /// name the values in between.
    fn emit_checked_binding(
        &self,
        name: &Ident,
        value: &TokenStream,
        check: Option<Check<'_>>,
        steps: [&str; 2],
        at: Span,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let Some(Check { name: check, ty }) = check else {
            return quote_spanned!(site=> let #name = #value;);
        };
        // Not hygienic: rustc reports an error about a value at its name, and a hygienic name is at
        // the attribute.
        let [first, second] = steps.map(|step| Ident::new(step, at));
        let checked = self.emit_check(&first.to_token_stream(), check, &ty, at);
        let bound = quote_spanned!(site=> let #first = #value;);
        let Some(of_threads) = thread_check(check) else {
            return quote_spanned!(site=> #bound let #name = #checked;);
        };
        let shared = self.emit_check(&second.to_token_stream(), of_threads, &ty, at);
        quote_spanned!(site=> #bound let #second = #checked; let #name = #shared;)
    }

    /// The span of errors about an argument as part of the key.
    pub(super) fn argument_span(&self, argument: &Argument) -> Span {
        let is_part = self.options.second_tier.is_some() && argument.is_part();
        if is_part { argument.name.span() } else { argument.ty.span() }
    }

    /// How an argument takes part in the key, and the check for that.
    fn emit_key_argument(&self, argument: &Argument, at: Span) -> (TokenStream, Check<'static>) {
        let scope = self.emit_scope(at);
        let probe = |borrowed| quote_spanned!(at=> #scope::probe(#borrowed).argument());
        if self.options.second_tier.is_some() && argument.is_part() {
            // In memory, too, the key is what the template names. Its type is not written.
            let part = probe(argument.emit_borrowed_part(at));
            return (part, Check { name: "KeyValue", ty: quote_spanned!(at=> ()) });
        }
        let (argument, ty) = (probe(argument.emit_borrowed(at)), argument.ty.to_token_stream());
        let name = self.choose_check(&ty, "KeyArgument", "KeyParameter");
        (argument, Check { name, ty })
    }

    /// Statements that bind `outcome` to how the result is stored.
    pub(super) fn emit_outcome(&self, should_check: bool) -> TokenStream {
        let at = self.output_span();
        let (scope, output) = (self.emit_scope(at), &self.output);
        let probe = if self.options.cache_err { "returns_whole" } else { "returns" };
        let probe = Ident::new(probe, at);
        let outcome = quote_spanned!(at=> #scope::#probe::<#output>().outcome());
        let check = if self.options.cache_err {
            Some(Check { name: "StorableWithError", ty: output.clone() })
        } else {
            let ty = stored_type(&self.function.sig.output);
            let name = self.choose_check(&ty, "Storable", "StorableParameter");
            // A key requires more of a type parameter, and that error lists it all.
            let is_keyed = name == "StorableParameter" && self.is_key_type(&ty);
            (!is_keyed).then_some(Check { name, ty })
        };
        let name = Ident::new("outcome", Span::mixed_site());
        let steps = ["__result", "__stored"];
        self.emit_checked_binding(&name, &outcome, check.filter(|_| should_check), steps, at)
    }

    /// Whether an argument of this type is part of the key.
    fn is_key_type(&self, ty: &TokenStream) -> bool {
        let is_of_type =
            |argument: &Argument| argument.ty.to_token_stream().to_string() == ty.to_string();
        self.options.key.is_none() && self.key_arguments().any(is_of_type)
    }

    /// The check of a type, or that of a type parameter, which lists all requirements at once.
    fn choose_check<'c>(
        &self,
        ty: &TokenStream,
        of_type: &'c str,
        of_parameter: &'c str,
    ) -> &'c str {
        let is_process = matches!(self.options.scope, Scope::Process);
        let name = ty.to_string();
        let parameters = &self.function.sig.generics;
        let is_parameter = parameters.type_params().any(|parameter| parameter.ident == name);
        if is_parameter && is_process { of_parameter } else { of_type }
    }

    /// The value, which compiles only if it passes the check and, if the check does not include
    /// that, if threads may share it. `ty` is the type in the message.
    pub(super) fn emit_checks(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let checked = self.emit_check(value, check, ty, at);
        let Some(of_threads) = thread_check(check) else { return checked };
        self.emit_check(&checked, of_threads, ty, at)
    }

    /// The value, which compiles only if it passes the check.
    pub(super) fn emit_check(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let (root, check) = (emit_root(self.options, at), Ident::new(check, at));
        quote_spanned!(at=> #root::requirements::#check::<#ty>::check(#value))
    }

    /// Statements that compile only if the options suit the return type.
    pub(super) fn emit_option_checks(&self) -> Option<TokenStream> {
        let (name, _) = self.options.expiry.stale_on_error.as_ref()?;
        let at = name.span();
        let (private, output) = (self.emit_private(at), &self.output);
        let verdict = quote_spanned!(at=> #private::fallible::<#output>().verdict());
        let check = self.emit_check(&verdict, "IsFallible", output, at);
        Some(quote_spanned!(at=> _ = #check;))
    }
}

/// The check that threads may share a value, which follows this check; `None` if this one includes
/// it.
fn thread_check(check: &str) -> Option<&'static str> {
    match check {
        "KeyParameter" | "StorableParameter" => None,
        // The type of a value is not written.
        "KeyValue" => Some("SharedValue"),
        _ => Some("SharedByThreads"),
    }
}
