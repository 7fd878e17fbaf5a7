//! One org under several names, and folders that earlier versions made: who is on hold stays, whichever name is used.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{Clock, GuestId, MessageId, MessageText, Secret};
use outbox::{Outbox, Outgoing};
use retention::{HoldDraft as Draft, HoldId, Holds};
use simulator::{Kind, Options, Running};
use store::Store;
use tempfile::TempDir;
use testkit::copy_folder;
use uuid::Uuid;

use crate::{
    App, Choice, Connection, DataFolder, Environment, EnvironmentVariables, FailureCode, OrgKey, RunOptions,
    RunStep, StartEmbedded, SystemClock,
    connection::data_key::DATA_KEY,
    connection::org_key::variables_folder,
    views::{ConnectionKind, HoldDraft, NewConnection, RunState},
};

/// An org, and a data folder that knows it.
pub(crate) struct House {
    data: TempDir,
    pub(crate) org: Running,
}

fn passphrase() -> Secret {
    Secret::new("correct horse".to_owned())
}

fn on(guest: &str) -> HoldDraft {
    HoldDraft {
        guest: Some(guest.to_owned()),
        reason: "case 12".into(),
        owner: "Ada".into(),
        ..Default::default()
    }
}

async fn close(app: App) {
    let closed = app.closed();
    drop(app);
    closed.await;
}

impl House {
    pub(crate) async fn new(guests: u64) -> Self {
        let options = Options { guests, rate: None, ..Options::default() };
        Self { data: tempfile::tempdir().unwrap(), org: simulator::start(options).await.unwrap() }
    }

    fn port(&self) -> String {
        self.org.api_url().rsplit_once(':').unwrap().1.to_owned()
    }

    fn folder(&self) -> Arc<DataFolder> {
        DataFolder::open(self.data.path(), "test", Some(passphrase())).unwrap()
    }

    fn variables(base_url: &str) -> EnvironmentVariables {
        let value = |name: &str| match name {
            "GC_BASE_URL" => Some(base_url.into()),
            "GC_CLIENT_ID" | "GC_CLIENT_SECRET" => Some("demo".into()),
            _ => None,
        };
        EnvironmentVariables::of(value)
    }

    /// Opens what a name or the variables choose.
    async fn open_in(&self, folder: Arc<DataFolder>, name: Option<&str>, base_url: &str) -> App {
        let choice = Choice::resolve(name, &Self::variables(base_url), &folder.connections()).unwrap();
        let nowhere: StartEmbedded = Arc::new(|_| Box::pin(async { Err("no org here".into()) }));
        App::open(folder, choice, &nowhere).await.unwrap()
    }

    pub(crate) async fn open(&self, name: Option<&str>, base_url: &str) -> App {
        self.open_in(self.folder(), name, base_url).await
    }

    /// As an earlier version named it.
    fn former(&self, spelling: &str) -> String {
        variables_folder(spelling, "demo")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data.path().join("connections").join(name)
    }

    fn deleted(&self) -> Vec<String> {
        let gone = self.org.simulator().ledger().into_iter().filter(|entry| entry.kind == Kind::Deleted);
        gone.filter_map(|entry| entry.guest_id).map(|id| id.to_string()).collect()
    }
}

/// The store of a connection as an earlier version left it, with one hold in it and some messages that wait.
fn left_by_an_earlier_version(dir: &Path, hold: Uuid, guest: &str, messages: u32) {
    std::fs::create_dir_all(dir).unwrap();
    let secrets = store::open_secrets(dir, Some(passphrase()), false).unwrap();
    let store = Store::open(&dir.join("store"), &store::data_keys(&*secrets, DATA_KEY).unwrap()).unwrap();
    let draft = Draft {
        guest: Some(guest.to_owned()),
        reason: "an old case".into(),
        owner: "Legal".into(),
        ..Draft::default()
    };
    Holds::open(&store).unwrap().add(draft.check(HoldId(hold), SystemClock.now()).unwrap()).unwrap();
    let outbox = Outbox::open(&store, Arc::new(SystemClock)).unwrap();
    for _ in 0..messages {
        let message = Outgoing {
            id: MessageId(Uuid::new_v4()),
            conversation_id: Uuid::new_v4().to_string().parse().unwrap(),
            guest_id: GuestId(Uuid::new_v4()),
            text: MessageText::new("hello".into()).unwrap(),
            written_at: SystemClock.now(),
        };
        outbox.accept(message).unwrap();
    }
}

