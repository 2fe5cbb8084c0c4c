//! The docs of the handle, and the paragraph that a cached function's own docs get. Links are
//! written so that rustdoc resolves them in the user's crate, whatever the name of the crate
//! `functools` is there.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use super::operation::Operation;
use crate::attributes::{filter_attrs, is_doc};
use crate::function::Function;
use crate::options::{DurationValue, Flavor, HandleName, Options, Scope, Ttl};
use crate::source::Enclosing;

/// The function that the docs are about.
#[derive(Clone, Copy)]
pub(crate) struct Docs<'a> {
    pub(crate) options: &'a Options,
    pub(crate) function: &'a Function,
}

impl Docs<'_> {
    /// The attribute with the function's last paragraph: how it is cached, and a link to its
    /// handle.
    ///
    /// It exists for rustdoc alone, so that the lint about missing docs still reports the function.
    pub(crate) fn emit_function_doc(self) -> Option<TokenStream> {
        let is_documented = filter_attrs(&self.function.attrs, is_doc_text).next().is_some();
        // A method of a trait without docs inherits those of the trait.
        let is_inherited =
            matches!(self.function.enclosing, Enclosing::Trait | Enclosing::UnknownImpl);
        if is_inherited && !is_documented {
            return None;
        }
        let (name, macro_path) = match self.options.flavor {
            Flavor::LruCache => ("`#[lru_cache]`", "lru_cache"),
            Flavor::Cache => ("`#[cache]`", "cache"),
        };
        let attribute = match self.link_root() {
            Some(root) => format!("[{name}](macro@{root}::{macro_path})"),
            None => name.to_owned(),
        };
        let extent = self.describe_extent();
        let handle = self.link_to_handle().map(|link| format!(" {link}")).unwrap_or_default();
        let text = format!(" Cached by {attribute}: {extent}.{handle}");
        let site = Span::mixed_site();
        let blank = is_documented.then(|| quote_spanned!(site=> doc = "",));
        Some(quote_spanned!(site=> #[cfg_attr(doc, #blank doc = #text)]))
    }

    /// How many results are stored, for how long, and where.
    fn describe_extent(self) -> String {
        let bound = match (&self.options.maxsize, self.options.flavor) {
            (Some(Expr::Lit(ExprLit { lit: Lit::Int(bound), .. })), _) => {
                format!("up to {} results", bound.base10_digits())
            }
            (Some(Expr::Path(path)), _) if path.path.is_ident("None") => "all results".to_owned(),
            (Some(_), _) => "a limited number of results".to_owned(),
            (None, _) if self.options.is_bounded_by_weight() => "results".to_owned(),
            (None, Flavor::LruCache) => "up to 128 results".to_owned(),
            (None, Flavor::Cache) => "all results".to_owned(),
        };
        let scope = match (self.options.scope, &self.options.redis) {
            (Scope::Thread, _) => " per thread",
            (Scope::Process, Some(_)) => " in memory, and more in Redis",
            (Scope::Process, None) => "",
        };
        let ttl = match &self.options.expiry.ttl {
            Some(Ttl::Fixed(DurationValue::Text(ttl, _))) => {
                format!(", each for {}", format_duration(*ttl))
            }
            Some(_) => ", each for a limited time".to_owned(),
            None => String::new(),
        };
        let weight = match self.options.weights.maxweight_name {
            Some(_) => " up to a total weight",
            None => "",
        };
        format!("{bound}{weight}{scope}{ttl}")
    }

    fn link_to_handle(self) -> Option<String> {
        let name = match &self.options.handle {
            HandleName::None => return None,
            HandleName::OfFunction => &self.function.sig.ident,
            HandleName::Named(name) | HandleName::Beside(name) => name,
        };
        let name = name.unraw();
        match self.function.enclosing {
            Enclosing::Module => Some(format!("Handle: [`{name}`](struct@{name}).")),
            Enclosing::Impl => {
                let info = format!("{name}_{}", Operation::Info.name());
                Some(format!("Handle: [`{info}`](Self::{info}) and the functions after it."))
            }
            Enclosing::Trait | Enclosing::ExternBlock | Enclosing::UnknownImpl => None,
        }
    }

    /// The docs of the handle of a free function.
    pub(crate) fn handle_doc(self) -> String {
        let name = self.function.bare_name();
        format!(" The handle of the cached function [`{name}`](fn@{name}).")
    }

    /// The docs of a function of the handle, line by line.
    pub(crate) fn operation_docs(self, operation: Operation) -> Vec<String> {
        let function = format!("`{}`", self.function.bare_name());
        let is_shared = self.options.redis.is_some();
        let place = if is_shared { ", in memory and in Redis," } else { "" };
        let unchanged = || Some("Changes neither the order nor the counters.".to_owned());
        let confirmed = || {
            let invalidation = self.link("redis::Invalidation");
            format!("Returns whether Redis confirmed it, as an {invalidation}.")
        };
        let (summary, more) = match operation {
            Operation::Info => {
                let info = self.link("CacheInfo");
                let summary =
                    format!("Returns the {info} of {function}: its hits, misses, bound and size.");
                (summary, None)
            }
            Operation::Stats => {
                let stats = self.link("CacheStats");
                (format!("Returns the {stats} of {function}: all its counters."), None)
            }
            Operation::Clear => (
                format!("Removes all entries of {function}{place} and resets its counters."),
                is_shared.then(confirmed),
            ),
            Operation::Parameters => {
                let parameters = self.link("CacheParameters");
                (format!("Returns the {parameters} of {function}: the options of its cache."), None)
            }
            Operation::Uncached => {
                (format!("Runs the body of {function} without its cache."), None)
            }
            Operation::Invalidate => (
                format!(
                    "Removes the entry of {function} for these arguments{place} and discards \
                     results that are still being computed for them."
                ),
                Some(match is_shared {
                    true => confirmed(),
                    false => "Returns whether there was an entry.".to_owned(),
                }),
            ),
            Operation::Contains => {
                (format!("Whether {function} has an entry for these arguments."), unchanged())
            }
            Operation::Peek => (
                format!("Returns the stored result of {function} for these arguments."),
                unchanged(),
            ),
            Operation::Ttl => (
                format!(
                    "Returns how long the entry of {function} for these arguments is still fresh: \
                     `None` without an entry, `Duration::MAX` if it does not expire."
                ),
                unchanged(),
            ),
            Operation::Insert => (
                format!(
                    "Stores a result of {function} for these arguments without running its body."
                ),
                Some("A result that a call would not store is not stored.".to_owned()),
            ),
            Operation::Entries => {
                let entry = self.link("CacheEntry");
                let summary = format!(
                    "Returns clones of the entries of {function}, each as a {entry}, the one that \
                     is evicted first first."
                );
                (summary, unchanged())
            }
            Operation::Retain => (
                format!("Removes the entries of {function} for which `keep` returns `false`."),
                Some("Returns how many it has removed that had not expired.".to_owned()),
            ),
            Operation::Refresh => (
                format!("Runs the body of {function} and replaces the entry with its result."),
                Some("A result that is not stored leaves the entry.".to_owned()),
            ),
            Operation::WithStatus => {
                let status = self.link("CacheStatus");
                (format!("Calls {function} and returns its result with the {status}."), None)
            }
        };
        let mut lines = vec![format!(" {summary}")];
        if let Some(more) = more {
            lines.extend([String::new(), format!(" {more}")]);
        }
        lines
    }

    /// A link to an item of the crate `functools`, or its name if no link would resolve.
    fn link(self, item: &str) -> String {
        let name = item.rsplit("::").next().unwrap_or(item);
        match self.link_root() {
            Some(root) => format!("[`{name}`]({root}::{item})"),
            None => format!("`{name}`"),
        }
    }

    /// The path of the crate `functools` in a link; `None` if only rustc knows it, as with
    /// `$crate`.
    fn link_root(self) -> Option<String> {
        let Some(path) = &self.options.crate_path else { return Some("::functools".to_owned()) };
        let path = path.to_token_stream().to_string().replace(' ', "").replace("r#", "");
        (!path.contains('$')).then_some(path)
    }
}

/// Whether it is text, not an instruction for rustdoc.
pub(crate) fn is_doc_text(attr: &Attribute) -> bool {
    is_doc(attr) && matches!(attr.meta, Meta::NameValue(_))
}

/// Whether it hides an item from the docs.
pub(crate) fn is_doc_hidden(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    is_doc(attr) && list.tokens.to_string() == "hidden"
}

/// A duration in its largest unit without a fraction, such as `30m`.
fn format_duration(duration: std::time::Duration) -> String {
    let secs = duration.as_secs();
    let whole = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = whole.iter().find(|(unit, _)| secs >= *unit && secs.is_multiple_of(*unit));
    match unit {
        Some((unit, name)) if duration.subsec_nanos() == 0 => format!("{}{name}", secs / unit),
        _ => format!("{duration:?}"),
    }
}
