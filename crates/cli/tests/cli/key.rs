//! `key rotate`: everything under a new key, the old one gone, nothing lost on the way.

use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};
use store::{Error, KeyRing, Store};

use crate::{
    folder,
    support::{Org, innkeeper, innkeeper_from_nothing, lines, run},
    witness::{Witness, drains, say},
};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap().to_owned()
}

#[test]
fn after_a_rotation_the_old_key_is_gone_and_messages_and_sessions_are_as_before() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let chat = run(ik().args(["chat", "start", "--print-token"])).1;
    let (conversation, token) = (text(&chat, "conversationId"), text(&chat, "sessionToken"));
    let mut witness = Witness::default();
    let file = witness.says([&conversation; 20].into_iter(), "canary-message");
    witness.hears(&lines(&say(ik(), file.path()).output().unwrap()).1);

    let connection = folder::connection(data.path());
    let store = connection.join("store");
    let id_of = || {
        let schema: Value = serde_json::from_slice(&fs::read(store.join("schema.json")).unwrap()).unwrap();
        text(&schema, "key")
    };
    let hash =
        |keys: &KeyRing| Store::open(&store, keys).unwrap().keyed_hash("session-token", token.as_bytes());
    let (old_id, old) = (id_of(), folder::keys(&connection));
    let old_hash = hash(&old);

    let (code, rotated) = run(ik().args(["key", "rotate"]));
    assert_eq!(code, 0, "{rotated}");
    assert_eq!(rotated, json!({ "rotated": true, "keyId": id_of(), "olderKeysKept": 0 }));
    assert_ne!(id_of(), old_id);
    let secrets = folder::secrets(&connection);
    for gone in ["data-key.1", "data-key.next"] {
        assert!(secrets.get(gone).unwrap().is_none(), "{gone} is still kept");
    }
    assert!(matches!(Store::open(&store, &old), Err(Error::WrongKey)), "the old key opens nothing");
    assert_eq!(hash(&folder::keys(&connection)), old_hash, "what is known of sessions stays");
    let old_bytes: Vec<u8> =
        (0..8).map(|n| u8::from_str_radix(&old_id[2 * n..2 * n + 2], 16).unwrap()).collect();
    for file in testkit::files_below(data.path()) {
        let bytes = fs::read(&file).unwrap();
        let has = |what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
        assert!(!has(b"canary-message") && !has(token.as_bytes()), "{} in clear", file.display());
        assert!(!has(&old_bytes), "{} is sealed under the old key", file.display());
    }

    let mut check = ik();
    check.args(["session", "check", "--guest", &text(&chat, "guestId")]);
    let mut check = check.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    check.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    assert_eq!(lines(&check.wait_with_output().unwrap()).1[0]["outcome"], "valid");
    witness.finds_all(ik(), "after the rotation");
    drains(ik(), "after the rotation");
    assert_eq!(witness.judges(&org, "after the rotation"), 0);
}

