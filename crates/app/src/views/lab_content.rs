//! What a message of a chat offers or holds beside its text.

use serde::Serialize;
use specta::Type;

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum LabContentView {
    /// A short answer to press.
    QuickReply {
        /// The button.
        button: LabButtonView,
    },
    /// What the guest pressed or chose.
    Pressed {
        /// What is shown.
        text: String,
        /// What a bot reads.
        payload: String,
    },
    /// A card.
    Card {
        /// The card.
        card: LabCardView,
    },
    /// Cards side by side.
    Carousel {
        /// The cards.
        cards: Vec<LabCardView>,
    },
    /// A choice of times.
    DatePicker {
        /// Above the choice.
        title: Option<String>,
        /// What it is about.
        subtitle: Option<String>,
        /// The times on offer.
        times: Vec<LabTimeView>,
    },
    /// A choice from a list.
    ListPicker {
        /// Above the choice.
        title: Option<String>,
        /// What it is about.
        subtitle: Option<String>,
        /// The entries.
        entries: Vec<LabButtonView>,
        /// Whether more than one may be chosen.
        several: bool,
    },
    /// A form to fill in.
    Form {
        /// Its title.
        title: Option<String>,
        /// Its fields, in order.
        fields: Vec<LabFormFieldView>,
    },
    /// A file. Its address is not shown.
    File {
        /// Its name.
        name: String,
        /// Such as `image/png`.
        media_type: Option<String>,
        /// In bytes.
        size: Option<u32>,
    },
    /// A kind that this program does not know.
    Unknown {
        /// As the org names it.
        kind: String,
    },
}

/// Something to press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabButtonView {
    /// What is shown.
    pub text: String,
    /// What a bot reads when it is pressed; the address where it is a link.
    pub payload: String,
    /// Whether it is a link, which is never opened by itself.
    pub is_link: bool,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabCardView {
    /// Its title.
    pub title: String,
    /// Below it.
    pub description: Option<String>,
    /// The address of its picture, which is never loaded.
    pub image: Option<String>,
    /// What pressing the card does.
    pub default_action: Option<LabButtonView>,
    /// Its buttons.
    pub actions: Vec<LabButtonView>,
}

/// A time on offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabTimeView {
    /// ISO 8601, as it came.
    pub iso: String,
    /// In seconds.
    pub duration_seconds: Option<u32>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabFormFieldView {
    /// What an answer names.
    pub id: String,
    /// Such as `TextInput`.
    pub kind: String,
    /// What is asked.
    pub label: String,
    /// Whether it must be answered.
    pub required: bool,
    /// What may be chosen; empty for free text.
    pub choices: Vec<String>,
}