fn new(name: &str, base_url: &str) -> NewConnection {
    NewConnection {
        name: name.into(),
        kind: ConnectionKind::Test,
        environment: None,
        base_url: Some(base_url.into()),
        client_id: "demo".into(),
        client_secret: "demo".into(),
        read_only: false,
        deployment: None,
        origin: None,
        dialect: None,
    }
}

async fn due(app: &App) -> Vec<String> {
    let plan = app.retention_preview(app.retention_policy()).await.unwrap();
    plan.sample.iter().map(|guest| guest.id.clone()).collect()
}

#[tokio::test]
async fn a_hold_keeps_its_guest_under_every_name_and_spelling_of_the_org() {
    let house = House::new(60).await;
    let port = house.port();
    let app = house.open(None, &format!("http://127.0.0.1:{port}")).await;
    let guests = due(&app).await;
    let hold = app.hold_add(Uuid::now_v7(), on(&guests[0])).await.unwrap();
    close(app).await;
    let folder = house.folder();
    folder.add(new("One", &format!("HTTP://127.0.0.1:{port}/"))).unwrap();
    folder.add(new("Two", &format!("http://localhost:{port}"))).unwrap();
    drop(folder);
    let names = [
        (None, format!("HTTP://127.0.0.1:{port}")),
        (None, format!(" http://127.0.0.1:{port}//\n")),
        (None, format!("http://localhost.:{port}")),
        (None, format!("http://[::1]:{port}")),
        (Some("One"), String::new()),
        (Some("Two"), String::new()),
    ];
    for (name, base_url) in &names {
        let app = house.open(*name, base_url).await;
        assert_eq!(app.hold_list().unwrap(), std::slice::from_ref(&hold), "{name:?} {base_url:?}");
        // Nothing answers on ::1.
        if !base_url.contains("::1") {
            let refused = app.guest_delete(guests[0].parse().unwrap(), None).await.unwrap_err();
            assert_eq!(refused.code, FailureCode::HeldGuest, "{name:?} {base_url:?}");
            let plan = app.retention_preview(app.retention_policy()).await.unwrap();
            assert_eq!(plan.held, 1, "{name:?} {base_url:?}");
        }
        close(app).await;
    }
    assert_eq!(std::fs::read_dir(house.data.path().join("connections")).unwrap().count(), 3);

    // Two connections that are open at once, as when the window goes from one to the other.
    let folder = house.folder();
    let one = house.open_in(Arc::clone(&folder), Some("One"), "").await;
    let plan = one.retention_preview(one.retention_policy()).await.unwrap();
    let two = house.open_in(folder, Some("Two"), "").await;
    two.hold_add(Uuid::now_v7(), on(&guests[1])).await.unwrap();
    assert_eq!(one.hold_list().unwrap().len(), 2, "at once");
    let run = one.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap().run;
    let mut steps = one.retention_resume(&run, RunOptions::default()).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!((last.state, last.counts.spared), (RunState::Finished, 2), "{last:?}");
    assert!(!house.deleted().is_empty() && !guests[..2].iter().any(|id| house.deleted().contains(id)));
    assert!(one.hold_remove(hold.id.parse().unwrap()).await.unwrap().is_some());
    assert_eq!(two.hold_list().unwrap().len(), 1);
}

