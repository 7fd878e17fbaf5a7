//! The control port: what happened, and changes to the world that the client does not make.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Path, Query, Request, State},
    middleware::{from_fn, map_response},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, Uri, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Simulator, Weather, caller,
    clock::rfc3339,
    http_edge::{read, respond},
    org::{Body, Call, Fields, Org, Refusal, Reply},
};

impl Simulator {
    /// Ledger, statistics, weather, clock, and changes to the world that the client does not make.
    pub fn control_router(&self) -> Router {
        Router::new()
            .route("/ledger", get(ledger))
            .route("/stats", get(stats))
            .route("/weather", post(weather))
            .route("/clock", post(clock))
            .route("/client", post(client))
            .route("/conversations/{id}/close", post(close))
            .route("/conversations/{id}/orphan", post(orphan))
            .route("/contacts", post(create_contact))
            .route("/contacts/{id}/merge", post(merge))
            .route("/cursors/expire", post(expire_cursors))
            .route("/guests", post(create))
            .route("/guests/{id}", post(change).delete(delete))
            .route("/sessions", get(sessions))
            .route("/sessions/{id}/say", post(say))
            .route("/sessions/{id}/disconnect", post(disconnect))
            .route("/sessions/{id}/expire", post(expire))
            .route("/sessions/{id}/drop", post(drop_connections))
            .route("/sessions/{id}/typing", post(typing))
            .fallback(async || {
                respond(Refusal::not_found("The control port has no such path.").into_reply(Uuid::new_v4()))
            })
            .method_not_allowed_fallback(async |uri: Uri| {
                let allow = match uri.path() {
                    "/ledger" | "/stats" | "/sessions" => "GET, HEAD",
                    path if path.starts_with("/guests/") => "POST, DELETE",
                    _ => "POST",
                };
                respond(Refusal::method_not_allowed(allow).into_reply(Uuid::new_v4()))
            })
            .layer(from_fn(caller::only_own_pages))
            .layer(map_response(correlated))
            .with_state(self.clone())
    }
}

/// An error's body names its correlation id; where nothing went wrong any will do.
async fn correlated(mut response: Response) -> Response {
    let id = HeaderValue::from_str(&Uuid::new_v4().to_string()).expect("hexadecimal digits and dashes");
    response.headers_mut().entry("inin-correlation-id").or_insert(id);
    response
}

async fn ledger(
    State(simulator): State<Simulator>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let since = match query.get("since").map(|n| n.parse::<u64>()) {
        None => 0,
        Some(Ok(n)) => n,
        Some(Err(_)) => {
            let refusal = Refusal::field("since", "must be a whole number");
            return respond(refusal.into_reply(Uuid::new_v4()));
        }
    };
    let mut lines = Vec::new();
    for entry in simulator.lock().ledger.since(since) {
        serde_json::to_writer(&mut lines, entry).expect("an entry has text keys and writes to memory");
        lines.push(b'\n');
    }
    ([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

async fn stats(State(simulator): State<Simulator>) -> Response {
    let org = simulator.lock();
    let (guests, conversations, messages) = org.world.counts();
    let (windows, most) = org.tokens.windows();
    let kinds: BTreeMap<String, u64> =
        org.ledger.kinds.iter().map(|(kind, n)| (format!("{kind:?}").to_lowercase(), *n)).collect();
    respond(Reply::json(
        200,
        &json!({
            "now": rfc3339(org.now()),
            "kinds": kinds,
            "statuses": org.ledger.statuses,
            "guests": guests,
            "conversations": conversations,
            "messages": messages,
            "windows": { "requests": windows, "most": most },
        }),
    ))
}

async fn weather(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, |org, call| {
        let Body::Whole(bytes) = &call.body else {
            return Err(Refusal::malformed("The weather is too large."));
        };
        let weather: Weather =
            serde_json::from_slice(bytes).map_err(|e| Refusal::malformed(e.to_string()))?;
        org.set_weather(weather);
        Ok(Reply::empty(204))
    })
    .await
}

async fn clock(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, |org, call| {
        let mut fields = Fields::of(call)?;
        let to = fields.time("now").map(|(at, _)| at);
        let by = fields.any("advanceSeconds").map(Value::as_i64);
        if by == Some(None) {
            fields.fault("advanceSeconds", "must be a whole number");
        }
        fields.check()?;
        let to = match (to, by.flatten()) {
            (Some(to), None) => to,
            (None, Some(seconds)) => org.now().saturating_add(seconds.saturating_mul(1000)),
            _ => return Err(Refusal::malformed("Either now or advanceSeconds, and not both.")),
        };
        org.clock.set(to).ok_or_else(|| Refusal::malformed("That time has no year of four digits."))?;
        org.look_at_all_times();
        Ok(Reply::json(200, &json!({ "now": rfc3339(org.now()) })))
    })
    .await
}

async fn client(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, Org::change_client).await
}

async fn close(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, _| org.close_conversation(&id)).await
}

async fn orphan(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, _| org.orphan_conversation(&id)).await
}

async fn create_contact(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.create_contact(call, true)).await
}

async fn merge(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.merge_contact_into(&id, call)).await
}

async fn expire_cursors(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, |org, _| {
        org.platform.expire_cursors();
        Ok(Reply::empty(204))
    })
    .await
}

async fn sessions(State(simulator): State<Simulator>) -> Response {
    respond(simulator.lock().list_sessions())
}

async fn say(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.agent_says(&id, call)).await
}

async fn disconnect(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    act(&simulator, request, |org, call| org.agent_leaves(&id, call)).await
}

async fn expire(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, _| org.expire_named(&id)).await
}

async fn drop_connections(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    act(&simulator, request, |org, _| org.drop_connections(&id)).await
}

async fn typing(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, _| org.agent_types(&id)).await
}

async fn create(State(simulator): State<Simulator>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.create_guest(call, true)).await
}

async fn change(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.patch_guest(&id, call)).await
}

async fn delete(State(simulator): State<Simulator>, Path(id): Path<String>, request: Request) -> Response {
    act(&simulator, request, |org, call| org.delete_guest(&id, call)).await
}

/// One step of the org. What it changed goes into the ledger, the request itself does not: it is not the
/// client's.
async fn act(
    simulator: &Simulator,
    request: Request,
    step: impl FnOnce(&mut Org, &Call) -> Result<Reply, Refusal>,
) -> Response {
    let is_json = caller::is_json(request.headers());
    let call = read(request).await;
    let is_empty = matches!(&call.body, Body::Whole(bytes) if bytes.is_empty());
    if !is_json && !is_empty {
        return respond(Refusal::not_json().into_reply(call.correlation_id));
    }
    let mut org = simulator.lock();
    let mut reply = step(&mut org, &call).unwrap_or_else(|refusal| refusal.into_reply(call.correlation_id));
    for event in std::mem::take(&mut reply.events) {
        org.record(&call, reply.status, event);
    }
    reply.header("inin-correlation-id", call.correlation_id.to_string());
    respond(reply)
}
