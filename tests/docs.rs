//! The documentation of a user's crate, `tests/docs`, as rustdoc makes it: what a cached function
//! and its handle say, and that each link leads somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Documents the crate, and returns the directory of its pages.
fn document(is_private: bool) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What this crate depends on has been built there.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in `target`");
    let doc = target.join("doc");
    // Where their directories are, rustdoc links the items of crates, which take long to document.
    for name in ["functools", "functools_macros"] {
        fs::create_dir_all(doc.join(name)).expect("a directory");
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustdoc", "--quiet", "--package", "functools-docs", "--target-dir"]).arg(target);
    cargo.args(["--", "-D", "warnings"]).args(is_private.then_some("--document-private-items"));
    let output = cargo.current_dir(tests).env_remove("RUSTDOCFLAGS").output().expect("cargo");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.trim().is_empty(), "{stderr}");
    doc.join("functools_docs")
}

/// Returns the paragraphs of a page, and its signatures as text.
fn read(page: &Path) -> (Vec<String>, Vec<String>) {
    let html = fs::read_to_string(page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
    let paragraphs = html.split("<p>").skip(1).filter_map(|rest| rest.split("</p>").next());
    let signatures = html.split("<h4 class=\"code-header\">").skip(1);
    let signatures = signatures.filter_map(|rest| rest.split("</h4>").next());
    (paragraphs.map(str::to_owned).collect(), signatures.map(text).collect())
}

/// Returns the text without tags.
fn text(html: &str) -> String {
    let mut is_tag = false;
    let text = html.chars().filter(|&c| {
        let is_text = !is_tag && c != '<';
        is_tag = c == '<' || is_tag && c != '>';
        is_text
    });
    text.collect::<String>().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Returns the paragraphs of a page in the form of Markdown.
fn paragraphs(page: &Path) -> Vec<String> {
    let link = |paragraph: &String| {
        let mut pieces = paragraph.split("<a href=\"");
        let mut markdown = text(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (target, rest) = piece.split_once('"').expect("the end of a target");
            let (_, rest) = rest.split_once('>').expect("the end of a tag");
            let (label, rest) = rest.split_once("</a>").expect("the end of a link");
            // The private module of an item is no matter: its page there leads to the other.
            let target = match target.split_once("/functools/") {
                Some((up, path)) => {
                    let file = path.rsplit('/').next().unwrap_or(path);
                    format!("{up}/functools/{file}")
                }
                None => target.to_owned(),
            };
            markdown += &format!("[{}]({target}){}", text(label), text(rest));
        }
        markdown
    };
    read(page).0.iter().map(link).collect()
}

#[test]
fn pages_say_what_is_cached_and_link_it() {
    let pages = document(false);
    let says = |page: &str, expected: &str| {
        let found = paragraphs(&pages.join(page));
        assert!(found.iter().any(|found| found == expected), "{page}: {expected}\n{found:#?}");
    };
    let lru = "[#[lru_cache]](../functools_macros/attr.lru_cache.html)";
    let unlinked = |page: &str| {
        let found = paragraphs(&pages.join(page));
        assert!(!found.iter().any(|found| found.contains("Cached by")), "{page}: {found:#?}");
    };

    says(
        "fn.item.html",
        &format!(
            "Cached by {lru}: up to 64 results, each for 30m. Handle: [item](struct.item.html)."
        ),
    );
    says("struct.item.html", "The handle of the cached function [item](fn.item.html).");
    for (name, summary) in [
        ("CacheInfo", "Returns the {} of item: its hits, misses, bound and size."),
        ("CacheStats", "Returns the {} of item: all its counters."),
        ("CacheParameters", "Returns the {} of item: the options of its cache."),
    ] {
        let link = format!("[{name}](../functools/struct.{name}.html)");
        says("struct.item.html", &summary.replace("{}", &link));
    }
    let status = "[CacheStatus](../functools/enum.CacheStatus.html)";
    says("struct.item.html", &format!("Calls item and returns its result with the {status}."));
    let invalidation = "[Invalidation](../functools/enum.Invalidation.html)";
    says(
        "struct.shared.html",
        &format!("Returns whether Redis confirmed it, as an {invalidation}."),
    );
    says(
        "fn.type.html",
        "Cached by [#[cache]](../functools_macros/attr.cache.html): all results. \
         Handle: [type](struct.type.html).",
    );
    says("struct.type.html", "The handle of the cached function [type](fn.type.html).");
    says(
        "fn.renamed.html",
        &format!(
            "Cached by {lru}: all results. \
             Handle: [cache_of_renamed](struct.cache_of_renamed.html)."
        ),
    );
    says(
        "struct.cache_of_renamed.html",
        "The handle of the cached function [renamed](fn.renamed.html).",
    );
    says("fn.without_handle.html", &format!("Cached by {lru}: a limited number of results."));
    says(
        "fn.generic.html",
        &format!(
            "Cached by {lru}: up to 128 results per thread, each for a limited time. \
             Handle: [generic](struct.generic.html)."
        ),
    );
    says(
        "fn.shared.html",
        &format!(
            "Cached by {lru}: up to 128 results in memory, and more in Redis. \
             Handle: [shared](struct.shared.html)."
        ),
    );
    for name in ["double", "make", "inside"] {
        let link = format!("[{name}_cache_info](struct.Plain.html#method.{name}_cache_info)");
        let cached = format!(
            "Cached by {lru}: up to 128 results. Handle: {link} and the functions after it."
        );
        says("struct.Plain.html", &cached);
    }
    says("struct.Plain.html", "Counts the corners.");
    let in_trait = format!("Cached by {lru}: up to 128 results.");
    let found = paragraphs(&pages.join("struct.Plain.html"));
    // Without its own documentation, a method has that of the trait.
    assert_eq!(found.iter().filter(|found| **found == in_trait).count(), 1, "{found:#?}");
    let elsewhere = "[#[lru_cache]](../../functools_macros/attr.lru_cache.html)";
    says(
        "elsewhere/fn.by_path.html",
        &format!(
            "Cached by {elsewhere}: up to 128 results. Handle: [by_path](struct.by_path.html)."
        ),
    );
    // No path in a link means what `$crate` does.
    says(
        "elsewhere/fn.by_macro.html",
        "Cached by #[lru_cache]: up to 128 results. Handle: [by_macro](struct.by_macro.html).",
    );
    unlinked("fn.info.html");
    assert!(!pages.join("struct.hidden.html").exists(), "the handle is as hidden as the function");

    let private = document(true).join("private");
    assert!(private.join("fn.internal.html").exists());
}

#[test]
fn signatures_require_no_lifetime_of_what_has_none() {
    let pages = document(false);
    let signature = |page: &str, function: &str| {
        let function = format!("fn {function}");
        let (_, signatures) = read(&pages.join(page));
        let found = signatures.into_iter().find(|signature| signature.contains(&function));
        found.unwrap_or_else(|| panic!("{function} is not in {page}"))
    };
    for function in
        ["double_cache_peek(", "make_cache_peek(", "make_cache_insert(", "inside_with_status("]
    {
        let signature = signature("struct.Plain.html", function);
        assert!(!signature.contains("where"), "{signature}");
    }
    let generic = signature("struct.Parsed.html", "length_cache_peek(");
    assert!(generic.contains("Self: 'static"), "{generic}");
    let uncached = signature("struct.item.html", "uncached(");
    assert_eq!(uncached, "pub fn uncached(id: u64, lang: &str) -> String");
}
