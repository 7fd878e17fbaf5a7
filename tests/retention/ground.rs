//! What a case stands on: an org in process, a hand behind the client's back, and a connection's store on disk.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use genesys::Transport;
use model::{GuestId, MessageId, RetentionPolicy, Secret};
use outbox::{Outbox, Outgoing};
use retention::{HoldDraft, HoldId, Holds, OrgPort, PlanProgress, PlanSeal, PlanSummary, holds_in};
use serde_json::{Value, json};
use simulator::{Entry, Options, Simulator};
use store::{DataKey, Existing, Store, WholeFile};
use tempfile::TempDir;
use testkit::{InProcess, ManualClock, text};
use uuid::Uuid;

pub const START: &str = "2026-11-22T12:00:00Z";

pub fn start() -> DateTime<Utc> {
    START.parse().unwrap()
}

/// Makes a plan as the file of this name, in place of any other.
pub async fn plan_at(
    port: &dyn OrgPort,
    policy: &RetentionPolicy,
    seal: &PlanSeal,
    now: DateTime<Utc>,
    out: &std::path::Path,
    progress: &(dyn Fn(PlanProgress) + Sync),
) -> Result<PlanSummary, retention::Error> {
    let mut file = WholeFile::begin(out.parent().unwrap()).unwrap();
    let summary = retention::plan(port, policy, seal, now, &mut file, progress).await?;
    file.publish(out, Existing::Replace).unwrap();
    Ok(summary)
}

/// What a connection keeps on disk. Cases that follow each other share one: their guests are others.
pub struct Desk {
    pub dir: TempDir,
    pub store: Store,
    pub outbox: Outbox,
    pub holds: Arc<Holds>,
    pub seal: PlanSeal,
    seal_key: Secret,
    /// What an earlier version kept of the same org under another spelling, and how many holds were set so far.
    former: (Holds, Store, AtomicUsize),
}

impl Desk {
    pub fn new() -> Self {
        let dir = testkit::temp_dir();
        let store = Store::open(&dir.path().join("store"), &DataKey::generate()).unwrap();
        let outbox = Outbox::open(&store, Arc::new(ManualClock::at(START))).unwrap();
        let holds = Arc::new(Holds::open(&store).unwrap());
        let seal_key = PlanSeal::new_key().unwrap();
        let seal = PlanSeal::new("story", "http://127.0.0.1 demo", &seal_key).unwrap();
        let former = Store::open(&dir.path().join("former"), &DataKey::generate()).unwrap();
        let former = (Holds::open(&former).unwrap(), former, AtomicUsize::default());
        Self { dir, store, outbox, holds, seal, seal_key, former }
    }

    pub fn hold(&self, guest: Option<GuestId>, filter: Option<&str>) {
        let draft = HoldDraft {
            guest: guest.map(|id| id.to_string()),
            filter: filter.map(str::to_owned),
            reason: "case 17".to_owned(),
            owner: "Legal".to_owned(),
            until: None,
        };
        let hold = draft.check(HoldId(Uuid::new_v4()), start()).unwrap();
        let (former, store, so_far) = &self.former;
        // Every second one is set under the other spelling, and found at the next opening.
        if so_far.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
            self.holds.add(hold).unwrap();
        } else {
            former.add(hold).unwrap();
            self.holds.take_over(&holds_in(store).unwrap()).unwrap();
        }
    }

    /// The seal of the same folder for an org that is asked in this dialect.
    pub fn seal_in(&self, dialect: &str) -> PlanSeal {
        let seal = PlanSeal::new("story", "http://127.0.0.1 demo", &self.seal_key).unwrap();
        seal.in_dialect(dialect)
    }

    pub fn queue(&self, guest: GuestId) {
        let message = Outgoing {
            id: MessageId(Uuid::new_v4()),
            conversation_id: Uuid::new_v4().to_string().parse().unwrap(),
            guest_id: guest,
            text: text("hello"),
            written_at: start(),
        };
        self.outbox.accept(message).unwrap();
    }

    pub fn release_all(&self) {
        for hold in self.holds.now().list() {
            self.holds.remove(hold.id).unwrap();
        }
    }
}

/// The org, and who acts on it behind the console's back.
pub struct Ground {
    pub org: Simulator,
    pub way: InProcess,
    control: InProcess,
    /// The token of a program beside ours.
    bearer: String,
}

impl Ground {
    pub async fn new(options: &Options) -> Self {
        let org = Simulator::new(&Options { now: Some(start()), ..options.clone() }).unwrap();
        let (way, control) = (InProcess::new(org.router()), InProcess::new(org.control_router()));
        let signing = http::Request::post("http://127.0.0.1:1/oauth/token")
            .header("authorization", "Basic ZGVtbzpkZW1v")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"grant_type=client_credentials"))
            .unwrap();
        let answer: Value = serde_json::from_slice(way.send(signing).await.unwrap().body()).unwrap();
        let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        Self { org, way, control, bearer }
    }

    /// By the control port; the status.
    pub async fn by_hand(&self, method: &str, path: &str, body: &Value) -> u16 {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:1{path}"))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        self.control.send(request).await.unwrap().status().as_u16()
    }

    /// A message of a guest that another program delivers; the status.
    pub async fn says(&self, guest: GuestId, conversation: Uuid) -> u16 {
        let body = json!({
            "id": Uuid::new_v4(), "conversationId": conversation, "text": "hello again", "timestamp": START,
            "from": { "id": guest.0, "type": "user" },
        });
        let request = http::Request::post("http://127.0.0.1:1/api/v2/conversations/webchat/messages")
            .header("authorization", &self.bearer)
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        self.way.send(request).await.unwrap().status().as_u16()
    }
}

/// Whether the entry is a delete that came by the API and not by hand.
pub fn by_api(entry: &Entry) -> bool {
    // Who vanishes while a list is read was deleted by somebody else.
    entry.path.starts_with("/api/") && entry.method != "GET"
}
