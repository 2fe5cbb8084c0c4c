//! The cache of a function: its statics, and its `Spec`, which has the options.
//!
//! The expressions of options are evaluated once for each cache, in the closure that makes the
//! `Spec`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, Lit};

use super::Expansion;
use crate::options::{self, DurationValue, Flavor, Scope, SingleFlight};
use crate::paths::emit_root;
use crate::source::Enclosing;

/// The options that are evaluated when a cache is made.
pub(super) struct SpecValues {
    pub(super) maxsize: SpecValue,
    /// The other options that are given. Each has a method of its name.
    pub(super) others: Vec<SpecValue>,
}

/// The value of an option that is evaluated when a cache is made.
pub(super) struct SpecValue {
    /// Its method of `Spec`; `maxsize` is an argument of the constructor.
    pub(super) name: &'static str,
    pub(super) ty: TokenStream,
    pub(super) value: TokenStream,
}

/// The tokens of a cache.
pub(super) struct CacheTokens {
    pub(super) statics: TokenStream,
    /// An expression for the cache of the types in scope.
    pub(super) cache: TokenStream,
}

impl Expansion<'_> {
    pub(super) fn emit_spec_values(&self) -> SpecValues {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let value =
            |name, ty, value: Option<TokenStream>| value.map(|value| SpecValue { name, ty, value });
        let usize = quote_spanned!(site=> ::core::option::Option<::core::primitive::usize>);
        let u64 = quote_spanned!(site=> ::core::primitive::u64);
        let single_flight = quote_spanned!(site=> #private::SingleFlight);
        let others = [
            value("expiring", quote_spanned!(site=> #private::Expiry), self.emit_expiry()),
            value("single_flight", single_flight, self.emit_single_flight()),
            value("maxweight", u64, self.emit_maxweight()),
        ];
        SpecValues {
            maxsize: SpecValue { name: "maxsize", ty: usize, value: self.emit_maxsize() },
            others: others.into_iter().flatten().collect(),
        }
    }

    /// The `maxsize` option as an `Option<usize>`.
    fn emit_maxsize(&self) -> TokenStream {
        let site = Span::mixed_site();
        match (&self.options.maxsize, self.options.flavor) {
            (Some(Expr::Lit(ExprLit { lit: Lit::Int(bound), .. })), _)
                if bound.suffix().is_empty() =>
            {
                quote_spanned!(site=> ::core::option::Option::Some(#bound))
            }
            (Some(expr), _) => {
                let at = expr.span();
                let root = emit_root(self.options, at);
                // Two statements: then rustc reports an error about the expression, not a call.
                quote_spanned!(at=> { let value = #expr; #root::options::Maxsize::bound(value) })
            }
            (None, _) if self.options.is_bounded_by_weight() => {
                quote_spanned!(site=> ::core::option::Option::None)
            }
            (None, Flavor::LruCache) => quote_spanned!(site=> ::core::option::Option::Some(128)),
            (None, Flavor::Cache) => quote_spanned!(site=> ::core::option::Option::None),
        }
    }

    /// The options about time as an `Expiry`; `None` if entries have no deadline.
    fn emit_expiry(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let options::Expiry { ttl, ttl_jitter, stale, stale_on_error, .. } = &self.options.expiry;
        let Some(ttl) = ttl else {
            // A shared entry gets a deadline when tracking is lost.
            let is_shared = self.options.second_tier.is_some();
            return is_shared.then(|| quote_spanned!(site=> #private::Expiry::never()));
        };
        let optional = |given: Option<&DurationValue>| match given
            .map(|duration| self.emit_duration(duration))
        {
            Some(given) => quote_spanned!(site=> ::core::option::Option::Some(#given)),
            None => quote_spanned!(site=> ::core::option::Option::None),
        };
        let with_ttl = self.emit_with_ttl(ttl, &optional(ttl_jitter.as_ref()));
        let stale = [stale, stale_on_error].map(|stale| stale.as_ref().map(|(_, stale)| stale));
        let with_stale = stale.iter().any(Option::is_some).then(|| {
            let [stale, stale_on_error] = stale.map(optional);
            quote_spanned!(site=> .with_stale(#stale, #stale_on_error))
        });
        Some(quote_spanned!(site=> #private::Expiry::#with_ttl #with_stale))
    }

    /// The `single_flight` option; `None` for the default.
    fn emit_single_flight(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        match &self.options.single_flight {
            SingleFlight::Off => Some(quote_spanned!(site=> #private::SingleFlight::Off)),
            SingleFlight::On => None,
            SingleFlight::Within(limit) => {
                let limit = self.emit_duration(limit);
                Some(quote_spanned!(site=> #private::SingleFlight::Within(#limit)))
            }
        }
    }

    /// The value of an option as a `Duration`.
    pub(super) fn emit_duration(&self, duration: &DurationValue) -> TokenStream {
        match duration {
            DurationValue::Text(duration, at) => {
                let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
                quote_spanned!(*at=> ::core::time::Duration::new(#secs, #nanos))
            }
            DurationValue::Expr(expr) => self.emit_duration_of(expr, "LengthOfTime"),
        }
    }

    /// The value of an expression as a `Duration`. The trait of `functools::options` has the
    /// message about another type.
    pub(super) fn emit_duration_of(&self, expr: &Expr, required: &str) -> TokenStream {
        let at = expr.span();
        let (root, private) = (emit_root(self.options, at), self.emit_private(at));
        let required = Ident::new(required, at);
        quote_spanned! {at=> {
            let value = #expr;
            #root::options::#required::duration(#private::length_of_time(value).value())
        }}
    }

    /// The cache. `generated` are the names of the items around its expression, outermost first. It
    /// needs a `turbofish` where no return type gives its type.
    pub(super) fn emit_cache(
        &self,
        generated: &[String],
        values: &SpecValues,
        turbofish: Option<&TokenStream>,
    ) -> CacheTokens {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let name = self.function.bare_name();
        let identity = quote_spanned! {site=>
            static __FUNCTOOLS_FUNCTION: #private::Function =
                #private::Function::new(#name, &[#(#generated),*], ::core::line!());
        };
        let spec = self.emit_spec(values);
        let discriminant = match self.has_type_parameters() {
            true => quote_spanned!(site=> || ()),
            false => quote_spanned!(site=> ()),
        };
        let arguments = quote_spanned!(site=> &__FUNCTOOLS, #discriminant, #spec);
        let instances = match self.options.scope {
            Scope::Process => quote_spanned! {site=>
                static __FUNCTOOLS: #private::InstanceMap = #private::InstanceMap::new();
            },
            Scope::Thread => quote_spanned! {site=>
                ::std::thread_local! {
                    static __FUNCTOOLS: #private::InstanceMap<#private::Thread> =
                        const { #private::InstanceMap::new() };
                }
            },
        };
        let shared_function = self.emit_shared_function();
        let cache = match &shared_function {
            None => quote_spanned!(site=> #private::FunctionCache #turbofish::new(#arguments)),
            Some(_) => quote_spanned! {site=>
                #private::tier::SharedFunctionCache::new(#arguments, &__FUNCTOOLS_SHARED)
            },
        };
        CacheTokens { statics: quote_spanned!(site=> #identity #instances #shared_function), cache }
    }

    /// The closure that makes the `Spec`.
    fn emit_spec(&self, values: &SpecValues) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let SpecValues { maxsize: SpecValue { value: maxsize, .. }, others } = values;
        let closure = quote_spanned!(site=> ::core::any::type_name_of_val(&|| ()));
        let spec = if self.function.enclosing == Enclosing::Module {
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
        let policy = self.emit_policy();
        let others = others.iter().map(|SpecValue { name, value, .. }| {
            let method = format_ident!("{name}", span = site);
            quote_spanned!(site=> .#method(#value))
        });
        quote_spanned!(site=> || #spec #typed #policy #(#others)*)
    }

    /// The type parameters of `Cached` in an expression.
    pub(super) fn emit_turbofish(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (scope, has_deadlines) = (self.emit_scope(site), self.has_deadlines());
        quote_spanned!(site=> ::<#scope, _, #has_deadlines>)
    }

    /// Whether type parameters may be in scope, those of `Self` among them.
    pub(super) fn has_type_parameters(&self) -> bool {
        let generics = &self.function.sig.generics;
        self.function.enclosing != Enclosing::Module
            || generics.type_params().next().is_some()
            || generics.const_params().next().is_some()
    }
}
