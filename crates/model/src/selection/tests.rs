//! What a selection is, apart from any org: its text and its tree say the same, and logic holds of who is selected.

use proptest::prelude::*;
use strum::VariantArray;

use super::{split::Split, *};
use crate::{AttributeValue, GuestId};

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[aBéİ\"\\\\() ]{0,4}", Just("2026-01-02T03:04:05Z".to_owned()), "\\PC{0,12}"]
}

fn tests_of_a_field() -> impl Strategy<Value = Test> {
    let field = proptest::sample::select(vec![
        "id",
        "name",
        "email",
        "createdTime",
        "modifiedTime",
        "active",
        "attributes.a",
        "attributes.größe-2",
        "state",
    ])
    .prop_map(|name| Field::named(name).unwrap());
    let value = prop_oneof![
        texts().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        proptest::sample::select(vec!["0", "-1.50", "7", "9007199254740993", "+1e5", "5."])
            .prop_map(|digits| Value::Number(WrittenNumber::new(digits).unwrap())),
    ];
    (field, proptest::sample::select(Op::VARIANTS.to_vec()), value).prop_map(|(field, op, value)| Test {
        field,
        op,
        value,
    })
}

fn expressions() -> impl Strategy<Value = Expression> {
    tests_of_a_field().prop_map(Expression::Test).prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|e| Expression::Not(Box::new(e))),
        ]
    })
}

/// Those that no org refuses.
fn selections() -> impl Strategy<Value = Selection> {
    expressions()
        .prop_map(Selection::from)
        .prop_filter("an org takes it", |selection| selection.refusal().is_none())
}

fn guests() -> impl Strategy<Value = Guest> {
    let value = prop_oneof![
        Just(AttributeValue::Null),
        any::<bool>().prop_map(Into::into),
        (-2i64..9).prop_map(Into::into),
        texts().prop_map(|text| text.as_str().into()),
    ];
    let attributes = proptest::collection::btree_map("a|größe-2|other", value, 0..3);
    (any::<u128>(), texts(), proptest::option::of(texts()), attributes, any::<bool>(), -2i64..2).prop_map(
        |(id, name, email, attributes, active, seconds)| {
            let time = "2026-01-02T03:04:05Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            Guest {
                id: GuestId(uuid::Uuid::from_u128(id)),
                name,
                email,
                attributes,
                active,
                created_time: time + chrono::TimeDelta::seconds(seconds),
                modified_time: time,
                revision: 1.into(),
                kind: None,
                phone: None,
                canonical_id: None,
            }
        },
    )
}

fn abilities() -> impl Strategy<Value = FilterAbility> {
    let kinds = proptest::sample::subsequence(FieldKind::VARIANTS.to_vec(), 0..=FieldKind::VARIANTS.len());
    let ops = proptest::sample::subsequence(Op::VARIANTS.to_vec(), 0..=8);
    (kinds, ops, any::<bool>(), any::<bool>()).prop_map(|(kinds, ops, or, not)| FilterAbility {
        tests: kinds.into_iter().map(|kind| (kind, ops.clone())).collect(),
        or,
        not,
    })
}

fn written(text: &str) -> Result<Expression, String> {
    grammar::parse(text, None)
}

