//! The cache of a function: the static it is kept in, and what the options say of it.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{Call, root};
use crate::options::{self, Duration, Flavor, Scope, SingleFlight};
use crate::source::Place;

/// Expressions for the options that are evaluated when a cache is made.
pub(super) struct SpecValues {
    /// An `Option<usize>`.
    pub(super) maxsize: TokenStream,
    /// An `Option<Expiry>`.
    pub(super) expiry: TokenStream,
    /// A `SingleFlight`.
    pub(super) single_flight: TokenStream,
}

impl Call<'_> {
    /// The `maxsize` option as an `Option<usize>`.
    fn maxsize(&self) -> TokenStream {
        let site = Span::mixed_site();
        match (&self.options.maxsize, self.options.flavor) {
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

    /// The options about time as an `Option<Expiry>`.
    fn expiry(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, sliding) = (self.private(site), self.options.expiry.sliding);
        let duration = |duration: &Duration| self.duration(duration);
        let Some(ttl) = self.options.expiry.ttl.as_ref().map(duration) else {
            // What is shared may have to expire sooner than never.
            return match self.options.redis {
                Some(_) => {
                    quote_spanned!(site=> ::core::option::Option::Some(#private::Expiry::never()))
                }
                None => quote_spanned!(site=> ::core::option::Option::None),
            };
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
        quote_spanned! {site=>
            ::core::option::Option::Some(#private::Expiry::new(#ttl, #jitter, #sliding)#serving)
        }
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
    fn single_flight(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.private(site);
        match &self.options.single_flight {
            SingleFlight::Off => quote_spanned!(site=> #private::SingleFlight::Off),
            SingleFlight::On => quote_spanned!(site=> #private::SingleFlight::On),
            SingleFlight::Within(limit) => {
                let limit = self.duration(limit);
                quote_spanned!(site=> #private::SingleFlight::Within(#limit))
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
    /// scope. `generated` are the names of the items around that expression, from the outside in.
    pub(super) fn cache(
        &self,
        generated: &[String],
        values: &SpecValues,
    ) -> (TokenStream, TokenStream) {
        let SpecValues { maxsize, expiry, single_flight } = values;
        let site = Span::mixed_site();
        let (typed, timed) = (self.options.typed, self.is_timed());
        let private = self.private(site);
        let bare = self.function.bare_name();
        let name = if self.function.place == Place::Free {
            quote_spanned! {site=>
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #bare))
            }
        } else {
            quote_spanned!(site=> #private::method_name::<Self>(#bare))
        };
        let identity = quote_spanned! {site=>
            static __FUNCTOOLS_FUNCTION: #private::Function =
                #private::Function::new(#bare, &[#(#generated),*], ::core::line!());
        };
        let spec = quote_spanned! {site=>
            || #private::Spec {
                function: &__FUNCTOOLS_FUNCTION,
                closure: ::core::any::type_name_of_val(&|| ()),
                name: #name,
                maxsize: #maxsize,
                typed: #typed,
                expiry: #expiry,
                single_flight: #single_flight,
            }
        };
        let discriminant = match self.has_type_parameters() {
            true => quote_spanned!(site=> || ()),
            false => quote_spanned!(site=> ()),
        };
        match self.options.scope {
            Scope::Process => {
                let per_type = quote_spanned! {site=>
                    #identity
                    static __FUNCTOOLS: #private::PerType<#private::Process> = #private::PerType::new();
                };
                let arguments = quote_spanned!(site=> &__FUNCTOOLS, #discriminant, #spec);
                match self.member() {
                    None => (
                        per_type,
                        quote_spanned! {site=>
                            #private::Cached::<#private::Process, _, #timed>::new(#arguments)
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
                    #private::Cached::<#private::Thread, _, #timed>::new(
                        &__FUNCTOOLS, #discriminant, #spec
                    )
                },
            ),
        }
    }

    /// Whether type parameters may be in scope, those of `Self` among them.
    pub(super) fn has_type_parameters(&self) -> bool {
        let generics = &self.function.sig.generics;
        self.function.place != Place::Free
            || generics.type_params().next().is_some()
            || generics.const_params().next().is_some()
    }
}
