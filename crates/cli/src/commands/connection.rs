use std::{io::IsTerminal, sync::Arc};

use app::{
    ConnectionContents, DataFolder, Failure, FailureCode, Result,
    views::{ConnectionEdit, ConnectionKind, ConnectionTest, ConnectionView, NewConnection},
};
use serde_json::{Value, json};

use super::input::{aside, stdin_text};
use crate::{
    args::Connection,
    open::{Context, start_embedded},
    output::{DONE, Out, line, to_stderr},
};

pub async fn run(command: &Connection, cx: &Context<'_>) -> Result<u8> {
    match command {
        Connection::Test => {
            let test = cx.app("connection test").await?.connection_test().await?;
            // What the org never said is not made up.
            let rate = test.rate_told.then(|| {
                json!({ "count": test.rate.count, "allowed": test.rate.allowed, "reset": test.rate.reset_seconds })
            });
            let missing = &test.missing_scopes;
            let mut record = json!({
                "ok": test.ok, "environment": test.environment, "dialect": test.dialect, "scopes": test.scopes,
                "missingScopes": missing, "rate": rate
            });
            if let Some(organization) = &test.organization {
                record["organization"] = json!(organization);
            }
            if !test.permissions.is_empty() {
                record["permissions"] = json!(test.permissions);
            }
            cx.out.record(&record, || {
                if !test.permissions.is_empty() {
                    return permission_words(&test);
                }
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
            // Without a reading permission nothing of the rest is of use.
            if !test.ok {
                return Ok(FailureCode::Forbidden.exit_code());
            }
        }
        Connection::List => {
            let views = cx.folder("connection list").await?.connection_views(None);
            let record = json!({ "connections": views.iter().map(record).collect::<Vec<_>>() });
            cx.out.record(&record, || views.iter().map(words).collect::<Vec<_>>().join("\n"));
        }
        Connection::Add {
            name,
            kind,
            environment,
            base_url,
            dialect,
            client_id,
            read_only,
            deployment,
            origin,
        } => {
            let client_id = match client_id {
                Some(id) => id.clone(),
                None => app::variable("GC_CLIENT_ID")?
                    .ok_or_else(|| Failure::field("--client-id", "is required, or GC_CLIENT_ID"))?,
            };
            let client_secret = secret_on_stdin(cx.out).await?;
            let new = NewConnection {
                name: name.clone(),
                // The org that real guests talk to, unless a person says that it is another.
                kind: kind.unwrap_or(ConnectionKind::Production),
                environment: environment.clone(),
                base_url: base_url.clone(),
                client_id,
                client_secret,
                // A live org is not written to before a person has looked at it.
                read_only: *read_only || environment.is_some(),
                deployment: deployment.clone(),
                origin: origin.clone(),
                dialect: dialect.clone(),
            };
            // Before the folder is made or taken: what is refused changes nothing.
            let (connection, secret) = new.check().map_err(by_option)?;
            let view = cx.folder("connection add").await?.add_checked(&connection, &secret)?;
            cx.out.record(&record(&view), || words(&view));
        }
        Connection::Edit {
            name,
            new_name,
            kind,
            environment,
            base_url,
            dialect,
            client_id,
            secret,
            read_only,
            read_write,
            deployment,
            no_deployment,
            origin,
            no_origin,
            test,
        } => {
            // An empty text takes what is stored off.
            let taken_off = |is_off: &bool| is_off.then(String::new);
            let client_secret = if *secret { Some(secret_on_stdin(cx.out).await?) } else { None };
            let edit = ConnectionEdit {
                name: new_name.clone(),
                kind: *kind,
                environment: environment.clone(),
                base_url: base_url.clone(),
                dialect: dialect.clone(),
                client_id: client_id.clone(),
                client_secret,
                read_only: (*read_only || *read_write).then_some(*read_only),
                deployment: deployment.clone().or_else(|| taken_off(no_deployment)),
                origin: origin.clone().or_else(|| taken_off(no_origin)),
            };
            let view = change(name, edit, *test, cx).await.map_err(|failure| {
                let needed = !secret && failure.fields.iter().any(|field| field.field == "clientSecret");
                if needed {
                    failure.with_next("Give --secret, and the client secret on stdin.")
                } else {
                    failure
                }
            })?;
            cx.out.record(&record(&view), || words(&view));
        }
        Connection::Remove { name, confirm } => {
            let folder = cx.folder("connection remove").await?;
            let held = left_behind(&folder, name, *confirm).await?;
            folder.remove(name)?;
            cx.out.record(&json!({ "removed": name, "leftBehind": held }), || {
                let with = held.as_ref().filter(|held| !held.is_empty());
                let with = with.map(|held| format!(", with {}", held.words())).unwrap_or_default();
                format!("Removed {}; its folder is set aside under removed/{with}.", line(name))
            });
        }
    }
    Ok(DONE)
}

/// A line for each permission.
fn permission_words(test: &ConnectionTest) -> String {
    let organization = test.organization.iter().map(|org| format!(" of {}", line(&org.name)));
    let first = format!("{}: signed in{}.", test.environment, organization.collect::<String>());
    let lines = test.permissions.iter().map(|permission| match permission.granted {
        Some(true) => format!("  yes      {}", permission.name),
        Some(false) => format!("  missing  {}: {}", permission.name, permission.without),
        None => format!("  unknown  {}: {}", permission.name, permission.without),
    });
    std::iter::once(first).chain(lines).collect::<Vec<_>>().join("\n")
}

/// What was entered, by the options that say it.
fn by_option(mut failure: Failure) -> Failure {
    for (field, option) in [("deployment", "--deployment"), ("origin", "--origin"), ("dialect", "--dialect")]
    {
        for wrong in failure.fields.iter_mut().filter(|wrong| wrong.field == field) {
            wrong.field = option.to_owned();
            failure.message = format!("{option}: {}", wrong.message);
        }
    }
    failure
}

/// From a terminal without an echo, else all of stdin; a newline at its end is taken off, which is said.
async fn secret_on_stdin(out: &Out) -> Result<String> {
    if std::io::stdin().is_terminal() {
        let ask = || rpassword::prompt_password("Client secret: ");
        return aside(move || ask().map_err(|e| Failure::field("stdin", format!("cannot be read: {e}"))))
            .await;
    }
    let (secret, is_cut) = stdin_text().await?;
    if is_cut {
        out.note("The newline at the end of the client secret was taken off.");
    }
    Ok(secret)
}

async fn change(name: &str, edit: ConnectionEdit, test: bool, cx: &Context<'_>) -> Result<ConnectionView> {
    let folder = cx.folder("connection edit").await?;
    let edit = folder.check_edit(name, edit).map_err(by_option)?;
    let held = folder.contents(name)?;
    edit.may_leave(&held).map_err(by_option)?;
    if test {
        folder.try_edit(&edit, &start_embedded()).await?;
    }
    folder.edit(&edit, &held)
}

/// What would be left behind with a connection, and a person's confirmation: `--confirm`, or the answer at a terminal. What cannot
/// be read any more is not counted, and needs that word too.
async fn left_behind(
    folder: &Arc<DataFolder>,
    name: &str,
    is_confirmed: bool,
) -> Result<Option<ConnectionContents>> {
    let (held, told) = match folder.contents(name) {
        Ok(held) if !held.is_pressing() => return Ok(Some(held)),
        Ok(held) => {
            let told = format!("The connection {name:?} has {}.", held.words());
            (Some(held), format!("{told} None of that goes on once it is removed."))
        }
        Err(failure) if matches!(failure.code, FailureCode::StoreDamaged | FailureCode::NewerSchema) => {
            (None, format!("What the connection {name:?} has cannot be counted: {}", failure.message))
        }
        Err(failure) => return Err(failure),
    };
    if is_confirmed {
        return Ok(held);
    }
    let refused = Failure::new(FailureCode::ConfirmationNeeded, format!("{told} Nothing was removed."))
        .with_next("Deliver or discard what waits, or give --confirm.");
    if !std::io::stdin().is_terminal() {
        return Err(refused);
    }
    to_stderr(&format!("{} Remove it? Type yes:", line(&told)));
    let answer = aside(|| {
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(|e| Failure::field("stdin", format!("cannot be read: {e}")))?;
        Ok(answer)
    })
    .await?;
    if answer.trim() == "yes" { Ok(held) } else { Err(refused) }
}

fn record(view: &ConnectionView) -> Value {
    json!({
        "name": view.name,
        "kind": view.kind,
        "environment": view.environment,
        "dialect": view.dialect,
        "clientId": view.client_id,
        "readOnly": view.read_only,
        "deployment": view.deployment,
        "origin": view.origin,
    })
}

fn words(view: &ConnectionView) -> String {
    let read_only = if view.read_only { ", read-only" } else { "" };
    let deployment = view.deployment.iter().map(|id| format!(", deployment {}", line(id)));
    let origin = view.origin.iter().map(|origin| format!(", origin {}", line(origin)));
    let guests: String = deployment.chain(origin).collect();
    format!("{}\t{:?}\t{}{read_only}{guests}", line(&view.name), view.kind, line(&view.environment))
}
