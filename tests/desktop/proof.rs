//! What an admin proves in the tour: who is kept, what a rule would change, what became of everyone, and who did it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::Desk;
use crate::page::{ESCAPE, Outcome, Page, Role::*};
use crate::recorder::Recorder;

/// Before the plan: a hold that keeps some of those who are old enough.
pub async fn keep(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Holds: keep everyone who matches a filter", async |page| {
        page.press(Link, "Retention").await?;
        page.press(Link, "Holds").await?;
        page.press(Button, "Add hold").await?;
        page.press(Switch, "Everyone who matches a filter").await?;
        page.fill("Filter", "attributes.tier = \"gold\"").await?;
        page.fill("Reason", "Asked before they go").await?;
        page.fill("Owner", "Data protection").await
    })
    .await?;
    tour.step(page, "The hold holds", async |page| {
        page.press(Button, "Put on hold").await?;
        page.see("Asked before they go").await?;
        page.see("1 hold").await
    })
    .await?;
    page.press(Button, "Close").await
}

/// A stronger policy is shown before it is saved; here it is only looked at.
pub async fn look_at_a_stronger_policy(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "A stronger policy shows what would change before it is saved", async |page| {
        page.press(Button, "Edit policy…").await?;
        page.fill("Days", "20").await?;
        page.see_in("What saving changes", "Stronger").await?;
        page.see("Save 1 change, 1 stronger").await
    })
    .await?;
    page.press(Button, "Discard").await?;
    page.press(Button, "Discard 1 draft").await
}

/// After the run: its certificate, saved to the downloads, and the audit log.
pub async fn prove(page: &Page<'_>, tour: &mut Recorder, desk: &Desk) -> Outcome {
    tour.step(page, "The certificate of the run: genuine, and saved", async |page| {
        page.press(Button, "Certificate").await?;
        page.see_in("Certificate of run", "Genuine").await?;
        page.fill("File name", "certificate of the tour").await?;
        page.press(Button, "Save certificate").await?;
        page.see("Written. Anybody checks it").await
    })
    .await?;
    let file = desk.home().join("Downloads/certificate of the tour.jsonl");
    if std::fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < 3 {
        return Err(format!("{} has no header, outcome and signature", file.display()));
    }
    page.keys(ESCAPE).await?;
    tour.step(page, "The audit log: who did what, and that nobody changed it", async |page| {
        page.press(Link, "Activity").await?;
        page.press(Tab, "Audit log").await?;
        page.see_in("Integrity check", "Intact").await?;
        page.see("Added the hold").await
    })
    .await
}

/// The door for a page under test, opened in Settings and used from outside.
pub async fn open_the_gateway(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Open the chat gateway: a page under test starts a chat through it", async |page| {
        page.press(Link, "Settings").await?;
        page.fill("Port", "0").await?;
        page.press(Button, "Open gateway").await?;
        let port = page.number_after("Open at http://127.0.0.1").await?;
        let answer = initiate(port).await.map_err(|why| format!("the gateway: {why}"))?;
        let token_in_body = answer.split("\r\n\r\n").nth(1).is_none_or(|body| body.contains("oken"));
        if !answer.starts_with("HTTP/1.1 201") || !answer.contains("HttpOnly; Secure") || token_in_body {
            return Err(format!("the gateway answered {}", answer.lines().next().unwrap_or_default()));
        }
        Ok(())
    })
    .await?;
    page.press(Button, "Close gateway").await?;
    page.see("Open gateway").await
}

async fn initiate(port: u64) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    let body = r#"{"name":"Gate Tour"}"#;
    let request = format!(
        "POST /api/chat/initiate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
