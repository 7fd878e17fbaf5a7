use app::Failure;
use gateway::Gateway;
use serde_json::json;

use crate::{
    args::{Everywhere, GatewayArgs},
    interrupt::{self, Interrupt},
    open,
    output::Out,
};

/// Serves the chat routes and delivers the outbox until it is interrupted.
pub async fn run(
    args: &GatewayArgs,
    everywhere: &Everywhere,
    out: &Out,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let options = args.options();
    // Before the folder is taken: wrong use is told also while another process holds it.
    options.check()?;
    let app = open::app(everywhere, "gateway").await?;
    app.start_socket();
    let gateway = Gateway::start(app.clone(), options).await?;
    let listening = json!({ "listening": gateway.url() });
    out.record(&listening, || listening.to_string());
    out.heard()?;
    let closing = async {
        interrupt.heed().await;
        gateway.stop().await;
    };
    tokio::join!(app.deliver_until(interrupt.heed()), closing);
    Err(interrupt::failure().with_next("Start it again: what waits is delivered then."))
}
