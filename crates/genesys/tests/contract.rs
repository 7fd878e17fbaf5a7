//! The recorded exchanges of `tests/contract`, from the client's side: what it sends is what was recorded, and what
//! was recorded as the answer reads as the right result.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use genesys::{
    Chat, Error, Lane, NewGuest, OutgoingMessage, Sessions, Sort, SortField,
    guest_api::{GuestApi, ListGuests},
};
use http::{HeaderName, HeaderValue};
use model::{Attributes, Guest, GuestId, Selection};
use serde_json::Value;
use testkit::{Canned, TokioClock, guest, guest_id, settings, text};

/// What a call came to: a guest and its token where there is one.
#[derive(Default)]
struct Made {
    guests: Vec<Guest>,
    token: Option<String>,
}

fn exchanges() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "json"));
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let list: Vec<Value> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        all.extend(
            list.into_iter()
                .filter(|e| e["request"]["port"] != "control")
                .map(|e| (format!("{stem}: {}", e["name"].as_str().unwrap()), e)),
        );
    }
    all
}

/// An org that answers everything but the sign-in with this recorded answer.
fn org(response: &Value) -> Canned {
    let response = response.clone();
    Canned::signed_in(move |_, _| {
        let body = match &response["body"] {
            Value::Null => String::new(),
            Value::String(raw) => raw.clone(),
            json => json.to_string(),
        };
        let mut answer = Canned::json(u16::try_from(response["status"].as_u64().unwrap()).unwrap(), &body)?;
        for (name, value) in response["headers"].as_object().unwrap() {
            let name: HeaderName = name.parse().unwrap();
            answer.headers_mut().insert(name, HeaderValue::from_str(value.as_str().unwrap()).unwrap());
        }
        Ok(answer)
    })
}

fn id(value: &Value) -> GuestId {
    value.as_str().and_then(|t| t.parse().ok()).unwrap_or_else(|| guest_id(1))
}

fn attributes(body: &Value) -> Attributes {
    serde_json::from_value(body["attributes"].clone()).unwrap_or_default()
}

/// Makes the recorded request by the client's typed call; `None` when it has none for it.
async fn call(client: &GuestApi, request: &Value) -> Option<Result<Made, Error>> {
    let (path, query) =
        request["path"].as_str().unwrap().split_once('?').unwrap_or((request["path"].as_str().unwrap(), ""));
    let body = &request["body"];
    let segments: Vec<&str> = path.trim_start_matches("/api/v2/").split('/').collect();
    let with_token =
        |(g, t): (Guest, model::Secret)| Made { guests: vec![g], token: Some(t.expose().to_owned()) };
    Some(match (request["method"].as_str().unwrap(), segments.as_slice()) {
        ("GET", ["tokens", "me"]) => client.token_info().await.map(|_| Made::default()),
        ("GET", ["guests"]) => client
            .list_guests(Lane::Person, &list(query))
            .await
            .map(|p| Made { guests: p.guests, token: None }),
        ("POST", ["guests"]) => {
            let optional = |key: &str| body[key].as_str().map(str::to_owned);
            let (name, email) = (optional("name"), optional("email"));
            let new = NewGuest { id: id(&body["id"]), name, email, attributes: attributes(body) };
            client.create_guest(Lane::Person, &new).await.map(with_token)
        }
        ("GET", ["guests", one]) => {
            client.guest_with_token(Lane::Person, one.parse().ok()?).await.map(with_token)
        }
        ("PUT", ["guests", one]) => {
            let whole = Guest {
                id: one.parse().ok()?,
                name: body["name"].as_str().unwrap_or_default().to_owned(),
                email: body["email"].as_str().map(str::to_owned),
                attributes: attributes(body),
                revision: body["version"].as_u64().unwrap_or(1).into(),
                ..guest(1, "2026-11-22T12:00:00Z")
            };
            client.put_guest(Lane::Person, &whole).await.map(|g| Made { guests: vec![g], token: None })
        }
        ("DELETE", ["guests", one]) => {
            let version = query.strip_prefix("version=").and_then(|v| v.parse().ok());
            client
                .delete_guest(Lane::Person, one.parse().ok()?, version, &|| true)
                .await
                .map(|_| Made::default())
        }
        ("POST", ["conversations", "details", "query"]) => {
            let asked = &body["query"];
            let filter = filter(asked["filter"].as_str().unwrap_or_default());
            let page = |key: &str| u32::try_from(asked[key].as_u64().unwrap_or(1)).unwrap();
            let page =
                client.conversations(Lane::Person, &filter, page("pageSize"), page("pageNumber")).await;
            page.map(|_| Made::default())
        }
        ("POST", ["conversations", "webchat", "messages"]) => {
            let words = body["text"]
                .as_str()
                .filter(|t| (1..=4_096).contains(&t.len()))
                .unwrap_or("a text that fits");
            let message = OutgoingMessage {
                id: body["id"]
                    .as_str()
                    .and_then(|t| t.parse().ok())
                    .unwrap_or(model::MessageId(guest_id(2).0)),
                conversation_id: &body["conversationId"]
                    .as_str()
                    .and_then(|t| t.parse().ok())
                    .unwrap_or("c".parse().unwrap()),
                guest_id: id(&body["from"]["id"]),
                text: &text(words),
                written_at: body["timestamp"].as_str().and_then(|t| t.parse().ok()).unwrap_or_default(),
            };
            client.deliver(Lane::Delivery, &message).await.map(|()| Made::default())
        }
        _ => return None,
    })
}

/// The client sends no filter that does not parse; what it makes of the recorded refusal is the same.
fn filter(text: &str) -> Selection {
    text.parse().unwrap_or_else(|_| Selection::equals(model::Field::Name, "x"))
}

