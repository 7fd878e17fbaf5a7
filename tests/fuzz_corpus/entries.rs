//! Every parser of bytes from outside, each behind one function of bytes. `fuzz/fuzz_targets` calls them for hours where
//! there is a nightly compiler; `main.rs` beside this file calls them with the kept corpus in every test run.
//!
//! A function may refuse whatever it is given; it must not panic, hang, or take memory beyond the bytes' measure.

use std::{io::Write, path::Path, sync::Arc, sync::OnceLock, time::Duration};

use bytes::Bytes;
use genesys::{
    Chat, ChatQuestion, Dialect, Lane, Org, OutgoingMessage, Search, Sessions,
    guest_api::ListGuests,
    webmessaging::{ChatOptions, Deployment, SocketFrame, WebMessaging},
};
use model::{Change, ConversationId, Doomed, Field, GuestId, MessageId, Selection};
use store::{DataKey, RecordLog, Store};
use testkit::{Canned, ScriptedSockets, TokioClock, guest, guest_id, new_guest, settings, temp_dir, text};

/// A parser by its name, which is also that of its fuzz target and of its folder in the corpus. `costly` ones write to
/// the disk or start a simulator, and are asked less often in the test run.
pub struct Target {
    pub name: &'static str,
    pub parse: fn(&[u8]),
    pub costly: bool,
}

const fn target(name: &'static str, parse: fn(&[u8])) -> Target {
    Target { name, parse, costly: false }
}

pub const TARGETS: &[Target] = &[
    target("api_body", api_body),
    target("error_body", error_body),
    target("platform_body", platform_body),
    target("retry_after", retry_after),
    target("filter", filter),
    target("ids", ids),
    target("cron", cron),
    target("say_lines", say_lines),
    target("holder_request", holder_request),
    target("policy", policy),
    target("plan_file", plan_file),
    target("certificate", certificate),
    target("audit_log", audit_log),
    target("scenario_file", scenario_file),
    target("bot_file", bot_file),
    target("frames", frames),
    Target { name: "journal", parse: journal, costly: true },
    Target { name: "store_folder", parse: store_folder, costly: true },
    Target { name: "change_log", parse: change_log, costly: true },
];

/// An answer of the org to each call, with a status that promises a body.
pub fn api_body(body: &[u8]) {
    ask_all(200, body, None);
}

/// An answer that is no success: the first byte picks the status, the rest is the body.
pub fn error_body(bytes: &[u8]) {
    const STATUSES: [u16; 16] =
        [300, 302, 400, 401, 403, 404, 405, 408, 409, 410, 413, 418, 422, 429, 500, 503];
    let Some((pick, body)) = bytes.split_first() else { return };
    ask_all(STATUSES[usize::from(*pick) % STATUSES.len()], body, None);
}

