//! Guests who are played by hand, over the simulator's socket.

mod outbox;
mod played;
mod told;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use simulator::{Bot, Deployment, Kind, Limits, Messaging, Options, Running};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    App, Choice, Connections, DataFolder, EmbeddedOrg, EnvironmentVariables, Existing, FailureCode,
    LabCleaning, StartEmbedded,
    lab::target::EMBEDDED_DEPLOYMENT,
    views::{
        LabAct, LabAgentAct, LabAnswer, LabChatState, LabChatView, LabChoice, LabContentView, LabDelivery,
        LabRowKind, LabRowView, LabStart, ReportForm, ScenarioChoice, ScenarioRunOptions,
        ScenarioStepOutcome,
    },
};

/// A window on the embedded org.
pub(crate) struct Lab {
    pub(crate) app: App,
    org: Arc<Running>,
    pub(crate) data: TempDir,
}

impl Lab {
    pub(crate) async fn new(messaging: Messaging) -> Self {
        let limits = Limits { messages_per_second: None, ..Limits::default() };
        let messaging = Messaging { limits, ..messaging };
        let options = Options { guests: 3, rate: None, messaging, ..Options::default() };
        Self::at(Arc::new(simulator::start(options).await.unwrap())).await
    }

    /// Another window on the same org.
    async fn at(org: Arc<Running>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let app = open(&data, &org).await;
        app.start_background();
        Self { app, org, data }
    }

    /// The window is closed and opened again; its org goes on meanwhile.
    async fn again(self) -> Self {
        let Self { app, org, data } = self;
        let closed = app.closed();
        drop(app);
        closed.await;
        let app = open(&data, &org).await;
        app.start_background();
        app.lab_restore().await.unwrap();
        Self { app, org, data }
    }

    /// What `look` finds once it is there.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&App) -> Option<T>) -> T {
        let (mut chats, mut scenarios) = (self.app.0.chat_lab.changes(), self.app.0.scenarios.changes());
        let found = async {
            loop {
                chats.borrow_and_update();
                scenarios.borrow_and_update();
                if let Some(found) = look(&self.app) {
                    return found;
                }
                tokio::select! {
                    changed = chats.changed() => changed.unwrap(),
                    changed = scenarios.changed() => changed.unwrap(),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), found).await.expect("it comes within a minute")
    }

    pub(crate) fn chat(&self, id: Uuid) -> LabChatView {
        self.app.lab_overview().chats.into_iter().find(|chat| chat.id == id).unwrap()
    }

    fn rows(&self, id: Uuid) -> Vec<LabRowView> {
        self.app.lab_transcript(id, 0, 500).unwrap().rows
    }

    pub(crate) async fn is(&self, id: Uuid, state: LabChatState) {
        self.until(|_| (self.chat(id).state == state).then_some(())).await;
    }

    /// The answer to what is done, once all of the guest's messages are delivered.
    async fn answered(&self, id: Uuid, by: impl AsyncFnOnce(&App)) -> LabRowView {
        let before = self.rows(id).len();
        by(&self.app).await;
        self.until(|_| {
            let rows = self.rows(id);
            let is_waiting = rows.iter().any(|row| row.delivery.is_some_and(|d| d != LabDelivery::Delivered));
            let mut new = rows.into_iter().skip(before);
            new.rfind(|row| matches!(row.kind, LabRowKind::Agent | LabRowKind::Bot)).filter(|_| !is_waiting)
        })
        .await
    }

    pub(crate) async fn start(&self) -> Uuid {
        let attributes = BTreeMap::from([("tier".to_owned(), "gold".to_owned())]);
        let start = LabStart { name: "Ada".into(), attributes, ..LabStart::default() };
        let chat = self.app.lab_start(start).await.unwrap().id;
        self.is(chat, LabChatState::Ready).await;
        chat
    }
}

async fn open(data: &TempDir, org: &Arc<Running>) -> App {
    let folder = DataFolder::open(data.path(), "test", None).unwrap();
    let choice = Choice::resolve(None, &EnvironmentVariables::of(|_| None), &Connections::default()).unwrap();
    App::open(folder, choice, &embedded(org)).await.unwrap()
}

