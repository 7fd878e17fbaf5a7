//! The modules of a crate, and which of them uses which: a use of an item is followed through imports and re-exports to the file
//! that defines it.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::tree::File;

/// The names of a path, such as `["crate", "guests", "Guest"]`.
type Names = Vec<String>;

/// One file uses another: the file that uses, the file that defines, and the path by which it does.
pub struct Use {
    pub from: String,
    pub to: String,
    pub path: String,
}

/// How often imports are followed before they are taken for a loop of re-exports.
const DEEPEST: usize = 32;

/// A module: a file, or an inline `mod x { … }`, which counts as a part of its file.
#[derive(Default)]
struct Module {
    file: String,
    /// The folder in which the files of its child modules lie.
    folder: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// The names of what is defined here.
    items: BTreeSet<String>,
    /// The names that imports bring, each with what it stands for.
    imports: BTreeMap<String, Names>,
    /// The modules of which everything is imported.
    globs: Vec<Names>,
    /// Every path that the code names.
    named: BTreeSet<Names>,
}

/// Where a path leads.
enum Place {
    /// To a module of this crate itself.
    Module(usize),
    /// To an item that this module defines.
    ItemOf(usize),
}

/// The modules of one crate, the root first.
pub struct Modules(Vec<Module>);

impl Modules {
    /// Reads a crate from its root file. Test modules and test functions are left out.
    pub fn read(root: &str, files: &[File]) -> Self {
        let mut modules = Self(Vec::new());
        modules.read_file(root, None, true, files);
        modules
    }

    fn read_file(&mut self, path: &str, parent: Option<usize>, is_root: bool, files: &[File]) -> usize {
        let text = files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
        let text = text.unwrap_or_else(|| panic!("{path} is declared as a module and is not there"));
        let parsed = syn::parse_file(text).unwrap_or_else(|why| panic!("{path}: {why}"));
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = match name.strip_suffix(".rs") {
            Some(stem) if !is_root && stem != "mod" => format!("{folder}/{stem}"),
            _ => folder.to_owned(),
        };
        let module = Module { file: path.to_owned(), folder, parent, ..Module::default() };
        self.read_module(module, &parsed.items, files)
    }

    fn read_module(&mut self, module: Module, items: &[syn::Item], files: &[File]) -> usize {
        let at = self.0.len();
        let (file, folder) = (module.file.clone(), module.folder.clone());
        self.0.push(module);
        let mut reader = Reader { module: &mut self.0[at], inner: Vec::new() };
        items.iter().for_each(|item| reader.visit_item(item));
        for inner in reader.inner {
            let name = inner.ident.to_string();
            let child = match (&inner.content, path_attribute(&inner.attrs)) {
                (Some((_, items)), _) => {
                    let folder = format!("{folder}/{name}");
                    let child = Module { file: file.clone(), folder, parent: Some(at), ..Module::default() };
                    self.read_module(child, items, files)
                }
                (None, Some(path)) => {
                    let here = file.rsplit_once('/').map_or("", |(folder, _)| folder);
                    self.read_file(&format!("{here}/{path}"), Some(at), false, files)
                }
                (None, None) => {
                    let flat = format!("{folder}/{name}.rs");
                    let is_flat = files.iter().any(|file| file.path == flat);
                    let path = if is_flat { flat } else { format!("{folder}/{name}/mod.rs") };
                    self.read_file(&path, Some(at), false, files)
                }
            };
            self.0[at].children.insert(name, child);
        }
        at
    }