/// Frames of an org to a guest, one a line; each line is the configuration of a deployment and a page of the history, too.
pub fn frames(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(50).collect();
    let page = lines.first().map_or_else(Bytes::new, |line| Bytes::copy_from_slice(line));
    let http = Arc::new(Canned::new(move |_, _| Ok(http::Response::new(page.clone()))));
    let here = genesys::Endpoints::one_origin("http://127.0.0.1:9").expect("the address is one of loopback");
    let deployment = Deployment::at(&here, "d", None).expect("the id is one");
    let options = ChatOptions {
        token: model::Secret::new("7b1c6d1e-6d1f-4a60-9a2f-3b7ce5a0f001".into()),
        start_new: false,
        attributes: Default::default(),
        attributes_if_new: Default::default(),
        application: None,
        open_within: Duration::from_secs(10),
        reconnect_for: Some(Duration::ZERO),
        messages_per_second: 2,
        offline: false,
        join: true,
        typing: true,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(async {
        let (sockets, mut connections) = ScriptedSockets::new();
        let client = WebMessaging::new(sockets, http, Arc::new(TokioClock::at("2026-11-22T12:00:00Z")));
        let _ = client.config(&deployment).await;
        let (chat, mut events) = client.open(&deployment, options);
        let _ = chat.say(uuid::Uuid::from_u128(1), "Hello");
        let org = connections.recv().await.expect("a chat that begins connects");
        for line in lines {
            org.send_raw(match std::str::from_utf8(line) {
                Ok(text) => SocketFrame::Text(text.into()),
                Err(_) => SocketFrame::Binary(Bytes::copy_from_slice(line)),
            });
        }
        org.send_raw(SocketFrame::Close { code: None, reason: String::new() });
        while events.recv().await.is_some() {}
    });
}

/// Answers of the vendor's own API, one a line, given in turn to whatever the client asks. An answer that begins with a
/// digit has that as the first of its status. After a hundred of them the org refuses, so that pages without an end are no loop.
pub fn platform_body(bytes: &[u8]) {
    let lines: Vec<Bytes> = bytes.split(|byte| *byte == b'\n').take(50).map(Bytes::copy_from_slice).collect();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let canned = Canned::signed_in(move |_, _| {
        let n = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let line = lines[n % lines.len()].clone();
        let (status, body) = match line.first().filter(|_| n < 100) {
            Some(digit @ b'3'..=b'5') => (u16::from(digit - b'0') * 100, line.slice(1..)),
            Some(_) => (200, line),
            None => (418, Bytes::new()),
        };
        let mut answer = http::Response::new(body);
        *answer.status_mut() = http::StatusCode::from_u16(status).expect("the statuses above exist");
        Ok(answer)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(async {
        let clock = Arc::new(TokioClock::at("2026-11-26T10:00:00Z"));
        let org = Org::connect(Dialect::GenesysCloud, settings(), Arc::new(canned), clock);
        let (lane, id) = (Lane::Person, guest_id(1));
        let chat: ConversationId = "c-1".parse().expect("an id as the org makes them");
        for search in [Search::default(), Search { text: Some("Ada".into()), ..Search::default() }] {
            let mut pages = org.guests.walk(lane, search);
            while let Ok(Some(_)) = pages.next_page().await {}
        }
        if let Ok(seen) = org.guests.get_with_fields(lane, id).await {
            drop(org.guests.schema(lane, &seen.guest).await);
            let change = Change {
                key: "tier".into(),
                before: None,
                after: Some(model::AttributeValue::Text("gold".into())),
            };
            drop(org.guests.apply(lane, &seen.guest, &[change]).await);
        }
        drop(org.guests.fetch(lane, &[id, guest_id(2)]).await);
        drop(org.guests.promote(lane, id).await);
        let doomed = [Doomed { id, revision: None }, Doomed { id: guest_id(2), revision: None }];
        assert_eq!(org.guests.remove(lane, &doomed, &|_| true).await.len(), 2, "each guest has an outcome");
        drop(org.conversations.open_among(lane, &[id]).await);
        drop(org.access.check().await);
        let question = ChatQuestion {
            from: "2026-11-01T00:00:00Z".parse().expect("a time as written"),
            until: "2026-11-26T10:00:00Z".parse().expect("a time as written"),
            guests: Vec::new(),
            only_open: false,
            confirmed: true,
        };
        let mut chats = org.recent.as_ref().expect("the dialect lists chats").chats(lane, question);
        while let Ok(Some(_)) = chats.next_page().await {}
        let records = org.records.as_ref().expect("the dialect shows conversations");
        drop(records.record(lane, &chat).await);
        drop(records.conversation_of_message(lane, "m-1").await);
        drop(records.set_attributes(lane, &chat, &[("tier".into(), "gold".into())].into()).await);
    });
}

/// The header of a 429 that says when to come again.
pub fn retry_after(value: &[u8]) {
    if let Ok(value) = http::HeaderValue::from_bytes(value) {
        ask_all(429, b"{}", Some(value));
    }
}

fn ask_all(status: u16, body: &[u8], retry_after: Option<http::HeaderValue>) {
    let body = Bytes::copy_from_slice(body);
    let canned = Canned::signed_in(move |_, _| {
        let mut answer = http::Response::new(body.clone());
        *answer.status_mut() = http::StatusCode::from_u16(status).expect("the statuses above exist");
        for name in ["retry-after", "inin-ratelimit-reset", "inin-ratelimit-count", "inin-correlation-id"] {
            if let Some(value) = &retry_after {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        Ok(answer)
    });
    // Time goes on by itself whenever everybody waits, so a pause of an hour costs nothing.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(async {
        let client = testkit::guest_api(
            settings(),
            Arc::new(canned),
            Arc::new(TokioClock::at("2026-11-26T10:00:00Z")),
        );
        let lane = Lane::Person;
        let about = Selection::equals(Field::GuestIdOfConversation, guest_id(1).to_string());
        let to: ConversationId = "c-1".parse().expect("an id as the org makes them");
        let said = text("Hello");
        drop(client.list_guests(lane, &ListGuests::default()).await);
        drop(client.guest_with_token(lane, guest_id(1)).await);
        drop(client.create_guest(lane, &new_guest(1)).await);
        drop(client.put_guest(lane, &guest(1, "2026-01-01T00:00:00Z")).await);
        drop(client.delete_guest(lane, guest_id(1), Some(1), &|| true).await);
        drop(client.conversations(lane, &about, 100, 1).await);
        drop(client.token_info().await);
        let message = OutgoingMessage {
            id: MessageId(guest_id(2).0),
            conversation_id: &to,
            guest_id: guest_id(1),
            text: &said,
            written_at: "2026-11-26T10:00:00Z".parse().expect("a time as written"),
        };
        drop(client.deliver(lane, &message).await);
    });
}

/// A filter that a person wrote, and whether it stays what it is when it is read back.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(filter) = text.parse::<Selection>() {
        let again: Selection = filter.as_str().parse().expect("a filter is a filter");
        assert_eq!(again, filter);
        let both = filter.clone().and(Selection::contains(Field::Name, text));
        assert!(both.as_str().parse::<Selection>().is_ok() || both.as_str().len() > 8_000, "{both}");
    }
}

/// Ids of guests, messages, conversations and runs.
pub fn ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let errors = [
        text.parse::<GuestId>().err().map(|e| e.to_string()),
        text.parse::<MessageId>().err().map(|e| e.to_string()),
        text.parse::<ConversationId>().err().map(|e| e.to_string()),
        text.parse::<retention::RunId>().err().map(|e| e.to_string()),
    ];
    for error in errors.into_iter().flatten() {
        assert!(error.len() < 4_096, "an error repeats all of a long text");
    }
    if let Ok(id) = text.parse::<ConversationId>() {
        assert_eq!(id.as_str(), model::trimmed(text));
    }
    drop(genesys::Endpoints::region(text));
    drop(genesys::Endpoints::one_origin(text));
}

