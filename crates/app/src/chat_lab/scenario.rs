//! A chat as a scenario: the same steps in a file that passes when it is run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use genesys::webmessaging::{Answer, Content, titles};
use lab::scenario::{
    Action, Config, Pick, Place, Scenario, ScenarioFile, Setting, Step, WrittenStep, literal,
};

use super::rows::{Done, Row};
use crate::views::{LabDelivery, LabRowKind};

/// A file that a saved scenario attaches: where it lies, and its name beside the scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) from: PathBuf,
    pub(super) name: String,
}

/// A chat as steps.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Saved {
    pub(super) file: ScenarioFile,
    pub(super) attached: Vec<Attached>,
    /// What was left out, in words.
    pub(super) left_out: Vec<String>,
}

/// Where a saved scenario connects.
pub(super) struct Where<'a> {
    pub(super) deployment: &'a str,
    pub(super) origin: Option<&'a str>,
    /// The region, unless the connection has a base URL.
    pub(super) region: Option<&'a str>,
}

/// The scenario of a chat. `replayed` says whether what an agent wrote by hand comes again by itself.
pub(super) fn scenario<'a>(
    name: &str,
    at: &Where<'_>,
    attributes: Vec<(String, String)>,
    rows: impl Iterator<Item = &'a Row>,
    replayed: bool,
) -> Saved {
    let mut saving = Saving::default();
    if !attributes.is_empty() {
        let attributes = attributes.into_iter().map(|(key, value)| (key, literal(&value))).collect();
        saving.step(Action::Attributes(attributes));
    }
    for row in rows {
        saving.row(row, replayed);
    }
    if !saving.steps.iter().any(needs_the_other_side) {
        saving.leaves_out("A wait for an answer: nothing came that a step can wait for, so the scenario passes whatever comes.");
    }
    let place = place();
    let scenario = Scenario {
        name: name.to_owned(),
        place: place.clone(),
        steps: saving.steps,
        tags: Vec::new(),
        timeout: None,
        skip: None,
        repeat: None,
    };
    let setting = |text: &str| Setting { place: place.clone(), text: literal(text) };
    let config = Config {
        deployment_id: Some(setting(at.deployment)),
        region: at.region.map(setting),
        origin: at.origin.map(setting),
        pace: None,
    };
    let file = ScenarioFile {
        config,
        variables: Vec::new(),
        setup: Vec::new(),
        clean_up: Vec::new(),
        scenarios: vec![scenario],
    };
    Saved { file, attached: saving.attached, left_out: saving.left_out }
}

#[derive(Default)]
struct Saving {
    steps: Vec<WrittenStep>,
    attached: Vec<Attached>,
    left_out: Vec<String>,
}

impl Saving {
    fn step(&mut self, action: Action) {
        self.steps.push(WrittenStep::One(Step { place: place(), action }));
    }

    fn row(&mut self, row: &Row, replayed: bool) {
        if matches!(row.delivery, Some(LabDelivery::Refused)) {
            let text = row.text.clone().unwrap_or_default();
            self.left_out.push(format!("The message {text:?}, which the org did not take."));
            return;
        }
        let text = row.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        match &row.done {
            None => {}
            Some(Done::Say) => {
                if let Some(text) = text {
                    self.step(Action::Say(literal(text)));
                }
            }
            Some(Done::Answer(answer)) => self.answer(answer),
            Some(Done::Attach(path)) => self.attach(path, text),
            Some(Done::Reply) if row.kind == LabRowKind::Agent && !replayed => {
                self.leaves_out("What an agent wrote by hand: in a run nobody writes it.");
            }
            Some(Done::Reply) => self.reply(row, text),
            Some(Done::Disconnect { read_only }) => {
                self.step(Action::ExpectDisconnect { read_only: Some(*read_only) });
            }
            Some(Done::GoOffline) => self.step(Action::GoOffline),
            Some(Done::ComeBack) => self.step(Action::ComeBack),
        }
    }

    /// Tells once why something is left out.
    fn leaves_out(&mut self, why: &str) {
        if !self.left_out.iter().any(|told| told == why) {
            self.left_out.push(why.to_owned());
        }
    }

