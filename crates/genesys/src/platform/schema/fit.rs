//! Whether a value fits a custom field, and how it is written there: pure, so that a form and a command tell the same.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use model::AttributeValue;
use serde_json::{Number, Value};

use crate::schema::{FieldType, SchemaField};

/// Why a value does not fit, as what the field takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::platform) struct FitError(pub String);

/// The value as the org keeps it; `null` for one that is removed.
pub(in crate::platform) fn fit(
    field: &SchemaField,
    value: Option<&AttributeValue>,
) -> Result<Value, FitError> {
    let Some(value) = value.filter(|value| **value != AttributeValue::Null) else {
        return match field.required {
            true => Err(FitError("is required and cannot be removed".into())),
            false => Ok(Value::Null),
        };
    };
    typed(field, value).ok_or_else(|| FitError(format!("takes {}", takes(field))))
}

fn typed(field: &SchemaField, value: &AttributeValue) -> Option<Value> {
    match &field.field_type {
        FieldType::Text | FieldType::LongText | FieldType::Identifier => {
            text_of(value).filter(|text| has_length(field, text)).map(Value::String)
        }
        FieldType::Url => {
            let text = text_of(value).filter(|text| has_length(field, text))?;
            let address = url::Url::parse(&text).ok()?;
            matches!(address.scheme(), "http" | "https").then_some(Value::String(text))
        }
        FieldType::Enum(choices) => {
            let given = text_of(value)?;
            let by_key = choices.iter().find(|choice| choice.key == given);
            let choice = by_key.or_else(|| choices.iter().find(|c| c.title.as_deref() == Some(&given)))?;
            Some(Value::String(choice.key.clone()))
        }
        FieldType::Date => {
            let text = text_of(value)?;
            let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
            Some(Value::String(day.format("%Y-%m-%d").to_string()))
        }
        FieldType::DateTime => {
            let moment = DateTime::parse_from_rfc3339(&text_of(value)?).ok()?;
            Some(Value::String(moment.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)))
        }
        FieldType::Integer => {
            let number = number_of(value)?;
            let is_whole = number.is_i64() || number.is_u64();
            (is_whole && in_range(field, &number)).then_some(Value::Number(number))
        }
        FieldType::Number => {
            let number = number_of(value).filter(|number| in_range(field, number))?;
            Some(Value::Number(number))
        }
        FieldType::Checkbox => match value {
            AttributeValue::Bool(checked) => Some(Value::Bool(*checked)),
            _ => None,
        },
        FieldType::Tag => {
            let text = text_of(value)?;
            let tags: Vec<Value> = text
                .split(',')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(|tag| Value::String(tag.to_owned()))
                .collect();
            counts(field, tags.len()).then_some(Value::Array(tags))
        }
        FieldType::Unknown => None,
    }
}

/// A number or a yes that is meant for a text is written as that text.
fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Number(number) => Some(number.to_string()),
        AttributeValue::Bool(value) => Some(value.to_string()),
        AttributeValue::Null => None,
    }
}

/// A text that is a number is meant as one.
fn number_of(value: &AttributeValue) -> Option<Number> {
    match value {
        AttributeValue::Number(number) => Some(number.clone()),
        AttributeValue::Text(text) => serde_json::from_str(text.trim()).ok(),
        AttributeValue::Bool(_) | AttributeValue::Null => None,
    }
}

fn has_length(field: &SchemaField, text: &str) -> bool {
    counts(field, text.chars().count())
}

fn counts(field: &SchemaField, count: usize) -> bool {
    let count = count as u64;
    field.min_length.is_none_or(|least| count >= least) && field.max_length.is_none_or(|most| count <= most)
}

fn in_range(field: &SchemaField, number: &Number) -> bool {
    let Some(number) = number.as_f64() else { return false };
    field.minimum.is_none_or(|least| number >= least) && field.maximum.is_none_or(|most| number <= most)
}

