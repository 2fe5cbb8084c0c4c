//! The cache of a function: the static it is kept in, and what the options say of it.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, Lit};

use super::{Call, root};
use crate::options::{self, Duration, Flavor, Scope, SingleFlight};
use crate::source::Place;

/// Expressions for the options that are evaluated when a cache is made.
pub(super) struct SpecValues {
    /// An `Option<usize>`.
    pub(super) maxsize: TokenStream,
    /// An `Expiry`, if results expire.
    pub(super) expiry: Option<TokenStream>,
    /// A `SingleFlight`, if it is not that of the default.
    pub(super) single_flight: Option<TokenStream>,
}

impl Call<'_> {
    /// The `maxsize` option as an `Option<usize>`.
    fn maxsize(&self) -> TokenStream {
        let site = Span::mixed_site();
        match (&self.options.maxsize, self.options.flavor) {
            (Some(Expr::Lit(ExprLit { lit: Lit::Int(bound), .. })), _)
                if bound.suffix().is_empty() =>
            {
                quote_spanned!(site=> ::core::option::Option::Some(#bound))
            }
            (Some(expr), _) => {
                let at = expr.span();
                let root = root(self.options, at);
                // In two statements, so that a message is about the expression, and no call.
                quote_spanned!(at=> { let value = #expr; #root::options::Maxsize::bound(value) })
            }
            (None, Flavor::LruCache) => quote_spanned!(site=> ::core::option::Option::Some(128)),
            (None, Flavor::Cache) => quote_spanned!(site=> ::core::option::Option::None),
        }
    }

    /// The options about time as an `Expiry`.
    fn expiry(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let (private, sliding) = (self.private(site), self.options.expiry.sliding);
        let duration = |duration: &Duration| self.duration(duration);
        let Some(ttl) = self.options.expiry.ttl.as_ref().map(duration) else {
            // What is shared may have to expire sooner than never.
            let is_shared = self.options.redis.is_some();
            return is_shared.then(|| quote_spanned!(site=> #private::Expiry::never()));
        };
        let optional = |given: Option<&Duration>| match given.map(duration) {
            Some(given) => quote_spanned!(site=> ::core::option::Option::Some(#given)),
            None => quote_spanned!(site=> ::core::option::Option::None),
        };
        let options::Expiry { ttl_jitter, stale, stale_on_error, .. } = &self.options.expiry;
        let jitter = optional(ttl_jitter.as_ref());
        let stale = [stale, stale_on_error].map(|stale| stale.as_ref().map(|(_, stale)| stale));
        let serving = stale.iter().any(Option::is_some).then(|| {
            let [stale, stale_on_error] = stale.map(optional);
            quote_spanned!(site=> .serving_stale(#stale, #stale_on_error))
        });
        Some(quote_spanned!(site=> #private::Expiry::new(#ttl, #jitter, #sliding)#serving))
    }

    /// The options that are evaluated when a cache is made.
    pub(super) fn spec_values(&self) -> SpecValues {
        SpecValues {
            maxsize: self.maxsize(),
            expiry: self.expiry(),
            single_flight: self.single_flight(),
        }
    }

    /// The `single_flight` option.
    fn single_flight(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = self.private(site);
        match &self.options.single_flight {
            SingleFlight::Off => Some(quote_spanned!(site=> #private::SingleFlight::Off)),
            SingleFlight::On => None,
            SingleFlight::Within(limit) => {
                let limit = self.duration(limit);
                Some(quote_spanned!(site=> #private::SingleFlight::Within(#limit)))
            }
        }
    }

    /// A length of time as a `Duration`.
    pub(super) fn duration(&self, duration: &Duration) -> TokenStream {
        match duration {
            Duration::Text(duration, at) => {
                let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
                quote_spanned!(*at=> ::core::time::Duration::new(#secs, #nanos))
            }
            Duration::Expr(expr) => {
                let at = expr.span();
                let (root, private) = (root(self.options, at), self.private(at));
                quote_spanned! {at=> {
                    let value = #expr;
                    #root::options::LengthOfTime::duration(#private::length_of_time(value).value())
                }}
            }
        }
    }

    /// The statics of the function and its caches, and an expression for the cache of the types in
    /// scope. `generated` are the names of the items around that expression, from the outside in. It
    /// has a `turbofish` where its type is not known otherwise.
    pub(super) fn cache(
        &self,
        generated: &[String],
        values: &SpecValues,
        turbofish: Option<&TokenStream>,
    ) -> (TokenStream, TokenStream) {
        let SpecValues { maxsize, expiry, single_flight } = values;
        let site = Span::mixed_site();
        let private = self.private(site);
        let bare = self.function.bare_name();
        let identity = quote_spanned! {site=>
            static __FUNCTOOLS_FUNCTION: #private::Function =
                #private::Function::new(#bare, &[#(#generated),*], ::core::line!());
        };
        let closure = quote_spanned!(site=> ::core::any::type_name_of_val(&|| ()));
        let spec = if self.function.place == Place::Free {
            let module = quote_spanned!(site=> ::core::module_path!());
            quote_spanned! {site=>
                #private::Spec::of_function(&__FUNCTOOLS_FUNCTION, #module, #closure, #maxsize)
            }
        } else {
            quote_spanned! {site=>
                #private::Spec::of_method::<Self>(&__FUNCTOOLS_FUNCTION, #closure, #maxsize)
            }
        };
        let typed = self.options.typed.then(|| quote_spanned!(site=> .typed()));
        let expiry = expiry.iter();
        let single_flight = single_flight.iter();
        let spec = quote_spanned! {site=>
            || #spec #typed #(.expiring(#expiry))* #(.single_flight(#single_flight))*
        };
        let discriminant = match self.has_type_parameters() {
            true => quote_spanned!(site=> || ()),
            false => quote_spanned!(site=> ()),
        };
        match self.options.scope {
            Scope::Process => {
                let per_type = quote_spanned! {site=>
                    #identity
                    static __FUNCTOOLS: #private::PerType = #private::PerType::new();
                };
                let arguments = quote_spanned!(site=> &__FUNCTOOLS, #discriminant, #spec);
                match self.member() {
                    None => (
                        per_type,
                        quote_spanned! {site=>
                            #private::Cached #turbofish::new(#arguments)
                        },
                    ),
                    Some(member) => (
                        quote_spanned!(site=> #per_type #member),
                        quote_spanned! {site=>
                            #private::redis::Shared::new(#arguments, &__FUNCTOOLS_SHARED)
                        },
                    ),
                }
            }
            Scope::Thread => (
                quote_spanned! {site=>
                    #identity
                    ::std::thread_local! {
                        static __FUNCTOOLS: #private::PerType<#private::Thread> =
                            const { #private::PerType::new() };
                    }
                },
                quote_spanned! {site=>
                    #private::Cached #turbofish::new(
                        &__FUNCTOOLS, #discriminant, #spec
                    )
                },
            ),
        }
    }

    /// The type parameters of `Cached` in an expression.
    pub(super) fn turbofish(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (scope, timed) = (self.scope(site), self.is_timed());
        quote_spanned!(site=> ::<#scope, _, #timed>)
    }

    /// Whether type parameters may be in scope, those of `Self` among them.
    pub(super) fn has_type_parameters(&self) -> bool {
        let generics = &self.function.sig.generics;
        self.function.place != Place::Free
            || generics.type_params().next().is_some()
            || generics.const_params().next().is_some()
    }
}
