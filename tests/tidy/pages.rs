//! One page is not a list: who asks the org for a page by itself is named here, with what makes a short one harmless there.

use crate::none;
use crate::tree::{File, files};

/// The client's calls that answer one page as the org hands it out.
const RAW: [&str; 2] = [".list_guests(", ".conversations("];

/// File, how often, and why whoever is not on the page is not taken for gone.
const ALLOWED: [(&str, usize, &str); 6] = [
    ("crates/app/src/app.rs", 1, "only whether guests can be read is asked"),
    ("crates/app/src/retention/confirmation.rs", 2, "only the count is read, or whether the org answers"),
    ("crates/app/src/retention/eraser.rs", 3, "each asks on until an answer is empty and counts nobody"),
    ("crates/app/src/retention/forecast.rs", 3, "only the count is read"),
    ("crates/app/src/retention/org_time.rs", 1, "only the org's time is read"),
    ("crates/app/src/status/way.rs", 1, "only whether the org answers is read"),
];

fn raw_pages(files: &[File]) -> Vec<String> {
    let outside = |file: &&File| {
        file.is(&["rs"])
            && ["crates/app/src/", "crates/cli/src/", "crates/gateway/src/", "src-tauri/src/"]
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
    let call = "let page = client.list_guests(Lane::Person, &list).await?;";
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    assert_eq!(raw_pages(&[file("crates/app/src/new.rs", call)]).len(), 1);
    assert_eq!(
        raw_pages(&[file("crates/app/src/retention/org_time.rs", "")]).len(),
        1,
        "and one that is gone"
    );
    assert_eq!(
        raw_pages(&[
            file("crates/app/src/retention/org_time.rs", call),
            file("crates/genesys/src/x.rs", call)
        ])
        .len(),
        0
    );
}