#[test]
fn older_keys_are_kept_and_counted_while_a_purge_of_their_time_has_its_journal() {
    let org = Org::start(&["--guests", "50", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let plan = data.path().join("plan.jsonl");
    assert_eq!(run(ik().args(["retention", "plan", "--days", "60", "--out"]).arg(&plan)).0, 0);
    let (code, done) = run(ik().args(["retention", "run"]).arg(&plan));
    assert_eq!(code, 0, "{done}");
    let before = run(ik().args(["retention", "status"])).1;
    assert_eq!(before["runs"].as_array().unwrap().len(), 1);
    for kept in 1..3 {
        let (code, rotated) = run(ik().args(["key", "rotate"]));
        assert_eq!((code, &rotated["olderKeysKept"]), (0, &json!(kept)), "{rotated}");
        assert_eq!(run(ik().args(["retention", "status"])).1, before, "its journal is still read");
    }
}

#[test]
fn while_another_process_holds_the_folder_a_message_a_drain_and_a_rotation_are_told_to_come_later() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = text(&run(ik().args(["chat", "start"])).1, "conversationId");
    let schema = folder::connection(data.path()).join("store/schema.json");
    let before = fs::read(&schema).unwrap();
    let since = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let holder = store::Holder { pid: std::process::id(), what: "a long look".to_owned(), since };
    let held = store::FolderLock::acquire(data.path(), &holder).unwrap();
    for args in [&["chat", "say", &conversation, "words"][..], &["outbox", "drain"], &["key", "rotate"]] {
        let (code, told) = run(ik().args(args));
        assert_eq!((code, &told["error"]["code"]), (75, &json!("folder_locked")), "{told}");
        assert!(text(&told["error"], "message").contains("a long look"), "{told}");
    }
    assert_eq!(fs::read(&schema).unwrap(), before);
    drop(held);
    assert_eq!(run(ik().args(["key", "rotate"])).0, 0);
    assert!(org.ledger("message").is_empty());
}

/// A secrets file as a version before sealed it: 19 MiB, two passes, under a passphrase of one letter.
const OLD_AND_WEAK: &str = r#"{"version":1,"kdf":"argon2id","memoryKib":19456,"passes":2,"salt":"DABCcNJd8U/cmaJ6B0zxlg==","nonce":"pm5wPraLVxlQdDV7bRirvQ5ksG5nO94q","sealed":"sjkfy6QLnXCkMvqnUQloZx5Tez/lJ1AsC0NMzivbfceV8YWhsdLt9tJdYqxrVHTW3SpUTKtNEQOJXyrdqTa/m7pnxNkYt7In"}"#;
/// The same under the passphrase of these stories.
const OLD: &str = r#"{"version":1,"kdf":"argon2id","memoryKib":19456,"passes":2,"salt":"WUujl1H4VfLEwM9rshV94w==","nonce":"QyhIJUfxNErN0rqVdDg8bbqa6ExbI9yX","sealed":"CgLH63X2SRtrqszWf9IjYQtHW4JuaQPYTNSfuT3n+m8RHUU1P/bGq0+rNFMXVuQFrDFp++09NV0nYM8K/jivdqyZ1MZvRRyn"}"#;

/// A data folder that an earlier version began with such a file.
fn old_folder(org: &Org, sealed: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(run(innkeeper(data.path(), Some(org)).args(["chat", "start"])).0, 0);
    let connection = folder::connection(data.path());
    fs::remove_dir_all(data.path().join("orgs")).unwrap();
    for gone in fs::read_dir(&connection).unwrap().map(|entry| entry.unwrap().path()) {
        if gone.is_dir() { fs::remove_dir_all(gone) } else { fs::remove_file(gone) }.unwrap();
    }
    let file = connection.join("secrets.sealed");
    store::private::new_file(&file).unwrap().write_all(sealed.as_bytes()).unwrap();
    (data, file)
}

#[test]
fn a_short_passphrase_begins_no_folder_and_the_variable_is_named() {
    let org = Org::start(&["--guests", "1"]);
    for short in ["p", "1234567", "        ", "éééé"] {
        let data = tempfile::tempdir().unwrap();
        let ik = || {
            let mut command = innkeeper_from_nothing(data.path(), Some(&org));
            command.env("INNKEEPER_PASSPHRASE", short);
            command
        };
        for args in [&["chat", "start"][..], &["guests", "list"], &["key", "rotate"]] {
            let (code, told) = run(ik().args(args));
            assert_eq!((code, &told["error"]["code"]), (2, &json!("invalid_input")), "{short:?} {told}");
            assert_eq!(told["error"]["fields"][0]["field"], "INNKEEPER_PASSPHRASE", "{told}");
            // Blanks alone are a value that was lost.
            let next = if short.trim().is_empty() { "INNKEEPER_PASSPHRASE" } else { "8 characters" };
            assert!(text(&told["error"], "next").contains(next), "{told}");
        }
        let sealed = testkit::files_below(data.path()).into_iter().find(|f| f.ends_with("secrets.sealed"));
        assert_eq!(sealed, None, "{short:?}");
    }
    assert!(org.ledger("request").is_empty());
}

#[test]
fn an_old_folder_opens_under_its_short_passphrase_with_a_warning_and_its_key_is_not_rotated() {
    let org = Org::start(&["--guests", "1"]);
    let (data, file) = old_folder(&org, OLD_AND_WEAK);
    let ik = || {
        let mut command = innkeeper(data.path(), Some(&org));
        command.env("INNKEEPER_PASSPHRASE", "p");
        command
    };
    let opened = ik().args(["chat", "start"]).output().unwrap();
    assert!(opened.status.success());
    let told = String::from_utf8(opened.stderr).unwrap();
    assert!(told.contains("warning: The passphrase is short"), "{told}");
    let before = fs::read(&file).unwrap();
    let (code, refused) = run(ik().args(["key", "rotate"]));
    assert_eq!((code, &refused["error"]["code"]), (2, &json!("invalid_input")), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before, "what is refused changes nothing");
    assert_eq!(run(ik().args(["outbox", "list"])).0, 0);
}

#[test]
fn an_old_folder_is_sealed_anew_at_the_cost_of_today_when_its_key_is_rotated() {
    let org = Org::start(&["--guests", "1"]);
    let (data, file) = old_folder(&org, OLD);
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = text(&run(ik().args(["chat", "start"])).1, "conversationId");
    assert_eq!(run(ik().args(["chat", "say", &conversation, "words"])).0, 0);
    let head = || serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
    assert_eq!((&head()["memoryKib"], &head()["passes"]), (&json!(19_456), &json!(2)));
    assert_eq!(run(ik().args(["key", "rotate"])).0, 0);
    assert_eq!((&head()["memoryKib"], &head()["passes"]), (&json!(65_536), &json!(3)));
    let (code, left) = lines(&ik().args(["outbox", "list"]).output().unwrap());
    assert_eq!((code, left[0]["text"].as_str()), (0, Some("words")));
}
