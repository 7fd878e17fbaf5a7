//! Files that are run again when they are saved.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::state::{OpenFile, OpenScenarios, Stamp};
use crate::{
    app::WeakApp,
    views::{ScenarioChoice, ScenarioRunOptions},
};

/// Between two looks at the files that are watched.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// How scenarios are run before a person said otherwise.
const OPTIONS: ScenarioRunOptions = ScenarioRunOptions { parallel: 1, repeat: 1, timeout_seconds: 10 };

/// Runs each watched file again once it was saved. While none is watched it waits for one. Files that it includes are not looked
/// at.
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
        for OpenFile { id, path, watched, .. } in watched {
            let Ok(now) = tokio::task::spawn_blocking(move || stamp(&path)).await else { return };
            let Some(before) = watched else { continue };
            let Some(app) = app.upgrade() else { return };
            // One that is not there any more is being written anew, or was removed.
            if now != before && now.is_some() && run_again(&app, &scenarios, id).await {
                // It may have been closed meanwhile.
                drop(scenarios.change(id, |file| file.watched = file.watched.map(|_| now)));
            }
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
    scenarios.tell_problem(run.err().map(|failure| failure.message));
    true
}

/// How a file is on the disk. Blocking.
pub(super) fn stamp(path: &Path) -> Stamp {
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len()))
}
