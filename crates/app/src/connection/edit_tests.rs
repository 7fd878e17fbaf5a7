//! Connections that are edited: which secret goes where, which folder is used, and what is told before something is left behind.

use std::sync::Arc;

use model::{MessageId, MessageText, Secret};
use simulator::{Options, Running};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    App, CheckedEdit, Choice, Connection, ConnectionContents, DataFolder, EnvironmentVariables, Failure,
    FailureCode, Result, StartEmbedded, Undo,
    views::{ConnectionEdit, ConnectionKind, HoldDraft, NewConnection, StartChat},
};

const PASSPHRASE: &str = "correct horse";

/// A data folder and an org. The folder is in one hand at a time.
struct House {
    data: TempDir,
    org: Running,
}

fn nowhere() -> StartEmbedded {
    Arc::new(|_| Box::pin(async { Err("no org here".into()) }))
}

async fn close(app: App) {
    let closed = app.closed();
    drop(app);
    closed.await;
}

impl House {
    /// With a connection `Lab` to the org.
    async fn new(secret: &str) -> Self {
        let house = Self { data: tempfile::tempdir().unwrap(), org: org().await };
        let new = NewConnection {
            name: "Lab".into(),
            kind: ConnectionKind::Test,
            environment: None,
            base_url: Some(house.org.api_url()),
            client_id: "demo".into(),
            client_secret: secret.into(),
            read_only: false,
            deployment: None,
            origin: None,
            dialect: None,
        };
        house.folder().add(new).unwrap();
        house
    }

    fn folder(&self) -> Arc<DataFolder> {
        DataFolder::open(self.data.path(), "test", Some(Secret::new(PASSPHRASE.into()))).unwrap()
    }

    async fn open(&self, name: &str) -> App {
        let folder = self.folder();
        let none = EnvironmentVariables::of(|_| None);
        let choice = Choice::resolve(Some(name), &none, &folder.connections()).unwrap();
        App::open(folder, choice, &nowhere()).await.unwrap()
    }

    async fn signs_in(&self, name: &str) -> Result<()> {
        let app = self.open(name).await;
        let signed_in = app.connection_test().await.map(drop);
        close(app).await;
        signed_in
    }

    fn edit(&self, name: &str, edit: ConnectionEdit) -> Result<Connection> {
        let folder = self.folder();
        let edit = folder.check_edit(name, edit)?;
        folder.edit(&edit, &folder.contents(name)?)?;
        folder.connections().get(&edit.after.name)
    }

    /// Starts a chat and writes this many messages, which nobody sends.
    async fn wait(&self, name: &str, messages: usize) -> Vec<MessageId> {
        let app = self.open(name).await;
        let guest_id = Uuid::new_v4();
        let (chat, _) = app.chat_start(StartChat { guest_id, ..StartChat::default() }).await.unwrap();
        let mut ids = Vec::new();
        for _ in 0..messages {
            let (id, text) = (MessageId(Uuid::now_v7()), MessageText::new("hello".into()).unwrap());
            app.chat_say(id, chat.conversation_id.parse().unwrap(), text).await.unwrap();
            ids.push(id);
        }
        close(app).await;
        ids
    }
}

async fn org() -> Running {
    simulator::start(Options { guests: 3, rate: None, ..Options::default() }).await.unwrap()
}

fn secret(secret: &str) -> ConnectionEdit {
    ConnectionEdit { client_secret: Some(secret.into()), ..ConnectionEdit::default() }
}

fn field_of(failure: &Failure) -> &str {
    &failure.fields[0].field
}

#[tokio::test]
async fn a_wrong_secret_is_mended_in_place_and_a_try_changes_nothing() {
    let house = House::new("wrong").await;
    assert_eq!(house.signs_in("Lab").await.unwrap_err().code, FailureCode::CredentialsRejected);
    let folder = house.folder();
    let tried = |text: &str| folder.check_edit("Lab", secret(text));
    let refused = folder.try_edit(&tried("wrong too").unwrap(), &nowhere()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::CredentialsRejected);
    assert!(folder.try_edit(&tried("demo").unwrap(), &nowhere()).await.unwrap().ok);
    assert_eq!(field_of(&tried("demo\n").err().unwrap()), "clientSecret");
    drop(folder);
    assert!(house.signs_in("Lab").await.is_err(), "nothing was kept by the tries");
    house.edit("Lab", secret("demo")).unwrap();
    house.signs_in("Lab").await.unwrap();
}

