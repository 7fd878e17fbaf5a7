use app::Result;
use gateway::Gateway;
use serde_json::json;

use crate::{args::GatewayArgs, interrupt, open::Context};

/// Serves the chat routes and delivers the outbox until it is interrupted.
pub async fn run(args: &GatewayArgs, cx: &Context<'_>) -> Result<u8> {
    let options = args.options();
    // Before the folder is taken: wrong use is told also while another process holds it.
    options.check()?;
    let app = cx.app("gateway").await?;
    app.start_socket();
    let gateway = Gateway::start(app.clone(), options).await?;
    let listening = json!({ "listening": gateway.url() });
    cx.out.record(&listening, || listening.to_string());
    cx.out.heard()?;
    let closing = async {
        cx.interrupt.heed().await;
        gateway.stop().await;
    };
    tokio::join!(app.deliver_until(cx.interrupt.heed()), closing);
    Err(interrupt::failure().with_next("Start it again: what waits is delivered then."))
}