/// A schedule: cron and, on a second line, the zone; and when it would run.
pub fn cron(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (cron, zone) = text.split_once('\n').unwrap_or((text, "Europe/Berlin"));
    let Ok(mut schedule) = retention::Schedule::new(cron, zone) else { return };
    let now = "2026-03-28T12:00:00Z".parse().expect("a time as written");
    schedule.arm(now);
    if let Some(due) = retention::schedule::next_due(&schedule, now) {
        assert!(due > now);
    }
    let _ = retention::schedule::decide(&schedule, now);
}

/// The file of `chat say --from`.
pub fn say_lines(bytes: &[u8]) {
    let mut lines = app::SayLines::new(bytes);
    while let Ok(Some(line)) = lines.next_line() {
        assert!(line.text.as_str().len() <= model::MAX_TEXT_BYTES);
    }
}

/// What another process asks the holder of a folder.
pub fn holder_request(bytes: &[u8]) {
    drop(serde_json::from_slice::<app::HolderRequest>(bytes));
    drop(serde_json::from_slice::<app::HolderAnswer>(bytes));
}

/// A policy as the page hands it in.
pub fn policy(bytes: &[u8]) {
    if let Ok(policy) = serde_json::from_slice::<app::views::PolicyView>(bytes) {
        drop(policy.check());
    }
}

/// A plan's file, which may have lain anywhere.
pub fn plan_file(bytes: &[u8]) {
    let file = written(bytes);
    if let Ok(plan) = retention::open_plan(file.path()) {
        let lines = plan.lines().expect("a plan that opens has lines");
        assert_eq!(lines.filter(Result::is_ok).count() as u64, plan.total());
    }
}

/// A certificate from anybody, alone and beside a plan.
pub fn certificate(bytes: &[u8]) {
    drop(proof::verify(bytes, None, None));
    static PLAN: &[u8] = include_bytes!("../../crates/proof/src/certificate/golden/plan.jsonl");
    let file = written(PLAN);
    let plan = retention::open_plan(file.path()).expect("the golden plan opens");
    drop(proof::verify(bytes, Some(&plan), None));
}