    fn reply(&mut self, row: &Row, text: Option<&str>) {
        let titles = titles(&row.content);
        match text {
            Some(text) => {
                self.step(Action::WaitForReplyContaining(literal(text)));
                for kind in row.content.iter().filter_map(kind) {
                    self.leaves_out(&format!("{kind} beside a text: a scenario waits for the text alone."));
                }
            }
            None if !titles.is_empty() => self.step(Action::WaitForReplyContaining(literal(titles.trim()))),
            None => {
                for kind in row.content.iter().filter_map(kind) {
                    self.leaves_out(&format!("{kind} without a title: no step can wait for it."));
                }
            }
        }
        let offered: Vec<String> = row
            .content
            .iter()
            .filter_map(|content| match content {
                Content::QuickReply(button) => Some(literal(&button.text)),
                _ => None,
            })
            .collect();
        if !offered.is_empty() {
            self.step(Action::ExpectQuickReplies(offered));
        }
    }

    fn answer(&mut self, answer: &Answer) {
        self.step(match answer {
            Answer::QuickReply { text, .. } | Answer::Button { text, .. } => Action::Tap(literal(text)),
            Answer::Time { iso, .. } => Action::Pick(Pick::Time(iso.clone())),
            Answer::List { chosen, .. } => {
                Action::Pick(Pick::List(chosen.iter().map(|(_, title)| literal(title)).collect()))
            }
            Answer::Form { values, .. } => {
                Action::Fill(values.iter().map(|(id, value)| (id.clone(), literal(value))).collect())
            }
        });
    }

    fn attach(&mut self, path: &Path, text: Option<&str>) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let known = self.attached.iter().find(|attached| attached.from == path).map(|a| a.name.clone());
        let name = known.unwrap_or_else(|| {
            let taken = self.attached.iter().filter(|attached| attached.name.ends_with(&name)).count();
            let name = if taken == 0 { name.clone() } else { format!("{}-{name}", taken + 1) };
            self.attached.push(Attached { from: path.to_owned(), name: name.clone() });
            name
        });
        if let Some(text) = text {
            self.step(Action::Say(literal(text)));
        }
        self.step(Action::Attach(PathBuf::from(literal(&name))));
    }
}

/// What has no step of its own that waits for it, in words.
fn kind(content: &Content) -> Option<String> {
    Some(match content {
        // Quick replies have a step; of what was pressed the echo is no answer.
        Content::QuickReply(_) | Content::Pressed { .. } => return None,
        Content::Card(_) => "A card".to_owned(),
        Content::Carousel(_) => "Cards side by side".to_owned(),
        Content::DatePicker { .. } => "A choice of times".to_owned(),
        Content::ListPicker { .. } => "A list".to_owned(),
        Content::Form { .. } => "A form".to_owned(),
        Content::File(_) => "A file".to_owned(),
        Content::Unknown { kind } => {
            format!("Content of the type {kind:?}, which this program does not know,")
        }
    })
}

/// Whether a step fails where the other side is silent.
fn needs_the_other_side(step: &WrittenStep) -> bool {
    let WrittenStep::One(step) = step else { return false };
    matches!(
        step.action,
        Action::WaitForReplyContaining(_)
            | Action::ExpectQuickReplies(_)
            | Action::ExpectDisconnect { .. }
            | Action::Tap(_)
            | Action::Pick(_)
            | Action::Fill(_)
    )
}

