//! Guests of the socket, by hand.

mod chat;
mod choice;
mod clean;
mod doctor;
mod lines;

use app::Result;

use crate::{args::Lab, open::Context};

pub async fn run(command: &Lab, cx: &Context<'_>) -> Result<u8> {
    match command {
        Lab::Chat(options) => chat::run(options, cx).await,
        Lab::Clean { dry_run, confirm } => clean::run(*dry_run, *confirm, cx).await,
        Lab::Doctor { place, files } => doctor::run(place, files, cx).await,
    }
}
