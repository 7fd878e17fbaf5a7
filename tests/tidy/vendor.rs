//! What the program says about the vendor stands in docs/vendor-facts.md, with its source and how far it is trusted.
//!
//! A sentence that names the vendor or a thing of theirs carries `vendor-fact: KEY` in a comment on its line or right above.

use crate::none;
use crate::tree::{File, files};

const FACTS: &str = "docs/vendor-facts.md";

/// What a sentence about the vendor has in it.
const WORDS: &[&str] = &["genesys", "vendor", "external contact", "curated", "ephemeral", "analytics"];

/// Names that state no fact. A new one is a matter for review.
const NAMES: &[&str] = &["genesys cloud web messaging", "genesys-cloud"];

/// What the simulator and the tests' own orgs answer is in the vendor's words, and the vendor's SDKs judge it (`tests/sdk`).
const IN_THE_VENDORS_WORDS: &[&str] = &["crates/simulator/", "crates/testkit/"];

/// How far a fact is trusted; `?` is unknown.
const TAGS: &[&str] = &["A", "B", "C", "?"];

/// What a person may read: where it begins, and the text itself.
type Text = (usize, String);

/// A row of docs/vendor-facts.md.
#[derive(Debug)]
struct Fact {
    line: usize,
    key: String,
    sources: Vec<String>,
    tag: String,
    is_said_by_program: bool,
    /// How the program behaves whichever way an unknown turns out.
    either_way: String,
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split(" | ").map(str::trim).collect()
}

/// The name in backticks with which a row of a table begins.
fn name_of(row: &str) -> Option<&str> {
    row.strip_prefix("| `")?.split_once('`').map(|(name, _)| name)
}

fn facts(document: &str) -> Vec<Fact> {
    let mut found = Vec::new();
    for (number, row) in document.lines().enumerate() {
        let Some(key) = name_of(row).filter(|name| !name.contains(':')) else { continue };
        let cells = cells(row);
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        found.push(Fact {
            line: number + 1,
            key: key.to_owned(),
            sources: cell(2).split(", ").map(str::to_owned).collect(),
            tag: cell(3).to_owned(),
            is_said_by_program: cell(4).split(", ").any(|place| place == "program"),
            either_way: cell(5).to_owned(),
        });
    }
    found
}

/// The short names of the sources, each in bold at the beginning of a row.
fn sources(document: &str) -> Vec<&str> {
    document.lines().filter_map(|row| Some(row.strip_prefix("| **")?.split_once("**")?.0)).collect()
}

fn bad_facts(document: &str) -> Vec<String> {
    let (facts, sources) = (facts(document), sources(document));
    let mut complaints = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        let mut complain =
            |what: &str| complaints.push(format!("{FACTS}:{}: `{}` {what}", fact.line, fact.key));
        if facts[..at].iter().any(|before| before.key == fact.key) {
            complain("is there twice");
        }
        if fact.sources.iter().any(|source| !sources.contains(&source.as_str())) {
            complain("has a source that the list of sources does not have");
        }
        if !TAGS.contains(&fact.tag.as_str()) {
            complain("has no trust tag");
        }
        if (fact.tag == "?") == fact.either_way.is_empty() {
            complain("is unknown exactly where it is told how the program behaves either way");
        }
    }
    complaints
}

/// Files whose texts people read, without their tests.
fn product(files: &[File]) -> Vec<File> {
    let is_product = |file: &&File| {
        let path = &file.path;
        let source = ["ui/src/", "src-tauri/src/"].iter().any(|folder| path.starts_with(folder))
            || path.starts_with("crates/") && path.split('/').nth(2) == Some("src");
        let is_test = path.contains("/tests/") || path.contains("tests.rs") || path.contains(".test.");
        let ours = !IN_THE_VENDORS_WORDS.iter().any(|folder| path.starts_with(folder));
        file.is(&["rs", "ts", "tsx"]) && source && ours && !is_test && !crate::names::is_generated(path)
    };
    let cut = |file: &File| {
        let end = file.text.find("#[cfg(test)]\nmod ").unwrap_or(file.text.len());
        File { path: file.path.clone(), text: file.text[..end].to_owned() }
    };
    files.iter().filter(is_product).map(cut).collect()
}