    /// Every use of one file's items by another.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (at, module) in self.0.iter().enumerate() {
            // What an import brings is used by that import.
            let is_new =
                |path: &&Names| !matches!(path.as_slice(), [name] if module.imports.contains_key(name));
            for path in module.named.iter().filter(is_new) {
                // To name a module is no use of it: what is used is the item that a path through it leads to.
                if let Some(Place::ItemOf(defined)) = self.resolve(at, path, 0) {
                    let (from, to) = (module.file.clone(), self.0[defined].file.clone());
                    if from != to {
                        uses.push(Use { from, to, path: path.join("::") });
                    }
                }
            }
            for glob in &module.globs {
                if let Some(Place::ItemOf(defined)) = self.resolve(at, glob, 0)
                    && self.0[defined].file != module.file
                {
                    let (from, to) = (module.file.clone(), self.0[defined].file.clone());
                    uses.push(Use { from, to, path: format!("{}::*", glob.join("::")) });
                }
            }
        }
        uses
    }

    /// Follows a path as it stands in a module; `None` where it leads out of the crate.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<Place> {
        let (mut at, mut rest) = (from, path);
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => at = self.0[at].parent?,
                _ => break,
            }
            rest = after;
        }
        while let Some((name, after)) = rest.split_first() {
            match self.look_up(at, name, after.is_empty(), depth)? {
                Place::Module(next) => at = next,
                item @ Place::ItemOf(_) => return Some(item),
            }
            rest = after;
        }
        Some(Place::Module(at))
    }

    /// What a name stands for in a module. The last name of a path is rather an item, the others are rather modules.
    fn look_up(&self, at: usize, name: &str, is_last: bool, depth: usize) -> Option<Place> {
        if depth > DEEPEST {
            return None;
        }
        let module = &self.0[at];
        let child = || module.children.get(name).map(|child| Place::Module(*child));
        let item = || module.items.contains(name).then_some(Place::ItemOf(at));
        let import = || {
            let path = module.imports.get(name)?;
            // `use x::x` would look itself up; what it names lies outside of the crate then, or in the child module `x`.
            match path.as_slice() {
                [first, ..] if first == name && !module.children.contains_key(name) => None,
                path => self.resolve(at, path, depth + 1),
            }
        };
        let glob = || {
            module.globs.iter().find_map(|glob| match self.resolve(at, glob, depth + 1)? {
                Place::Module(other) if other != at => self.look_up(other, name, is_last, depth + 1),
                _ => None,
            })
        };
        if is_last {
            item().or_else(import).or_else(child).or_else(glob)
        } else {
            child().or_else(import).or_else(item).or_else(glob)
        }
    }
}

/// Collects what a module defines, imports and names; leaves its child modules for later.
struct Reader<'m, 'ast> {
    module: &'m mut Module,
    inner: Vec<&'ast syn::ItemMod>,
}

impl Reader<'_, '_> {
    fn import(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            syn::UseTree::Glob(_) => self.module.globs.push(before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => self.bring(before.last().cloned(), before),
            syn::UseTree::Name(name) => self.bring(Some(name.ident.to_string()), &with(&name.ident)),
            syn::UseTree::Rename(name) => {
                let path = if name.ident == "self" { before.to_vec() } else { with(&name.ident) };
                self.bring(Some(name.rename.to_string()), &path);
            }
        }
    }

    fn bring(&mut self, name: Option<String>, path: &[String]) {
        self.module.named.insert(path.to_vec());
        self.module.imports.extend(name.map(|name| (name, path.to_vec())));
    }

    /// The paths among the tokens of a macro or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons, mut is_field) = (Names::new(), 0, false);
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.named(&mut path);
                    }
                    if !is_field {
                        path.push(ident.to_string());
                    }
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                _ => {
                    self.named(&mut path);
                    colons = 0;
                }
            }
            is_field = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '.');
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.text(&literal),
                _ => {}
            }
        }
        self.named(&mut path);
    }

    /// A text that is a path, as in `#[serde(with = "scalar")]`.
    fn text(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        if let Ok(path) = syn::parse_str::<syn::Path>(text.trim_matches('"')) {
            self.named(&mut names_of(&path));
        }
    }

    fn named(&mut self, path: &mut Names) {
        if !path.is_empty() {
            self.module.named.insert(std::mem::take(path));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_, 'ast> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let (attributes, name) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Impl(item) => (&item.attrs, None),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, None),
            Item::Use(item) => (&item.attrs, None),
            _ => return visit::visit_item(self, item),
        };
        if is_for_tests(attributes) {
            return;
        }
        self.module.items.extend(name.map(ToString::to_string));
        match item {
            Item::Mod(inner) => self.inner.push(inner),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[]);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.named(&mut names_of(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &syn::Macro) {
        self.tokens(found.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        match &attribute.meta {
            syn::Meta::NameValue(value) if !value.path.is_ident("doc") => {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &value.value {
                    self.text(&text.token());
                }
            }
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            _ => {}
        }
    }
}

fn names_of(path: &syn::Path) -> Names {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Whether this is compiled for tests alone.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            let words: Vec<&str> = condition.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            words.contains(&"test") && !words.contains(&"not") && !words.contains(&"any")
        }
        _ => false,
    })
}

/// The file that `#[path = "…"]` names.
fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(value) if value.path.is_ident("path") => match &value.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
