//! No circle of modules inside a crate: whoever reads a module reads what it uses, and that ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::Modules;
use crate::none;
use crate::tree::{File, files, packages};

/// For each file that uses others: those files, each with a path by which it does.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

fn graph(root: &str, files: &[File]) -> Graph {
    let mut graph = Graph::new();
    for used in Modules::read(root, files).uses() {
        graph.entry(used.from).or_default().entry(used.to).or_insert(used.path);
    }
    graph
}

/// The shortest way along uses from one file to another, both ends included.
fn way(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![at.to_owned()];
            let mut at = at;
            while at != from {
                at = before[at];
                way.push(at.to_owned());
            }
            way.reverse();
            return Some(way);
        }
        for next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Each circle once, the shortest through each use, with the paths by which its files use each other.
fn circles(root: &str, files: &[File]) -> Vec<String> {
    let graph = graph(root, files);
    let mut found = BTreeSet::new();
    for (from, uses) in &graph {
        for to in uses.keys() {
            if let Some(mut circle) = way(&graph, to, from) {
                let first = circle.iter().enumerate().min_by_key(|(_, file)| *file).map_or(0, |(n, _)| n);
                circle.rotate_left(first);
                found.insert(circle);
            }
        }
    }
    let tell = |circle: Vec<String>| {
        let nexts = circle.iter().cycle().skip(1);
        let steps = circle
            .iter()
            .zip(nexts)
            .map(|(file, next)| format!("    {file} uses {next} by {}", graph[file][next]));
        format!("a circle of modules:\n{}", steps.collect::<Vec<_>>().join("\n"))
    };
    found.into_iter().map(tell).collect()
}

#[test]
fn the_modules_of_a_crate_form_no_circle() {
    let files = files();
    let packages = packages();
    let roots = packages.iter().flat_map(|package| &package.roots);
    none(&roots.flat_map(|root| circles(root, &files)).collect::<Vec<_>>());
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    fn of(texts: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = texts.iter().map(|(path, text)| file(&format!("c/{path}"), text)).collect();
        circles("c/lib.rs", &files)
    }

    #[test]
    fn two_files_that_use_each_other_are_found_and_a_line_of_them_is_not() {
        let house = |b| {
            of(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", b)])
        };
        assert_eq!(house("pub struct B;"), [""; 0]);
        let found = house("pub struct B; fn f() { super::a::A; }");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("c/a.rs uses c/b.rs by crate::b::B"), "{found:?}");
        assert!(found[0].contains("c/b.rs uses c/a.rs by super::a::A"), "{found:?}");
    }

    #[test]
    fn an_item_is_followed_through_re_exports_to_the_file_that_defines_it() {
        // Both name only the root, which defines nothing: it hands on what two other files define.
        let found = of(&[
            ("lib.rs", "mod a; mod room; pub use a::A; pub use room::B;"),
            ("a.rs", "use crate::B; pub struct A(B);"),
            ("room/mod.rs", "mod b; pub use b::*;"),
            ("room/b.rs", "use crate::A; pub struct B; impl B { fn f(_: A) {} }"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("c/a.rs uses c/room/b.rs by crate::B"), "{found:?}");
    }

    #[test]
    fn to_declare_a_module_and_to_hand_on_its_items_is_no_use() {
        let room = "mod x; mod y; pub use x::X;";
        let files =
            [("lib.rs", "mod room;"), ("room/mod.rs", room), ("room/y.rs", "use super::X; pub struct Y(X);")];
        assert_eq!(of(&[files[0], files[1], files[2], ("room/x.rs", "pub struct X;")]), [""; 0]);
        assert_eq!(of(&[files[0], files[1], files[2], ("room/x.rs", "pub struct X(super::y::Y);")]).len(), 1);
    }

    #[test]
    fn a_child_that_uses_what_its_parent_defines_and_is_used_by_it_is_found() {
        let parent = |uses: &str| format!("mod child; pub struct P; {uses}");
        let of = |uses: &str, child| {
            of(&[("lib.rs", "mod p;"), ("p/mod.rs", &parent(uses)), ("p/child.rs", child)])
        };
        assert_eq!(of("pub use child::C;", "use super::P; pub struct C(P);").len(), 1);
        assert_eq!(of("", "use super::P; pub struct C(P);"), [""; 0]);
        assert_eq!(
            of("fn f() -> child::C { child::C }", "use super::*; pub struct C; fn g(_: P) {}").len(),
            1
        );
        assert_eq!(of("fn f() -> child::C { child::C }", "use super::*; pub struct C; fn g() {}"), [""; 0]);
    }

    #[test]
    fn uses_in_macros_and_attributes_count_and_those_in_tests_do_not() {
        let house = |b| {
            of(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub fn a(_: B) {}"), ("b.rs", b)])
        };
        assert_eq!(house("pub struct B; fn f() { dbg!(crate::a::a(B)); }").len(), 1);
        assert_eq!(house("use crate::a; pub struct B; fn f() { assert!(x.y, a::a(B)); }").len(), 1);
        assert_eq!(house("#[serde(with = \"crate::a::a\")] pub struct B;").len(), 1);
        assert_eq!(house("pub struct B; /// As [`crate::a::a`] does.\nfn f() { x.a(); }"), [""; 0]);
        assert_eq!(house("pub struct B; #[cfg(test)] mod tests { use crate::a::a; }"), [""; 0]);
        assert_eq!(house("pub struct B; #[cfg(test)] use crate::a::a;"), [""; 0]);
        assert_eq!(house("pub struct B; mod inner { pub fn g() { crate::a::a(super::B); } }").len(), 1);
    }
}
