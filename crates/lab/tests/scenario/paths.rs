//! What the paths of a file may name, and how long it takes to tell.

use std::{fs, path::Path};

use lab::scenario::Action;

use crate::includes::{actions, folder, loaded, mistake, refused};

fn attaching(path: &str) -> String {
    format!("scenarios:\n  a:\n    - attach: {path}\n")
}

#[test]
fn paths_stay_below_the_named_file_s_folder_or_the_working_directory() {
    let folder = folder(&[
        ("in/a.yaml", "scenarios:\n  a:\n    - attach: sub/x.png\n"),
        ("in/up.yaml", "scenarios:\n  a:\n    - include: '../secret.yaml#a'\n"),
        ("in/gone.yaml", "scenarios:\n  a:\n    - include: '../gone.yaml#a'\n"),
        ("in/attach.yaml", "scenarios:\n  a:\n    - attach: ../secret.yaml\n"),
        ("in/detour.yaml", "scenarios:\n  a:\n    - attach: nowhere/../../secret.yaml\n"),
        ("in/absolute.yaml", "scenarios:\n  a:\n    - attach: /etc/passwd\n"),
        ("in/folder.yaml", "scenarios:\n  a:\n    - attach: .\n"),
        ("secret.yaml", "scenarios: {a: []}"),
    ]);
    let Action::Attach(path) = actions(&loaded(&folder, "in/a.yaml").unwrap()).remove(0) else { panic!() };
    assert_eq!(path, folder.path().canonicalize().unwrap().join("in/sub/x.png"));
    for name in ["up", "gone", "attach", "absolute", "folder"] {
        refused(&folder, &format!("in/{name}.yaml"), (&format!("{name}.yaml"), 3), "neither below");
    }
    refused(&folder, "in/detour.yaml", ("detour.yaml", 3), "nowhere, which is not there");
    // Below the working directory, which is that of this crate while its tests run.
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    fs::write(
        folder.path().join("here.yaml"),
        format!("scenarios: {{a: [{{attach: '{}'}}]}}", here.display()),
    )
    .unwrap();
    assert!(loaded(&folder, "here.yaml").is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_leads_no_further_than_a_path() {
    let folder = folder(&[
        ("in/a.yaml", "scenarios:\n  a:\n    - include: 'link.yaml#a'\n"),
        ("in/b.yaml", "scenarios:\n  a:\n    - attach: dangling/x\n"),
        ("secret.yaml", "scenarios: {a: []}"),
    ]);
    std::os::unix::fs::symlink("../secret.yaml", folder.path().join("in/link.yaml")).unwrap();
    std::os::unix::fs::symlink("../nowhere", folder.path().join("in/dangling")).unwrap();
    refused(&folder, "in/a.yaml", ("a.yaml", 3), "neither below");
    refused(&folder, "in/b.yaml", ("b.yaml", 3), "a link that leads to nothing");
}

#[test]
fn a_long_path_is_refused_and_a_file_of_long_paths_is_read_in_good_time() {
    let text = attaching(&"a/".repeat(400_000));
    refused(&folder(&[("a.yaml", &text)]), "a.yaml", ("a.yaml", 3), "at most 4096");
    let text = format!("scenarios:\n  a:\n    - include: '{}#b'\n", "a/".repeat(400_000));
    refused(&folder(&[("a.yaml", &text)]), "a.yaml", ("a.yaml", 3), "at most 4096");
    // As long as is allowed, and so often that each part of each path counts.
    for part in ["a/", "in/../"] {
        let path = part.repeat(2_000 / part.len());
        let steps = "{attach: '${p}x'},".repeat(20_000);
        let text = format!("variables: {{p: '{path}'}}\nscenarios:\n  a: [{steps}]\n");
        refused(&folder(&[("a.yaml", &text), ("in/x", "")]), "a.yaml", ("a.yaml", 3), "too large");
    }
}

#[test]
fn what_is_there_and_cannot_be_attached_is_refused_with_the_reason() {
    let files = [("in/lib.yaml", "x"), ("in/sub/x", ""), ("in/fine.txt", "")];
    for (path, words) in [
        ("\"a\\0b\"", "NUL"),
        ("sub", "no regular file"),
        ("lib.yaml/x", "below something that is no folder"),
        ("gone/../fine.txt", "which is not there"),
    ] {
        let folder = folder(&files);
        fs::write(folder.path().join("in/a.yaml"), attaching(path)).unwrap();
        refused(&folder, "in/a.yaml", ("a.yaml", 3), words);
    }
    let include = folder(&[("a.yaml", "scenarios:\n  a:\n    - include: \"a\\0b#a\"\n")]);
    refused(&include, "a.yaml", ("a.yaml", 3), "NUL");
    for path in ["fine.txt", "sub/../fine.txt", "not/yet/there.png"] {
        let folder = folder(&files);
        fs::write(folder.path().join("in/a.yaml"), attaching(path)).unwrap();
        assert!(loaded(&folder, "in/a.yaml").is_ok(), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_round_and_a_socket_are_told_as_what_they_are() {
    let folder = folder(&[
        ("a.yaml", &attaching("round")),
        ("b.yaml", &attaching("nothing")),
        ("c.yaml", &attaching("socket")),
    ]);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
    };
    link("round", "round");
    link("gone", "nothing");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    refused(&folder, "a.yaml", ("a.yaml", 3), "cannot be followed");
    refused(&folder, "b.yaml", ("b.yaml", 3), "a link that leads to nothing");
    refused(&folder, "c.yaml", ("c.yaml", 3), "no regular file");
    assert!(!mistake(&folder, "b.yaml").message.contains("neither"));
}
