//! One page is not a list: who asks the org for a page by itself is named here, with what makes a short one harmless there.

use crate::none;
use crate::tree::{File, files};

/// The client's calls that answer one page as the org hands it out.
const RAW: [&str; 2] = [".list_guests(", ".conversations("];

/// File, how often, and why whoever is not on the page is not taken for gone.
const ALLOWED: [(&str, usize, &str); 4] = [
    ("crates/genesys/src/guest_api/by_ids.rs", 2, "each asks on until an answer is empty and counts nobody"),
    ("crates/genesys/src/guest_api/ports.rs", 1, "only the count is read"),
    (
        "crates/genesys/src/guest_api/walk.rs",
        3,
        "the walk asks on; before it begins, only who changed last is read",
    ),
    ("crates/genesys/src/guest_api/whole_page.rs", 2, "fills the page up by asking on"),
];

fn raw_pages(files: &[File]) -> Vec<String> {
    let outside = |file: &&File| {
        file.is(&["rs"])
            && [
                "crates/genesys/src/guest_api/",
                "crates/app/src/",
                "crates/cli/src/",
                "crates/gateway/src/",
                "src-tauri/src/",
            ]
            .iter()
            .any(|folder| file.path.starts_with(folder))
    };
    let mut complaints = Vec::new();
    for file in files.iter().filter(outside) {
        let raw = file.code().map(|(_, line)| RAW.iter().filter(|call| line.contains(**call)).count());
        let found: usize = raw.sum();
        let allowed = ALLOWED.iter().find(|(path, ..)| *path == file.path).map_or(0, |(_, n, _)| *n);
        if found != allowed {
            complaints.push(format!(
                "{}: {found} calls for one page, {allowed} are known: a short page hides guests; use walk_guests, whole_page \
                 or whole_conversations, or say in tests/tidy/pages.rs why it is harmless",
                file.path
            ));
        }
    }
    complaints
}

#[test]
fn whoever_reads_one_page_of_the_org_says_why_a_short_one_is_harmless() {
    none(&raw_pages(&files()));
}

#[test]
fn a_call_for_one_page_that_nobody_gave_a_reason_for_is_noticed() {
    let call = "let page = api.list_guests(lane, &list).await?; let more = api.conversations(filter)";
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    assert_eq!(raw_pages(&[file("crates/app/src/new.rs", call)]).len(), 1);
    assert_eq!(
        raw_pages(&[file("crates/genesys/src/guest_api/whole_page.rs", "")]).len(),
        1,
        "and one that is gone"
    );
    assert_eq!(
        raw_pages(&[
            file("crates/genesys/src/guest_api/whole_page.rs", call),
            file("crates/genesys/tests/x.rs", call)
        ])
        .len(),
        0
    );
}
