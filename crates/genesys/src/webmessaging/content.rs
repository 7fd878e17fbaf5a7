/// What a message offers or holds beside its text. What is unknown is kept by its type and harms nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A short answer to press, whether it came as `QuickReply` or as outbound `ButtonResponse`.
    QuickReply(Button),
    /// A button that was pressed (an inbound echo), with its type: `QuickReply`, `Button`, `DatePicker`.
    Pressed {
        /// As the vendor names it.
        kind: String,
        /// Label and payload.
        button: Button,
    },
    /// A card.
    Card(Card),
    /// Cards side by side.
    Carousel(Vec<Card>),
    /// A choice of times.
    DatePicker {
        /// Above the choice.
        title: Option<String>,
        /// What it is about.
        subtitle: Option<String>,
        /// The times on offer.
        times: Vec<PickerTime>,
    },
    /// A choice from lists.
    ListPicker {
        /// Above the choice.
        title: Option<String>,
        /// What it is about.
        subtitle: Option<String>,
        /// Id and title of every entry.
        entries: Vec<Button>,
        /// Whether more than one may be chosen.
        several: bool,
    },
    /// A form to fill in.
    Form {
        /// Its name or title.
        title: Option<String>,
        /// The vendor's id of the form, given back with the answer.
        canned_response_id: Option<String>,
        /// Its fields, in order.
        components: Vec<FormComponent>,
    },
    /// A file.
    File(SharedFile),
    /// A type that this program does not know.
    Unknown {
        /// As the vendor names it.
        kind: String,
    },
}

/// The titles of what a message offers or holds, one a line; empty where nothing of it has one. It stands for the text of a message
/// that has none.
#[must_use]
pub fn titles(content: &[Content]) -> String {
    let title = |content: &Content| match content {
        Content::Card(card) => vec![card.title.clone()],
        Content::Carousel(cards) => cards.iter().map(|card| card.title.clone()).collect(),
        Content::DatePicker { title, .. }
        | Content::ListPicker { title, .. }
        | Content::Form { title, .. } => title.iter().cloned().collect(),
        Content::File(file) => vec![file.name.clone()],
        Content::QuickReply(_) | Content::Pressed { .. } | Content::Unknown { .. } => Vec::new(),
    };
    let titles: Vec<String> =
        content.iter().flat_map(title).filter(|title| !title.trim().is_empty()).collect();
    titles.join("\n")
}

/// Something to press: a quick reply, a card's button, an entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What is shown.
    pub text: String,
    /// What a bot reads when it is pressed; the address where it is a link.
    pub payload: String,
    /// Whether pressing it opens an address and sends nothing.
    pub is_link: bool,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its title.
    pub title: String,
    /// Below it.
    pub description: Option<String>,
    /// The address of its picture. Never loaded by itself.
    pub image: Option<String>,
    /// What pressing the card does.
    pub default_action: Option<Button>,
    /// Its buttons.
    pub actions: Vec<Button>,
}

/// A time on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerTime {
    /// ISO 8601, as it came.
    pub iso: String,
    /// In seconds.
    pub duration_seconds: Option<u64>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormComponent {
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

/// A file of a message. Its address is a secret for as long as it works and stands in no view: see [`super::Chat::file_link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFile {
    /// The attachment's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Such as `image/png`.
    pub media_type: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
}