/// A scenario file, and whether it stays what it is when it is printed.
pub fn scenario_file(bytes: &[u8]) {
    let file = Path::new("scenarios.yaml");
    match lab::scenario::parse(file, bytes) {
        Ok(read) => {
            let printed = lab::scenario::to_yaml(&read);
            // What is printed may be longer than what was read, and longer than a file may be.
            if printed.len() <= lab::scenario::MAX_FILE_BYTES {
                let again = lab::scenario::parse(file, printed.as_bytes()).expect("what is printed is read");
                assert_eq!(lab::scenario::to_yaml(&again), printed);
            }
        }
        Err(mistake) => {
            let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count();
            assert!((1..=lines).contains(&(mistake.place.line as usize)), "{mistake:?}");
        }
    }
}

/// A bot file of the simulator, and what such a bot answers.
pub fn bot_file(bytes: &[u8]) {
    match simulator::Bot::parse("bot.yaml", bytes) {
        Ok(bot) => {
            let mut memory = simulator::BotMemory::default();
            let said = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]);
            drop(bot.answer(&mut memory, &simulator::GuestAct::Started));
            drop(bot.answer(&mut memory, &simulator::GuestAct::Said(&said)));
        }
        Err(mistake) => {
            let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count() as u64;
            // The end of the file may be told as the line after the last one.
            assert!((1..=lines + 1).contains(&mistake.line) && mistake.column > 0, "{mistake}");
        }
    }
}

/// An audit log that somebody may have edited.
pub fn audit_log(bytes: &[u8]) {
    drop(proof::verify_audit(bytes, None, None));
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(bytes).expect("it can be written");
    file
}

fn key() -> &'static DataKey {
    static KEY: OnceLock<DataKey> = OnceLock::new();
    KEY.get_or_init(DataKey::generate)
}

/// Writes the bytes over a file, from the place that the first two name.
fn damage(path: &Path, bytes: &[u8]) {
    let Some((place, bytes)) = bytes.split_first_chunk::<2>() else { return };
    let mut whole = std::fs::read(path).expect("the file is there");
    let at = usize::from(u16::from_le_bytes(*place)) % (whole.len() + 1);
    whole.truncate(whole.len().max(at));
    for (n, byte) in bytes.iter().enumerate() {
        match whole.get_mut(at + n) {
            Some(old) => *old = *byte,
            None => whole.push(*byte),
        }
    }
    std::fs::write(path, whole).expect("it can be written");
}

/// A journal of a run whose file was damaged: what is still read was written, and in order.
pub fn journal(bytes: &[u8]) {
    let dir = temp_dir();
    let store = Store::open(&dir.path().join("store"), key()).expect("a new store opens");
    let path = dir.path().join("journal");
    let mut journal = RecordLog::<String>::create(&path, &store).expect("a new journal");
    for word in ["one", "two", "three"] {
        journal.append(&[word.to_owned()]).expect("it is written");
    }
    drop(journal);
    damage(&path, bytes);
    if let Ok(records) = RecordLog::<String>::read(&path, &store) {
        let read: Vec<String> = records.map_while(Result::ok).collect();
        assert!(["one", "two", "three"].starts_with(&read.iter().map(String::as_str).collect::<Vec<_>>()));
    }
}

/// A store whose journal was damaged: it opens with what is left, or says why not.
pub fn store_folder(bytes: &[u8]) {
    let dir = temp_dir();
    let path = dir.path().join("store");
    {
        let store = Store::open(&path, key()).expect("a new store opens");
        let table = store.table::<String, String>("words");
        let mut batch = store::Batch::new();
        batch.put(&table, &"a".to_owned(), &"one".to_owned()).expect("it is small");
        store.commit(batch).expect("it is written");
    }
    let files = std::fs::read_dir(&path).expect("the store is there").flatten();
    for entry in files.filter(|entry| entry.file_name().to_string_lossy().starts_with("journal.")) {
        damage(&entry.path(), bytes);
    }
    if let Ok(store) = Store::open(&path, key()) {
        let kept = store.table::<String, String>("words").get(&"a".to_owned());
        assert!(kept.is_err() || kept.is_ok_and(|word| word.is_none_or(|word| word == "one")));
    }
}

/// The embedded org's change log.
pub fn change_log(bytes: &[u8]) {
    // How many guests to make is the header's to say; a million are made as asked, which is no fault but takes long.
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let header: serde_json::Value = serde_json::from_slice(header).unwrap_or_default();
    if header["guests"].as_u64().is_some_and(|guests| guests > 10_000) {
        return;
    }
    let dir = temp_dir();
    std::fs::write(dir.path().join("world.jsonl"), bytes).expect("it can be written");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    drop(runtime.expect("a runtime can be made").block_on(simulator::embedded(dir.path())));
}
