//! What a message offers or holds, as it is shown.

use genesys::webmessaging::{Answer, Button, Card, Content, DeploymentConfig};

use crate::views::{
    LabAnswer, LabButtonView, LabCardView, LabContentView, LabFormFieldView, LabOffersView, LabTimeView,
    count,
};

pub(super) fn view(content: &Content) -> LabContentView {
    match content.clone() {
        Content::QuickReply(pressable) => LabContentView::QuickReply { button: button(pressable) },
        Content::Pressed { button: Button { text, payload, .. }, .. } => {
            LabContentView::Pressed { text, payload }
        }
        Content::Card(given) => LabContentView::Card { card: card(given) },
        Content::Carousel(cards) => LabContentView::Carousel { cards: cards.into_iter().map(card).collect() },
        Content::DatePicker { title, subtitle, times } => LabContentView::DatePicker {
            title,
            subtitle,
            times: times
                .into_iter()
                .map(|time| LabTimeView { iso: time.iso, duration_seconds: time.duration_seconds.map(count) })
                .collect(),
        },
        Content::ListPicker { title, subtitle, entries, several } => LabContentView::ListPicker {
            title,
            subtitle,
            entries: entries.into_iter().map(button).collect(),
            several,
        },
        Content::Form { title, components, .. } => LabContentView::Form {
            title,
            fields: components
                .into_iter()
                .map(|field| LabFormFieldView {
                    id: field.id,
                    kind: field.kind,
                    label: field.label,
                    required: field.required,
                    choices: field.choices,
                })
                .collect(),
        },
        Content::File(file) => {
            LabContentView::File { name: file.name, media_type: file.media_type, size: file.size.map(count) }
        }
        Content::Unknown { kind } => LabContentView::Unknown { kind },
    }
}

fn button(Button { text, payload, is_link }: Button) -> LabButtonView {
    LabButtonView { text, payload, is_link }
}

fn card(Card { title, description, image, default_action, actions }: Card) -> LabCardView {
    LabCardView {
        title,
        description,
        image,
        default_action: default_action.map(button),
        actions: actions.into_iter().map(button).collect(),
    }
}

/// An answer as the guest's client takes it.
pub(super) fn answer(given: LabAnswer) -> Answer {
    match given {
        LabAnswer::QuickReply { text, payload, .. } => Answer::QuickReply { text, payload },
        LabAnswer::Button { text, payload, .. } => Answer::Button { text, payload },
        LabAnswer::Time { message, iso } => Answer::Time { message, iso },
        LabAnswer::List { message, chosen } => {
            Answer::List { message, chosen: chosen.into_iter().map(|c| (c.id, c.title)).collect() }
        }
        LabAnswer::Form { message, values } => {
            Answer::Form { message, values: values.into_iter().map(|f| (f.id, f.value)).collect() }
        }
    }
}

/// The key of the message that is answered.
pub(super) fn answered(given: &LabAnswer) -> &str {
    match given {
        LabAnswer::QuickReply { message, .. }
        | LabAnswer::Button { message, .. }
        | LabAnswer::Time { message, .. }
        | LabAnswer::List { message, .. }
        | LabAnswer::Form { message, .. } => message,
    }
}

/// What an answer says, for the transcript.
pub(super) fn said(answer: &Answer) -> String {
    match answer {
        Answer::QuickReply { text, .. } | Answer::Button { text, .. } => text.clone(),
        Answer::Time { iso, .. } => iso.clone(),
        Answer::List { chosen, .. } => {
            let titles: Vec<_> = chosen.iter().map(|(_, title)| title.as_str()).collect();
            titles.join(", ")
        }
        Answer::Form { values, .. } => {
            let lines: Vec<_> = values.iter().map(|(id, value)| format!("{id}: {value}")).collect();
            lines.join("\n")
        }
    }
}

/// What a deployment offers; where its configuration is silent, the vendor's default.
pub(super) fn offers(config: &DeploymentConfig) -> LabOffersView {
    let uploads = config.uploads.clone().unwrap_or_default();
    let types = uploads.types.into_iter().filter(|kind| kind != "*/*").collect();
    LabOffersView {
        attachments: uploads.enabled,
        attachment_types: types,
        attachment_kib: uploads.max_kib.map(count),
        clear: config.clear.unwrap_or(false),
        auto_start: config.auto_start.unwrap_or(false),
        disconnect: config.disconnect.unwrap_or(false),
        disconnect_read_only: config.disconnect_read_only.unwrap_or(false),
        typing: config.user_typing.unwrap_or(false),
    }
}