#[tokio::test]
async fn folders_of_earlier_versions_are_taken_over_once_with_a_word_and_all_their_holds_count() {
    let house = House::new(60).await;
    let port = house.port();
    let (in_use, other) = (format!("HTTP://127.0.0.1:{port}"), format!("http://localhost:{port}"));
    let app = house.open(None, &format!("http://127.0.0.1:{port}")).await;
    let guests = due(&app).await;
    close(app).await;
    // Nothing of today's version is left.
    for gone in ["connections", "orgs"] {
        std::fs::remove_dir_all(house.data.path().join(gone)).unwrap();
    }
    let folder = house.folder();
    folder.add(new("lab", &format!("http://127.0.0.1:{port}/"))).unwrap();
    folder.add(new("elsewhere", "http://127.0.0.1:1")).unwrap();
    drop(folder);
    let ids: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    left_by_an_earlier_version(&house.path(&house.former(&in_use)), ids[0], &guests[0], 2);
    left_by_an_earlier_version(&house.path(&house.former(&other)), ids[1], &guests[1], 3);
    left_by_an_earlier_version(&house.path("lab"), ids[2], &guests[2], 0);
    left_by_an_earlier_version(&house.path("elsewhere"), ids[3], &guests[3], 0);

    let app = house.open(None, &in_use).await;
    let held: Vec<_> = app.hold_list().unwrap().iter().map(|hold| hold.guest_id.clone().unwrap()).collect();
    assert_eq!(held.len(), 3);
    assert!(guests[..3].iter().all(|id| held.contains(id)), "from all folders of this org, and no other");
    assert_eq!(app.status().outbox.waiting, 2, "the one of the spelling in use is the one in use");
    let told: Vec<_> = app.status().notices.iter().map(|notice| notice.message.clone()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains(&house.former(&in_use)), "{told:?}");
    assert!(told[1].contains(&house.former(&other)) && told[1].contains("3 messages wait"), "{told:?}");
    let refused = app.guest_delete(guests[2].parse().unwrap(), None).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::HeldGuest);
    app.hold_remove(ids[1]).await.unwrap().unwrap();
    close(app).await;
    assert!(!house.path(&house.former(&in_use)).exists() && house.path(&house.former(&other)).exists());

    // Under another spelling: the same folder, and what was removed stays removed.
    let app = house.open(None, &other).await;
    assert_eq!((app.hold_list().unwrap().len(), app.status().outbox.waiting), (2, 2));
    let told: Vec<_> = app.status().notices.iter().map(|notice| notice.message.clone()).collect();
    assert!(told.len() == 1 && told[0].contains("3 messages wait"), "{told:?}");
    close(app).await;
    // The other one is reached by its name.
    let app = house.open(Some(&house.former(&other)), &in_use).await;
    assert_eq!((app.hold_list().unwrap().len(), app.status().outbox.waiting), (2, 3));
    close(app).await;
    let app = house.open(Some("lab"), "").await;
    assert_eq!(app.hold_list().unwrap().len(), 2);
    close(app).await;
}

#[tokio::test]
async fn the_newest_former_folder_is_taken_over_where_the_spelling_in_use_has_none() {
    let house = House::new(1).await;
    let port = house.port();
    let (old, newer) = (format!("HTTP://127.0.0.1:{port}"), format!("http://LOCALHOST:{port}"));
    let guest = Uuid::new_v4().to_string();
    left_by_an_earlier_version(&house.path(&house.former(&newer)), Uuid::now_v7(), &guest, 5);
    left_by_an_earlier_version(&house.path(&house.former(&old)), Uuid::now_v7(), &guest, 1);
    // As if the second had not been used for a long time.
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    for file in std::fs::read_dir(house.path(&house.former(&old)).join("store"))
        .unwrap()
        .chain(std::fs::read_dir(house.path(&house.former(&old))).unwrap())
    {
        std::fs::File::open(file.unwrap().path()).unwrap().set_modified(long_ago).unwrap();
    }
    std::fs::File::open(house.path(&house.former(&old))).unwrap().set_modified(long_ago).unwrap();
    let app = house.open(None, &format!("http://127.0.0.1:{port}")).await;
    assert_eq!((app.status().outbox.waiting, app.hold_list().unwrap().len()), (5, 2));
    close(app).await;
}

