//! What the expansion asks of argument and return types: how they take part in a key, how they are cached, and
//! whether they can be.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Call, root};
use crate::function::Argument;
use crate::generics::stored;
use crate::options::Scope;

/// A trait of `functools::requirements`, and the type that its message shows.
struct Check<'a> {
    name: &'a str,
    ty: TokenStream,
}

impl<'a> Call<'a> {
    /// Where errors about the return type belong.
    pub(super) fn at_output(&self) -> Span {
        match &self.function.sig.output {
            syn::ReturnType::Default => Span::mixed_site(),
            syn::ReturnType::Type(_, ty) => ty.span(),
        }
    }

    /// The arguments that make the key.
    pub(super) fn keyed(&self) -> impl DoubleEndedIterator<Item = &'a Argument> {
        let options = self.options;
        self.function.arguments.iter().filter(move |argument| !options.skips(argument))
    }

    /// The borrowed arguments: `(first, (second, ()))`, or the value of the `key` expression, and
    /// statements before that. They compile only if the arguments can be a key, if that is
    /// `checked`.
    pub(super) fn args(&self, checked: bool) -> (TokenStream, TokenStream) {
        let site = Span::mixed_site();
        if let Some(expr) = &self.options.key {
            return (TokenStream::new(), self.args_by_key(expr, checked));
        }
        let mut statements = TokenStream::new();
        let parts = self.keyed().enumerate().map(|(index, argument)| {
            let at = self.at_argument(argument);
            let part = format_ident!("part{index}", span = site);
            let (value, check) = self.argument_of_key(argument, at);
            let steps = [&*format!("__arg{index}"), &*format!("__key{index}")];
            let check = checked.then_some(check);
            statements.extend(self.bind_checked(&part, &value, check, steps, at));
            part
        });
        let parts: Vec<_> = parts.collect();
        let args = parts
            .iter()
            .rev()
            .fold(quote_spanned!(site=> ()), |rest, part| quote_spanned!(site=> (#part, #rest)));
        (statements, args)
    }

    /// Statements that bind `name` to the value, and compile only if it passes the check, if there
    /// is one. `steps` are names for what is between.
    fn bind_checked(
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
        // Not hygienic: an error about a value is where its name is, and would be at the attribute.
        let [first, second] = steps.map(|step| Ident::new(step, at));
        let checked = self.emit_check(&first.to_token_stream(), check, &ty, at);
        let bound = quote_spanned!(site=> let #first = #value;);
        let Some(of_threads) = check_of_threads(check) else {
            return quote_spanned!(site=> #bound let #name = #checked;);
        };
        let shared = self.emit_check(&second.to_token_stream(), of_threads, &ty, at);
        quote_spanned!(site=> #bound let #second = #checked; let #name = #shared;)
    }

    /// Where errors about an argument as part of the key belong.
    pub(super) fn at_argument(&self, argument: &Argument) -> Span {
        let is_part = self.options.redis.is_some() && argument.is_part();
        if is_part { argument.name.span() } else { argument.ty.span() }
    }

    /// How an argument takes part in the key, and what that has to pass.
    fn argument_of_key(&self, argument: &Argument, at: Span) -> (TokenStream, Check<'static>) {
        let scope = self.scope(at);
        let probe = |borrowed| quote_spanned!(at=> #scope::probe(#borrowed).argument());
        if self.options.redis.is_some() && argument.is_part() {
            // What Redis keeps a result by, memory does, too: what the template names. Its type is
            // not written.
            let part = probe(argument.borrowed_part(at));
            return (part, Check { name: "KeyValue", ty: quote_spanned!(at=> ()) });
        }
        let (argument, ty) = (probe(argument.borrowed(at)), argument.ty.to_token_stream());
        let name = self.check_of(&ty, "KeyArgument", "KeyParameter");
        (argument, Check { name, ty })
    }

    /// Statements that bind `outcome` to how the result is cached.
    pub(super) fn outcome(&self, checked: bool) -> TokenStream {
        let at = self.at_output();
        let (scope, output) = (self.scope(at), &self.output);
        let probe = if self.options.cache_err { "returns_whole" } else { "returns" };
        let probe = Ident::new(probe, at);
        let outcome = quote_spanned!(at=> #scope::#probe::<#output>().outcome());
        let check = if self.options.cache_err {
            Some(Check { name: "StorableWithError", ty: output.clone() })
        } else {
            let ty = stored(&self.function.sig.output);
            let name = self.check_of(&ty, "Storable", "StorableParameter");
            // What a key needs of a type parameter is more, and the error about that says all.
            let is_keyed = name == "StorableParameter" && self.is_keyed_by(&ty);
            (!is_keyed).then_some(Check { name, ty })
        };
        let name = Ident::new("outcome", Span::mixed_site());
        let steps = ["__result", "__stored"];
        self.bind_checked(&name, &outcome, check.filter(|_| checked), steps, at)
    }

    /// Whether an argument of this type is part of the key.
    fn is_keyed_by(&self, ty: &TokenStream) -> bool {
        let is_of_type =
            |argument: &Argument| argument.ty.to_token_stream().to_string() == ty.to_string();
        self.options.key.is_none() && self.keyed().any(is_of_type)
    }

    /// The check of a type, or the one of a type parameter, which says all that it needs.
    fn check_of<'c>(&self, ty: &TokenStream, of_type: &'c str, of_parameter: &'c str) -> &'c str {
        let is_process = matches!(self.options.scope, Scope::Process);
        let name = ty.to_string();
        let parameters = &self.function.sig.generics;
        let is_parameter = parameters.type_params().any(|parameter| parameter.ident == name);
        if is_parameter && is_process { of_parameter } else { of_type }
    }

    /// `value`, which compiles only if it passes this check, and if threads may share it where the
    /// check does not say so. `ty` is the type that errors show.
    pub(super) fn emit_checked(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let checked = self.emit_check(value, check, ty, at);
        let Some(of_threads) = check_of_threads(check) else { return checked };
        self.emit_check(&checked, of_threads, ty, at)
    }

    /// `value`, which compiles only if it passes this check.
    pub(super) fn emit_check(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let (root, check) = (root(self.options, at), Ident::new(check, at));
        quote_spanned!(at=> #root::requirements::#check::<#ty>::check(#value))
    }

    /// Statements that compile only if the options fit the return type.
    pub(super) fn checks(&self) -> Option<TokenStream> {
        let (name, _) = self.options.expiry.stale_on_error.as_ref()?;
        let at = name.span();
        let (private, output) = (self.private(at), &self.output);
        let verdict = quote_spanned!(at=> #private::fallible::<#output>().verdict());
        let check = self.emit_check(&verdict, "Fails", output, at);
        Some(quote_spanned!(at=> _ = #check;))
    }
}

/// The check of what threads may share, to be passed after this one; `None` if this one says so.
fn check_of_threads(check: &str) -> Option<&'static str> {
    match check {
        "KeyParameter" | "StorableParameter" => None,
        // The type of a value is not written.
        "KeyValue" => Some("SharedValue"),
        _ => Some("SharedByThreads"),
    }
}
