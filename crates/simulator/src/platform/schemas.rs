//! The schema of contacts: which custom fields they have.

use serde_json::{Value, json};

use super::contact::SCHEMA;
use crate::{
    ledger::{Entry, Kind},
    org::{Call, Fields, Org, Refusal, Reply},
    world::{Change, ContactSchema},
};

/// When the schema was made.
const MADE: &str = "2024-01-01T00:00:00.000Z";
const PATH: &str = "/api/v2/externalcontacts/contacts/schemas";
/// Fields of one schema.
const MOST_FIELDS: usize = 50;

fn view(schema: &ContactSchema) -> Value {
    json!({
        "id": SCHEMA,
        "name": schema.name,
        "version": schema.version,
        "appliesTo": ["CONTACT"],
        "enabled": true,
        "dateCreated": MADE,
        "jsonSchema": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "title": schema.name,
            "description": "",
            "type": "object",
            "required": schema.required,
            "properties": schema.properties,
            "additionalProperties": false,
        },
        "selfUri": format!("{PATH}/{SCHEMA}"),
    })
}

impl Org {
    pub(super) fn list_schemas(&self) -> Reply {
        Reply::json(200, &json!({ "entities": [view(self.world.schema())], "total": 1, "selfUri": PATH }))
    }

    pub(super) fn get_schema(&self, id: &str) -> Result<Reply, Refusal> {
        known(id)?;
        Ok(Reply::json(200, &view(self.world.schema())))
    }

    pub(super) fn schema_limits(&self) -> Reply {
        Reply::json(
            200,
            &json!({
                "minFieldNameCharacters": 1,
                "maxFieldNameCharacters": 100,
                "minFieldTitleCharacters": 1,
                "maxFieldTitleCharacters": 100,
                "minFieldDescriptionCharacters": 0,
                "maxFieldDescriptionCharacters": 1000,
                "minSchemaNameCharacters": 1,
                "maxSchemaNameCharacters": 255,
                "minSchemaDescriptionCharacters": 0,
                "maxSchemaDescriptionCharacters": 1000,
                "maxNumberOfSchemasPerOrg": 1,
                "maxNumberOfFieldsPerSchema": MOST_FIELDS,
                "maxNumberOfFieldsPerOrg": MOST_FIELDS,
                "selfUri": format!("{PATH}/limits"),
            }),
        )
    }

    /// Other fields under the next version. The version that the body names must be the one there is.
    pub(super) fn put_schema(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        known(id)?;
        let now = self.world.schema().clone();
        let mut fields = Fields::of(call)?;
        let (name, version) = (fields.text("name"), fields.count("version"));
        let mut document = fields.object("jsonSchema", "jsonSchema.");
        let properties = match document.any("properties") {
            Some(Value::Object(properties)) => properties.clone(),
            _ => {
                document.fault("properties", "must be an object");
                serde_json::Map::new()
            }
        };
        if properties.len() > MOST_FIELDS || properties.values().any(|property| !property.is_object()) {
            document.fault("properties", &format!("must be at most {MOST_FIELDS} objects"));
        }
        let required = super::contacts::texts(&mut document, "required");
        fields.close(document);
        fields.check()?;
        if version.is_some_and(|version| version != now.version) {
            return Err(Refusal::conflict(format!("The schema has version {}.", now.version)));
        }
        let schema =
            ContactSchema { version: now.version + 1, name: name.unwrap_or(now.name), properties, required };
        let reply = Reply::json(200, &view(&schema));
        self.commit(vec![Change::Schema(Box::new(schema))])?;
        Ok(reply.with(Entry { kind: Kind::Changed, ..Entry::default() }))
    }
}

fn known(id: &str) -> Result<(), Refusal> {
    if id == SCHEMA { Ok(()) } else { Err(Refusal::not_found("The requested schema was not found.")) }
}