/// Printed files have places of their own.
fn place() -> Place {
    Place::beginning(&Arc::from(Path::new("")))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use lab::scenario::{parse, to_yaml};

    use super::*;

    fn row(kind: LabRowKind, text: &str, done: Done) -> Row {
        Row { text: Some(text.into()), done: Some(done), ..Row::new(kind, DateTime::UNIX_EPOCH) }
    }

    fn saved(rows: &[Row], replayed: bool) -> Saved {
        let at = Where { deployment: "d-1", origin: Some("https://shop.example"), region: None };
        scenario("A chat: \"x\"", &at, vec![("tier".into(), "${gold}".into())], rows.iter(), replayed)
    }

    fn actions(saved: &Saved) -> Vec<Action> {
        let yaml = to_yaml(&saved.file);
        let read = parse(Path::new("a.yaml"), yaml.as_bytes()).unwrap_or_else(|e| panic!("{e}: {yaml}"));
        let steps = read.scenarios[0].steps.iter();
        steps
            .map(|step| match step {
                WrittenStep::One(step) => step.action.clone(),
                WrittenStep::Include(_) => panic!("none is written"),
            })
            .collect()
    }

    #[test]
    fn what_came_without_a_text_is_waited_for_by_its_title_or_named_as_left_out() {
        let card = |title: &str| genesys::webmessaging::Card {
            title: title.into(),
            description: None,
            image: None,
            default_action: None,
            actions: Vec::new(),
        };
        let came = |text: Option<&str>, content: Vec<Content>| Row {
            text: text.map(str::to_owned),
            content,
            ..row(LabRowKind::Bot, "", Done::Reply)
        };
        let times = |title: Option<&str>| Content::DatePicker {
            title: title.map(str::to_owned),
            subtitle: None,
            times: Vec::new(),
        };
        let unknown = Content::Unknown { kind: "Hologram".into() };
        let rows = [
            row(LabRowKind::Guest, "card", Done::Say),
            came(None, vec![Content::Carousel(vec![card("Garden ${room}"), card("Tower")])]),
            came(Some(" "), vec![times(Some("When?"))]),
            came(None, vec![times(None)]),
            came(Some("A plan"), vec![Content::Card(card("Plan")), unknown.clone()]),
        ];
        let played = saved(&rows, false);
        assert_eq!(
            actions(&played)[2..],
            [
                Action::WaitForReplyContaining("Garden $${room}\nTower".into()),
                Action::WaitForReplyContaining("When?".into()),
                Action::WaitForReplyContaining("A plan".into()),
            ]
        );
        let begins = ["A choice of times without", "A card beside", "Content of the type \"Hologram\""];
        assert!(played.left_out.iter().zip(begins).all(|(told, begin)| told.starts_with(begin)));
        assert_eq!(played.left_out.len(), begins.len(), "{:?}", played.left_out);
        let nothing = saved(&[rows[0].clone(), came(None, vec![unknown])], false);
        assert!(nothing.left_out.last().is_some_and(|told| told.contains("passes whatever comes")));
    }

    #[test]
    fn what_was_done_becomes_steps_that_are_read_back_and_no_text_becomes_a_variable() {
        let refused =
            Row { delivery: Some(LabDelivery::Refused), ..row(LabRowKind::Guest, "too long", Done::Say) };
        let pressed = Answer::QuickReply { text: "Yes: ${now}".into(), payload: "yes".into() };
        let file = Done::Attach(PathBuf::from("/files/a note.txt"));
        let rows = [
            row(LabRowKind::Guest, "costs ${price}\nor $5", Done::Say),
            row(LabRowKind::Bot, " - Yes? ", Done::Reply),
            row(LabRowKind::Guest, "Yes", Done::Answer(pressed)),
            refused,
            row(LabRowKind::Event, "The guest went offline.", Done::GoOffline),
            row(LabRowKind::Guest, "with a text", file.clone()),
            row(LabRowKind::Agent, "by hand", Done::Reply),
            row(LabRowKind::Event, "over", Done::Disconnect { read_only: true }),
        ];
        let played = saved(&rows, false);
        assert_eq!(
            actions(&played),
            [
                Action::Attributes(vec![("tier".into(), "$${gold}".into())]),
                Action::Say("costs $${price}\nor $5".into()),
                Action::WaitForReplyContaining("- Yes?".into()),
                Action::Tap("Yes: $${now}".into()),
                Action::GoOffline,
                Action::Say("with a text".into()),
                Action::Attach(PathBuf::from("a note.txt")),
                Action::ExpectDisconnect { read_only: Some(true) },
            ]
        );
        assert_eq!((played.left_out.len(), played.attached.len()), (2, 1));
        assert!(actions(&saved(&rows, true)).contains(&Action::WaitForReplyContaining("by hand".into())));
        let other = Done::Attach(PathBuf::from("/tmp/a note.txt"));
        let two = saved(
            &[
                row(LabRowKind::Guest, "", file.clone()),
                row(LabRowKind::Guest, "", other),
                row(LabRowKind::Guest, "", file),
            ],
            false,
        );
        let names: Vec<_> = two.attached.iter().map(|attached| attached.name.as_str()).collect();
        assert_eq!(names, ["a note.txt", "2-a note.txt"]);
    }
}
