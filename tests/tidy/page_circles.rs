//! No circle of modules in the page: each file can be read without those that stand above it.

use std::collections::{BTreeMap, BTreeSet};

use crate::none;
use crate::tree::{File, files};

/// Each file of the page with the files that it imports or hands on, `import type` included.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// What stands between quotes behind `from` or `import`, where it is a path from the file itself.
fn relative_imports(text: &str) -> impl Iterator<Item = &str> {
    ["from", "import"].into_iter().flat_map(move |word| {
        text.split(word).skip(1).filter_map(|rest| {
            let quoted = rest.trim_start().trim_start_matches('(').trim_start();
            let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            quoted[1..].split(quote).next().filter(|path| path.starts_with('.'))
        })
    })
}

/// The path from the root folder that `import` means in the file `from`.
fn resolved(from: &str, import: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn imports(files: &[File]) -> Imports<'_> {
    let page = || files.iter().filter(|f| f.path.starts_with("ui/src/") && f.is(&["ts", "tsx"]));
    let known: BTreeSet<&str> = page().map(|f| f.path.as_str()).collect();
    let found = |path: String| {
        let endings = ["", ".ts", ".tsx", "/index.ts", "/index.tsx"];
        endings.iter().find_map(|ending| known.get(format!("{path}{ending}").as_str()).copied())
    };
    page()
        .map(|file| {
            let named = relative_imports(&file.text).filter_map(|import| found(resolved(&file.path, import)));
            (file.path.as_str(), named.collect())
        })
        .collect()
}

/// One circle of each knot of files that lead back to themselves.
fn circles(mut imports: Imports<'_>) -> Vec<String> {
    let mut complaints = Vec::new();
    loop {
        // Who imports nobody that is left is in no circle.
        let left: BTreeSet<&str> = imports.keys().copied().collect();
        imports.retain(|_, named| named.iter().any(|other| left.contains(other)));
        if imports.len() < left.len() {
            continue;
        }
        let Some(first) = left.first() else { return complaints };
        let mut way = vec![*first];
        let circle = loop {
            let last = way[way.len() - 1];
            let next =
                *imports[last].iter().find(|other| left.contains(*other)).expect("one is left of each");
            if let Some(begin) = way.iter().position(|file| *file == next) {
                break way.split_off(begin);
            }
            way.push(next);
        };
        complaints.push(format!("these import each other in a circle: {}", circle.join(" → ")));
        imports.retain(|file, _| !circle.contains(file));
    }
}

/// Shared pieces stand below the screens that use them.
fn parts_that_know_screens(imports: &Imports<'_>) -> Vec<String> {
    let shared = imports.iter().filter(|(file, _)| file.starts_with("ui/src/parts/"));
    let screens = shared.flat_map(|(file, named)| named.iter().map(move |other| (file, other)));
    screens
        .filter(|(_, other)| other.starts_with("ui/src/screens/"))
        .map(|(file, other)| format!("a shared piece knows a screen: {file} imports {other}"))
        .collect()
}

#[test]
fn no_modules_of_the_page_import_each_other_in_a_circle() {
    let files = files();
    let imports = imports(&files);
    assert!(imports.len() > 80 && imports.values().map(BTreeSet::len).sum::<usize>() > 300);
    none(&parts_that_know_screens(&imports));
    none(&circles(imports));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_circle_is_found_through_types_re_exports_and_index_files_and_what_leads_to_it_is_none() {
        let tree = [
            file("ui/src/main.ts", "import \"./a/one\";\n"),
            file("ui/src/a/one.ts", "import type {\n  Two,\n} from '../b';\n"),
            file("ui/src/b/index.ts", "export * from \"./two\";\n"),
            file("ui/src/b/two.tsx", "const later = () => import(\"../a/one\");\n"),
            file("ui/src/c.ts", "import { one } from \"./a/one\";\nimport x from \"react\";\n"),
        ];
        let found = circles(imports(&tree));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("ui/src/a/one.ts → ui/src/b/index.ts → ui/src/b/two.tsx"), "{found:?}");
        assert_eq!(circles(imports(&tree[..3])), [""; 0]);
    }

    #[test]
    fn two_circles_are_two_complaints() {
        let tree = [
            file("ui/src/a.ts", "import \"./b\";"),
            file("ui/src/b.ts", "import \"./a\";"),
            file("ui/src/c.ts", "import \"./d\";"),
            file("ui/src/d.ts", "export { c } from \"./c\";"),
        ];
        assert_eq!(circles(imports(&tree)).len(), 2);
    }

    #[test]
    fn a_shared_piece_that_knows_a_screen_is_found() {
        let tree = [
            file("ui/src/parts/shell.tsx", "import { Guests } from \"../screens/guests/screen\";"),
            file("ui/src/screens/guests/screen.tsx", "import { Dot } from \"../../parts/dot\";"),
            file("ui/src/parts/dot.tsx", ""),
        ];
        assert_eq!(parts_that_know_screens(&imports(&tree)).len(), 1);
    }
}