fn list(query: &str) -> ListGuests {
    let mut list = ListGuests::default();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "pageSize" => list.page_size = value.parse().unwrap(),
            "pageNumber" => list.page_number = value.parse().unwrap(),
            "filter" => list.filter = Some(filter(&value)),
            "expand" => list.expand_attributes = true,
            "sortBy" => {
                list.sort = Sort { field: SortField::CreatedTime, descending: value.ends_with(":desc") }
            }
            other => panic!("a recorded query asks for {other}"),
        }
    }
    list
}

fn check_result(name: &str, response: &Value, result: Result<Made, Error>) {
    let (status, body) = (response["status"].as_u64().unwrap(), &response["body"]);
    let error = match result {
        Ok(made) => {
            assert!((200..300).contains(&status), "{name}: {status} read as success");
            let recorded = body["entities"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
            for (got, wanted) in made.guests.iter().zip(recorded) {
                assert_eq!(*got, serde_json::from_value::<Guest>(wanted).unwrap(), "{name}");
            }
            assert!(made.token.is_none_or(|t| t == body["sessionToken"]), "{name}");
            return;
        }
        Err(error) => error,
    };
    let right = match (&error, status) {
        (Error::BadAnswer { .. }, 200) => name.contains("wrong types"),
        (Error::Invalid { fields, .. }, 400) => {
            let named: Vec<&str> =
                body["details"].as_array().unwrap().iter().filter_map(|d| d["fieldName"].as_str()).collect();
            named.len() == fields.len()
                && named.iter().zip(fields).all(|(n, f)| {
                    *n == f.field
                        && body["message"].as_str().unwrap().contains(&format!("{n}: {}", f.message))
                })
        }
        (Error::Invalid { .. }, 405)
        | (Error::NotFound(_), 404)
        | (Error::Conflict(_), 409)
        | (Error::Gone(_), 410) => true,
        (Error::CredentialsRejected(_), 401) | (Error::OrgFailed { .. }, 500..600) => true,
        (Error::Forbidden { missing, .. }, 403) => {
            missing.as_deref() == body["messageParams"]["permissions"].as_str()
        }
        (Error::RateLimited(said), 429) => {
            let header =
                response["headers"]["retry-after"].as_str().map(|s| Duration::from_secs(s.parse().unwrap()));
            said.retry_after == header
        }
        _ => false,
    };
    assert!(right, "{name}: {status} read as {error:?}");
    assert_eq!(error.perhaps_processed(), matches!(status, 200 | 500..), "{name}");
    assert!(error.correlation_id().is_some() && !error.remedy().is_empty(), "{name}");
}

/// What the client sent must be the recorded request, where it makes that very request.
fn check_request(name: &str, request: &Value, seen: &testkit::Seen) {
    assert_eq!(seen.method, request["method"].as_str().unwrap(), "{name}");
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    assert_eq!(path(&seen.target), path(request["path"].as_str().unwrap()), "{name}");
    let pairs = |target: &str| -> Vec<(String, String)> {
        let query = target.split_once('?').map(|(_, q)| q).unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    };
    let sent = pairs(&seen.target);
    for pair in pairs(request["path"].as_str().unwrap()) {
        assert!(sent.contains(&pair), "{name}: {pair:?} not in {sent:?}");
    }
    let sent: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    assert!(covers(&sent, &request["body"]), "{name}: sent {sent}");
}

/// Everything recorded was sent; where a recorded body leaves out what the client always says, more may be.
fn covers(sent: &Value, recorded: &Value) -> bool {
    match recorded {
        Value::Null => true,
        Value::Object(members) => members.iter().all(|(key, value)| covers(&sent[key], value)),
        other => sent == other,
    }
}

#[tokio::test(start_paused = true)]
async fn every_recorded_exchange_is_sent_and_read_as_recorded() {
    let mut checked = 0;
    for (name, exchange) in exchanges() {
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let org = org(response);
        let client = testkit::guest_api(
            settings(),
            Arc::new(org.clone()),
            Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
        );
        let Some(result) = call(&client, request).await else { continue };
        if result.is_ok() {
            check_request(&name, request, org.seen().last().unwrap());
        }
        check_result(&name, response, result);
        checked += 1;
    }
    assert!(checked >= 50, "only {checked} exchanges were checked");
}

#[tokio::test(start_paused = true)]
async fn every_recorded_sign_in_is_read_as_recorded() {
    let mut checked = 0;
    for (name, exchange) in exchanges() {
        let (request, response) = (&exchange["request"], exchange["response"].clone());
        if request["path"] != "/oauth/token" || request["body"] != "grant_type=client_credentials" {
            continue;
        }
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let body = response["body"].to_string();
        let org = Canned::new(move |_, seen| {
            if seen.target == "/oauth/token" { Canned::json(status, &body) } else { Canned::json(200, "{}") }
        });
        let client = testkit::guest_api(
            settings(),
            Arc::new(org.clone()),
            Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
        );
        let result = client.token_info().await;
        if status == 200 {
            result.unwrap();
            let bearer = format!("Bearer {}", response["body"]["access_token"].as_str().unwrap());
            assert_eq!(org.seen()[1].authorization, bearer, "{name}");
            assert_eq!(
                org.seen()[0].authorization,
                request["headers"]["authorization"].as_str().unwrap(),
                "{name}"
            );
        } else {
            assert!(matches!(result, Err(Error::CredentialsRejected(_))), "{name}");
        }
        assert_eq!(org.seen()[0].body, request["body"].as_str().unwrap(), "{name}");
        checked += 1;
    }
    assert!(checked >= 3, "only {checked} sign-ins were checked");
}
