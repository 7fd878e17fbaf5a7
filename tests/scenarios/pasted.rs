//! What is pasted comes with blanks, line ends and marks that nobody sees around it: it counts as what it is.

use app::views::{ConnectionKind, GuestQuery, NewConnection, SessionAnswer, SortField, StartChat};
use model::{ConversationId, GuestId, MessageId, Secret};
use uuid::Uuid;

use crate::desk::{Desk, org};

/// What stands around a pasted text: before and behind it.
const AROUND: [(&str, &str); 6] = [
    ("", ""),
    (" ", "\n"),
    ("\t", "\r\n"),
    ("\u{feff}", "\u{200b}"),
    ("\u{a0}", "\u{2060} "),
    ("\u{202a}", "\u{202c}"),
];

/// Nothing, or nothing that anybody sees.
const NOTHING: [&str; 5] = ["", " ", "\r\n", "\u{200b}\u{feff}", "\u{a0}\t"];

fn pasted(text: &str) -> impl Iterator<Item = String> {
    AROUND.into_iter().map(move |(before, behind)| format!("{before}{text}{behind}"))
}

#[tokio::test]
async fn a_session_token_is_taken_without_what_was_pasted_around_it_and_one_of_blanks_is_missing() {
    let org = org(3).await;
    let desk = Desk::at(&org).await;
    let start = StartChat { guest_id: Uuid::new_v4(), ..StartChat::default() };
    let (chat, token) = desk.app.chat_start(start).await.unwrap();
    let check = async |token: &str| {
        let token = Secret::new(token.to_owned());
        desk.app.session_check(Some(chat.guest_id), Some(token)).await.unwrap().outcome
    };
    for pasted in pasted(token.expose()) {
        assert_eq!(check(&pasted).await, SessionAnswer::Valid, "{pasted:?}");
    }
    for nothing in NOTHING {
        assert_eq!(check(nothing).await, SessionAnswer::Missing, "{nothing:?}");
    }
    let (begin, end) = token.expose().split_at(4);
    assert_eq!(check(&format!("{begin} {end}")).await, SessionAnswer::Invalid, "inside it counts");
}

#[tokio::test]
async fn a_pasted_name_or_e_mail_is_kept_bare_one_of_blanks_is_left_out_and_an_empty_one_refused() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let person = |name: Option<&str>, email: Option<&str>| StartChat {
        guest_id: Uuid::new_v4(),
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
        ..StartChat::default()
    };
    for (name, email) in pasted("Ada Lovelace").zip(pasted("ada@example.org")) {
        let (chat, _) = desk.app.chat_start(person(Some(&name), Some(&email))).await.unwrap();
        let guest = desk.app.guest_open(chat.guest_id).await.unwrap().guest;
        assert_eq!((guest.name.as_str(), guest.email.as_deref()), ("Ada Lovelace", Some("ada@example.org")));
    }
    for nothing in NOTHING {
        for start in [person(Some(nothing), None), person(None, Some(nothing))] {
            let started = desk.app.chat_start(start).await;
            if nothing.is_empty() {
                assert!(started.is_err(), "a program lost its value");
            } else {
                let guest = desk.app.guest_open(started.unwrap().0.guest_id).await.unwrap().guest;
                assert_eq!((guest.name.as_str(), guest.email), ("Anonymous Guest", None), "{nothing:?}");
            }
        }
    }
    for search in pasted("ada@example.org") {
        let query = GuestQuery { search, filter: None, sort: SortField::Name, descending: false, page: 1 };
        assert_eq!(desk.app.guests_page(query).await.unwrap().total, 6);
    }
}

#[test]
fn ids_are_taken_without_what_was_pasted_around_them_and_none_of_blanks() {
    let id = "6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c";
    for text in pasted(id) {
        assert_eq!(text.parse::<GuestId>().unwrap().to_string(), id, "{text:?}");
        assert_eq!(text.parse::<MessageId>().unwrap().to_string(), id, "{text:?}");
    }
    for text in pasted("c-41f0") {
        assert_eq!(text.parse::<ConversationId>().unwrap().as_str(), "c-41f0", "{text:?}");
    }
    for nothing in NOTHING {
        assert!(nothing.parse::<GuestId>().is_err() && nothing.parse::<ConversationId>().is_err());
    }
    assert!("c- 41f0".parse::<ConversationId>().is_err(), "inside it counts");
}

#[test]
fn a_connection_is_taken_without_what_was_pasted_around_its_fields_and_its_secret_as_it_is_or_not_at_all() {
    let entered = |text: &dyn Fn(&str) -> String, secret: &str| NewConnection {
        name: text("Support EU"),
        kind: ConnectionKind::Test,
        environment: None,
        base_url: Some(text("https://org.example:8443")),
        client_id: text("client"),
        client_secret: secret.to_owned(),
        read_only: false,
        deployment: None,
        origin: None,
        dialect: None,
    };
    for (before, behind) in AROUND {
        let around = |text: &str| format!("{before}{text}{behind}");
        let (connection, secret) = entered(&around, "s e c r e t").check().unwrap();
        assert_eq!((connection.name.as_str(), connection.client_id.as_str()), ("Support EU", "client"));
        assert_eq!(secret.expose(), "s e c r e t");
        let shown = format!("{:?}", connection.environment);
        assert!(shown.contains("\"https://org.example:8443\""), "{shown}");
        let around_secret = entered(&str::to_owned, &around("secret")).check();
        match before.is_empty() {
            true => assert!(around_secret.is_ok()),
            false => assert!(around_secret.unwrap_err().message.contains("around it"), "{before:?}"),
        }
    }
    for nothing in NOTHING {
        let refused = entered(&str::to_owned, nothing).check().unwrap_err();
        assert!(refused.message.starts_with("clientSecret: is missing"), "{}", refused.message);
    }
}
