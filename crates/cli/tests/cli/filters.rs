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
        assert!(answer["error"]["message"].as_str().unwrap().contains("byte"), "{answer}");
        assert!(!plan.exists());
        assert_eq!(run(ik().args(["guests", "list", "--filter", filter])).0, 2);
    }
    assert_eq!(org.ledger("request").len(), 0, "not one call");
}

#[test]
fn a_blank_filter_is_none_also_past_the_first_page() {
    let org = Org::start(&["--guests", "150", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    for filter in ["", "  ", r#"id != "x""#] {
        let listed = innkeeper(data.path(), Some(&org)).args(["guests", "list", "--filter", filter]).output();
        let (code, guests) = lines(&listed.unwrap());
        assert_eq!((code, guests.len()), (0, 150), "{filter:?}");
    }
}