/// The literals of a file; of a page the text between tags too, and of the command line its help, which comments make.
fn texts(file: &File) -> Vec<Text> {
    let mut found = read(&file.text, file.is(&["tsx"]));
    if file.path.starts_with("crates/cli/src/args") {
        let help =
            |(n, line): (usize, &str)| Some((n + 1, line.trim_start().strip_prefix("///")?.to_owned()));
        found.extend(file.text.lines().enumerate().filter_map(help));
    }
    found
}

/// Goes through source text by its literals and comments. `with_code` also gives what stands between tags and braces.
fn read(text: &str, with_code: bool) -> Vec<Text> {
    let mut found = Vec::new();
    let (mut rest, mut line, mut code) = (text, 1, String::new());
    let mut code_line = 1;
    while let Some(next) = rest.chars().next() {
        let taken = literal(rest).or_else(|| comment(rest, code.ends_with(':')));
        let (size, inside) = taken.unwrap_or((next.len_utf8(), None));
        if taken.is_some() || ['<', '>', '{', '}'].contains(&next) {
            let words = std::mem::take(&mut code);
            found.extend((with_code && !words.trim().is_empty()).then_some((code_line, words)));
        } else if !(code.is_empty() && next.is_whitespace()) {
            code_line = if code.is_empty() { line } else { code_line };
            code.push(next);
        }
        found.extend(inside.map(|inside| (line, inside.to_owned())));
        line += rest[..size].matches('\n').count();
        rest = &rest[size..];
    }
    found
}

/// The size of the literal that begins here, and what is inside. A single quote begins none: it is a lifetime, a letter or an
/// apostrophe.
fn literal(rest: &str) -> Option<(usize, Option<&str>)> {
    if ["'\"'", "'`'", "'\\\"'"].iter().any(|letter| rest.starts_with(letter)) {
        return Some((rest[1..].find('\'').map_or(1, |end| end + 2), None));
    }
    let hashes = rest.strip_prefix('r').map(|raw| raw.len() - raw.trim_start_matches('#').len());
    if let Some(hashes) = hashes.filter(|hashes| rest[1 + hashes..].starts_with('"')) {
        let (begin, close) = (2 + hashes, format!("\"{}", "#".repeat(hashes)));
        let end = begin + rest[begin..].find(&close)?;
        return Some((end + close.len(), Some(&rest[begin..end])));
    }
    let quote = rest.chars().next().filter(|quote| ['"', '`'].contains(quote))?;
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if letter == quote && !is_escaped {
            return Some((at + 1, Some(&rest[1..at])));
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    None
}

/// The size of the comment that begins here; after a colon two slashes are an address.
fn comment(rest: &str, after_colon: bool) -> Option<(usize, Option<&str>)> {
    if rest.starts_with("//") && !after_colon {
        return Some((rest.find('\n').unwrap_or(rest.len()), None));
    }
    rest.starts_with("/*").then(|| (rest.find("*/").map_or(rest.len(), |end| end + 2), None))
}

/// Whether a text is a sentence about the vendor: it has a blank and one of the words, as a word.
fn is_about_the_vendor(text: &str) -> bool {
    let mut text = text.to_lowercase();
    for name in NAMES {
        text = text.replace(name, "");
    }
    let is_part = |letter: char| letter.is_alphanumeric() || ['_', '-', '/', ':', '.'].contains(&letter);
    let stands_alone = |word: &&str| {
        text.match_indices(*word).any(|(at, _)| {
            let after = text[at + word.len()..].trim_start_matches('s');
            let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
            !text[..at].ends_with(is_part) && !goes_on && !after.starts_with("::")
        })
    };
    text.trim().contains(char::is_whitespace) && WORDS.iter().any(stands_alone)
}

/// The keys that a comment names.
fn marks(line: &str) -> Vec<&str> {
    let Some((before, keys)) = line.split_once("vendor-fact: ") else { return Vec::new() };
    if !before.contains("//") && !before.contains("/*") {
        return Vec::new();
    }
    keys.split("*/").next().unwrap_or_default().split(", ").map(str::trim).collect()
}

/// Whether a mark stands on this line, or above it with nothing but comments and what only opens the expression in between.
fn is_marked(lines: &[&str], line: usize) -> bool {
    let opens = |line: &str| ["(", "[", "{", "=", "=>", ">"].iter().any(|end| line.ends_with(end));
    let is_comment = |line: &str| ["//", "{/*", "#["].iter().any(|start| line.starts_with(start));
    let mut at = line - 1;
    loop {
        if !marks(lines[at]).is_empty() {
            return true;
        }
        let Some(above) = at.checked_sub(1).map(|above| lines[above].trim()) else { return false };
        if !is_comment(above) && !opens(above) {
            return false;
        }
        at -= 1;
    }
}

/// Sentences without a mark, marks without a fact, and facts that are said otherwise than the document says.
fn unheld(files: &[File], document: &str) -> Vec<String> {
    let facts = facts(document);
    let (mut complaints, mut used) = (Vec::new(), Vec::new());
    for file in &product(files) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (line, text) in texts(file) {
            if is_about_the_vendor(&text) && !is_marked(&lines, line) {
                let place = format!("{}:{line}", file.path);
                complaints.push(format!("{place}: a sentence about the vendor without `vendor-fact: KEY`"));
            }
        }
        for (number, line) in lines.iter().enumerate() {
            for key in marks(line) {
                if !facts.iter().any(|fact| fact.key == key) {
                    complaints.push(format!("{}:{}: no `{key}` in {FACTS}", file.path, number + 1));
                }
                used.push(key.to_owned());
            }
        }
    }
    for Fact { line, key, is_said_by_program, .. } in &facts {
        let wrong = match (*is_said_by_program, used.contains(key)) {
            (true, false) => "no sentence of the program has",
            (false, true) => "the row does not say that the program says",
            _ => continue,
        };
        complaints.push(format!("{FACTS}:{line}: {wrong} `{key}`"));
    }
    complaints
}