#[tokio::test]
async fn the_open_connection_says_that_its_sign_in_is_refused_and_what_mends_it() {
    let house = House::new("wrong").await;
    let app = house.open("Lab").await;
    app.start_background();
    assert!(app.connection_view().sign_in.is_none());
    drop(app.connection_test().await);
    let told = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        app.follow(|_, status| status.connection.unwrap().sign_in.is_none()).await;
        app.connection_view().sign_in.unwrap()
    });
    let told = told.await.unwrap();
    assert_eq!(told.code, FailureCode::CredentialsRejected);
    assert!(told.next.contains("Edit the connection \"Lab\""), "{told:?}");
    close(app).await;
}

#[tokio::test]
async fn a_secret_that_another_address_or_client_would_get_is_given_anew() {
    let house = House::new("demo").await;
    let other = org().await;
    let edits = [
        ConnectionEdit { base_url: Some(other.api_url()), ..ConnectionEdit::default() },
        ConnectionEdit { client_id: Some("other".into()), ..ConnectionEdit::default() },
        ConnectionEdit { environment: Some("eu-west-1".into()), ..ConnectionEdit::default() },
    ];
    for edit in edits {
        assert_eq!(field_of(&house.edit("Lab", edit).unwrap_err()), "clientSecret");
    }
    let moved = ConnectionEdit { base_url: Some(other.api_url()), ..secret("demo") };
    house.edit("Lab", moved).unwrap();
    house.signs_in("Lab").await.unwrap();
}

#[tokio::test]
async fn a_renamed_connection_keeps_what_waits_and_its_name_is_free_again() {
    let house = House::new("demo").await;
    house.wait("Lab", 2).await;
    let renamed = house
        .edit("Lab", ConnectionEdit { name: Some("Lab EU".into()), ..ConnectionEdit::default() })
        .unwrap();
    assert_eq!(renamed.folder(), "lab");
    let held = house.folder().contents("Lab EU").unwrap();
    assert_eq!(held, ConnectionContents { waiting: 2, ..ConnectionContents::default() });
    assert_eq!(house.folder().contents("Lab").unwrap_err().code, FailureCode::UnknownConnection);
    house.signs_in("Lab EU").await.unwrap();
    let taken = ConnectionEdit { name: Some("simulator".into()), ..ConnectionEdit::default() };
    assert_eq!(field_of(&house.edit("Lab EU", taken).unwrap_err()), "name");
}

