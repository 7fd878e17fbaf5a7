//! The golden list of the access rules (`tests/security/access.txt`) against what the window's own authority decides.

use std::collections::BTreeSet;

use tauri::ipc::Origin;

const GOLDEN: &str = include_str!("../../tests/security/access.txt");

/// Windows that there may be one day, and names that look like the one that is.
const OTHERS: [&str; 6] = ["other", "main2", "Main", "main-report", "", "*"];

/// Commands of tauri and its plugins that the program links: none is for the page.
const NOT_FOR_THE_PAGE: [&str; 18] = [
    "plugin:app|version",
    "plugin:event|emit",
    "plugin:event|listen",
    "plugin:image|from_path",
    "plugin:menu|new",
    "plugin:path|resolve_directory",
    "plugin:resources|close",
    "plugin:store|get",
    "plugin:store|load",
    "plugin:store|set",
    "plugin:tray|new",
    "plugin:webview|create_webview_window",
    "plugin:webview|internal_toggle_devtools",
    "plugin:window-state|save_window_state",
    "plugin:window|close",
    "plugin:window|create",
    "plugin:window|set_title",
    "no_such_command",
];

/// Command and windows of each line.
fn golden() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = GOLDEN.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.splitn(3, " | ");
            let mut column = || columns.next().unwrap_or_else(|| panic!("three columns in {line:?}"));
            let (command, windows) = (column(), column().split(' ').collect());
            let example = column();
            assert!(
                serde_json::from_str::<serde_json::Value>(example).is_ok_and(|e| e.is_object()),
                "{line}"
            );
            (command, windows)
        })
        .collect()
}

/// The names of the commands, as the page's bindings call them.
fn commands() -> BTreeSet<String> {
    let language = specta_typescript::Typescript::default();
    let made = tempfile::tempdir().unwrap();
    let file = made.path().join("bindings.ts");
    crate::specta_builder().export(language, &file).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    // `__TAURI_INVOKE("name"`, or with a type before the parenthesis.
    let calls = text.split("__TAURI_INVOKE").skip(1).filter_map(|rest| rest.split_once("(\""));
    calls
        .filter(|(between, _)| between.is_empty() || between.starts_with('<'))
        .map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_command_stands_in_the_golden_list_and_nothing_else_does() {
    let listed: BTreeSet<String> = golden().into_iter().map(|(command, _)| command.to_owned()).collect();
    let there = commands();
    assert!(there.len() > 40, "the bindings were not read: {there:?}");
    let unlisted: Vec<_> = there.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&there).collect();
    assert!(
        unlisted.is_empty() && stale.is_empty(),
        "not in tests/security/access.txt: {unlisted:?}; there, but no command any more: {stale:?}"
    );
    let names: Vec<_> = golden().into_iter().map(|(command, _)| command).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "the golden list is in order and says each once");
}

#[test]
fn every_command_is_refused_to_every_window_that_the_golden_list_does_not_name() {
    let mut context = crate::context();
    let authority = context.runtime_authority_mut();
    let foreign = Origin::Remote { url: "https://app.evil.test/".parse().unwrap() };
    for (command, windows) in golden() {
        for window in OTHERS.into_iter().chain(["main"]) {
            let granted = authority.resolve_access(command, window, window, &Origin::Local).is_some();
            assert_eq!(granted, windows.contains(&window), "{command} for the window {window:?}");
            assert!(authority.resolve_access(command, window, window, &foreign).is_none(), "{command}");
        }
    }
}

#[test]
fn nothing_of_tauri_or_its_plugins_is_granted_to_the_page() {
    let mut context = crate::context();
    let authority = context.runtime_authority_mut();
    for command in NOT_FOR_THE_PAGE {
        assert!(authority.resolve_access(command, "main", "main", &Origin::Local).is_none(), "{command}");
    }
}
