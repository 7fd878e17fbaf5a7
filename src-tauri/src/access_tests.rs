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

/// What a command reaches beyond the console's own store; the list says what each means.
const REACHES: [&str; 5] = ["neither", "sends", "reads", "writes", "asks"];

/// Fields of an input, in small letters, by which a page could name a place for a file.
const PLACES: [&str; 8] = ["file", "path", "folder", "dir", "directory", "target", "destination", "saveto"];

/// Fields of an input, in small letters, by which a page could name a host.
const HOSTS: [&str; 9] =
    ["url", "baseurl", "host", "origin", "environment", "address", "listen", "proxy", "endpoint"];

struct Row {
    command: &'static str,
    windows: Vec<&'static str>,
    reach: &'static str,
    example: serde_json::Value,
}

fn golden() -> Vec<Row> {
    let lines = GOLDEN.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.splitn(4, " | ");
            let mut column = || columns.next().unwrap_or_else(|| panic!("four columns in {line:?}"));
            let (command, windows, reach) = (column(), column().split(' ').collect(), column());
            let example: serde_json::Value = serde_json::from_str(column()).unwrap();
            assert!(example.is_object(), "{line}");
            Row { command, windows, reach, example }
        })
        .collect()
}

/// The names of all fields of an example, at every depth.
fn fields(value: &serde_json::Value) -> Vec<String> {
    let own = value.as_object().into_iter().flatten();
    let inner = value.as_array().into_iter().flatten().flat_map(fields);
    own.flat_map(|(name, value)| [vec![name.to_lowercase()], fields(value)].concat()).chain(inner).collect()
}

/// What is wrong with the reach of a line: an input that names a place or a host goes through the person or a bare name.
fn unfit(line: &Row) -> Option<String> {
    let named = fields(&line.example);
    let has = |words: &[&str]| named.iter().any(|field| words.contains(&field.as_str()));
    let (place, host) = (has(&PLACES), has(&HOSTS));
    let fits = match line.reach {
        "neither" | "sends" | "reads" => !place && !host,
        "writes" => place && !host,
        "asks" => place || host,
        _ => false,
    };
    (!fits).then(|| format!("{} cannot be {:?} with the fields {named:?}", line.command, line.reach))
}

/// The names of the commands, as the page's bindings call them.
fn commands() -> BTreeSet<String> {
    let language = specta_typescript::Typescript::default();
    let made = tempfile::tempdir().unwrap();
    let file = made.path().join("bindings.ts");
    crate::specta_builder::<tauri::Wry>().export(language, &file).unwrap();
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
    let listed: BTreeSet<String> = golden().into_iter().map(|line| line.command.to_owned()).collect();
    let there = commands();
    assert!(there.len() > 40, "the bindings were not read: {there:?}");
    let unlisted: Vec<_> = there.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&there).collect();
    assert!(
        unlisted.is_empty() && stale.is_empty(),
        "not in tests/security/access.txt: {unlisted:?}; there, but no command any more: {stale:?}"
    );
    let names: Vec<_> = golden().into_iter().map(|line| line.command).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "the golden list is in order and says each once");
}

#[test]
fn every_command_is_refused_to_every_window_that_the_golden_list_does_not_name() {
    let mut context = crate::context::<tauri::Wry>();
    let authority = context.runtime_authority_mut();
    let foreign = Origin::Remote { url: "https://app.evil.test/".parse().unwrap() };
    for Row { command, windows, .. } in golden() {
        for window in OTHERS.into_iter().chain(["main"]) {
            let granted = authority.resolve_access(command, window, window, &Origin::Local).is_some();
            assert_eq!(granted, windows.contains(&window), "{command} for the window {window:?}");
            assert!(authority.resolve_access(command, window, window, &foreign).is_none(), "{command}");
        }
    }
}

#[test]
fn nothing_of_tauri_or_its_plugins_is_granted_to_the_page() {
    let mut context = crate::context::<tauri::Wry>();
    let authority = context.runtime_authority_mut();
    for command in NOT_FOR_THE_PAGE {
        assert!(authority.resolve_access(command, "main", "main", &Origin::Local).is_none(), "{command}");
    }
}

#[test]
fn every_command_is_known_for_what_it_can_write_and_where_it_can_send() {
    let unfit: Vec<String> = golden().iter().filter_map(unfit).collect();
    assert!(unfit.is_empty(), "{unfit:#?}");
    let of = |reach: &str| golden().iter().filter(|line| line.reach == reach).count();
    assert!(REACHES.iter().all(|reach| of(reach) > 0), "each kind is there: the check is not blind");
    assert_eq!(REACHES.iter().map(|reach| of(reach)).sum::<usize>(), golden().len());
    let line = |reach, example| Row { command: "new", windows: Vec::new(), reach, example };
    let path = serde_json::json!({ "query": [{ "File": "x" }] });
    let host = serde_json::json!({ "connection": { "baseUrl": "x" } });
    for reach in ["neither", "sends", "anything"] {
        assert!(unfit_of(&line(reach, path.clone())) && unfit_of(&line(reach, host.clone())), "{reach}");
    }
    assert!(unfit_of(&line("writes", host)) && !unfit_of(&line("writes", path)));
    assert!(unfit_of(&line("asks", serde_json::json!({ "id": "x" }))));
}

fn unfit_of(line: &Row) -> bool {
    unfit(line).is_some()
}
