use serde_json::Value;

/// The JSON Schema of a scenario file, as text. It says what [`super::parse`] says, but for what no schema can: places,
/// names given twice, one document, bare dates, and what variables and includes lead to.
pub const SCHEMA: &str = include_str!("schema.json");

/// The same as a value.
#[must_use]
pub fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON, held by a test")
}
