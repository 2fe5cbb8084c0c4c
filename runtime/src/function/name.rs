//! The names of functions in [`crate::caches`], metrics and spans.
//!
//! A name is the path of the function, and no two functions share one. The path comes from the type
//! name of the closure that specifies a cache, which names every enclosing item. Functions with
//! equal paths, such as two in blocks of one body, also have their line in the name.

mod path;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ptr;

use parking_lot::Mutex;

use crate::base::spec::{Function, Spec, Specify};

/// The names in use, and the function that has each.
static NAMES: Mutex<BTreeMap<&'static str, &'static Function>> = Mutex::new(BTreeMap::new());

/// Evaluates the options of a cache, and makes the name of the function complete and unique.
pub(crate) fn specify(specify: Specify) -> Spec {
    let mut spec = specify();
    spec.name = Cow::Borrowed(unique(spec.function, &spec.name, spec.closure));
    spec
}

/// Returns the name of a function for the types in scope of its closure. `short` is its name
/// without the items around it, for a compiler that writes `closure` in another way.
fn unique(function: &'static Function, short: &str, closure: &str) -> &'static str {
    match path::of_function(closure, function.generated, function.name) {
        // Equal but for the `r#` of a module.
        Some(path) if path == short.replace("r#", "") => claim(function, short),
        Some(path) => claim(function, &path),
        None => claim(function, short),
    }
}

/// Returns `path`, or if another function has that name, the path and the line of the function.
fn claim(function: &'static Function, path: &str) -> &'static str {
    let mut names = NAMES.lock();
    let mut name = Cow::Borrowed(path);
    let mut others = 0;
    loop {
        match names.get_key_value(&*name) {
            Some((&name, &owner)) if ptr::eq(owner, function) => return name,
            Some(_) => {
                others += 1;
                name = Cow::Owned(match others {
                    1 => format!("{path}:{}", function.line),
                    // One macro call made both, or the file is part of two crates.
                    others => format!("{path}:{}#{others}", function.line),
                });
            }
            None => {
                // There are as many names as functions, or as types with the method.
                let name: &'static str = Box::leak(name.into_owned().into_boxed_str());
                names.insert(name, function);
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, claim, unique};

    #[test]
    fn functions_with_equal_paths_have_their_lines_in_their_names() {
        static FUNCTIONS: [Function; 4] = [
            Function::new("f", &[], 3),
            Function::new("f", &[], 7),
            Function::new("f", &[], 7),
            Function::new("f", &[], 7),
        ];
        let names = || FUNCTIONS.each_ref().map(|function| claim(function, "equal::f"));
        let expected = ["equal::f", "equal::f:7", "equal::f:7#2", "equal::f:7#3"];
        assert_eq!(names(), expected);
        assert_eq!(names(), expected, "each keeps its name");
    }

    #[test]
    fn without_a_path_the_short_name_is_the_name() {
        static F: Function = Function::new("f", &["f", "__cache"], 1);
        assert_eq!(unique(&F, "short::f", "no closure of ours"), "short::f");
        assert_eq!(unique(&F, "short::f", "short::g::f::__cache::{{closure}}"), "short::g::f");
    }

    #[test]
    fn a_module_keeps_its_raw_name() {
        static F: Function = Function::new("f", &["f", "__cache"], 1);
        let name = unique(&F, "raw::r#type::f", "raw::type::f::__cache::{{closure}}");
        assert_eq!(name, "raw::r#type::f");
    }
}
