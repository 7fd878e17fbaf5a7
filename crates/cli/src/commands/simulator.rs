use app::{Failure, FailureCode, Result};
use serde_json::json;

use crate::{args::Simulator, open::Context};

/// Serves the simulated org until it is interrupted. Opens no data folder.
pub async fn run(options: &Simulator, cx: &Context<'_>) -> Result<u8> {
    let weather = match &options.weather {
        Some(path) => {
            let text = std::fs::read(path).map_err(|e| Failure::unreadable("weather", path, &e))?;
            let text = app::plain_text(&text)
                .map_err(|why| Failure::field("weather", format!("{} {why}", path.display())))?;
            serde_json::from_slice(text)
                .map_err(|e| Failure::field("weather", format!("{}: {e}", path.display())))?
        }
        None => simulator::Weather::default(),
    };
    if let Some(id) = options.named_twice() {
        return Err(Failure::field("deployment", format!("{id} is given twice")));
    }
    let running = simulator::start(options.options(weather, simulator::Bot::demo())).await.map_err(|e| {
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
