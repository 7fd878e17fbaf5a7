//! The page without its window: the same commands, behind the same gate and access rules, over HTTP on loopback. Every
//! story of the page opens a window of its own, with a data folder and an org that nobody else has.
//!
//! Whoever holds the token gives every command, so no shipped binary has this (`compile_error!` in `lib.rs`).

mod caller_check;
mod options;
mod person;
mod window;

use std::{
    collections::HashMap, convert::Infallible, io::IsTerminal, net::Ipv4Addr, process::ExitCode, sync::Arc,
};

use app::{Failure, FailureCode, views::LabPoint};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{any, delete, get, post},
};
use futures_util::stream;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tauri::http::{StatusCode, Uri, header};
use tokio::{net::TcpListener, sync::mpsc};
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) use self::person::Person;
use self::{caller_check::CallerCheck, options::Options, person::Answers, window::StoryWindow};

/// The windows that are open, by their id.
type Windows = Arc<Mutex<HashMap<Uuid, Arc<StoryWindow>>>>;

/// A window, or the answer that there is none.
type Found<T> = Result<T, Refused>;

/// Serves until standard input ends, so that it never outlives who started it. The first line on standard output says
/// where, and which token opens it.
pub fn main() -> ExitCode {
    app::start("error");
    match tauri::async_runtime::block_on(serve()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("innkeeper-bridge: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let check = CallerCheck::new(listener.local_addr()?.port());
    let windows = Windows::default();
    println!("{}", json!({ "bridge": check.url(), "token": check.token() }));
    if std::io::stdin().is_terminal() {
        eprintln!("With `npm run dev` in ui/, the page is at {}", check.page());
    }
    let (mut input, mut nowhere) = (tokio::io::stdin(), tokio::io::sink());
    tokio::select! {
        served = axum::serve(listener, router(check, Arc::clone(&windows))) => served?,
        _ = tokio::io::copy(&mut input, &mut nowhere) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    // With the last reference to a window its folders go.
    windows.lock().clear();
    Ok(())
}

fn router(check: CallerCheck, windows: Windows) -> Router {
    Router::new()
        .route("/windows", post(open_window))
        .route("/windows/{id}", delete(end_window))
        .route("/windows/{id}/open", post(open))
        .route("/windows/{id}/close", post(close))
        .route("/windows/{id}/unlock", post(unlock))
        .route("/windows/{id}/clock", post(clock))
        .route("/windows/{id}/person", get(asked).post(answer))
        .route("/windows/{id}/drop", post(drop_files))
        .route("/windows/{id}/updates", get(updates))
        .route("/windows/{id}/commands/{name}", post(command))
        .route("/windows/{id}/orgs/{org}/{*path}", any(org))
        .layer(from_fn_with_state(Arc::new(check), caller_check::guard))
        .with_state(windows)
}

/// What was asked for in vain, in the words of a [`Failure`].
struct Refused(StatusCode, Failure);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, failure)
    }
}

fn find(windows: &Windows, id: Uuid) -> Found<Arc<StoryWindow>> {
    let open = windows.lock();
    open.get(&id).cloned().ok_or_else(|| {
        Refused(
            StatusCode::NOT_FOUND,
            Failure::new(FailureCode::NotFound, format!("There is no window {id}.")),
        )
    })
}

async fn open_window(State(windows): State<Windows>, Json(options): Json<Options>) -> Found<Json<Value>> {
    let window = StoryWindow::new(options).await?;
    window.open().await?;
    let (id, folder) = (Uuid::new_v4(), window.folder());
    windows.lock().insert(id, Arc::new(window));
    Ok(Json(json!({ "id": id, "folder": folder })))
}

async fn end_window(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<StatusCode> {
    let window = find(&windows, id)?;
    windows.lock().remove(&id);
    // Nobody opens its folder again, so no story waits for a run that is still on its way to its end.
    tokio::spawn(async move { window.close().await });
    Ok(StatusCode::NO_CONTENT)
}

/// The console again, on the same folder and the same orgs.
async fn open(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<StatusCode> {
    find(&windows, id)?.open().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the console and leaves folder and orgs.
async fn close(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<StatusCode> {
    find(&windows, id)?.close().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets go of a folder that somebody else holds.
async fn unlock(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<StatusCode> {
    find(&windows, id)?.unlock();
    Ok(StatusCode::NO_CONTENT)
}

/// How long the story lets pass for the console. The orgs' clocks are at their control ports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Passed {
    advance_seconds: u64,
}

async fn clock(
    State(windows): State<Windows>,
    Path(id): Path<Uuid>,
    Json(passed): Json<Passed>,
) -> Found<StatusCode> {
    find(&windows, id)?.advance(passed.advance_seconds).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn asked(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<Json<Vec<String>>> {
    Ok(Json(find(&windows, id)?.person().asked()))
}

async fn answer(
    State(windows): State<Windows>,
    Path(id): Path<Uuid>,
    Json(answers): Json<Answers>,
) -> Found<StatusCode> {
    find(&windows, id)?.person().will_say(answers);
    Ok(StatusCode::NO_CONTENT)
}

/// Files that the person drops on the window, at a point of the page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dropped {
    paths: Vec<std::path::PathBuf>,
    x: i32,
    y: i32,
}

async fn drop_files(
    State(windows): State<Windows>,
    Path(id): Path<Uuid>,
    Json(dropped): Json<Dropped>,
) -> Found<StatusCode> {
    find(&windows, id)?.drop_files(&dropped.paths, LabPoint { x: dropped.x, y: dropped.y }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A line with the snapshot, then one for every update, for as long as somebody reads.
async fn updates(State(windows): State<Windows>, Path(id): Path<Uuid>) -> Found<Response> {
    let window = find(&windows, id)?;
    let (send, lines) = mpsc::unbounded_channel::<String>();
    let snapshot = window.subscribe(send).await?;
    let first = serde_json::to_string(&snapshot).map_err(|e| Failure::internal(e.to_string()))?;
    let lines = stream::unfold((Some(first), lines), |(first, mut lines)| async move {
        let line = match first {
            Some(first) => first,
            None => lines.recv().await?,
        };
        Some((Ok::<_, Infallible>(line + "\n"), (None, lines)))
    });
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], Body::from_stream(lines)).into_response())
}

/// What the command answers, or with 400 what it was refused with.
async fn command(
    State(windows): State<Windows>,
    Path((id, name)): Path<(Uuid, String)>,
    Json(input): Json<Value>,
) -> Found<Response> {
    Ok(match find(&windows, id)?.command(name, input).await? {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(refused) => (StatusCode::BAD_REQUEST, Json(refused)).into_response(),
    })
}

/// A window's org behind the console's back: its API, its sign-in and its control port.
async fn org(
    State(windows): State<Windows>,
    Path((id, org, path)): Path<(Uuid, String, String)>,
    mut request: Request,
) -> Found<Response> {
    let window = find(&windows, id)?;
    let org = window.org(&org)?;
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let is_api = path.starts_with("api/") || path.starts_with("oauth/");
    *request.uri_mut() = format!("/{path}{query}")
        .parse::<Uri>()
        .map_err(|e| Failure::new(FailureCode::InvalidInput, e.to_string()))?;
    // Who may ask was decided at the check, and what that found in the address is none of the org's.
    request.headers_mut().remove(header::ORIGIN);
    request.extensions_mut().clear();
    let router = if is_api { org.router() } else { org.control_router() };
    router.oneshot(request).await.map_err(|never| match never {})
}

#[cfg(test)]
mod tests;