#[tokio::test]
async fn plans_and_runs_of_a_folder_that_was_taken_over_go_on() {
    let house = House::new(60).await;
    let spelling = format!("HTTP://127.0.0.1:{}", house.port());
    let former = house.former(&spelling);
    let folder = house.folder();
    let nowhere: StartEmbedded = Arc::new(|_| Box::pin(async { Err("no org here".into()) }));
    let before = Connection {
        name: former.clone(),
        kind: ConnectionKind::Development,
        environment: Environment::BaseUrl(spelling.clone()),
        client_id: "demo".into(),
        read_only: false,
        ..Connection::embedded()
    };
    let choice = Choice::FromEnvironment(before, Secret::new("demo".into()));
    let app = App::open(folder, choice, &nowhere).await.unwrap();
    let plan = app.retention_preview(app.retention_policy()).await.unwrap();
    let options = RunOptions { max: Some(2), ..RunOptions::default() };
    let run = app.retention_run_previewed(&plan.plan, options).await.unwrap().run;
    let mut steps = app.retention_resume(&run, RunOptions::default()).await.unwrap();
    steps.wait_for(RunStep::ended).await.unwrap();
    drop(steps);
    let second = app.retention_preview(app.retention_policy()).await.unwrap();
    close(app).await;

    let app = house.open(None, &format!("http://localhost:{}", house.port())).await;
    assert_ne!(app.connection().folder(), former);
    let key = OrgKey::of(app.connection()).unwrap();
    assert_eq!(app.connection().folder(), key.variables_folder());
    let mut steps = app.retention_resume(&run, RunOptions::default()).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_ne!(last.state, RunState::Failed, "{last:?}");
    drop(steps);
    let started = app.retention_run_previewed(&second.plan, RunOptions::default()).await;
    assert!(started.is_ok(), "a plan of before is a plan of this folder: {started:?}");
}

#[tokio::test]
async fn holds_that_cannot_be_read_stop_every_delete_and_nothing_else() {
    let house = House::new(60).await;
    let base = format!("http://127.0.0.1:{}", house.port());
    let app = house.open(None, &base).await;
    let guests = due(&app).await;
    close(app).await;
    let folder = house.folder();
    folder.add(new("lab", &base)).unwrap();
    drop(folder);
    left_by_an_earlier_version(&house.path("lab"), Uuid::now_v7(), &guests[0], 0);
    let store = house.path("lab/store");
    let schema = std::fs::read(store.join("schema.json")).unwrap();
    std::fs::write(store.join("schema.json"), "{}").unwrap();

    let app = house.open(None, &base).await;
    for failure in [
        app.hold_list().unwrap_err(),
        app.hold_add(Uuid::now_v7(), on(&guests[1])).await.unwrap_err(),
        app.guest_delete(guests[1].parse().unwrap(), None).await.unwrap_err(),
        app.retention_preview(app.retention_policy()).await.unwrap_err(),
    ] {
        assert_eq!(failure.code, FailureCode::StoreDamaged);
        assert!(
            failure.message.contains("lab") && failure.message.contains("nothing is planned"),
            "{failure:?}"
        );
    }
    assert!(app.status().notices.iter().any(|notice| notice.id == "holds-unread"));
    app.connection_test().await.unwrap();
    close(app).await;
    assert!(house.deleted().is_empty());
    let folder = house.folder();
    assert!(folder.remove("lab").is_err(), "its hold would be gone with it");
    drop(folder);

    std::fs::write(store.join("schema.json"), schema).unwrap();
    let app = house.open(None, &base).await;
    assert_eq!(app.hold_list().unwrap().len(), 1);
    close(app).await;
    // An org whose own store cannot be read.
    let orgs = std::fs::read_dir(house.data.path().join("orgs")).unwrap();
    let org = orgs.map(|entry| entry.unwrap().path()).next().unwrap();
    std::fs::write(org.join("store/schema.json"), "{}").unwrap();
    let app = house.open(None, &base).await;
    assert_eq!(
        app.guest_delete(guests[1].parse().unwrap(), None).await.unwrap_err().code,
        FailureCode::StoreDamaged
    );
    close(app).await;
}

#[tokio::test]
async fn a_connection_that_is_removed_leaves_its_holds_to_the_org() {
    let house = House::new(60).await;
    let base = format!("http://127.0.0.1:{}", house.port());
    let guest = Uuid::new_v4().to_string();
    let folder = house.folder();
    folder.add(new("lab", &base)).unwrap();
    left_by_an_earlier_version(&house.path("lab"), Uuid::now_v7(), &guest, 0);
    folder.remove("lab").unwrap();
    drop(folder);
    let app = house.open(None, &base).await;
    assert_eq!(app.hold_list().unwrap()[0].guest_id.as_deref(), Some(guest.as_str()));
}

