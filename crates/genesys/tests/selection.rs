//! A selection means the same here and at the org: whatever guests are compared with, both select the same ones.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::sync::Arc;

use genesys::{
    Error, Lane, NewGuest,
    guest_api::{GuestApi, ListGuests},
};
use model::{AttributeValue, Field, Guest, GuestId, Selection};
use proptest::prelude::*;
use simulator::{Options, Simulator};
use testkit::{InProcess, TokioClock, guest_id, new_guest, settings};

const START: &str = "2026-11-22T12:00:00Z";

/// An org with guests that differ in everything a test can ask for.
async fn org() -> (GuestApi, Vec<Guest>) {
    let options = Options { guests: 40, now: Some(START.parse().unwrap()), ..Options::default() };
    let org = Simulator::new(&options).unwrap();
    let client = testkit::guest_api(
        settings(),
        Arc::new(InProcess::new(org.router())),
        Arc::new(TokioClock::at(START)),
    );
    let odd: [(&str, Option<&str>, AttributeValue); 5] = [
        ("ÉCOLE İstanbul", Some("A@x.example"), AttributeValue::Null),
        ("a \"quoted\" \\ name", None, true.into()),
        ("Ada", Some("ada@x.example"), 7.into()),
        ("ada", Some("Ada@X.example"), AttributeValue::Number(serde_json::Number::from_f64(7.5).unwrap())),
        ("Zoë", None, "7".into()),
    ];
    for (n, (name, email, kept)) in (1..).zip(odd) {
        let mut new: NewGuest = new_guest(n);
        (new.name, new.email) = (Some(name.to_owned()), email.map(str::to_owned));
        new.attributes.insert("kept".into(), kept);
        client.create_guest(Lane::Person, &new).await.unwrap();
    }
    let list = ListGuests { page_size: 100, expand_attributes: true, ..ListGuests::default() };
    let guests = client.whole_page(Lane::Person, &list).await.unwrap().guests;
    assert_eq!(guests.len(), 45);
    (client, guests)
}

/// Values that lie on, beside and across what the guests have, of every type.
fn tests_of_a_field(guests: &[Guest]) -> impl Strategy<Value = Selection> + use<> {
    let of_guests = guests.iter().flat_map(|g| {
        let start = |text: &str| text.chars().take(3).collect::<String>();
        let time = |t: chrono::DateTime<chrono::Utc>| t.to_rfc3339();
        [
            g.id.to_string(),
            g.name.clone(),
            start(&g.name).to_uppercase(),
            time(g.created_time),
            time(g.modified_time),
        ]
        .into_iter()
        .chain(g.email.clone())
        .chain(g.attributes.values().filter_map(|v| match v {
            AttributeValue::Text(text) => Some(text.clone()),
            _ => None,
        }))
    });
    let texts: Vec<String> = of_guests
        .chain(["", "é", "i", "2026-11-22T12:00:00.0000001Z", "2016-12-31T23:59:60Z"].map(str::to_owned))
        .map(|text| model::Value::Text(text).to_string())
        .chain(["0", "7", "7.5", "-1e3", "+5.", "true", "FALSE"].map(str::to_owned))
        .collect();
    let keys = guests.iter().flat_map(|g| g.attributes.keys().map(|key| format!("attributes.{key}")));
    let mut fields: Vec<String> = keys
        .chain(
            ["id", "name", "email", "createdTime", "modifiedTime", "active", "attributes.none"]
                .map(str::to_owned),
        )
        .collect();
    fields.sort();
    fields.dedup();
    assert!(fields.iter().all(|field| Field::named(field).is_some()));
    let ops = proptest::sample::select(vec!["=", "!=", "<", "<=", ">", ">=", "contains", "startswith"]);
    (proptest::sample::select(fields), ops, proptest::sample::select(texts))
        .prop_map(|(field, op, value)| format!("{field} {op} {value}").parse().unwrap())
}

fn selections(guests: &[Guest]) -> impl Strategy<Value = Selection> + use<> {
    tests_of_a_field(guests).prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.or(b)),
            inner.prop_map(|inner| format!("NOT ({inner})").parse().unwrap()),
        ]
    })
}

#[test]
fn an_org_and_we_select_the_same_guests_and_refuse_the_same_selections() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (client, guests) = runtime.block_on(org());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(2_000));
    runner
        .run(&selections(&guests), |selection| {
            let list =
                ListGuests { page_size: 100, filter: Some(selection.clone()), ..ListGuests::default() };
            let found = runtime.block_on(client.whole_page(Lane::Person, &list));
            let here = guests.iter().filter(|guest| selection.matches(guest)).map(|guest| guest.id);
            match found {
                Ok(page) => {
                    prop_assert!(selection.refusal().is_none(), "the org takes {selection}");
                    let mut there: Vec<GuestId> = page.guests.iter().map(|guest| guest.id).collect();
                    let mut here: Vec<GuestId> = here.collect();
                    there.sort();
                    here.sort();
                    prop_assert_eq!(here, there, "{}", selection);
                }
                Err(Error::Invalid { .. }) => {
                    prop_assert!(selection.refusal().is_some(), "the org refuses {selection}");
                    prop_assert_eq!(here.count(), 0);
                }
                Err(other) => prop_assert!(false, "{selection}: {other}"),
            }
            Ok(())
        })
        .unwrap();
    assert!(guests.iter().any(|guest| guest.id == guest_id(1)));
}
