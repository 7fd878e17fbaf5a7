//! What happened in a chat as one line: an object for programs, words for people. Pure.

use chrono::{DateTime, SecondsFormat, Utc};
use genesys::webmessaging::{
    Button, Card, ChatEvent, ChatMessage, ChatState, Content, Direction, Sender, ServerError,
};
use serde::Serialize;
use serde_json::{Value, json};

/// A line of a chat.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatLine {
    /// The org's time of a message; else when it was met here. To the millisecond.
    #[serde(serialize_with = "in_milliseconds")]
    pub at: DateTime<Utc>,
    /// Which way.
    pub direction: LineDirection,
    /// Of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The labels of what is offered to press.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<String>,
    /// What else a message holds: cards, pickers, forms, files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Value>,
    /// `human`, `bot` or nothing where the org does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<&'static str>,
    /// The name under which they write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Of an event: `ready`, `readOnly`, `reconnecting`, `offline`, `typing`, `refused`, `uncertain`, `notSent`,
    /// `disconnected`, `cleared`, `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// The org's code of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Known from the history, not new.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_history: bool,
}

fn in_milliseconds<S: serde::Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Seen from the org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LineDirection {
    /// From the guest.
    Inbound,
    /// To the guest.
    Outbound,
    /// Neither.
    Event,
}

/// The line of an event; `own` is the text of the message that it is about. `None` where nothing is worth a line.
pub(crate) fn happened(event: ChatEvent, own: Option<String>, now: DateTime<Utc>) -> Option<ChatLine> {
    let state =
        |state: &'static str| ChatLine { state: Some(state), ..ChatLine::empty(now, LineDirection::Event) };
    let failed =
        |name, error: ServerError| ChatLine { code: Some(error.code), why: Some(error.text), ..state(name) };
    Some(match event {
        ChatEvent::State(ChatState::Ready { read_only: false, .. }) => state("ready"),
        ChatEvent::State(ChatState::Ready { read_only: true, .. }) => state("readOnly"),
        ChatEvent::State(ChatState::Backoff { why, .. }) => {
            ChatLine { why: Some(why.to_string()), ..state("reconnecting") }
        }
        ChatEvent::State(ChatState::Offline) => state("offline"),
        ChatEvent::Delivered { at, .. } => {
            ChatLine { text: Some(own?), ..ChatLine::empty(at.unwrap_or(now), LineDirection::Inbound) }
        }
        ChatEvent::Refused { error, .. } => ChatLine { text: own, ..failed("refused", error) },
        ChatEvent::Uncertain { .. } => ChatLine {
            text: own,
            why: Some("the connection was lost before the org had confirmed the message".to_owned()),
            ..state("uncertain")
        },
        ChatEvent::Message(message) => ChatLine::of(message, now),
        ChatEvent::Typing(left) if !left.is_zero() => state("typing"),
        ChatEvent::Disconnected { read_only: true } => {
            ChatLine { why: Some("nothing can be written any more".to_owned()), ..state("disconnected") }
        }
        ChatEvent::Disconnected { read_only: false } => state("disconnected"),
        ChatEvent::Cleared => state("cleared"),
        ChatEvent::Error(error) => failed("error", error),
        ChatEvent::State(ChatState::Connecting { .. } | ChatState::Ended(_))
        | ChatEvent::Sent { .. }
        | ChatEvent::Postponed { .. }
        | ChatEvent::Typing(_)
        | ChatEvent::Repeated
        | ChatEvent::Withdrawn { .. }
        | ChatEvent::HistoryRead { .. }
        | ChatEvent::Upload { .. }
        | ChatEvent::Frame(_) => return None,
    })
}

impl ChatLine {
    /// What became of a message of this guest: `uncertain` or `notSent`.
    pub(crate) fn of_lost(state: &'static str, text: String, why: &str, now: DateTime<Utc>) -> Self {
        let (text, why) = (Some(text), Some(why.to_owned()));
        Self { state: Some(state), text, why, ..Self::empty(now, LineDirection::Event) }
    }

    fn empty(at: DateTime<Utc>, direction: LineDirection) -> Self {
        Self {
            at,
            direction,
            text: None,
            quick_replies: Vec::new(),
            content: Vec::new(),
            sender: None,
            nickname: None,
            state: None,
            code: None,
            why: None,
            from_history: false,
        }
    }

