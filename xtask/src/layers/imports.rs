//! The imports of a file: `use` declarations, and paths in code and in the tokens of macros.
//!
//! Only paths to another file of the crate count. Code for tests alone does not count, and neither
//! do documentation and the path in `pub(in ..)`.

use std::fmt;

use anyhow::Result;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility};

use super::graph::Edge;
use super::modules::{self, ModulePath, Modules};
use crate::files::Files;

/// A path in one file to an item of another.
#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    line: usize,
    path: String,
}

impl Import {
    pub(super) fn edge(&self) -> Edge {
        Edge { from: self.from.clone(), to: self.to.clone() }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Import { from, to, line, path } = self;
        write!(f, "{}{from}:{line}: `{path}` is in {to}", super::SOURCE)
    }
}

/// Returns all imports, in the order of files and lines.
///
/// # Errors
/// If a file does not parse.
pub(super) fn find(sources: &Files) -> Result<Vec<Import>> {
    let parsed = modules::parse(sources)?;
    let mut modules = Modules::new(&parsed);
    // A `use` may begin with a name that another `use` introduces, so resolve twice.
    for _ in 0..2 {
        for (file, syntax) in &parsed {
            let mut visitor = Uses { module: modules::of_file(file), found: Vec::new() };
            visitor.visit_file(syntax);
            for (module, leaf) in visitor.found {
                match modules.resolve(&module, &leaf.path) {
                    Some((target, used)) if used == leaf.path.len() => {
                        modules.add_alias(&module, &leaf.name, target);
                    }
                    _ => {}
                }
            }
        }
    }
    let mut imports = Vec::new();
    for (file, syntax) in &parsed {
        let module = modules::of_file(file);
        if !modules.is_test(&module) {
            let mut visitor = Imports { modules: &modules, file, module, found: Vec::new() };
            visitor.visit_file(syntax);
            imports.append(&mut visitor.found);
        }
    }
    Ok(imports)
}

/// One of the paths that a `use` declaration lists.
struct Leaf {
    path: Vec<String>,
    /// The name in the module. `_` for a glob.
    name: String,
    span: Span,
}

/// Appends the leaves of a `use` declaration.
fn leaves(tree: &UseTree, before: &[String], found: &mut Vec<Leaf>) {
    let with = |ident: &syn::Ident| {
        let mut path = before.to_vec();
        if ident != "self" || before.is_empty() {
            path.push(ident.to_string());
        }
        path
    };
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(&path.ident), found),
        UseTree::Name(name) => {
            let path = with(&name.ident);
            let last = path.last().cloned().unwrap_or_default();
            found.push(Leaf { path, name: last, span: name.ident.span() });
        }
        UseTree::Rename(name) => {
            let (path, span) = (with(&name.ident), name.ident.span());
            found.push(Leaf { path, name: name.rename.to_string(), span });
        }
        UseTree::Glob(glob) => {
            let (path, span) = (before.to_vec(), glob.star_token.spans[0]);
            found.push(Leaf { path, name: "_".to_owned(), span });
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, found);
            }
        }
    }
}

/// Collects the leaves of `use` declarations, by module.
struct Uses {
    module: ModulePath,
    found: Vec<(ModulePath, Leaf)>,
}

impl<'a> Visit<'a> for Uses {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let mut found = Vec::new();
        leaves(&item.tree, &[], &mut found);
        self.found.extend(found.into_iter().map(|leaf| (self.module.clone(), leaf)));
    }
}

/// Collects imports.
struct Imports<'m> {
    modules: &'m Modules,
    file: &'m str,
    module: ModulePath,
    found: Vec<Import>,
}

impl Imports<'_> {
    fn add(&mut self, path: &[String], span: Span) {
        let Some((target, _)) = self.modules.resolve(&self.module, path) else { return };
        let Some(to) = self.modules.file(&target).filter(|to| *to != self.file) else { return };
        self.found.push(Import {
            from: self.file.to_owned(),
            to: to.to_owned(),
            line: span.start().line,
            path: path.join("::"),
        });
    }

    /// Adds the paths of two or more segments among the tokens of a macro.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colons = |at: usize| {
            [at, at + 1].iter().all(
                |at| matches!(tokens.get(*at), Some(TokenTree::Punct(it)) if it.as_char() == ':'),
            )
        };
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    // A name after colons continues a path with another start, such as `::name`.
                    let is_rest = at >= 2 && is_colons(at - 2);
                    while is_colons(at + 1) {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else { break };
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 && !is_rest {
                        self.add(&path, first.span());
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'a> Visit<'a> for Imports<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        if !modules::is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        if !modules::is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let mut found = Vec::new();
        leaves(&item.tree, &[], &mut found);
        for leaf in found {
            self.add(&leaf.path, leaf.span);
        }
    }

    fn visit_path(&mut self, path: &'a Path) {
        let names: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        if let [first, _, ..] = &path.segments.iter().collect::<Vec<_>>()[..]
            && path.leading_colon.is_none()
        {
            self.add(&names, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'a Macro) {
        self.visit_path(&invocation.path);
        self.add_tokens(invocation.tokens.clone());
    }

    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
