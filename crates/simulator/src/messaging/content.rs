//! What a message carries beside its text, in the vendor's form.
//!
//! Where each shape is from: `KT`, the vendor's mobile transport (MyPureCloud/genesys-messenger-transport-mobile-sdk,
//! `StructuredMessage.kt`, June 2026); `WMJ`, the vendor's Java SDK of the guest API (MyPureCloud/web-messaging-sdk-java 15.1,
//! `docs/Content….md`); `GAPI`, the examples of the vendor's page about the socket. Of a date picker, a list picker and a form no
//! frame of a live org has been seen: their shapes are the schemas of KT and WMJ.
//!
//! The types read a bot file in the same form, with the names of the fields that a frame has.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, json};

/// One item of a message's `content`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// An answer that the guest may press. GAPI, KT, WMJ (`WebMessagingQuickReply`).
    QuickReply(Button),
    /// The same offer in another form that the socket knows too. GAPI, KT.
    ButtonResponse(Button),
    /// GAPI, KT, WMJ (`ContentCard`).
    Card(Card),
    /// Several cards side by side. GAPI, KT, WMJ (`ContentCarousel`).
    Carousel(Vec<Card>),
    /// Points of time of which the guest picks one. KT, WMJ (`ContentDatePicker`).
    DatePicker(DatePicker),
    /// Items of which the guest picks some. WMJ (`ContentListPicker`); KT does not know it and shows nothing.
    ListPicker(ListPicker),
    /// Pages to fill in. WMJ (`ContentForm`); KT does not know it and shows nothing.
    Form(Form),
    /// A file. KT, and seen live.
    Attachment(Attachment),
}

impl Content {
    /// The item as it stands in a frame.
    pub(crate) fn json(&self) -> Value {
        let (kind, key, value) = match self {
            Self::QuickReply(button) => ("QuickReply", "quickReply", button.with("action", "Message")),
            Self::ButtonResponse(button) => {
                ("ButtonResponse", "buttonResponse", button.with("type", "QuickReply"))
            }
            Self::Card(card) => ("Card", "card", json!(card)),
            Self::Carousel(cards) => ("Carousel", "carousel", json!({ "cards": cards })),
            Self::DatePicker(picker) => ("DatePicker", "datePicker", json!(picker)),
            Self::ListPicker(picker) => ("ListPicker", "listPicker", json!(picker)),
            Self::Form(form) => ("Form", "form", json!(form)),
            Self::Attachment(file) => ("Attachment", "attachment", json!(file)),
        };
        json!({ "contentType": kind, key: value })
    }
}

/// One answer that the guest may press; its payload comes back with it.
pub(crate) fn quick_reply(text: &str, payload: &str) -> Value {
    Content::QuickReply(Button { text: text.to_owned(), payload: payload.to_owned() }).json()
}

/// What stands on a button and what comes back when it is pressed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Button {
    pub(crate) text: String,
    pub(crate) payload: String,
}

impl Button {
    fn with(&self, key: &str, value: &str) -> Value {
        json!({ "text": self.text, "payload": self.payload, key: value })
    }
}

/// A picture, words and buttons. KT refuses a card without `description` or `actions`, so both are always sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    /// What a press on the card itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default_action: Option<CardAction>,
    #[serde(default)]
    pub(crate) actions: Vec<CardAction>,
}

/// A button of a card. A link opens an address and sends nothing; a postback is answered as `ButtonResponse` of type `Button`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", try_from = "ActionForm")]
pub(crate) enum CardAction {
    Link {
        /// GAPI leaves it out of a card's `defaultAction`, and KT refuses a card then: it is always sent.
        text: String,
        url: String,
    },
    Postback {
        text: String,
        payload: String,
    },
}

/// An action as it is written; KT drops a `Link` without `url` and a `Postback` without `payload`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionForm {
    #[serde(rename = "type")]
    kind: ActionKind,
    #[serde(default)]
    text: String,
    url: Option<String>,
    payload: Option<String>,
}

#[derive(Deserialize)]
enum ActionKind {
    Link,
    Postback,
}

impl TryFrom<ActionForm> for CardAction {
    type Error = &'static str;

    fn try_from(form: ActionForm) -> Result<Self, &'static str> {
        let ActionForm { kind, text, url, payload } = form;
        match (kind, url, payload) {
            (ActionKind::Link, Some(url), None) => Ok(Self::Link { text, url }),
            (ActionKind::Link, _, _) => Err("a Link has a `url` and no `payload`"),
            (ActionKind::Postback, None, Some(payload)) if !text.is_empty() => {
                Ok(Self::Postback { text, payload })
            }
            (ActionKind::Postback, _, _) => Err("a Postback has a `text`, a `payload` and no `url`"),
        }
    }
}