    fn of(message: ChatMessage, now: DateTime<Utc>) -> Self {
        let direction = match message.direction {
            Direction::Inbound => LineDirection::Inbound,
            Direction::Outbound => LineDirection::Outbound,
        };
        let offered = |content: &Content| match content {
            Content::QuickReply(button) => Some(button.text.clone()),
            _ => None,
        };
        Self {
            text: message.text,
            quick_replies: message.content.iter().filter_map(offered).collect(),
            content: message.content.iter().filter_map(object).collect(),
            sender: match message.sender {
                Sender::Human => Some("human"),
                Sender::Bot => Some("bot"),
                Sender::Guest | Sender::Unknown => None,
            },
            nickname: message.nickname,
            from_history: message.from_history,
            ..Self::empty(message.at.unwrap_or(now), direction)
        }
    }

    /// For people: who says what, and below it what there is to press, choose or fill in. Several lines. Every text of the other
    /// side goes through `line`, which makes it one line that does nothing to a terminal.
    #[must_use]
    pub fn words(&self, line: &dyn Fn(&str) -> String) -> String {
        let why = self.why.iter().map(|why| format!(": {}", line(why)));
        let why: String = self.code.iter().map(|code| format!(" (code {code})")).chain(why).collect();
        let text: Vec<String> = self.text.as_deref().unwrap_or_default().lines().map(line).collect();
        let text = text.join("\n  ");
        let who = match (&self.nickname, self.sender) {
            (Some(name), _) => line(name),
            (None, Some("human")) => "Agent".to_owned(),
            (None, Some(_)) => "Bot".to_owned(),
            (None, None) => "Org".to_owned(),
        };
        let is_bare = self.quick_replies.is_empty() && self.content.is_empty();
        let mut lines = vec![match self.direction {
            LineDirection::Inbound => format!("You: {text}"),
            LineDirection::Outbound if !text.is_empty() => format!("{who}: {text}"),
            LineDirection::Outbound if is_bare => format!("{who} wrote nothing that can be shown"),
            LineDirection::Outbound => format!("{who}:"),
            LineDirection::Event => {
                let of = if text.is_empty() { String::new() } else { format!(" {text:?}") };
                format!("{}{of}{why}", state_words(self.state.unwrap_or_default()))
            }
        }];
        if !self.quick_replies.is_empty() {
            let buttons: Vec<String> =
                self.quick_replies.iter().map(|text| format!("[{}]", line(text))).collect();
            lines.push(format!("  {}", buttons.join(" ")));
        }
        lines.extend(self.content.iter().flat_map(|content| content_words(content, line)));
        lines.join("\n")
    }
}

fn state_words(state: &str) -> &'static str {
    match state {
        "ready" => "The chat is ready",
        "readOnly" => "The chat is read-only: nothing can be written",
        "reconnecting" => "The connection was lost and is made again",
        "offline" => "Offline",
        "typing" => "The other side is writing",
        "refused" => "The org did not take",
        "uncertain" => "Nobody knows whether this arrived:",
        "notSent" => "Not sent:",
        "disconnected" => "The other side ended the conversation",
        "cleared" => "The conversation was cleared",
        _ => "The org told an error",
    }
}

fn button(button: &Button) -> Value {
    match button.is_link {
        true => json!({ "text": button.text, "link": button.payload }),
        false => json!({ "text": button.text, "payload": button.payload }),
    }
}

fn card(card: &Card) -> Value {
    json!({
        "title": card.title,
        "description": card.description,
        "image": card.image,
        "defaultAction": card.default_action.as_ref().map(button),
        "actions": card.actions.iter().map(button).collect::<Vec<_>>(),
    })
}

