//! Whatever is done in a chat by hand: saved as a scenario it is a file that parses, and on the same simulator it passes.

use proptest::prelude::*;
use simulator::Messaging;
use uuid::Uuid;

use super::tests::{Lab, run};
use crate::{
    App, Existing,
    views::{
        LabAct, LabAnswer, LabButtonView, LabCardView, LabChatState, LabChoice, LabContentView, LabField,
        LabRowKind, LabRowView,
    },
};

/// What a person does next.
#[derive(Debug, Clone)]
enum Act {
    Say(String),
    /// Takes one of what the last message offers, by this number.
    Answer(usize),
    Offline(Vec<String>),
    Attach,
}

fn act() -> impl Strategy<Value = Act> {
    let word = prop::sample::select(vec!["card", "carousel", "date", "list", "form", "file"]);
    let text = || {
        let odd = prop::sample::select(vec![
            "${env.HOME}",
            "- a: b",
            "# no comment",
            "'",
            "\"x\\",
            "null",
            "1e3",
            "~",
            "a\n b",
        ]);
        prop_oneof![2 => "\\PC{1,40}", 1 => odd.prop_map(str::to_owned)]
            .prop_filter("it says something", |text| !text.trim().is_empty())
    };
    prop_oneof![
        3 => word.prop_map(|word| Act::Say(word.to_owned())),
        2 => text().prop_map(Act::Say),
        4 => any::<usize>().prop_map(Act::Answer),
        1 => prop::collection::vec(text(), 1..3).prop_map(Act::Offline),
        1 => Just(Act::Attach),
    ]
}

/// One of the answers that a message offers; `None` where it offers nothing.
fn offered(row: &LabRowView, number: usize) -> Option<LabAnswer> {
    let message = row.key.clone()?;
    let press = |button: &LabButtonView, card: bool| {
        let (text, payload) = (button.text.clone(), button.payload.clone());
        let message = message.clone();
        if card {
            LabAnswer::Button { message, text, payload }
        } else {
            LabAnswer::QuickReply { message, text, payload }
        }
    };
    let of_card = |card: &LabCardView| {
        let buttons: Vec<_> =
            card.actions.iter().filter(|button| !button.is_link).map(|b| press(b, true)).collect();
        buttons
    };
    let all: Vec<LabAnswer> = row
        .content
        .iter()
        .flat_map(|content| match content {
            LabContentView::QuickReply { button } => vec![press(button, false)],
            LabContentView::Card { card } => of_card(card),
            LabContentView::Carousel { cards } => cards.iter().flat_map(of_card).collect(),
            LabContentView::DatePicker { times, .. } => times
                .iter()
                .map(|time| LabAnswer::Time { message: message.clone(), iso: time.iso.clone() })
                .collect(),
            LabContentView::ListPicker { entries, .. } => {
                let choice = |entry: &LabButtonView| LabChoice {
                    id: entry.payload.clone(),
                    title: entry.text.clone(),
                };
                entries
                    .iter()
                    .map(|entry| LabAnswer::List { message: message.clone(), chosen: vec![choice(entry)] })
                    .collect()
            }
            LabContentView::Form { fields, .. } => {
                let value = |field: &crate::views::LabFormFieldView| LabField {
                    id: field.id.clone(),
                    value: field.choices.first().cloned().unwrap_or_else(|| "Ada: ${x}".to_owned()),
                };
                let values =
                    fields.iter().filter(|field| field.required || !field.choices.is_empty()).map(value);
                vec![LabAnswer::Form { message: message.clone(), values: values.collect() }]
            }
            _ => Vec::new(),
        })
        // A guest who says good-bye is not heard any more.
        .filter(|answer| !matches!(answer, LabAnswer::QuickReply { text, .. } if text == "bye"))
        .collect();
    (!all.is_empty()).then(|| all[number % all.len()].clone())
}

/// Does it, and waits until the bot has answered each message.
async fn does(lab: &Lab, chat: Uuid, act: &Act) {
    let last = |app: &App| {
        let rows = app.lab_transcript(chat, 0, 500).unwrap().rows;
        rows.into_iter().rfind(|row| row.kind == LabRowKind::Bot)
    };
    let before = lab.chat(chat).replies;
    let mut sent = 1;
    match act {
        Act::Say(text) => lab.app.lab_say(chat, Uuid::new_v4(), text).await.unwrap(),
        Act::Answer(number) => match last(&lab.app).and_then(|row| offered(&row, *number)) {
            Some(answer) => lab.app.lab_answer(chat, Uuid::new_v4(), answer).await.unwrap(),
            None => return,
        },
        Act::Offline(texts) => {
            lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
            lab.is(chat, LabChatState::Offline).await;
            for text in texts {
                lab.app.lab_say(chat, Uuid::new_v4(), text).await.unwrap();
            }
            sent = u32::try_from(texts.len()).unwrap();
            lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
        }
        Act::Attach => {
            let file = lab.data.path().join("note.txt");
            std::fs::write(&file, "a note").unwrap();
            lab.app.lab_attach(chat, Uuid::new_v4(), file, None).await.unwrap();
        }
    }
    lab.until(|_| {
        let chat = lab.chat(chat);
        (chat.replies >= before + sent && chat.waiting == 0).then_some(())
    })
    .await;
}

async fn holds(acts: &[Act]) {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    does(&lab, chat, &Act::Say("hello".to_owned())).await;
    for act in acts {
        does(&lab, chat, act).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.yaml");
    lab.app.lab_scenario_save(chat, "By hand", file.clone(), Existing::Keep).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    lab.app.scenario_open(vec![file]).await.unwrap();
    assert_eq!(lab.app.scenario_files().files[0].problem, None, "{text}");
    assert_eq!(run(&lab).await, (1, 0), "{text}\n{:?}", lab.app.scenario_results(0, 1).results);
}

proptest! {
    // Few: a guest writes two messages a second, and each is written twice.
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn a_saved_chat_is_a_scenario_file_that_parses_and_run_on_the_same_simulator_passes(
        acts in prop::collection::vec(act(), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(holds(&acts));
    }
}