#[test]
fn the_grammar_of_the_contract_is_taken() {
    for text in [
        r#"name = "Ada""#,
        r#"not (email contains "x" Or active = TRUE) and attributes.größe-2 >= -1.5e3"#,
        r#"NOT id startswith "6e" AND createdTime<"2026-01-01T00:00:00Z""#,
        r#"attributes.note = "a \"quoted\" \\ text""#,
    ] {
        assert_eq!(text.parse::<Selection>().unwrap().as_str(), text, "it comes back as it was written");
    }
    assert_eq!(
        written(r#"NOT name="a" and id="b" Or (active = TRUE)"#).unwrap().to_string(),
        r#"NOT name = "a" AND id = "b" OR active = true"#
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, why) in [
        ("", "needs id, name"),
        ("colour = 1", "at character 1, not `colour = 1`"),
        ("name ~ \"1\"", "needs one of = != < <= > >= contains startswith at character 6"),
        ("name = Ada", "needs a quoted text, a number, true or false at character 8"),
        ("name = \"Ada", "has a quote at character 8 that is never closed"),
        ("name = \"A\\d\"", "has an escape other than \\\" and \\\\ at character 11"),
        ("(name = \"A\"", "needs AND, OR or `)` at character 12, not the end"),
        ("name = \"A\" name = \"B\"", "needs AND, OR or the end at character 12"),
        ("attributes. = 1", "needs id, name"),
        ("name = \"größe\" x", "at character 16, not `x`"),
        ("name = \"A\" AND", "at character 15, not the end"),
    ] {
        let answer = written(text).unwrap_err();
        assert!(answer.contains(why), "{text}: {answer}");
    }
    assert!(written(&format!("{}active = true", "(".repeat(17))).unwrap_err().contains("more than 16"));
}

#[test]
fn it_is_stored_as_its_text_and_a_format_of_a_later_version_is_refused() {
    let text = r#"attributes.tier="gold""#;
    let selection: Selection = text.parse().unwrap();
    assert_eq!(serde_json::to_value(&selection).unwrap(), serde_json::json!(text));
    let read = |json: serde_json::Value| serde_json::from_value::<Selection>(json);
    assert_eq!(read(serde_json::json!(text)).unwrap(), selection);
    assert_eq!(read(serde_json::json!({ "selectionFormat": 1, "text": text })).unwrap(), selection);
    let later = read(serde_json::json!({ "selectionFormat": 2, "tree": [] })).unwrap_err().to_string();
    assert!(later.contains("format 2, which a later version wrote"), "{later}");
    assert!(read(serde_json::json!({ "text": text })).is_err(), "an object says its format");
}

#[test]
fn what_an_org_refuses_selects_nobody_and_is_refused_where_the_org_cannot_filter_by_it() {
    let guest: Guest = serde_json::from_value(serde_json::json!({
        "id": uuid::Uuid::nil(), "name": "Ada", "active": true, "version": 1,
        "createdTime": "2026-01-01T00:00:00Z", "modifiedTime": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    for (text, why) in [
        ("active = \"yes\"", "`active` needs = or != and true or false"),
        ("name = 3", "`name` needs a quoted text"),
        ("createdTime < \"yesterday\"", "`createdTime` needs one of"),
        ("attributes.n contains 3", "`contains` cannot compare `attributes.n` with `3`"),
        ("state = \"active\"", "asks for `state`, which guests do not have"),
    ] {
        for text in [text.to_owned(), format!("NOT ({text})"), format!("active = true OR {text}")] {
            let selection: Selection = text.parse().unwrap();
            assert!(!selection.matches(&guest), "{text}");
            let refusal = selection.refusal().unwrap();
            assert!(refusal.to_string().contains(why), "{text}: {refusal}");
            assert_eq!(selection.split(&FilterAbility::nothing()), Err(refusal));
            let whole = selection.split(&FilterAbility::whole_grammar()).unwrap();
            assert_eq!(whole, Split { served: Some(selection), residual: None }, "the org says it itself");
        }
    }
}

proptest! {
    #[test]
    fn a_selection_printed_and_parsed_is_the_same_selection(a in expressions(), b in expressions(), built: bool) {
        let selection = Selection::from(a);
        let selection = if built { selection.or(Selection::from(b)) } else { selection };
        prop_assert_eq!(selection.as_str().parse::<Selection>(), Ok(selection.clone()));
    }

    #[test]
    fn any_text_is_only_ever_a_value(text in "\\PC{0,20}") {
        let built = Selection::contains(Field::Name, &text).and(Selection::equals(Field::Email, text.as_str()));
        prop_assert_eq!(built.as_str().parse::<Selection>(), Ok(built.clone()));
        prop_assert_eq!(built.expression.tests().count(), 2);
    }

    #[test]
    fn who_is_selected_follows_and_or_and_not(a in selections(), b in selections(), guest in guests()) {
        let (in_a, in_b) = (a.matches(&guest), b.matches(&guest));
        prop_assert_eq!(a.clone().and(b.clone()).matches(&guest), in_a && in_b);
        prop_assert_eq!(a.clone().or(b.clone()).matches(&guest), in_a || in_b);
        prop_assert_eq!(Selection::any([&a, &b, &a]).unwrap().matches(&guest), in_a || in_b);
        prop_assert_eq!(Selection::from(Expression::Not(Box::new(a.expression))).matches(&guest), !in_a);
    }

    #[test]
    fn what_the_org_filters_and_what_is_tested_here_select_the_same(
        selection in selections(),
        can in abilities(),
        guest in guests(),
    ) {
        let Split { served, residual } = selection.split(&can).unwrap();
        let holds = |part: &Option<Selection>| part.as_ref().is_none_or(|part| part.matches(&guest));
        prop_assert_eq!(holds(&served) && holds(&residual), selection.matches(&guest));
        prop_assert!(served.is_none_or(|served| can.serves(&served.expression)));
    }

    #[test]
    fn any_text_is_answered_without_a_panic(text in "\\PC{0,60}", mix in "[()\"\\\\a-z=<> ]{0,40}") {
        drop(written(&text));
        drop(written(&mix));
    }
}