/// A content as an object with its type; a quick reply whose payload is its label says nothing more.
fn object(content: &Content) -> Option<Value> {
    let with = |kind: &str, mut value: Value| {
        value["type"] = kind.into();
        value
    };
    Some(match content {
        Content::QuickReply(offered) if offered.text == offered.payload && !offered.is_link => return None,
        Content::QuickReply(offered) => with("quickReply", button(offered)),
        Content::Pressed { button: pressed, .. } => with("pressed", button(pressed)),
        Content::Card(one) => with("card", card(one)),
        Content::Carousel(cards) => {
            json!({ "type": "carousel", "cards": cards.iter().map(card).collect::<Vec<_>>() })
        }
        Content::DatePicker { title, subtitle, times } => {
            let times: Vec<&str> = times.iter().map(|time| time.iso.as_str()).collect();
            json!({ "type": "datePicker", "title": title, "subtitle": subtitle, "times": times })
        }
        Content::ListPicker { title, subtitle, entries, several } => json!({
            "type": "listPicker",
            "title": title,
            "subtitle": subtitle,
            "entries": entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(),
            "several": several,
        }),
        Content::Form { title, components, .. } => {
            let fields = components.iter().map(|field| {
                json!({ "id": field.id, "label": field.label, "required": field.required, "choices": field.choices })
            });
            json!({ "type": "form", "title": title, "fields": fields.collect::<Vec<_>>() })
        }
        // Its address is a secret for as long as it works.
        Content::File(file) => {
            json!({ "type": "file", "name": file.name, "mediaType": file.media_type, "size": file.size })
        }
        Content::Unknown { kind } => json!({ "type": "unknown", "contentType": kind }),
    })
}

/// A content in words, indented below its message.
fn content_words(content: &Value, line: &dyn Fn(&str) -> String) -> Vec<String> {
    let text = |value: &Value| line(value.as_str().unwrap_or_default());
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let label = |button: &Value| match button["link"].as_str() {
        Some(link) => format!("[{} → {}]", text(&button["text"]), line(link)),
        None => format!("[{}]", text(&button["text"])),
    };
    let titled = |kind: &str, rest: String| {
        let parts = [&content["title"], &content["subtitle"]].map(text);
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let title = if parts.is_empty() { String::new() } else { format!(" {}", parts.join(" — ")) };
        vec![format!("  {kind}:{title} {rest}")]
    };
    let list = |values: &Value| all(values).iter().map(&text).collect::<Vec<_>>().join(", ");
    match content["type"].as_str().unwrap_or_default() {
        "card" => card_words(content, line),
        "carousel" => all(&content["cards"]).iter().flat_map(|card| card_words(card, line)).collect(),
        "datePicker" => titled("Times", list(&content["times"])),
        "listPicker" => titled("List", list(&content["entries"])),
        "form" => {
            let fields: Vec<String> =
                all(&content["fields"]).iter().map(|field| text(&field["label"])).collect();
            titled("Form", fields.join(", "))
        }
        "file" => vec![format!("  File: {}", text(&content["name"]))],
        "unknown" => match text(&content["contentType"]) {
            kind if kind.trim().is_empty() => {
                vec!["  (something that this program does not know)".to_owned()]
            }
            kind => vec![format!("  (a {kind} that this program does not know)")],
        },
        "pressed" => vec![format!("  pressed {}", label(content))],
        // Its label stands among the quick replies.
        _ => Vec::new(),
    }
}