/// Permissions that the program names and the document does not explain. They have the form `domain:entity:action`.
fn unexplained_permissions(files: &[File], document: &str) -> Vec<String> {
    let is_permission = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        parts.len() == 3
            && parts.iter().all(|part| part.len() > 2 && part.chars().all(|c| c.is_ascii_alphabetic()))
    };
    let explained: Vec<&str> = document.lines().filter_map(name_of).collect();
    let mut complaints = Vec::new();
    for file in &product(files) {
        for (line, text) in texts(file) {
            if is_permission(&text) && !explained.contains(&text.as_str()) {
                complaints.push(format!("{}:{line}: the permission {text} has no row in {FACTS}", file.path));
            }
        }
    }
    complaints
}

fn document(files: &[File]) -> &str {
    &files.iter().find(|file| file.path == FACTS).expect("the document is there").text
}

#[test]
fn every_sentence_about_the_vendor_has_an_entry_with_its_source() {
    let files = files();
    none(&unheld(&files, document(&files)));
}

#[test]
fn every_entry_has_one_key_a_listed_source_and_a_trust_tag() {
    none(&bad_facts(document(&files())));
}

#[test]
fn every_permission_that_the_program_names_is_explained() {
    let files = files();
    none(&unexplained_permissions(&files, document(&files)));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    const DOCUMENT: &str =
        "| **JS** | the SDK |\n| `expiry` | They expire. | JS | A | program |\n| `a:b:view` | reads |";

    fn count(path: &str, text: &str) -> usize {
        let used = file("crates/app/src/used.rs", "// vendor-fact: expiry\nconst USED: u8 = 1;");
        unheld(&[file(path, text), used], DOCUMENT).len()
    }

    #[test]
    fn a_sentence_without_a_mark_is_found_in_every_kind_of_text() {
        let rust = "crates/app/src/a.rs";
        assert_eq!(count(rust, "let said = \"The vendor says no.\";"), 1);
        assert_eq!(count(rust, "let said = r#\"Genesys \"wants\" it\"#;"), 1);
        assert_eq!(count(rust, "let said = \"One \\\n    line of an external contact\";"), 1);
        assert_eq!(count("crates/cli/src/args.rs", "/// As the vendor allows.\nflag: bool,"), 1);
        assert_eq!(count("ui/src/a.tsx", "<p>\n  It's in the vendor's\n  hands\n</p>"), 1);
        assert_eq!(count("ui/src/a.ts", "const said = `The vendor has ${n}`;"), 1);
    }

    #[test]
    fn a_mark_holds_the_sentence_that_it_stands_at_and_no_other() {
        let rust = "crates/app/src/a.rs";
        let said = "\"The vendor says no.\",\n";
        assert_eq!(count(rust, &format!("// vendor-fact: expiry\n{said}")), 0);
        assert_eq!(count(rust, &format!("// vendor-fact: expiry\nformat!(\n{said}")), 0);
        assert_eq!(count(rust, "say(\"The vendor says no.\"); // vendor-fact: expiry"), 0);
        assert_eq!(count(rust, &format!("// vendor-fact: expiry\n{said}{said}")), 1);
        assert_eq!(count("ui/src/a.tsx", "<p>\n{/* vendor-fact: expiry */}\nThe vendor says no.\n</p>"), 0);
    }

    #[test]
    fn names_comments_code_and_tests_are_no_sentences() {
        let rust = "crates/app/src/a.rs";
        for text in [
            "// The vendor says no.",
            "use genesys::Lane; // as the vendor does",
            "let name = \"genesys-cloud\";",
            "let kind = \"curated\";",
            "let why = \"Which API: guest-api or genesys-cloud\";",
            "let path = \"a b /api/v2/analytics/x\";",
            "let open = '\"'; // the vendor's \"",
            "#[cfg(test)]\nmod tests { const SAID: &str = \"the vendor\"; }",
        ] {
            assert_eq!(count(rust, text), 0, "{text}");
        }
        let said = "let said = \"The vendor says no.\";";
        assert_eq!(count("crates/app/tests/a.rs", said), 0);
        assert_eq!(count("crates/app/src/a_tests.rs", said), 0);
        assert_eq!(count("crates/simulator/src/a.rs", said), 0);
    }

    #[test]
    fn an_unknown_key_an_unused_entry_and_one_that_is_used_without_saying_so_are_found() {
        assert_eq!(count("crates/app/src/a.rs", "// vendor-fact: no-such"), 1);
        assert_eq!(unheld(&[], DOCUMENT).len(), 1, "nothing says it");
        let quiet = DOCUMENT.replace("| program |", "| nothing yet |");
        let says = file("ui/src/a.ts", "// vendor-fact: expiry\n");
        assert_eq!(unheld(&[says], &quiet).len(), 1);
    }

    #[test]
    fn an_entry_without_source_tag_or_word_on_either_way_is_found() {
        assert_eq!(bad_facts(DOCUMENT), [""; 0]);
        let wrong = |from: &str, to: &str| bad_facts(&DOCUMENT.replacen(from, to, 1)).len();
        assert_eq!(wrong("| JS |", "| XX |"), 1);
        assert_eq!(wrong("| A |", "| sure |"), 1);
        assert_eq!(wrong("| A |", "| ? |"), 1, "unknown, and not told what follows");
        let twice = format!("{DOCUMENT}\n| `expiry` | Again. | JS | A | program |");
        assert_eq!(bad_facts(&twice).len(), 1);
    }

    #[test]
    fn a_permission_without_a_row_is_found() {
        let count = |name: &str| {
            let text = format!("const NAME: &str = \"{name}\";");
            unexplained_permissions(&[file("crates/genesys/src/a.rs", &text)], "| `abc:def:view` | reads |")
                .len()
        };
        assert_eq!(
            (count("abc:def:edit"), count("abc:def:view"), count("a:b"), count("12:30:45")),
            (1, 0, 0, 0)
        );
    }
}
