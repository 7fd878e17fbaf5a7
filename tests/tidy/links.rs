//! Links between our own documents lead somewhere.

use crate::none;
use crate::tree::{File, files, root};
use std::path::Path;

/// Targets of `[text](target)` and `![text](target)` outside of code blocks, with their line numbers.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(targets.map(|(target, _)| (number + 1, target.trim())));
        }
    }
    found
}

/// The anchor that a heading gets on the usual forges.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// `a/b/../c` → `a/c`, from the folder of the file that has the link.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn dead_links(documents: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for document in documents.iter().filter(|file| file.is(&["md"])) {
        for (number, link) in links(&document.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (target, heading) =
                link.split_once('#').map_or((link, None), |(target, heading)| (target, Some(heading)));
            let path =
                if target.is_empty() { document.path.clone() } else { resolve(&document.path, target) };
            if !exists(&path) {
                complaints.push(format!("{}:{number}: nothing at {path}", document.path));
            } else if let Some(heading) = heading
                && let Some(there) = documents.iter().find(|file| file.path == path)
                && !anchors(&there.text).iter().any(|anchor| anchor == heading)
            {
                complaints.push(format!("{}:{number}: {path} has no heading #{heading}", document.path));
            }
        }
    }
    complaints
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let root = root();
    none(&dead_links(&files(), |path| Path::new(&root).join(path).exists()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_link_to_nothing_and_to_a_heading_that_is_not_there_are_found() {
        let documents = |link: &str| {
            [
                file("docs/a.md", &format!("# One\n[x]({link})\n")),
                file("docs/guide/b.md", "# Why it waits: 429\n"),
            ]
        };
        let exists = |path: &str| ["docs/a.md", "docs/guide/b.md"].contains(&path);
        for good in
            ["guide/b.md", "guide/b.md#why-it-waits-429", "#one", "https://example.org/x", "../docs/a.md"]
        {
            assert_eq!(dead_links(&documents(good), exists), [""; 0]);
        }
        for bad in ["b.md", "guide/b.md#why", "#two", "../a.md"] {
            assert_eq!(dead_links(&documents(bad), exists).len(), 1, "{bad}");
        }
    }
}
