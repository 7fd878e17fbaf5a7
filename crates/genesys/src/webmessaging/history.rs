//! What a chat does beside its socket: pages of the history and uploads, by the transport. Neither address nor header of an upload
//! is ever logged.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, header};
use model::Secret;
use url::Url;

use super::{
    event::ServerError,
    frames::{history::HistoryPage, message::shortened},
    options::OutgoingFile,
};
use crate::{BodySent, Transport};

/// Within this a page is there.
const PAGE: Duration = Duration::from_secs(30);

/// Within this a file is there: ten mebibytes over a slow line.
const TRANSFER: Duration = Duration::from_secs(240);

/// A page of the history.
pub(super) async fn read_page(
    transport: &dyn Transport,
    address: &Url,
    origin: Option<&str>,
    jwt: &Secret,
) -> Result<HistoryPage, ServerError> {
    let mut request = Request::get(address.as_str());
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", jwt.expose())) {
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    let request = request.body(Bytes::new()).map_err(|_| failed(0, "the request could not be made"))?;
    let answer = send(transport, request, PAGE).await?;
    HistoryPage::read(answer.body()).ok_or_else(|| failed(0, "the answer is no page"))
}

/// Puts a file where the org wants it, and tells how far it is.
pub(super) async fn upload(
    transport: &dyn Transport,
    url: &Secret,
    headers: &[(String, Secret)],
    file: OutgoingFile,
    sent: BodySent,
) -> Result<(), ServerError> {
    let mut request = Request::put(url.expose());
    let mut typed = false;
    for (name, value) in headers {
        let name =
            HeaderName::try_from(name.as_str()).map_err(|_| failed(0, "a header of the upload is none"))?;
        let mut value =
            HeaderValue::try_from(value.expose()).map_err(|_| failed(0, "a header of the upload is none"))?;
        // The connection's own are not the org's to name.
        if [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION]
            .contains(&name)
        {
            continue;
        }
        typed |= name == header::CONTENT_TYPE;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    if !typed {
        request = request.header(header::CONTENT_TYPE, file.media_type);
    }
    let request = request
        .extension(sent)
        .body(file.bytes)
        .map_err(|_| failed(0, "the address of the upload is none"))?;
    send(transport, request, TRANSFER).await.map(drop)
}

async fn send(
    transport: &dyn Transport,
    request: Request<Bytes>,
    limit: Duration,
) -> Result<Response<Bytes>, ServerError> {
    let answer = match tokio::time::timeout(limit, transport.send(request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(failed(0, &error.what)),
        Err(_) => return Err(failed(408, &format!("no answer within {} s", limit.as_secs()))),
    };
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
    let retry_after = after.map(|seconds: u64| Duration::from_secs(seconds.min(600)));
    let code = u32::from(status.as_u16());
    Err(ServerError { retry_after, ..failed(code, &format!("it was answered with {status}")) })
}

fn failed(code: u32, text: &str) -> ServerError {
    ServerError { code, text: shortened(text, 300).to_owned(), retry_after: None }
}
