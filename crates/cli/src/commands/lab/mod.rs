//! Guests of the socket, by hand.

mod chat;
mod clean;
mod doctor;
mod lines;

use app::{LabChoice, Result};

use crate::{
    args::{Lab, LabPlace},
    open::Context,
};

pub async fn run(command: &Lab, cx: &Context<'_>) -> Result<u8> {
    match command {
        Lab::Chat(options) => chat::run(options, cx).await,
        Lab::Clean { dry_run, confirm } => clean::run(*dry_run, *confirm, cx).await,
        Lab::Doctor { place, files } => doctor::run(place, files, cx).await,
    }
}

fn choice(place: &LabPlace) -> LabChoice {
    LabChoice {
        deployment: place.deployment.clone(),
        region: place.region.clone(),
        origin: place.origin.clone(),
        file: None,
    }
}
