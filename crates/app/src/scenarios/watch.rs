//! Files that are run again when they are saved.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::state::{OpenFile, OpenScenarios};
use crate::{
    Failure,
    app::WeakApp,
    views::{ScenarioChoice, ScenarioRunOptions},
};

/// Between two looks at the files that are watched.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// How scenarios are run before a person said otherwise.
const OPTIONS: ScenarioRunOptions = ScenarioRunOptions { parallel: 1, repeat: 1, timeout_seconds: 10 };

/// Runs each watched file again once it, or a file that it includes, was saved. While none is watched it waits for one.
pub(crate) async fn watch(app: WeakApp) {
    let Some(scenarios) = app.upgrade().map(|app| Arc::clone(&app.0.scenarios)) else { return };
    let mut looks = interval(LOOK_PERIOD);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut changes = scenarios.changes();
    loop {
        let watched = scenarios.watched();
        if watched.is_empty() {
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        }
        looks.tick().await;
        for OpenFile { id, watched, .. } in watched {
            let Some(before) = watched else { continue };
            let look = tokio::task::spawn_blocking(move || (before.again(), before)).await;
            let (Ok((now, before)), Some(app)) = (look, app.upgrade()) else { return };
            if !now.shows_a_save_after(&before) || !run_again(&app, &scenarios, id).await {
                continue;
            }
            // It may have been closed meanwhile. What it includes may have changed with it.
            let Ok(OpenFile { parts, .. }) = scenarios.file(id) else { continue };
            let Ok(now) = tokio::task::spawn_blocking(move || now.and(&parts)).await else { return };
            drop(scenarios.change(id, |file| file.watched = file.watched.take().map(|_| now)));
        }
    }
}

/// False while another run goes on: then the file is run after it.
async fn run_again(app: &crate::App, scenarios: &OpenScenarios, id: Uuid) -> bool {
    if scenarios.may_begin().is_err() {
        return false;
    }
    let options = scenarios.options().unwrap_or(OPTIONS);
    let run = app.scenario_run(ScenarioChoice::Of { id, names: Vec::new() }, options).await;
    let name = scenarios.file(id).map(|file| file.name).unwrap_or_default();
    let told =
        |failure: Failure| format!("{name} was saved, and not run: {} {}", failure.message, failure.next);
    scenarios.tell_problem(run.err().map(told));
    true
}
