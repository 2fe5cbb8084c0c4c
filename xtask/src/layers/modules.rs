//! The tree of modules: their files, the modules in scope of each, and which are tests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use syn::punctuated::Punctuated;
use syn::{Attribute, File, Item, Meta, Token};

use crate::files::Files;

/// The path of a module in the crate. Empty for the crate itself.
pub(super) type ModulePath = Vec<String>;

/// All modules of a crate.
#[derive(Default)]
pub(super) struct Modules {
    files: BTreeMap<ModulePath, String>,
    tests: BTreeSet<ModulePath>,
    /// Modules that a `use` brings into scope, by the module of the `use` and by name.
    aliases: BTreeMap<(ModulePath, String), ModulePath>,
}

/// The parsed files, by path.
pub(super) type Parsed = BTreeMap<String, File>;

/// Parses all files.
///
/// # Errors
/// If one does not parse.
pub(super) fn parse(sources: &Files) -> Result<Parsed> {
    let parse = |(path, text): (&String, &String)| {
        let file = syn::parse_file(text).with_context(|| format!("cannot parse {path}"))?;
        Ok((path.clone(), file))
    };
    sources.iter().map(parse).collect()
}

/// Returns the path of a file's module, such as `cache::call` for `cache/call.rs`.
pub(super) fn of_file(file: &str) -> ModulePath {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut path: ModulePath = stem.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") || file == "lib.rs" {
        path.pop();
    }
    path
}

impl Modules {
    pub(super) fn new(parsed: &Parsed) -> Self {
        let mut modules = Modules::default();
        for path in parsed.keys() {
            modules.files.insert(of_file(path), path.clone());
        }
        for (path, file) in parsed {
            modules.add_items(&of_file(path), path, &file.items);
        }
        modules
    }

    /// Adds the inline modules, and records the modules of tests.
    fn add_items(&mut self, module: &ModulePath, file: &str, items: &[Item]) {
        for item in items {
            let Item::Mod(item) = item else { continue };
            let mut path = module.clone();
            path.push(item.ident.to_string());
            if is_test(&item.attrs) {
                self.tests.insert(path.clone());
            }
            if let Some((_, items)) = &item.content {
                self.files.insert(path.clone(), file.to_owned());
                self.add_items(&path, file, items);
            }
        }
    }

    /// Whether the module or one of its parents is compiled for tests alone.
    pub(super) fn is_test(&self, module: &ModulePath) -> bool {
        (1..=module.len()).any(|length| self.tests.contains(&module[..length]))
    }

    /// Adds a name for the module `target` to the scope of `module`.
    pub(super) fn add_alias(&mut self, module: &ModulePath, name: &str, target: ModulePath) {
        if name != "_" {
            self.aliases.insert((module.clone(), name.to_owned()), target);
        }
    }

    /// Returns the module at the beginning of a path, and the number of segments that name it.
    ///
    /// `None` if the path does not begin with a module of this crate.
    pub(super) fn resolve(
        &self,
        module: &ModulePath,
        path: &[String],
    ) -> Option<(ModulePath, usize)> {
        let (mut found, mut used) = match path.first()?.as_str() {
            "crate" => (ModulePath::new(), 1),
            "self" => (module.clone(), 1),
            "super" => (module.clone(), 0),
            first => (self.in_scope(module, first)?, 1),
        };
        for segment in &path[used..] {
            if segment == "super" {
                found.pop()?;
            } else if let Some(inner) = self.in_scope(&found, segment) {
                found = inner;
            } else {
                break;
            }
            used += 1;
        }
        Some((found, used))
    }

    fn in_scope(&self, module: &ModulePath, name: &str) -> Option<ModulePath> {
        let mut child = module.clone();
        child.push(name.to_owned());
        if self.files.contains_key(&child) {
            return Some(child);
        }
        self.aliases.get(&(module.clone(), name.to_owned())).cloned()
    }

    /// Returns the file of a module.
    pub(super) fn file(&self, module: &ModulePath) -> Option<&str> {
        self.files.get(module).map(String::as_str)
    }
}

/// Whether an item with these attributes is compiled for tests alone.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Meta>().is_ok_and(|condition| requires_test(&condition))
    })
}

fn requires_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else { return condition.path().is_ident("test") };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let Ok(conditions) = list.parse_args_with(parser) else { return false };
    if list.path.is_ident("all") {
        conditions.iter().any(requires_test)
    } else {
        list.path.is_ident("any") && conditions.iter().all(requires_test)
    }
}