/// KT refuses a picker without `title` and a time without both its fields; `dateMinimum` and `dateMaximum` only WMJ knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DatePicker {
    /// Only in a form, where the answer names it. WMJ leaves it out of a picker that stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) date_minimum: Option<IsoTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) date_maximum: Option<IsoTime>,
    /// In a form it may be empty: the guest then picks any day between the two bounds.
    #[serde(default)]
    pub(crate) available_times: Vec<AvailableTime>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AvailableTime {
    pub(crate) date_time: IsoTime,
    /// In seconds (WMJ); half an hour unless given.
    #[serde(default = "half_an_hour")]
    pub(crate) duration: u32,
}

fn half_an_hour() -> u32 {
    1800
}

/// A point of time, sent as `2030-01-07T09:00:00.000Z`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct IsoTime(String);

impl<'de> Deserialize<'de> for IsoTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            D::Error::custom("a point of time must be given such as 2030-01-07T09:00:00Z, with its offset")
        })?;
        Ok(Self(time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Millis, true)))
    }
}

/// WMJ asks for all three texts; the vendor's page shows a card only where `receivedMessage.title` is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListPicker {
    /// Only in a form, where the answer names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) sections: Vec<Section>,
    #[serde(default)]
    pub(crate) received_message: Prompt,
    #[serde(default)]
    pub(crate) reply_message: Prompt,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// Whether the guest may pick more than one item of this section.
    #[serde(default)]
    pub(crate) multiple_selection: bool,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Item {
    /// Comes back as the payload.
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
}

/// What is shown before a picker or form is opened, and after it was answered. WMJ (`ContentReceivedReplyMessage`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Prompt {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) button_label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
}

/// `response` and `originatingMessageId` stand only in the guest's answer. WMJ (`ContentForm`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Form {
    /// Comes back with the answer.
    #[serde(default = "made_up_response")]
    pub(crate) canned_response_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) introduction: Option<Introduction>,
    pub(crate) form_pages: Vec<FormPage>,
    #[serde(default)]
    pub(crate) received_message: Prompt,
    #[serde(default)]
    pub(crate) reply_message: Prompt,
    #[serde(default)]
    pub(crate) show_summary: bool,
}

/// The vendor's forms are made from a canned response; the simulator has none.
fn made_up_response() -> String {
    "00000000-0000-4000-8000-00000000f000".to_owned()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Introduction {
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
    pub(crate) button_text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FormPage {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) subtitle: String,
    pub(crate) page_components: Vec<Component>,
}

/// One question of a form; in a bot file exactly one of the fields.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Component {
    Input(Input),
    DatePicker(DatePicker),
    ListPicker(ListPicker),
    WheelPicker(WheelPicker),
}

impl Serialize for Component {
    /// WMJ (`FormPageComponent`): the kind, and a field of its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Input(input) => json!({ "formComponentType": "Input", "input": input }),
            Self::DatePicker(picker) => json!({ "formComponentType": "DatePicker", "datePicker": picker }),
            Self::ListPicker(picker) => json!({ "formComponentType": "ListPicker", "listPicker": picker }),
            Self::WheelPicker(wheel) => json!({ "formComponentType": "WheelPicker", "wheelPicker": wheel }),
        }
        .serialize(serializer)
    }
}

/// One line or more to type. WMJ (`ContentInput`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placeholder_text: Option<String>,
    #[serde(default)]
    pub(crate) is_required: bool,
    #[serde(default)]
    pub(crate) is_multiple_line: bool,
    /// Such as `Email` or `Phone`; what it asks for is not checked by the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keyboard_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auto_complete_type: Option<String>,
}

/// A wheel of which one item is picked. WMJ (`ContentWheelPicker`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WheelPicker {
    pub(crate) id: String,
    pub(crate) items: Vec<WheelItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WheelItem {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

/// A file that the org sends. The address is the bot's own: the simulator keeps no such file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Attachment {
    #[serde(default = "made_up_file")]
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) filename: String,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file_size: Option<u64>,
    /// `Image`, `Video`, `Audio`, `File` or `Link` (WMJ).
    #[serde(default = "some_file")]
    pub(crate) media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mime: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

fn made_up_file() -> String {
    "00000000-0000-4000-8000-00000000f11e".to_owned()
}

fn some_file() -> String {
    "File".to_owned()
}

#[cfg(test)]
mod tests;
