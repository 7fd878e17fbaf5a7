//! How soon a client that has neither token nor connection has its first answer, over loopback.

use std::{sync::Arc, time::Duration};

use genesys::{Client, Lane, ReqwestTransport};
use testkit::TokioClock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::ground::{Ground, runtime, settings};
use crate::report::Row;

const ROUNDS: usize = 50;
const LONGEST: Duration = Duration::from_millis(30);

/// Sign-in and one guest: by a new client, and by bytes written to a socket by hand; in turns.
pub fn measure() -> Result<Vec<Row>, String> {
    runtime()?.block_on(async {
        let ground = Ground::real(10, None).await?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(by_hand(&ground).await?);
            ours.push(by_client(&ground).await?);
        }
        ours.sort();
        bare.sort();
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        let (half, most) = (ROUNDS / 2, ROUNDS * 95 / 100);
        Ok(vec![
            Row::held(
                "Cold client to its first answer over loopback, p95 of 50",
                format!("{:.2} ms (p50 {:.2})", ms(ours[most]), ms(ours[half])),
                format!("<= {} ms", LONGEST.as_millis()),
                ours[most] <= LONGEST,
            ),
            Row::told(
                "    the same two exchanges written to a socket by hand",
                format!(
                    "{:.2} ms (p50 {:.2}); ours takes {:.1} times as long (p50)",
                    ms(bare[most]),
                    ms(bare[half]),
                    ms(ours[half]) / ms(bare[half])
                ),
            ),
        ])
    })
}

async fn by_client(ground: &Ground) -> Result<Duration, String> {
    let settings = settings(&ground.way.origin)?;
    let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
    let began = Instant::now();
    let client = Client::new(settings, Arc::new(ReqwestTransport::new()), clock);
    client.guest(Lane::Person, ground.guests[0]).await.map_err(|e| e.to_string())?;
    Ok(began.elapsed())
}

async fn by_hand(ground: &Ground) -> Result<Duration, String> {
    let host = ground.way.origin.trim_start_matches("http://");
    let began = Instant::now();
    let mut socket = TcpStream::connect(host).await.map_err(|e| e.to_string())?;
    socket.set_nodelay(true).map_err(|e| e.to_string())?;
    let form = "grant_type=client_credentials";
    let sign_in = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic ZGVtbzpkZW1v\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let body: serde_json::Value =
        serde_json::from_slice(&exchange(&mut socket, &sign_in).await?).map_err(|e| e.to_string())?;
    let token = body["access_token"].as_str().ok_or("no token")?;
    let id = ground.guests[0];
    let ask =
        format!("GET /api/v2/guests/{id} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
    let body = exchange(&mut socket, &ask).await?;
    let took = began.elapsed();
    if String::from_utf8_lossy(&body).contains(&id.to_string()) {
        Ok(took)
    } else {
        Err("another guest".into())
    }
}

/// Writes a request and reads one answer that says its length; returns the body.
async fn exchange(socket: &mut TcpStream, request: &str) -> Result<Vec<u8>, String> {
    socket.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut got = Vec::new();
    loop {
        if socket.read_buf(&mut got).await.map_err(|e| e.to_string())? == 0 {
            return Err("the connection ended".into());
        }
        let Some(end) = got.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&got[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
        let length: usize = length.and_then(|n| n.trim().parse().ok()).ok_or("no length")?;
        if got.len() >= end + 4 + length {
            return Ok(got.split_off(end + 4));
        }
    }
}
