//! The custom fields of contacts: their types, choices and limits, as the vendor's schema says them.

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Longest values where the schema does not say, in characters.
const TEXT: u64 = 100;
const LONG_TEXT: u64 = 1000;

/// The one schema of the org's contacts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContactSchema {
    pub(crate) version: u64,
    pub(crate) name: String,
    /// By key, in the vendor's form.
    pub(crate) properties: Map<String, Value>,
    pub(crate) required: Vec<String>,
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    Text,
    LongText,
    Url,
    Identifier,
    Enum,
    Date,
    DateTime,
    Integer,
    Number,
    Checkbox,
    Tag,
    /// A type that this org does not check.
    Other,
}

impl FieldKind {
    fn of(property: &Value) -> Self {
        let by_reference = property["$ref"].as_str().or_else(|| property["allOf"][0]["$ref"].as_str());
        match by_reference.and_then(|path| path.rsplit('/').next()) {
            Some("text") => Self::Text,
            Some("longtext") => Self::LongText,
            Some("url") => Self::Url,
            Some("identifier") => Self::Identifier,
            Some("enum") => Self::Enum,
            Some("date") => Self::Date,
            Some("datetime") => Self::DateTime,
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("checkbox") => Self::Checkbox,
            Some("tag") => Self::Tag,
            _ => Self::Other,
        }
    }
}

impl Default for ContactSchema {
    /// The attributes that the world's guests have, and one field of each other type.
    fn default() -> Self {
        let choices = ["bronze", "silver", "gold", "vip"];
        let shown: Map<String, Value> = choices
            .iter()
            .map(|choice| ((*choice).to_owned(), json!({ "title": choice, "_disabled": false })))
            .collect();
        let fields = [
            ("source", "text", "Source", json!({ "minLength": 0, "maxLength": 100 })),
            ("initiatedAt", "datetime", "Initiated at", json!({})),
            ("tier", "enum", "Tier", json!({ "enum": choices, "_enumProperties": shown })),
            (
                "totalInteractions",
                "integer",
                "Total interactions",
                json!({ "minimum": 0, "maximum": 1_000_000 }),
            ),
            (
                "lastInteractionType",
                "text",
                "Last interaction type",
                json!({ "minLength": 0, "maxLength": 100 }),
            ),
            ("lastUpdated", "datetime", "Last updated", json!({})),
            ("remark_longtext", "longtext", "Remark", json!({ "minLength": 0, "maxLength": 1000 })),
            ("homepage_url", "url", "Homepage", json!({ "minLength": 0, "maxLength": 200 })),
            (
                "loyalty_number_identifier",
                "identifier",
                "Loyalty number",
                json!({ "minLength": 0, "maxLength": 100 }),
            ),
            ("birthday_date", "date", "Birthday", json!({})),
            ("spent_number", "number", "Spent", json!({ "minimum": 0, "maximum": 1_000_000 })),
            ("newsletter_checkbox", "checkbox", "Newsletter", json!({})),
            (
                "interests_tag",
                "tag",
                "Interests",
                json!({ "items": { "minLength": 1, "maxLength": 20 }, "minItems": 0, "maxItems": 5, "uniqueItems": true }),
            ),
        ];
        let property = |(key, kind, title, more): (&str, &str, &str, Value)| {
            let mut property = json!({ "allOf": [{ "$ref": format!("#/definitions/{kind}") }], "title": title, "description": "" });
            if let (Some(property), Value::Object(more)) = (property.as_object_mut(), more) {
                property.extend(more);
            }
            (key.to_owned(), property)
        };
        Self {
            version: 1,
            name: "Guests".to_owned(),
            properties: fields.into_iter().map(property).collect(),
            required: Vec::new(),
        }
    }
}

impl ContactSchema {
    /// What keeps a value from being this field's: the reason, or nothing when it fits.
    ///
    /// # Errors
    /// In words, to stand behind the name of the field.
    pub(crate) fn fits(&self, key: &str, value: &Value) -> Result<(), String> {
        let Some(property) = self.properties.get(key) else {
            return Err("is no field of the schema".to_owned());
        };
        let limit = |name: &str| property[name].as_f64();
        let within = |n: f64| {
            limit("minimum").is_none_or(|low| low <= n) && limit("maximum").is_none_or(|high| n <= high)
        };
        let text = |most: u64| {
            let (least, most) =
                (property["minLength"].as_u64().unwrap_or(0), property["maxLength"].as_u64().unwrap_or(most));
            value.as_str().is_some_and(|text| (least..=most).contains(&(text.chars().count() as u64)))
        };
        let (fits, wanted) = match FieldKind::of(property) {
            FieldKind::Text | FieldKind::Identifier => (text(TEXT), "a text within the field's lengths"),
            FieldKind::LongText | FieldKind::Url => (text(LONG_TEXT), "a text within the field's lengths"),
            FieldKind::Enum => {
                let choices = property["enum"].as_array().map_or(&[][..], Vec::as_slice);
                (choices.contains(value), "one of the field's choices")
            }
            FieldKind::Date => {
                let date = value.as_str().map(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d"));
                (matches!(date, Some(Ok(_))), "a date such as 2026-01-31")
            }
            FieldKind::DateTime => {
                let time = value.as_str().map(DateTime::parse_from_rfc3339);
                (matches!(time, Some(Ok(_))), "a time such as 2026-01-31T09:00:00.000Z")
            }
            FieldKind::Integer => {
                (value.as_i64().is_some_and(|n| within(n as f64)), "a whole number within the field's limits")
            }
            FieldKind::Number => (value.as_f64().is_some_and(within), "a number within the field's limits"),
            FieldKind::Checkbox => (value.is_boolean(), "true or false"),
            FieldKind::Tag => {
                let most = property["maxItems"].as_u64().unwrap_or(u64::MAX);
                let tags = value.as_array();
                let fits =
                    tags.is_some_and(|tags| tags.len() as u64 <= most && tags.iter().all(Value::is_string));
                (fits, "a list of texts, no more than the field takes")
            }
            FieldKind::Other => (true, ""),
        };
        if fits { Ok(()) } else { Err(format!("must be {wanted}")) }
    }
}
