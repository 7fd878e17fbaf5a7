//! `key rotate`: everything under a new key, the old one gone, nothing lost on the way.

use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};
use store::{Error, KeyRing, Store};

use crate::{
    folder,
    support::{Org, innkeeper, lines, run},
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
    for file in folder::files(data.path()) {
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
