//! What people write as a filter stays one, whatever our own tests stand beside it.

use crate::support::{Org, innkeeper, lines, run};

#[test]
fn a_filter_that_would_escape_its_parentheses_is_refused_before_the_org_is_asked() {
    let org = Org::start(&["--guests", "150", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    for filter in [
        r#"name="nobody") OR (active=true"#,
        r#"active=true) OR (name="nobody""#,
        "name ~ 3",
        r#"name = "open"#,
    ] {
        let plan = data.path().join("plan.jsonl");
        let out = plan.to_str().unwrap();
        let (code, answer) =
            run(ik().args(["retention", "plan", "--days", "60", "--filter", filter, "--out", out]));
        assert_eq!(code, 2, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("character"), "{answer}");
        assert!(!plan.exists());
        assert_eq!(run(ik().args(["guests", "list", "--filter", filter])).0, 2);
    }
    assert_eq!(org.ledger("request").len(), 0, "not one call");
}

const GOLD: &str = "attributes.tier = \"gold\"";

/// `F=; innkeeper guests list --filter "$F"`.
#[test]
fn a_filter_that_a_script_lost_is_refused_and_everyone_is_said_in_so_many_words() {
    let org = Org::start(&["--guests", "150", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    let ik = |words: &[&str]| innkeeper(data.path(), Some(&org)).args(words).output().unwrap();
    let saved = ["retention", "policy", "set", "--filter", GOLD];
    assert_eq!(lines(&ik(&saved)).0, 0);
    let plan = data.path().join("plan.jsonl");
    let out = plan.to_str().unwrap();
    let asked = org.ledger("request").len();
    for filter in ["", "  ", "\t"] {
        for words in [
            &["guests", "list", "--filter", filter][..],
            &["retention", "plan", "--days", "1", "--filter", filter, "--out", out],
            &["retention", "policy", "set", "--filter", filter],
            &["hold", "add", "--filter", filter, "--reason", "a case"],
        ] {
            let (code, answer) = lines(&ik(words));
            let message = answer[0]["error"]["message"].as_str().unwrap().to_owned();
            assert_eq!((code, answer.len()), (2, 1), "{words:?}: {answer:?}");
            assert!(message.contains("--filter"), "{message}");
        }
    }
    assert!(!plan.exists());
    assert_eq!(org.ledger("request").len(), asked, "not one call");
    let stored = || lines(&ik(&["retention", "policy", "list"])).1[0]["filter"].clone();
    assert_eq!(stored(), GOLD);
    // And with its own word, past the first page too.
    for words in [
        &["guests", "list", "--everyone"][..],
        &["guests", "list"],
        &["guests", "list", "--filter", r#"id != "x""#],
    ] {
        let (code, guests) = lines(&ik(words));
        assert_eq!((code, guests.len()), (0, 150), "{words:?}");
    }
    let due = |more: &[&str]| {
        let words = [&["retention", "plan", "--days", "10", "--replace", "--out", out][..], more].concat();
        lines(&ik(&words)).1[0]["due"].as_u64().unwrap()
    };
    let (some, all) = (due(&[]), due(&["--everyone"]));
    assert!(some < all, "the saved filter counts where nothing is said: {some} of {all}");
    let (code, set) = lines(&ik(&["retention", "policy", "set", "--everyone"]));
    assert_eq!((code, &set[0]["changes"][0]["after"]), (0, &serde_json::json!("everyone")));
    assert!(stored().is_null());
}
