use genesys::{Choice, FieldType, GuestFields, OwnField, OwnText, SchemaField};
use serde::Serialize;
use specta::Type;

use crate::Failure;

/// What may stand in the attributes of a guest, in an org that has a schema for them.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldsView {
    /// The guest's own fields, then those of the schema. What stands in none of them is shown and cannot be edited.
    pub fields: Vec<FieldView>,
    /// Why they could not be read; then only own fields are known.
    pub failure: Option<Failure>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    /// The attribute's key.
    pub key: String,
    /// What people call it.
    pub title: Option<String>,
    /// What may stand in it.
    pub kind: FieldTypeView,
    /// Whether it may not be removed.
    pub required: bool,
    /// Fewest characters, or tags.
    pub min_length: Option<u32>,
    /// Most characters, or tags.
    pub max_length: Option<u32>,
    /// The least number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
    /// What may be chosen.
    pub choices: Vec<FieldChoice>,
}

/// A type of field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FieldTypeView {
    /// A line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// One of the choices.
    Choice,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// Words, separated by commas.
    Tags,
    /// Not known to this program: shown and kept, not edited.
    Unknown,
}

/// What may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FieldChoice {
    /// What is written.
    pub key: String,
    /// What people call it.
    pub title: Option<String>,
}

impl From<Result<GuestFields, genesys::Error>> for FieldsView {
    fn from(read: Result<GuestFields, genesys::Error>) -> Self {
        match read {
            Ok(GuestFields { own, schema }) => {
                let own = own.into_iter().map(FieldView::from);
                let custom = schema.into_iter().flat_map(|schema| schema.fields).map(FieldView::from);
                Self { fields: own.chain(custom).collect(), failure: None }
            }
            Err(error) => Self { fields: Vec::new(), failure: Some(error.into()) },
        }
    }
}

impl From<OwnField> for FieldView {
    fn from(OwnField { key, holds }: OwnField) -> Self {
        let (kind, most) = match holds {
            OwnText::Any => (FieldTypeView::Text, Some(1_000)),
            OwnText::Email => (FieldTypeView::Email, Some(256)),
            OwnText::Phone => (FieldTypeView::Phone, None),
        };
        Self {
            key: key.to_owned(),
            title: None,
            kind,
            required: false,
            min_length: None,
            max_length: most,
            minimum: None,
            maximum: None,
            choices: Vec::new(),
        }
    }
}

impl From<SchemaField> for FieldView {
    fn from(field: SchemaField) -> Self {
        let length = |most: Option<u64>| most.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
        let (kind, choices) = kind_of(field.field_type);
        Self {
            key: field.key,
            title: field.title,
            kind,
            required: field.required,
            min_length: length(field.min_length),
            max_length: length(field.max_length),
            minimum: field.minimum,
            maximum: field.maximum,
            choices,
        }
    }
}

fn kind_of(field_type: FieldType) -> (FieldTypeView, Vec<FieldChoice>) {
    let kind = match field_type {
        FieldType::Enum(choices) => {
            let choices = choices.into_iter().map(|Choice { key, title }| FieldChoice { key, title });
            return (FieldTypeView::Choice, choices.collect());
        }
        FieldType::Text | FieldType::Identifier => FieldTypeView::Text,
        FieldType::LongText => FieldTypeView::LongText,
        FieldType::Url => FieldTypeView::Url,
        FieldType::Date => FieldTypeView::Date,
        FieldType::DateTime => FieldTypeView::DateTime,
        FieldType::Integer => FieldTypeView::Integer,
        FieldType::Number => FieldTypeView::Number,
        FieldType::Checkbox => FieldTypeView::YesNo,
        FieldType::Tag => FieldTypeView::Tags,
        FieldType::Unknown => FieldTypeView::Unknown,
    };
    (kind, Vec::new())
}