fn card_words(card: &Value, line: &dyn Fn(&str) -> String) -> Vec<String> {
    let text = |value: &Value| line(value.as_str().unwrap_or_default());
    let mut words = vec![format!("  Card: {}", text(&card["title"]))];
    if card["description"].is_string() {
        words.push(format!("    {}", text(&card["description"])));
    }
    let actions = card["actions"].as_array().cloned().unwrap_or_default();
    let buttons: Vec<String> = actions
        .iter()
        .map(|action| match action["link"].as_str() {
            Some(link) => format!("[{} → {}]", text(&action["text"]), line(link)),
            None => format!("[{}]", text(&action["text"])),
        })
        .collect();
    if !buttons.is_empty() {
        words.push(format!("    {}", buttons.join(" ")));
    }
    words
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use genesys::webmessaging::{PickerTime, SharedFile, WebMessagingError};
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-30T09:00:00Z".parse().unwrap()
    }

    fn pressable(text: &str, payload: &str, is_link: bool) -> Button {
        Button { text: text.into(), payload: payload.into(), is_link }
    }

    fn message(text: Option<&str>, content: Vec<Content>) -> ChatEvent {
        ChatEvent::Message(ChatMessage {
            key: "k".into(),
            id: None,
            at: None,
            direction: Direction::Outbound,
            sender: Sender::Bot,
            nickname: None,
            text: text.map(str::to_owned),
            content,
            out_of_order: false,
            from_history: false,
        })
    }

    fn shown(event: ChatEvent, own: Option<&str>) -> (Value, String) {
        let line = happened(event, own.map(str::to_owned), now()).unwrap();
        (serde_json::to_value(&line).unwrap(), line.words(&str::to_owned))
    }

    #[test]
    fn messages_echoes_and_events_are_one_line_each() {
        let offer = [pressable("Yes", "Yes", false), pressable("No", "n", false)].map(Content::QuickReply);
        let (json, words) = shown(message(Some("Sure?"), offer.into()), None);
        let expected = json!({
            "at": "2026-11-30T09:00:00.000Z", "direction": "outbound", "text": "Sure?", "sender": "bot", "quickReplies": ["Yes", "No"],
            "content": [{ "type": "quickReply", "text": "No", "payload": "n" }],
        });
        assert_eq!((json, words.as_str()), (expected, "Bot: Sure?\n  [Yes] [No]"));
        assert_eq!(shown(message(Some("one\r\ntwo"), Vec::new()), None).1, "Bot: one\n  two");
        let echo = ChatEvent::Delivered { id: Uuid::nil(), key: "k".into(), org_id: None, at: None };
        let (json, words) = shown(echo.clone(), Some("hi"));
        assert_eq!(json, json!({ "at": "2026-11-30T09:00:00.000Z", "direction": "inbound", "text": "hi" }));
        assert_eq!(words, "You: hi");
        assert_eq!(happened(echo, None, now()), None, "nothing of ours");
        let error = ServerError { code: 4011, text: "too long".into(), retry_after: None };
        let (json, words) = shown(ChatEvent::Refused { id: Uuid::nil(), error }, Some("hi"));
        assert_eq!(
            (&json["state"], &json["code"], &json["direction"]),
            (&json!("refused"), &json!(4011), &json!("event"))
        );
        assert_eq!(words, "The org did not take \"hi\" (code 4011): too long");
        let why = WebMessagingError::Lost("reset".into());
        let lost = ChatEvent::State(ChatState::Backoff { next_try: Duration::ZERO, attempts: 1, why });
        assert_eq!(shown(lost, None).0["state"], "reconnecting");
        let uncertain = shown(ChatEvent::Uncertain { id: Uuid::nil() }, Some("hi"));
        assert_eq!(uncertain.0["text"], "hi");
        assert!(
            uncertain.1.starts_with("Nobody knows whether this arrived: \"hi\": the connection"),
            "{}",
            uncertain.1
        );
        let nothing = vec![Content::Unknown { kind: String::new() }];
        assert_eq!(
            shown(message(Some(""), nothing), None).1,
            "Bot:\n  (something that this program does not know)"
        );
        assert_eq!(shown(message(None, Vec::new()), None).1, "Bot wrote nothing that can be shown");
        assert_eq!(shown(ChatEvent::Disconnected { read_only: true }, None).0["state"], "disconnected");
        assert_eq!(happened(ChatEvent::Typing(Duration::ZERO), None, now()), None);
    }

    #[test]
    fn cards_pickers_forms_and_files_are_readable_and_no_address_of_a_file_is_told() {
        let one = Card {
            title: "Room 7".into(),
            description: Some("with a view".into()),
            image: Some("https://pictures.example/7".into()),
            default_action: None,
            actions: vec![pressable("Book", "book-7", false), pressable("Map", "https://maps.example", true)],
        };
        let all = vec![
            Content::Card(one.clone()),
            Content::Carousel(vec![one]),
            Content::DatePicker {
                title: Some("When?".into()),
                subtitle: None,
                times: vec![PickerTime { iso: "2026-12-01T10:00Z".into(), duration_seconds: None }],
            },
            Content::ListPicker {
                title: None,
                subtitle: None,
                entries: vec![pressable("Single", "1", false), pressable("Double", "2", false)],
                several: true,
            },
            Content::File(SharedFile {
                id: "secret-id".into(),
                name: "a.pdf".into(),
                media_type: None,
                size: None,
            }),
            Content::Unknown { kind: "Hologram".into() },
        ];
        let (json, words) = shown(message(None, all), None);
        let card = "  Card: Room 7\n    with a view\n    [Book] [Map → https://maps.example]";
        assert_eq!(
            words,
            format!(
                "Bot:\n{card}\n{card}\n  Times: When? 2026-12-01T10:00Z\n  List: Single, Double\n  File: a.pdf\n  (a Hologram that \
                 this program does not know)"
            )
        );
        assert!(!json.to_string().contains("secret-id"));
        assert_eq!(json["content"][0]["actions"][1]["link"], "https://maps.example");
    }
}
