//! The machine's own limit: a bare axum route that reads the body, appends it to a plain file, shares an `fdatasync` with
//! all who wait, and answers a few bytes. It looks at nothing, seals nothing and delivers nothing.

use std::{path::Path, sync::Arc};

use axum::{Router, body::Bytes, http::StatusCode, routing::post};

use crate::outbox::raw::Shared;

/// Serves until it is killed; the first line tells where.
///
/// # Errors
/// A text for people.
pub fn gateway_bare(words: &[&str]) -> Result<bool, String> {
    let [file] = words else { return Err("gateway-bare FILE".to_owned()) };
    let shared = Arc::new(Shared::new(Path::new(file))?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|e| e.to_string())?.block_on(async move {
        let append = move |body: Bytes| {
            let shared = Arc::clone(&shared);
            async move {
                let appended = tokio::task::spawn_blocking(move || shared.append(&body)).await;
                match appended {
                    Ok(Ok(())) => (StatusCode::ACCEPTED, r#"{"status":"queued"}"#),
                    _ => (StatusCode::INTERNAL_SERVER_ERROR, "{}"),
                }
            }
        };
        let routes = Router::new().route("/api/chat/message", post(append));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        println!("{{\"listening\":\"http://{address}\"}}");
        axum::serve(listener, routes).await.map_err(|e| e.to_string())?;
        Ok(true)
    })
}