fn embedded(org: &Arc<Running>) -> StartEmbedded {
    let org = Arc::clone(org);
    Arc::new(move |_| {
        let simulator = org.simulator().clone();
        let agent: crate::AgentSide = Arc::new(move |deployment, token, what, body| {
            let simulator = simulator.clone();
            Box::pin(async move { simulator.act_as_agent(&deployment, token.expose(), what, &body).await })
        });
        let base_url = org.api_url();
        Box::pin(async move { Ok(EmbeddedOrg { base_url, agent: Some(agent), keep: Box::new(()) }) })
    })
}

fn say(chat: Uuid, text: &str) -> impl AsyncFnOnce(&App) + '_ {
    async move |app: &App| app.lab_say(chat, Uuid::new_v4(), text).await.unwrap()
}

fn answer(chat: Uuid, answer: LabAnswer) -> impl AsyncFnOnce(&App) {
    async move |app: &App| app.lab_answer(chat, Uuid::new_v4(), answer).await.unwrap()
}

pub(crate) const ONCE: ScenarioRunOptions =
    ScenarioRunOptions { parallel: 1, repeat: 1, timeout_seconds: 10 };

/// Runs all open files; what came of it as `passed`, `failed and errored`.
pub(crate) async fn run(lab: &Lab) -> (u32, u32) {
    lab.app.scenario_run(ScenarioChoice::All, ONCE).await.unwrap();
    lab.until(|app| {
        let overview = app.scenario_files();
        let totals = overview.totals;
        overview.run.is_none().then_some((totals.passed, totals.failed + totals.errored))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_by_hand_is_saved_as_a_scenario_that_passes_when_it_is_run() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    let card = lab.answered(chat, say(chat, "card")).await;
    assert!(matches!(card.content.as_slice(), [LabContentView::Card { .. }]), "{card:?}");
    let (text, payload) = ("Book the garden room".to_owned(), "book-garden".to_owned());
    let message = card.key.unwrap();
    lab.answered(chat, answer(chat, LabAnswer::Button { message, text, payload })).await;
    let list = lab.answered(chat, say(chat, "list")).await;
    let chosen = vec![LabChoice { id: "tea".into(), title: "Tea".into() }];
    lab.answered(chat, answer(chat, LabAnswer::List { message: list.key.unwrap(), chosen })).await;
    let date = lab.answered(chat, say(chat, "date")).await;
    let (message, iso) = (date.key.unwrap(), "2030-01-07T14:30:00Z".to_owned());
    lab.answered(chat, answer(chat, LabAnswer::Time { message, iso })).await;

    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    lab.app.lab_say(chat, Uuid::new_v4(), "written while offline").await.unwrap();
    assert_eq!(lab.chat(chat).waiting, 1);
    lab.answered(chat, async |app: &App| app.lab_act(chat, LabAct::ComeBack).await.unwrap()).await;
    let help = lab.answered(chat, say(chat, "it costs ${price}")).await;
    assert!(help.kind == LabRowKind::Bot && help.text.is_some());

    let file = lab.data.path().join("note.txt");
    std::fs::write(&file, "a note").unwrap();
    let before = lab.rows(chat).len();
    lab.app.lab_attach(chat, Uuid::new_v4(), file, None).await.unwrap();
    lab.until(|_| (lab.rows(chat).len() >= before + 2).then_some(())).await;

    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("chat.yaml");
    let told = lab.app.lab_scenario_save(chat, "By hand", saved.clone(), Existing::Keep).await.unwrap();
    let text = std::fs::read_to_string(&saved).unwrap();
    assert!(text.contains("it costs $${price}") && text.contains("tap: \"Book the garden room\""), "{text}");
    assert!(told.left_out.is_empty() && folder.path().join("note.txt").is_file(), "{told:?}");

    lab.app.scenario_open(vec![saved]).await.unwrap();
    assert_eq!(run(&lab).await, (1, 0), "{text}\n{:?}", lab.app.scenario_results(0, 1));
    let result = lab.app.scenario_results(0, 10).results.remove(0);
    let detail = lab.app.scenario_result(result.number).unwrap();
    assert_eq!(detail.steps.len(), told.steps as usize);
    assert!(detail.steps.iter().all(|step| step.outcome == Some(ScenarioStepOutcome::Passed)));
    assert!(detail.transcript.len() > 10);
    for (form, begins) in
        [(ReportForm::Html, "<!DOCTYPE html>"), (ReportForm::Junit, "<?xml"), (ReportForm::Json, "{")]
    {
        let file = folder.path().join(format!("report.{form:?}"));
        let written = lab.app.scenario_report_save(form, file, Existing::Keep).await.unwrap();
        assert!(std::fs::read_to_string(Path::new(&written)).unwrap().starts_with(begins), "{form:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_chat_in_which_nothing_was_pressed_passes_with_its_bot_and_fails_where_no_bot_answers() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for word in ["card", "carousel", "date", "list", "form", "file"] {
        let chat = lab.start().await;
        lab.answered(chat, say(chat, word)).await;
        let file = folder.path().join(format!("{word}.yaml"));
        let told = lab.app.lab_scenario_save(chat, word, file.clone(), Existing::Keep).await.unwrap();
        assert_eq!(told.left_out.len(), usize::from(word == "file"), "{told:?}");
        files.push(file);
    }
    lab.app.scenario_open(files.clone()).await.unwrap();
    assert_eq!(run(&lab).await, (6, 0), "{:?}", lab.app.scenario_results(0, 10));

    let silent = Lab::new(Messaging { bot: Bot::none(), ..Messaging::default() }).await;
    silent.app.scenario_open(files).await.unwrap();
    let options = ScenarioRunOptions { parallel: 6, timeout_seconds: 1, ..ONCE };
    silent.app.scenario_run(ScenarioChoice::All, options).await.unwrap();
    let totals =
        silent.until(|app| Some(app.scenario_files()).filter(|overview| overview.run.is_none())).await.totals;
    assert_eq!((totals.passed, totals.failed), (0, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_side_is_played_by_hand_and_ends_the_conversation() {
    let messaging =
        Messaging { bot: Bot::none(), disconnect: simulator::Disconnect::ReadOnly, ..Messaging::default() };
    let lab = Lab::new(messaging).await;
    let chat = lab.start().await;
    let agent = LabAgentAct::Say {
        text: "How can I help?".into(),
        quick_replies: vec!["Billing".into(), "Other".into()],
        as_bot: false,
    };
    let refused = lab.app.lab_agent(chat, agent.clone()).await.unwrap_err();
    assert!(refused.message.contains("has not begun"), "{refused:?}");
    lab.app.lab_say(chat, Uuid::new_v4(), "Hello").await.unwrap();
    lab.until(|_| (lab.chat(chat).waiting == 0).then_some(())).await;
    lab.app.lab_agent(chat, LabAgentAct::Typing).await.unwrap();
    lab.until(|_| lab.chat(chat).typing_until).await;
    lab.app.lab_agent(chat, agent).await.unwrap();
    let asked = lab.until(|_| lab.rows(chat).into_iter().find(|row| row.kind == LabRowKind::Agent)).await;
    assert_eq!(asked.content.len(), 2);
    assert!(lab.chat(chat).typing_until.is_none() && lab.chat(chat).agent.is_some());

    lab.app.lab_agent(chat, LabAgentAct::Disconnect { read_only: true }).await.unwrap();
    lab.is(chat, LabChatState::ReadOnly).await;
    lab.app.lab_act(chat, LabAct::NewSession).await.unwrap();
    lab.is(chat, LabChatState::Ready).await;
    lab.app.lab_say(chat, Uuid::new_v4(), "Hello again").await.unwrap();
    lab.until(|_| (lab.chat(chat).waiting == 0).then_some(())).await;
    lab.app.lab_agent(chat, LabAgentAct::Expire).await.unwrap();
    lab.is(chat, LabChatState::Ended).await;
    assert!(lab.chat(chat).words.contains("expired"));
    assert_eq!(
        lab.app.lab_say(chat, Uuid::new_v4(), "too late").await.unwrap_err().code,
        FailureCode::ConversationClosed
    );
    lab.app.lab_act(chat, LabAct::Remove).await.unwrap();
    assert!(lab.app.lab_overview().chats.is_empty());
    assert_eq!(lab.app.lab_act(chat, LabAct::Typing).await.unwrap_err().code, FailureCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_stands_in_a_frame_and_frames_are_found_by_their_text() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "bye the way")).await;
    let token = lab.app.0.chat_lab.get(chat).unwrap().token.clone();
    let all = lab.app.lab_frames(chat, "", 0, 500).unwrap();
    assert!(all.total > 3 && all.frames.iter().all(|frame| !frame.json.contains(token.expose())));
    let found = lab.app.lab_frames(chat, "BYE the way", 0, 500).unwrap();
    assert!(found.total >= 2 && found.total < all.total, "{} of {}", found.total, all.total);
    let file = lab.data.path().join("frames.jsonl");
    let written = lab.app.lab_frames_export(chat, file.clone(), Existing::Keep).await.unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!((text.lines().count(), text.contains(token.expose())), (written.exported as usize, false));
    let resumed = lab.app.lab_resume(LabStart::default(), token.expose().to_owned()).await.unwrap();
    lab.is(resumed.id, LabChatState::Ready).await;
    lab.until(|_| lab.rows(resumed.id).into_iter().find(|row| row.text.as_deref() == Some("bye the way")))
        .await;
    let shown = serde_json::to_string(&lab.app.lab_overview()).unwrap();
    assert!(!shown.contains(token.expose()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_was_there_before_does_not_become_one_of_the_lab_by_their_token() {
    let lab = Lab::new(Messaging::default()).await;
    let elsewhere = Lab::at(Arc::clone(&lab.org)).await;
    let theirs = elsewhere.start().await;
    elsewhere.answered(theirs, say(theirs, "hello")).await;
    let token = elsewhere.app.0.chat_lab.get(theirs).unwrap().token.clone();
    let resumed = lab.app.lab_resume(LabStart::default(), token.expose().to_owned()).await.unwrap();
    lab.is(resumed.id, LabChatState::Ready).await;
    lab.answered(resumed.id, say(resumed.id, "hello again")).await;
    let new = lab.app.lab_resume(LabStart::default(), Uuid::new_v4().to_string()).await.unwrap();
    lab.is(new.id, LabChatState::Ready).await;
    lab.answered(new.id, say(new.id, "hello")).await;
    let cleaned = lab.app.lab_clean(LabCleaning::default(), |_, _| {}).await.unwrap();
    assert_eq!((cleaned.found, cleaned.deleted), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_deployment_does_not_take_is_told_before_anything_is_sent() {
    let inactive = Deployment { active: false, ..Deployment::open(EMBEDDED_DEPLOYMENT) };
    let lab = Lab::new(Messaging { deployments: vec![inactive], ..Messaging::default() }).await;
    let refused = lab.app.lab_start(LabStart::default()).await.unwrap_err();
    assert!(refused.message.contains("inactive"), "{refused:?}");
    let unknown = LabStart { deployment: Some("no-such-deployment".into()), ..LabStart::default() };
    assert!(lab.app.lab_start(unknown).await.is_err());
    let arrived = [Kind::Frame, Kind::Created, Kind::Message];
    assert!(lab.org.simulator().ledger().iter().all(|entry| !arrived.contains(&entry.kind)));
    assert!(lab.app.lab_overview().chats.is_empty());
    for (token, field) in [("", "token"), ("a b", "token"), ("x".repeat(129).as_str(), "token")] {
        let refused = lab.app.lab_resume(LabStart::default(), token.to_owned()).await.unwrap_err();
        assert_eq!(refused.fields[0].field, field);
    }

    let lab = Lab::new(Messaging { attachments: false, ..Messaging::default() }).await;
    let attributes = BTreeMap::from([("long".to_owned(), "x".repeat(2_048))]);
    let long = LabStart { attributes, ..LabStart::default() };
    assert_eq!(lab.app.lab_start(long).await.unwrap_err().fields[0].field, "attributes");
    let chat = lab.start().await;
    let file = lab.data.path().join("note.txt");
    std::fs::write(&file, "a note").unwrap();
    let refused = lab.app.lab_attach(chat, Uuid::new_v4(), file, None).await.unwrap_err();
    assert!(refused.message.contains("takes no files"), "{refused:?}");
    for text in ["", "  ", "x".repeat(4_097).as_str()] {
        assert_eq!(lab.app.lab_say(chat, Uuid::new_v4(), text).await.unwrap_err().fields[0].field, "text");
    }
    assert_eq!(lab.rows(chat).len(), 0);
}
