//! The documentation of generated items, and what a cached function's own gets in addition. Links
//! are written so that rustdoc resolves them in the user's crate, under any name of the crate
//! `functools`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::attributes::{attributes, is_doc};
use crate::function::Function;
use crate::handle::Operation;
use crate::options::{Duration, Flavor, Handle, Options, Scope};
use crate::source::Place;

/// What the documentation is about.
#[derive(Clone, Copy)]
pub(crate) struct Docs<'a> {
    pub(crate) options: &'a Options,
    pub(crate) function: &'a Function,
}

impl Docs<'_> {
    /// The attribute for the function: a last paragraph that says how it is cached and links its
    /// handle.
    ///
    /// It is there for rustdoc alone, so that a function without documentation is reported as such.
    pub(crate) fn of_function(self) -> Option<TokenStream> {
        let is_documented = attributes(self.function, is_text).next().is_some();
        // A method of a trait has the documentation of the trait if it has none.
        let is_inherited = matches!(self.function.place, Place::Trait | Place::SomeImpl);
        if is_inherited && !is_documented {
            return None;
        }
        let (name, macro_path) = match self.options.flavor {
            Flavor::LruCache => ("`#[lru_cache]`", "lru_cache"),
            Flavor::Cache => ("`#[cache]`", "cache"),
        };
        let attribute = match self.root() {
            Some(root) => format!("[{name}](macro@{root}::{macro_path})"),
            None => name.to_owned(),
        };
        let extent = self.extent();
        let handle = self.link_to_handle().map(|link| format!(" {link}")).unwrap_or_default();
        let text = format!(" Cached by {attribute}: {extent}.{handle}");
        let site = Span::mixed_site();
        let blank = is_documented.then(|| quote_spanned!(site=> doc = "",));
        Some(quote_spanned!(site=> #[cfg_attr(doc, #blank doc = #text)]))
    }

    /// How much is stored, for how long, and where.
    fn extent(self) -> String {
        let bound = match (&self.options.maxsize, self.options.flavor) {
            (Some(Expr::Lit(ExprLit { lit: Lit::Int(bound), .. })), _) => {
                format!("up to {} results", bound.base10_digits())
            }
            (Some(Expr::Path(path)), _) if path.path.is_ident("None") => "all results".to_owned(),
            (Some(_), _) => "a limited number of results".to_owned(),
            (None, Flavor::LruCache) => "up to 128 results".to_owned(),
            (None, Flavor::Cache) => "all results".to_owned(),
        };
        let scope = match (self.options.scope, &self.options.redis) {
            (Scope::Thread, _) => " per thread",
            (Scope::Process, Some(_)) => " in memory, and more in Redis",
            (Scope::Process, None) => "",
        };
        let ttl = match &self.options.expiry.ttl {
            Some(Duration::Text(ttl, _)) => format!(", each for {}", in_one_unit(*ttl)),
            Some(Duration::Expr(_)) => ", each for a limited time".to_owned(),
            None => String::new(),
        };
        format!("{bound}{scope}{ttl}")
    }

    fn link_to_handle(self) -> Option<String> {
        let name = match &self.options.handle {
            Handle::None => return None,
            Handle::OfFunction => &self.function.sig.ident,
            Handle::Named(name) | Handle::Beside(name) => name,
        };
        let name = name.unraw();
        match self.function.place {
            Place::Free => Some(format!("Its cache: [`{name}`](struct@{name}).")),
            Place::Inherent => {
                let info = format!("{name}_{}", Operation::Info.name());
                Some(format!("Its cache: [`{info}`](Self::{info}) and the functions that follow."))
            }
            Place::Trait | Place::Foreign | Place::SomeImpl => None,
        }
    }

    /// The documentation of the handle of a free function.
    pub(crate) fn of_handle(self) -> String {
        let name = self.function.bare_name();
        format!(" The cache of the function [`{name}`](fn@{name}).")
    }

    /// The documentation of a function of the handle, line by line.
    pub(crate) fn of_operation(self, operation: Operation) -> Vec<String> {
        let function = format!("`{}`", self.function.bare_name());
        let is_shared = self.options.redis.is_some();
        let unchanged = "Changes neither the order nor the counters.";
        let whether_redis =
            |invalidation| format!("Returns whether Redis has done so, as an {invalidation}.");
        let (summary, more) = match operation {
            Operation::Info => {
                let info = self.link("CacheInfo");
                (
                    format!("Returns the {info} of {function}: its hits, misses, bound and size."),
                    None,
                )
            }
            Operation::Stats => {
                let stats = self.link("CacheStats");
                (format!("Returns the {stats} of {function}: all that its cache counts."), None)
            }
            Operation::Clear if is_shared => (
                format!(
                    "Empties the cache of {function}, in memory and in Redis, and zeroes its counters."
                ),
                Some(whether_redis(self.link("redis::Invalidation"))),
            ),
            Operation::Clear => {
                (format!("Empties the cache of {function} and zeroes its counters."), None)
            }
            Operation::Parameters => {
                let parameters = self.link("CacheParameters");
                (format!("Returns the {parameters} of {function}: the options of its cache."), None)
            }
            Operation::Uncached => {
                (format!("Runs the body of {function}, without its cache."), None)
            }
            Operation::Invalidate => {
                let place = if is_shared { ", in memory and in Redis," } else { "" };
                let returns = match is_shared {
                    true => whether_redis(self.link("redis::Invalidation")),
                    false => "Returns whether there was an entry.".to_owned(),
                };
                (
                    format!(
                        "Removes the entry of {function} for these arguments{place} and discards results that are still being computed for them."
                    ),
                    Some(returns),
                )
            }
            Operation::Contains => (
                format!("Whether {function} has an entry for these arguments."),
                Some(unchanged.to_owned()),
            ),
            Operation::Peek => (
                format!("Returns the stored result of {function} for these arguments."),
                Some(unchanged.to_owned()),
            ),
            Operation::Ttl => (
                format!(
                    "Returns how long the entry of {function} for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire."
                ),
                Some(unchanged.to_owned()),
            ),
            Operation::Insert => (
                format!(
                    "Stores a result of {function} for these arguments, without running its body."
                ),
                None,
            ),
            Operation::Refresh => {
                (format!("Runs the body of {function} and replaces the stored result."), None)
            }
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

    /// A link to an item of the crate `functools`, or its name where no link resolves.
    fn link(self, item: &str) -> String {
        let name = item.rsplit("::").next().unwrap_or(item);
        match self.root() {
            Some(root) => format!("[`{name}`]({root}::{item})"),
            None => format!("`{name}`"),
        }
    }

    /// The path of the crate `functools` as a link has it; `None` if that is known to the compiler
    /// alone.
    fn root(self) -> Option<String> {
        let Some(path) = &self.options.crate_path else { return Some("::functools".to_owned()) };
        let path = path.to_token_stream().to_string().replace(' ', "").replace("r#", "");
        (!path.contains('$')).then_some(path)
    }
}

/// Whether it is text, and not an instruction for rustdoc.
pub(crate) fn is_text(attr: &Attribute) -> bool {
    is_doc(attr) && matches!(attr.meta, Meta::NameValue(_))
}

/// Whether it hides an item from the documentation.
pub(crate) fn is_hidden(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    is_doc(attr) && list.tokens.to_string() == "hidden"
}

/// A length of time in the largest unit of which it is a whole number: `30m`.
fn in_one_unit(duration: std::time::Duration) -> String {
    let secs = duration.as_secs();
    let whole = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = whole.iter().find(|(unit, _)| secs >= *unit && secs.is_multiple_of(*unit));
    match unit {
        Some((unit, name)) if duration.subsec_nanos() == 0 => format!("{}{name}", secs / unit),
        _ => format!("{duration:?}"),
    }
}
