use std::io::IsTerminal;

use app::{
    Failure,
    views::{ConnectionView, NewConnection},
};
use serde_json::{Value, json};

use super::{aside, stdin_text};
use crate::{
    args::{Connection, Everywhere},
    open,
    output::{DONE, Out, line},
};

/// The scopes that the work needs (`guest-api.md`, "Authentication").
const NEEDED: [&str; 4] = ["guest:read", "guest:write", "conversation:read", "webchat:write"];

pub async fn run(command: &Connection, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    match command {
        Connection::Test => {
            let test = open::app(everywhere, "connection test").await?.connection_test().await?;
            // What the org never said is not made up.
            let rate = test.rate_told.then(|| {
                json!({ "count": test.rate.count, "allowed": test.rate.allowed, "reset": test.rate.reset_seconds })
            });
            let missing: Vec<_> = NEEDED.iter().filter(|n| !test.scopes.iter().any(|s| s == *n)).collect();
            let record = json!({
                "ok": test.ok, "environment": test.environment, "scopes": test.scopes, "missingScopes": missing, "rate": rate
            });
            out.record(&record, || {
                let scopes = test.scopes.join(", ");
                let lacks = match missing.is_empty() {
                    true => String::new(),
                    false => format!(" Missing, so some commands will be refused: {}.", json!(missing)),
                };
                let budget = match test.rate_told {
                    true => format!("{} of {} this minute", test.rate.count, test.rate.allowed),
                    false => "unknown; the org does not say".to_owned(),
                };
                format!("{}: signed in. Scopes: {scopes}.{lacks} Rate budget: {budget}.", test.environment)
            });
        }
        Connection::List => {
            let views = open::folder(everywhere, "connection list")?.connection_views(None);
            let record = json!({ "connections": views.iter().map(record).collect::<Vec<_>>() });
            out.record(&record, || views.iter().map(words).collect::<Vec<_>>().join("\n"));
        }
        Connection::Add { name, kind, environment, base_url, client_id, read_only } => {
            let client_id = match client_id {
                Some(id) => id.clone(),
                None => app::variable("GC_CLIENT_ID")?
                    .ok_or_else(|| Failure::field("--client-id", "is required, or GC_CLIENT_ID"))?,
            };
            let client_secret = if std::io::stdin().is_terminal() {
                let ask = || rpassword::prompt_password("Client secret: ");
                aside(move || ask().map_err(|e| Failure::field("stdin", format!("cannot be read: {e}"))))
                    .await?
            } else {
                stdin_text().await?
            };
            let new = NewConnection {
                name: name.clone(),
                kind: (*kind).into(),
                environment: environment.clone(),
                base_url: base_url.clone(),
                client_id,
                client_secret,
                read_only: *read_only,
            };
            // Before the folder is made or taken: what is refused changes nothing.
            let (connection, secret) = new.check()?;
            let view = open::folder(everywhere, "connection add")?.add_checked(&connection, &secret)?;
            out.record(&record(&view), || words(&view));
        }
        Connection::Remove { name } => {
            open::folder(everywhere, "connection remove")?.remove(name)?;
            out.record(&json!({ "removed": name }), || {
                format!("Removed {}; its folder is set aside under removed/.", line(name))
            });
        }
    }
    Ok(DONE)
}

fn record(view: &ConnectionView) -> Value {
    json!({
        "name": view.name,
        "kind": view.kind,
        "environment": view.environment,
        "clientId": view.client_id,
        "readOnly": view.read_only,
    })
}

fn words(view: &ConnectionView) -> String {
    let read_only = if view.read_only { ", read-only" } else { "" };
    format!("{}\t{:?}\t{}{read_only}", line(&view.name), view.kind, line(&view.environment))
}
