//! The schema of guests: which attributes there are, and of which types, in an org that says so.

/// What may stand in the attributes of a guest.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestFields {
    /// The fields that every guest of the org has, in the order in which people are used to see them.
    pub own: Vec<OwnField>,
    /// The fields that the org defines beside them, where there is a schema for this guest.
    pub schema: Option<ContactSchema>,
}

/// A field that every guest of the org has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnField {
    /// Its key.
    pub key: &'static str,
    /// What stands in it.
    pub holds: OwnText,
}

/// What stands in an own field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnText {
    /// Any text.
    Any,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

/// A schema of the org.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactSchema {
    /// Its id.
    pub id: String,
    /// Its version, which a contact names beside the id.
    pub version: u64,
    /// Whether contacts may begin to use it.
    pub enabled: bool,
    /// Its fields, in the order of their keys.
    pub fields: Vec<SchemaField>,
}

/// One custom field.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaField {
    /// Its key, under which it is read and written; it often ends in the type.
    pub key: String,
    /// What people call it.
    pub title: Option<String>,
    /// What may stand in it.
    pub field_type: FieldType,
    /// Whether it may not be removed.
    pub required: bool,
    /// The shortest text, in characters, or the fewest tags.
    pub min_length: Option<u64>,
    /// The longest text, in characters, or the most tags.
    pub max_length: Option<u64>,
    /// The least number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
}

/// A type of custom field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// A line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// A web address.
    Url,
    /// A text by which the org knows something.
    Identifier,
    /// One of these choices.
    Enum(Vec<Choice>),
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Checkbox,
    /// Some words.
    Tag,
    /// A type that this program does not know: its values are shown and kept, and cannot be edited.
    Unknown,
}

/// A choice of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is written.
    pub key: String,
    /// What people call it.
    pub title: Option<String>,
}

impl ContactSchema {
    /// The field of this key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&SchemaField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The field that is meant by a name: by its key, by its key without the ending that names its type, or by its title.
    #[must_use]
    pub fn meant_by(&self, name: &str) -> Option<&SchemaField> {
        let without_type = |field: &&SchemaField| {
            let stem = field.key.rsplit_once('_').filter(|(_, end)| TYPE_NAMES.contains(end));
            stem.is_some_and(|(stem, _)| stem == name)
        };
        self.field(name)
            .or_else(|| self.fields.iter().find(without_type))
            .or_else(|| self.fields.iter().find(|field| field.title.as_deref() == Some(name)))
    }
}

/// The names of the types, which keys end in.
const TYPE_NAMES: [&str; 11] = [
    "text",
    "longtext",
    "url",
    "identifier",
    "enum",
    "date",
    "datetime",
    "integer",
    "number",
    "checkbox",
    "tag",
];
