//! The expansions of typical functions: one file each in `snapshots/`, with the function and its
//! expansion. `SNAPSHOTS=overwrite` writes the files; read them before you commit them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{ItemFn, Meta};

use crate::function::Function;
use crate::memoize::memoize;
use crate::options::{Flavor, Options};
use crate::source::{Enclosing, Surroundings, Unknown};

/// Finds the item that encloses a function.
type FindEnclosing = fn(&Options, &Function) -> Result<Surroundings, Unknown>;

/// A module.
const IN_MODULE: FindEnclosing = |_, _| Ok(surroundings(Enclosing::Module));

/// The `impl` of a type without parameters.
const IN_IMPL: FindEnclosing = |_, _| Ok(surroundings(Enclosing::Impl));

fn surroundings(enclosing: Enclosing) -> Surroundings {
    let is_in_plain_impl = enclosing == Enclosing::Impl;
    Surroundings { enclosing, is_in_macro: false, is_in_plain_impl, namesake: None }
}

/// Expands the first attribute of a function.
fn expand(source: &str, find_enclosing: FindEnclosing) -> TokenStream {
    let mut function: ItemFn = syn::parse_str(source).expect("a function");
    let attribute = function.attrs.remove(0);
    let arguments = match attribute.meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    memoize(Flavor::LruCache, arguments, &function.to_token_stream(), find_enclosing)
}

/// Compares the expansion of a free function with its file, and returns the file.
fn check(name: &str, source: &str) -> String {
    compare(name, source, &expand(source, IN_MODULE))
}

fn compare(name: &str, source: &str, expansion: &TokenStream) -> String {
    let source: Vec<_> = source.lines().map(|line| format!("// {line}")).collect();
    let text = format!("{}\n\n{}", source.join("\n"), format(expansion));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/snapshots/{name}.snap"));
    if env::var("SNAPSHOTS").is_ok_and(|wanted| wanted == "overwrite") {
        fs::write(&path, &text).expect("the directory is there");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{name} is not as in {path:?}; SNAPSHOTS=overwrite writes:\n{text}");
    text
}

/// Formats the items as this project does, with their docs as comments.
fn format(items: &TokenStream) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is a component of the toolchain");
    let mut stdin = rustfmt.stdin.take().expect("a pipe");
    stdin.write_all(items.to_string().as_bytes()).expect("rustfmt reads it");
    drop(stdin);
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    assert!(output.status.success(), "rustfmt cannot read {items}");
    let text = String::from_utf8(output.stdout).expect("text");
    let comment = |line: &str| match line.trim_start().strip_prefix("#[doc = \"") {
        Some(doc) => {
            let indent = &line[..line.len() - line.trim_start().len()];
            format!("{indent}///{}\n", doc.trim_end_matches("\"]"))
        }
        None => format!("{line}\n"),
    };
    text.lines().map(comment).collect()
}

#[test]
fn expands_a_plain_function() {
    let source = "#[lru_cache(maxsize = 128)]
pub fn item(id: u64, lang: &str) -> String {
    query(id, lang)
}";
    let text = check("plain", source);
    let (mut code, mut attributes, mut is_attribute) = (0, 0, false);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        is_attribute |= line.starts_with("#[");
        *(if is_attribute { &mut attributes } else { &mut code }) += 1;
        is_attribute &= !line.ends_with(']');
    }
    assert!(code <= 93, "{code} lines of code");
    assert!(attributes <= 26, "{attributes} lines of attributes");
}

#[test]
fn expands_a_function_with_a_ttl() {
    let source = "#[lru_cache(ttl = \"60s\", stale = \"30s\", cache_if = |rate| rate.is_finite())]
fn rate(currency: &str) -> f64 {
    ask(currency)
}";
    check("expiring", source);
}

#[test]
fn expands_a_function_that_is_refreshed_in_the_background() {
    let source =
        "#[lru_cache(ttl = \"48s\", stale = \"12s\", refresh = \"background\", skip(pool))]
async fn user(name: &str, pool: Pool) -> Option<User> {
    query(pool, name).await
}";
    check("background", source);
}

#[test]
fn expands_a_function_with_a_ttl_of_the_result() {
    let source = "#[lru_cache(cache_none = false, ttl = max_age)]
fn page(url: &str) -> Option<Page> {
    get(url)
}";
    check("result_ttl", source);
}

#[test]
fn expands_an_async_function() {
    let source = "#[lru_cache(ttl = \"60s\")]
pub async fn item(id: u64) -> Result<String, Error> {
    query(id).await
}";
    check("asynchronous", source);
}

#[test]
fn expands_a_generic_function() {
    let source = "#[lru_cache(skip(compute))]
pub fn computed<'a, T, F>(value: &'a T, compute: F) -> String
where
    T: Hash + Eq + Clone + Send + Sync + 'static,
    F: FnOnce(&'a T) -> String,
{
    compute(value)
}";
    check("generic", source);
}

#[test]
fn expands_a_method() {
    let source = "#[lru_cache(scope = \"thread\")]
pub fn area(&self, scale: u32) -> u32 {
    self.side * self.side * scale
}";
    let functions = expand(source, IN_IMPL);
    compare("method", source, &quote!(impl Square { #functions }));
}

#[test]
#[cfg(feature = "redis")]
fn expands_a_function_with_redis() {
    let source = "#[lru_cache(redis = \"item:{id}\")]
pub async fn item(id: u64) -> String {
    query(id).await
}";
    check("shared", source);
}

#[test]
fn expands_a_function_with_a_weight() {
    let source = "#[lru_cache(maxweight = \"64MiB\", weight = |page| page.len() as u64, \
                  policy = \"adaptive\")]
fn page(url: &str) -> String {
    fetch(url)
}";
    check("weighed", source);
}

#[test]
fn expands_a_function_with_a_weight_of_keys() {
    let source = "#[lru_cache(maxweight = LIMIT, weight = |key: &String, page| weight(key, page))]
async fn page(url: &str) -> String {
    fetch(url).await
}";
    check("weighed_with_key", source);
}

#[test]
fn expands_a_function_without_a_handle() {
    let source = "#[lru_cache(handle = _, maxsize = SIZE, cache_if = |sum| *sum > 0)]
fn sum(mut start: u64, (left, right): (u64, u64)) -> u64 {
    start += left;
    start + right
}";
    check("without_handle", source);
}
