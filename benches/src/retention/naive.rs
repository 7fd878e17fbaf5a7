//! What people write in place of a run: the baselines. List a page, delete its guests one after the other, sleep in between.

use std::time::Duration;

use bytes::Bytes;
use genesys::Transport;
use http::{HeaderValue, Request, StatusCode};
use tokio::time::{Instant, sleep};

use crate::client::ground::Way;

/// A script, and how it goes on after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Asks for the first page again.
    FirstPageAgain,
    /// Asks for the next page number, although the rows before it are gone.
    NextPage,
}

/// How a script ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub deleted: u64,
    /// Whether it thought that nobody was left.
    pub content: bool,
    pub refused: u64,
}

impl Script {
    /// For the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstPageAgain => "a script that pauses 500 ms after each delete",
            Self::NextPage => "a script that pauses and counts page numbers up",
        }
    }

    /// Deletes whoever matches until nobody is listed or the time is over.
    pub async fn run(self, way: &Way, filter: &str, until: Instant) -> Result<Ended, String> {
        let bearer = sign_in(way).await?;
        let mut ended = Ended { deleted: 0, content: false, refused: 0 };
        for page in 1u32.. {
            let number = if self == Self::NextPage { page } else { 1 };
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("pageSize", "100")
                .append_pair("pageNumber", &number.to_string())
                .append_pair("filter", filter)
                .finish();
            let answer = ask(way, "GET", &format!("/api/v2/guests?{query}"), &bearer).await?;
            ended.refused += u64::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
            let body: serde_json::Value = serde_json::from_slice(answer.body()).map_err(|e| e.to_string())?;
            let ids = body["entities"].as_array().into_iter().flatten().filter_map(|g| g["id"].as_str());
            let mut listed = 0;
            for id in ids {
                if Instant::now() >= until {
                    return Ok(ended);
                }
                listed += 1;
                let status = ask(way, "DELETE", &format!("/api/v2/guests/{id}"), &bearer).await?.status();
                ended.deleted += u64::from(status == StatusCode::NO_CONTENT);
                ended.refused += u64::from(status == StatusCode::TOO_MANY_REQUESTS);
                sleep(Duration::from_millis(500)).await;
            }
            if listed == 0 {
                return Ok(Ended { content: true, ..ended });
            }
        }
        Ok(ended)
    }
}

async fn sign_in(way: &Way) -> Result<HeaderValue, String> {
    let request = Request::post(format!("{}/oauth/token", way.origin))
        .header("authorization", "Basic ZGVtbzpkZW1v")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(b"grant_type=client_credentials"))
        .map_err(|e| e.to_string())?;
    let answer = way.send(request).await.map_err(|e| e.to_string())?;
    let body: serde_json::Value = serde_json::from_slice(answer.body()).map_err(|e| e.to_string())?;
    let token = body["access_token"].as_str().ok_or("no token")?;
    HeaderValue::try_from(format!("Bearer {token}")).map_err(|e| e.to_string())
}

async fn ask(
    way: &Way,
    method: &str,
    path: &str,
    bearer: &HeaderValue,
) -> Result<http::Response<Bytes>, String> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", way.origin))
        .header("authorization", bearer)
        .body(Bytes::new())
        .map_err(|e| e.to_string())?;
    way.send(request).await.map_err(|e| e.to_string())
}