#[tokio::test]
async fn the_embedded_org_has_its_holds_too_and_a_new_key_seals_them_as_well() {
    let data = tempfile::tempdir().unwrap();
    let start: StartEmbedded = Arc::new(|dir| {
        Box::pin(async move {
            let running = simulator::embedded(&dir).await.map_err(|e| e.to_string())?;
            Ok(crate::EmbeddedOrg { base_url: running.api_url(), agent: None, keep: Box::new(running) })
        })
    });
    let open = async || {
        let folder = DataFolder::open(data.path(), "test", None).unwrap();
        App::open(folder, Choice::Stored(Connection::embedded()), &start).await.unwrap()
    };
    let app = open().await;
    let guests = due(&app).await;
    app.hold_add(Uuid::now_v7(), on(&guests[0])).await.unwrap();
    let org = std::fs::read_dir(data.path().join("orgs")).unwrap().next().unwrap().unwrap().path();
    let key = || std::fs::read(org.join("store/schema.json")).unwrap();
    let before = key();
    app.rotate_key().await.unwrap();
    assert_ne!(key(), before);
    close(app).await;
    let app = open().await;
    assert_eq!(
        app.guest_delete(guests[0].parse().unwrap(), None).await.unwrap_err().code,
        FailureCode::HeldGuest
    );
}

#[tokio::test]
async fn what_one_connection_remembers_of_the_orgs_holds_stops_a_new_one_until_a_person_accepts() {
    let house = House::new(60).await;
    let base = format!("http://127.0.0.1:{}", house.port());
    let folder = house.folder();
    folder.add(new("One", &base)).unwrap();
    folder.add(NewConnection { read_only: true, ..new("Watch", &base) }).unwrap();
    drop(folder);
    let app = house.open(Some("One"), "").await;
    let guests = due(&app).await;
    app.hold_add(Uuid::now_v7(), on(&guests[0])).await.unwrap();
    close(app).await;
    let orgs = house.data.path().join("orgs");
    std::fs::remove_dir_all(&orgs).unwrap();

    // Over the variables, which were never used here; and again, since nothing but a person ends it.
    for _ in 0..2 {
        let app = house.open(None, &base).await;
        let refused = app.guest_delete(guests[0].parse().unwrap(), None).await.unwrap_err();
        assert_eq!(refused.code, FailureCode::LossNotAccepted, "{refused:?}");
        let loss = app.loss().unwrap();
        assert!(loss.happened.contains("store of this org's holds was lost"), "{loss:?}");
        assert!(loss.holds == 1 && loss.missing.starts_with("1 hold is missing"), "{loss:?}");
        assert!(loss.files[0].contains("orgs"), "{loss:?}");
        close(app).await;
    }
    let app = house.open(Some("Watch"), "").await;
    assert_eq!(app.loss_accept("Watch").await.unwrap_err().code, FailureCode::ReadOnly);
    close(app).await;
    let app = house.open(Some("One"), "").await;
    let loss = app.loss().unwrap();
    assert!(!loss.happened.contains("connection"), "its own store is whole: {loss:?}");
    close(app).await;
    let app = house.open(None, &base).await;
    let name = app.connection().name.clone();
    assert!(app.loss_accept(&name).await.unwrap().is_some());
    app.guest_delete(guests[1].parse().unwrap(), None).await.unwrap();
    app.hold_add(Uuid::now_v7(), on(&guests[0])).await.unwrap();
    close(app).await;
    for name in [None, Some("Watch"), None] {
        let app = house.open(name, &base).await;
        assert_eq!(app.loss(), None, "it is accepted: {name:?}");
        close(app).await;
    }

    // An older folder of the org, secrets too: only the connection over which a hold was set since knows better.
    let before = tempfile::tempdir().unwrap();
    copy_folder(&orgs, before.path());
    let app = house.open(Some("One"), "").await;
    assert_eq!(app.loss(), None, "what it remembers itself was accepted with the rest");
    app.hold_add(Uuid::now_v7(), on(&guests[2])).await.unwrap();
    close(app).await;
    std::fs::remove_dir_all(&orgs).unwrap();
    copy_folder(before.path(), &orgs);
    let app = house.open(None, &base).await;
    let refused = app.guest_delete(guests[2].parse().unwrap(), None).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::LossNotAccepted, "{refused:?}");
    assert!(refused.message.contains("1 hold is missing"), "{refused:?}");
    app.loss_accept(&name).await.unwrap().unwrap();
    close(app).await;
    let app = house.open(None, &base).await;
    assert_eq!(app.loss(), None);
}