/// What a field takes, as the end of a sentence.
fn takes(field: &SchemaField) -> String {
    let limits = |unit: &str| match (field.min_length, field.max_length) {
        (Some(least), Some(most)) => format!(" of {least} to {most} {unit}"),
        (None, Some(most)) => format!(" of at most {most} {unit}"),
        (Some(least), None) => format!(" of at least {least} {unit}"),
        (None, None) => String::new(),
    };
    let range = || match (field.minimum, field.maximum) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, None) => String::new(),
    };
    match &field.field_type {
        FieldType::Text | FieldType::LongText | FieldType::Identifier => {
            format!("a text{}", limits("characters"))
        }
        FieldType::Url => format!("a web address with http:// or https://{}", limits("characters")),
        FieldType::Enum(choices) => {
            let keys: Vec<String> = choices
                .iter()
                .map(|choice| match &choice.title {
                    Some(title) if *title != choice.key => format!("{} ({title})", choice.key),
                    _ => choice.key.clone(),
                })
                .collect();
            format!("one of: {}", keys.join(", "))
        }
        FieldType::Date => "a day such as 2026-01-31".into(),
        FieldType::DateTime => "a time such as 2026-01-31T09:00:00Z".into(),
        FieldType::Integer => format!("a whole number{}", range()),
        FieldType::Number => format!("a number{}", range()),
        FieldType::Checkbox => "true or false".into(),
        FieldType::Tag => format!("words separated by commas{}", limits("words")),
        FieldType::Unknown => "no change here: its type is not known to this program".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{platform::schema::parse::read_schemas, schema::ContactSchema};

    fn schema(properties: &Value) -> ContactSchema {
        let list = json!({"entities": [{"id": "s-1", "version": 3, "enabled": true,
            "jsonSchema": {"required": ["must_text"], "properties": properties}}]});
        read_schemas(&list).unwrap().remove(0)
    }

    fn all_types() -> ContactSchema {
        let by_name = |name: &str, more: Value| {
            let mut property = json!({"allOf": [{"$ref": format!("#/definitions/{name}")}], "title": name});
            property.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            property
        };
        schema(&json!({
            "must_text": by_name("text", json!({"minLength": 1, "maxLength": 5})),
            "note_longtext": by_name("longtext", json!({})),
            "site_url": by_name("url", json!({})),
            "ref_identifier": by_name("identifier", json!({"maxLength": 10})),
            "tier_enum": by_name("enum", json!({"enum": ["gold", "tin", "old"],
                "_enumProperties": {"gold": {"title": "Gold member"}, "old": {"_disabled": true}}})),
            "day_date": by_name("date", json!({})),
            "seen_datetime": by_name("datetime", json!({})),
            "count_integer": by_name("integer", json!({"minimum": 0, "maximum": 9})),
            "score_number": by_name("number", json!({"minimum": -1.5})),
            "vip_checkbox": by_name("checkbox", json!({})),
            "words_tag": by_name("tag", json!({"maxItems": 2})),
            "odd_thing": by_name("hologram", json!({})),
            "plain": {"type": "string", "maxLength": 3},
            "broken": 7
        }))
    }

    #[test]
    fn each_type_takes_its_values_and_says_what_it_takes_for_others() {
        let schema = all_types();
        let fits = |key: &str, value: AttributeValue| fit(schema.field(key).unwrap(), Some(&value));
        for (key, given, kept) in [
            ("must_text", AttributeValue::from("abc"), json!("abc")),
            ("must_text", 123.into(), json!("123")),
            ("note_longtext", "a\nb".into(), json!("a\nb")),
            ("site_url", "https://a.example/x".into(), json!("https://a.example/x")),
            ("tier_enum", "gold".into(), json!("gold")),
            ("tier_enum", "Gold member".into(), json!("gold")),
            ("day_date", "2026-01-31".into(), json!("2026-01-31")),
            ("seen_datetime", "2026-01-31T10:00:00+01:00".into(), json!("2026-01-31T09:00:00.000Z")),
            ("count_integer", 9.into(), json!(9)),
            ("count_integer", "9".into(), json!(9)),
            ("score_number", "1.5".into(), json!(1.5)),
            ("vip_checkbox", true.into(), json!(true)),
            ("words_tag", "a, b".into(), json!(["a", "b"])),
            ("plain", "abc".into(), json!("abc")),
        ] {
            assert_eq!(fits(key, given.clone()), Ok(kept), "{key} {given:?}");
        }
        for (key, given, told) in [
            ("must_text", AttributeValue::from(""), "takes a text of 1 to 5 characters"),
            ("must_text", AttributeValue::Null, "is required and cannot be removed"),
            ("site_url", "ftp://a".into(), "takes a web address with http:// or https://"),
            ("tier_enum", "old".into(), "takes one of: gold (Gold member), tin"),
            ("day_date", "31.1.2026".into(), "takes a day such as 2026-01-31"),
            ("seen_datetime", "yesterday".into(), "takes a time such as 2026-01-31T09:00:00Z"),
            ("count_integer", 10.into(), "takes a whole number from 0 to 9"),
            ("count_integer", "1.5".into(), "takes a whole number from 0 to 9"),
            ("score_number", "-2".into(), "takes a number of at least -1.5"),
            ("vip_checkbox", "true".into(), "takes true or false"),
            ("words_tag", "a,b,c".into(), "takes words separated by commas of at most 2 words"),
            ("odd_thing", "x".into(), "takes no change here: its type is not known to this program"),
            ("broken", "x".into(), "takes no change here: its type is not known to this program"),
        ] {
            assert_eq!(fits(key, given).unwrap_err().0, told, "{key}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_key_without_the_type_and_by_its_title() {
        let schema = schema(&json!({
            "total_interactions_integer": {"allOf": [{"$ref": "#/definitions/integer"}], "title": "totalInteractions"},
            "lastUpdated_datetime": {"allOf": [{"$ref": "#/definitions/datetime"}]},
            "must_text": {"type": "string"}
        }));
        let key = |name: &str| schema.meant_by(name).map(|field| field.key.as_str());
        assert_eq!(key("totalInteractions"), Some("total_interactions_integer"));
        assert_eq!(key("lastUpdated"), Some("lastUpdated_datetime"));
        assert_eq!(key("must_text"), Some("must_text"));
        assert_eq!(key("nothing"), None);
    }

    fn values() -> impl Strategy<Value = AttributeValue> {
        prop_oneof![
            Just(AttributeValue::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-20i64..20).prop_map(Into::into),
            "\\PC{0,8}".prop_map(|text| text.as_str().into()),
            Just("2026-01-31".into()),
        ]
    }

    proptest! {
        #[test]
        fn what_fits_is_of_the_type_within_its_limits_and_fits_again(value in values(), pick in 0usize..14) {
            let schema = all_types();
            let field = &schema.fields[pick];
            let Ok(kept) = fit(field, Some(&value)) else { return Ok(()) };
            let is_of_type = match &field.field_type {
                FieldType::Integer => kept.as_i64().is_some_and(|n| (0..=9).contains(&n)),
                FieldType::Number => kept.as_f64().is_some_and(|n| n >= -1.5),
                FieldType::Checkbox => kept.is_boolean(),
                FieldType::Tag => kept.as_array().is_some_and(|tags| tags.len() <= 2),
                FieldType::Enum(choices) => choices.iter().any(|choice| kept == choice.key.as_str()),
                FieldType::Unknown => false,
                _ => kept.is_string(),
            };
            prop_assert!(is_of_type || (kept.is_null() && value == AttributeValue::Null && !field.required), "{:?}", kept);
            let shown = crate::platform::contact::shown(&kept);
            prop_assert_eq!(fit(field, Some(&shown)), Ok(kept));
        }

        #[test]
        fn no_list_of_schemas_makes_it_panic(text in "\\PC{0,80}", number: f64) {
            let list = json!({"entities": [text, {"id": text, "version": number, "jsonSchema": {"required": text,
                "properties": {"a": {"allOf": text, "enum": number}, "b": {"allOf": [{"$ref": text}]}}}}]});
            prop_assert_eq!(read_schemas(&list).unwrap().len(), 1);
            prop_assert!(read_schemas(&json!(text)).is_err());
        }
    }
}
