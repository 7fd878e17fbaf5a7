use std::path::PathBuf;

use app::{Failure, FailureCode, Result};
use serde_json::json;
use simulator::Bot;

use super::input::named;
use crate::{
    args::Simulator,
    open::Context,
    output::{BAD_FILE, Out},
};

/// Longer files of trouble are nobody's.
const MAX_WEATHER_FILE: u64 = 1024 * 1024;

/// Longer files of rules are nobody's.
const MAX_BOT_FILE: u64 = 256 * 1024;

/// Serves the simulated org until it is interrupted. Opens no data folder.
pub async fn run(options: &Simulator, cx: &Context<'_>) -> Result<u8> {
    let weather = match &options.weather {
        Some(path) => {
            let text = named("weather", path, MAX_WEATHER_FILE).await?;
            let text = app::plain_text(&text)
                .map_err(|why| Failure::field("weather", format!("{} {why}", path.display())))?;
            serde_json::from_slice(text)
                .map_err(|e| Failure::field("weather", format!("{}: {e}", path.display())))?
        }
        None => simulator::Weather::default(),
    };
    let Some(bot) = bot(options.bot(), cx.out).await? else { return Ok(BAD_FILE) };
    if let Some(id) = options.named_twice() {
        return Err(Failure::field("deployment", format!("{id} is given twice")));
    }
    let running = simulator::start(options.options(weather, bot)).await.map_err(|e| {
        let cause = std::error::Error::source(&e).map(|s| format!(": {s}")).unwrap_or_default();
        Failure::field(field(&e), format!("{e}{cause}"))
    })?;
    let mut listening = json!({
        "listening": running.api_url(),
        "control": running.control_url(),
        "deployments": options.deployments(),
    });
    if let Some(ca) = running.ca() {
        listening["ca"] = json!(ca.to_string_lossy());
    }
    cx.out.record(&listening, || listening.to_string());
    cx.out.heard()?;
    cx.interrupt.heed().await;
    let ended = Failure::new(
        FailureCode::Interrupted,
        "The simulator has ended; its guests, conversations and messages were in memory only and are gone.",
    )
    .with_next("Start it again: the same --seed and --now make the same guests.");
    Ok(cx.out.ended(&ended))
}

/// The option that a start failed at.
fn field(error: &simulator::Error) -> &'static str {
    match error {
        simulator::Error::ControlNotLoopback(_) => "control",
        simulator::Error::TlsName(_) => "tls-name",
        simulator::Error::TlsCert { .. } => "tls-cert",
        simulator::Error::TlsKey { .. } => "tls-key",
        simulator::Error::CaFile(_) | simulator::Error::Tls(_) => "tls",
        _ => "listen",
    }
}

/// Who answers guests. A file with a mistake is told with its place, and there is none.
async fn bot(name: &str, out: &Out) -> Result<Option<Bot>> {
    let file = match name {
        "demo" => return Ok(Some(Bot::demo())),
        "none" => return Ok(Some(Bot::none())),
        file => PathBuf::from(file),
    };
    let bytes = named("bot", &file, MAX_BOT_FILE).await?;
    Ok(match Bot::parse(name, &bytes) {
        Ok(bot) => Some(bot),
        Err(mistake) => {
            let failure = Failure::new(FailureCode::BadFile, mistake.to_string())
                .with_next("Correct the file at that place.");
            let place = vec![
                ("file", json!(mistake.file)),
                ("line", json!(mistake.line)),
                ("column", json!(mistake.column)),
            ];
            out.failed_in_file(&failure, place);
            None
        }
    })
}
