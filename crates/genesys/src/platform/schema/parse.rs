//! Reading schemas: both forms in which a property says its type, and nothing that another program may have left in them makes
//! the whole unreadable.

use serde_json::{Map, Value};

use crate::schema::{Choice, ContactSchema, FieldType, SchemaField};

/// More fields than this are not looked at; the vendor allows far fewer.
const MOST_FIELDS: usize = 1_000;

/// The schemas of a list. One without an id is left out: no contact can name it.
pub(in crate::platform) fn read_schemas(list: &Value) -> Result<Vec<ContactSchema>, String> {
    let entities = list.get("entities").and_then(Value::as_array).ok_or("it has no list of schemas")?;
    Ok(entities.iter().filter_map(schema).collect())
}

fn schema(value: &Value) -> Option<ContactSchema> {
    let id = value.get("id")?.as_str()?.to_owned();
    let document = value.get("jsonSchema");
    let required: Vec<&str> = document
        .and_then(|document| document.get("required"))
        .and_then(Value::as_array)
        .map(|keys| keys.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = document.and_then(|d| d.get("properties")).and_then(Value::as_object);
    let fields = properties.into_iter().flatten().take(MOST_FIELDS);
    Some(ContactSchema {
        id,
        version: value.get("version").and_then(Value::as_u64).unwrap_or(1),
        enabled: value.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        fields: fields.map(|(key, property)| field(key, property, &required)).collect(),
    })
}

fn field(key: &str, property: &Value, required: &[&str]) -> SchemaField {
    let empty = Map::new();
    let said = property.as_object().unwrap_or(&empty);
    let field_type = match named_type(property) {
        Some(name) => of_name(name, said),
        None => of_json(said),
    };
    let lengths = match field_type {
        FieldType::Tag => ["minItems", "maxItems"],
        _ => ["minLength", "maxLength"],
    };
    let whole = |key: &str| said.get(key).and_then(Value::as_u64);
    let number = |key: &str| said.get(key).and_then(Value::as_f64);
    SchemaField {
        key: key.to_owned(),
        title: text(said.get("title")),
        field_type,
        required: required.contains(&key),
        min_length: whole(lengths[0]),
        max_length: whole(lengths[1]),
        minimum: number("minimum"),
        maximum: number("maximum"),
    }
}

/// The type that a property names by reference to one of the vendor's definitions, itself or among its parts.
fn named_type(property: &Value) -> Option<&str> {
    let parts = property.get("allOf").and_then(Value::as_array);
    let places = std::iter::once(property).chain(parts.into_iter().flatten());
    let mut names = places.filter_map(|place| place.get("$ref")?.as_str()?.rsplit('/').next());
    names.next()
}

fn of_name(name: &str, said: &Map<String, Value>) -> FieldType {
    match name {
        "text" => FieldType::Text,
        "longtext" => FieldType::LongText,
        "url" => FieldType::Url,
        "identifier" => FieldType::Identifier,
        "enum" => FieldType::Enum(choices(said)),
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "integer" => FieldType::Integer,
        "number" => FieldType::Number,
        "checkbox" => FieldType::Checkbox,
        "tag" => FieldType::Tag,
        _ => FieldType::Unknown,
    }
}

/// The type that plain JSON Schema says.
fn of_json(said: &Map<String, Value>) -> FieldType {
    let is = |key: &str, value: &str| said.get(key).and_then(Value::as_str) == Some(value);
    if is("type", "string") && said.contains_key("enum") {
        return FieldType::Enum(choices(said));
    }
    match said.get("type").and_then(Value::as_str) {
        Some("string") if is("format", "date") => FieldType::Date,
        Some("string") if is("format", "date-time") => FieldType::DateTime,
        Some("string") if is("format", "uri") => FieldType::Url,
        Some("string") => FieldType::Text,
        Some("integer") => FieldType::Integer,
        Some("number") => FieldType::Number,
        Some("boolean") => FieldType::Checkbox,
        Some("array") => FieldType::Tag,
        _ => FieldType::Unknown,
    }
}

/// The choices that may be taken: those that the org switched off are left out.
fn choices(said: &Map<String, Value>) -> Vec<Choice> {
    let about = |key: &str| said.get("_enumProperties").and_then(|all| all.get(key));
    let is_off = |key: &str| {
        about(key).and_then(|choice| choice.get("_disabled")).and_then(Value::as_bool).unwrap_or_default()
    };
    let keys = said.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    keys.filter(|key| !is_off(key))
        .map(|key| Choice {
            key: key.to_owned(),
            title: about(key).and_then(|choice| text(choice.get("title"))),
        })
        .collect()
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