#[tokio::test]
async fn nothing_that_is_of_one_org_is_led_to_another() {
    let house = House::new("demo").await;
    let other = org().await;
    let moved = || ConnectionEdit { base_url: Some(other.api_url()), ..secret("demo") };
    let ids = house.wait("Lab", 1).await;
    let refused = house.edit("Lab", moved()).unwrap_err();
    assert_eq!(field_of(&refused), "environment");
    assert!(refused.message.contains("1 message that waits"), "{refused:?}");
    let app = house.open("Lab").await;
    app.outbox_discard(ids[0]).await.unwrap();
    let hold = HoldDraft {
        filter: Some("name = \"Ada\"".into()),
        reason: "r".into(),
        owner: "o".into(),
        ..HoldDraft::default()
    };
    let hold = app.hold_add(Uuid::now_v7(), hold).await.unwrap();
    close(app).await;
    assert!(house.edit("Lab", moved()).unwrap_err().message.contains("1 hold"));
    let app = house.open("Lab").await;
    app.hold_remove(hold.id.parse().unwrap()).await.unwrap();
    close(app).await;
    // Then it begins anew: what was written for the other org cannot even be undone into this one.
    let edited = house.edit("Lab", moved()).unwrap();
    assert_eq!(edited.folder(), "lab+2");
    let app = house.open("Lab").await;
    let undone = app.undo(Undo::Discarded { id: ids[0].to_string() }).await;
    assert_eq!(undone.unwrap_err().code, FailureCode::NotFound);
    app.connection_test().await.unwrap();
    close(app).await;
    assert_eq!(std::fs::read_dir(house.data.path().join("removed")).unwrap().count(), 1);
    let left: Vec<_> = std::fs::read_dir(house.data.path().join("connections")).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_list_that_somebody_edited_is_mended_by_entering_all_anew_and_its_messages_stay_with_their_org() {
    let house = House::new("demo").await;
    house.wait("Lab", 1).await;
    let list = house.data.path().join("connections.json");
    let before = std::fs::read_to_string(&list).unwrap();
    let other = org().await;
    std::fs::write(&list, before.replace(&house.org.api_url(), &other.api_url())).unwrap();
    let refused = house.edit("Lab", secret("demo")).unwrap_err();
    assert_eq!(refused.code, FailureCode::ConnectionEdited, "the new secret would go there");
    let whole = |org: &Running| ConnectionEdit {
        kind: Some(ConnectionKind::Test),
        base_url: Some(org.api_url()),
        client_id: Some("demo".into()),
        ..secret("demo")
    };
    let refused = house.edit("Lab", whole(&other)).unwrap_err();
    assert_eq!(field_of(&refused), "environment", "what waits is the other org's: {refused:?}");
    house.edit("Lab", whole(&house.org)).unwrap();
    assert_eq!(house.folder().contents("Lab").unwrap().waiting, 1);
    house.signs_in("Lab").await.unwrap();
}

#[tokio::test]
async fn what_is_asked_names_guards_that_are_taken_off_and_where_a_secret_goes() {
    let house = House::new("demo").await;
    let asked = |edit: ConnectionEdit| {
        let edit: CheckedEdit = house.folder().check_edit("Lab", edit).unwrap();
        (edit.question.origins.len(), edit.question.loosened.len())
    };
    let edit = ConnectionEdit::default;
    let strict =
        || ConnectionEdit { kind: Some(ConnectionKind::Production), read_only: Some(true), ..edit() };
    assert_eq!(asked(strict()), (0, 0), "stricter");
    house.edit("Lab", strict()).unwrap();
    assert_eq!(asked(ConnectionEdit { kind: Some(ConnectionKind::Test), ..edit() }), (0, 1));
    assert_eq!(asked(ConnectionEdit { read_only: Some(false), ..edit() }), (0, 1));
    assert_eq!(asked(ConnectionEdit { environment: Some("us-east-1".into()), ..secret("x") }), (2, 0));
    assert_eq!(asked(secret("x")), (0, 0), "to this computer");
    let same = house.folder().check_edit("Lab", strict()).err().unwrap();
    assert_eq!(same.code, FailureCode::InvalidInput, "nothing new");
    assert!(house.folder().check_edit("simulator", secret("x")).is_err());
}

#[tokio::test]
async fn a_chat_that_is_started_again_takes_everything_along_once_and_both_guests_are_linked() {
    let house = House::new("demo").await;
    let app = house.open("Lab").await;
    let attributes = [("tier".to_owned(), "gold".into()), ("visits".to_owned(), 7.into())].into();
    let start = StartChat {
        guest_id: Uuid::new_v4(),
        name: Some("Ada".into()),
        email: Some("ada@example.org".into()),
        attributes,
        ..StartChat::default()
    };
    let old = app.chat_start(start).await.unwrap().0.guest_id;
    let wish = Uuid::new_v4();
    let new = app.chat_again(old, wish).await.unwrap().0;
    let again = app.chat_again(old, wish).await.unwrap().0;
    assert_eq!(
        (new.guest_id, &new.conversation_id),
        (again.guest_id, &again.conversation_id),
        "one wish, one guest"
    );
    let (was, is) = (app.guest_open(old).await.unwrap(), app.guest_open(new.guest_id).await.unwrap());
    assert_eq!((&is.guest.name, &is.guest.email), (&was.guest.name, &was.guest.email));
    for key in ["tier", "visits", "source"] {
        assert_eq!(is.guest.attributes[key], was.guest.attributes[key], "{key}");
    }
    assert_eq!((was.successors, was.predecessor), (vec![new.guest_id], None));
    assert_eq!((is.successors, is.predecessor), (vec![], Some(old)));
    assert!(is.session_known);
    let third = app.chat_again(old, Uuid::new_v4()).await.unwrap().0.guest_id;
    assert_eq!(app.guest_open(old).await.unwrap().successors, [new.guest_id, third]);
    close(app).await;
    // After a restart the links are there, and a wish of before is still that one.
    let app = house.open("Lab").await;
    assert_eq!(app.chat_again(old, wish).await.unwrap().0.guest_id, new.guest_id);
    assert_eq!(app.guest_open(third).await.unwrap().predecessor, Some(old));
    close(app).await;
}

#[tokio::test]
async fn undo_goes_to_the_store_in_which_something_was_done() {
    let house = House::new("demo").await;
    let ids = house.wait("Lab", 2).await;
    let app = house.open("Lab").await;
    app.outbox_discard(ids[1]).await.unwrap();
    let draft = HoldDraft {
        filter: Some("name = \"Ada\"".into()),
        reason: "r".into(),
        owner: "o".into(),
        ..HoldDraft::default()
    };
    let hold = app.hold_add(Uuid::now_v7(), draft).await.unwrap();
    app.hold_remove(hold.id.parse().unwrap()).await.unwrap();
    close(app).await;
    let app = house.open("Lab").await;
    for undo in [Undo::Discarded { id: ids[1].to_string() }, Undo::HoldRemoved { hold: hold.clone() }] {
        let undone = app.undo(undo).await.unwrap();
        assert_eq!((undone.changed, undone.late), (1, 0));
    }
    let held = app.contents().await.unwrap();
    assert_eq!((held.waiting, held.holds), (2, 1));
    assert_eq!(app.hold_list().unwrap()[0].reason, hold.reason);
    let nobody = app.undo(Undo::Discarded { id: Uuid::new_v4().to_string() }).await.unwrap_err();
    assert_eq!(nobody.code, FailureCode::NotFound);
    close(app).await;
}

#[tokio::test]
async fn deployment_and_origin_are_kept_by_every_edit_but_the_one_that_names_them() {
    let house = House::new("demo").await;
    let edit = |edit: ConnectionEdit| {
        let folder = house.folder();
        let checked = folder.check_edit("Lab", edit)?;
        folder.edit(&checked, &crate::ConnectionContents::default())
    };
    let given = |deployment: &str, origin: &str| ConnectionEdit {
        deployment: Some(deployment.into()),
        origin: Some(origin.into()),
        ..ConnectionEdit::default()
    };
    let of = |view: crate::views::ConnectionView| (view.deployment, view.origin);
    let stored = || {
        let lab = house.folder().connections().get("Lab").unwrap();
        (lab.deployment, lab.origin)
    };
    let both = (Some("d-1".to_owned()), Some("https://shop.example".to_owned()));
    assert_eq!(of(edit(given(" d-1", "https://shop.example\n")).unwrap()), both);
    let read_only = ConnectionEdit { read_only: Some(true), ..ConnectionEdit::default() };
    assert_eq!(of(edit(read_only).unwrap()), both);
    assert_eq!(stored(), both);
    for (deployment, origin, field) in
        [("a b", "", "deployment"), (" ", "", "deployment"), ("", "a b", "origin")]
    {
        assert_eq!(edit(given(deployment, origin)).unwrap_err().fields[0].field, field);
    }
    assert_eq!(stored(), both);
    assert_eq!(
        of(edit(given("", "https://other.example")).unwrap()),
        (None, Some("https://other.example".into()))
    );
    let none = ConnectionEdit { origin: Some(String::new()), ..ConnectionEdit::default() };
    assert_eq!(of(edit(none).unwrap()), (None, None));
    // As earlier versions wrote it, and still read it.
    let list = std::fs::read_to_string(house.data.path().join("connections.json")).unwrap();
    assert!(!list.contains("deployment") && !list.contains("origin"), "{list}");
}
