//! Files that are run again when they are saved.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::state::OpenScenarios;
use crate::{
    app::WeakApp,
    views::{ScenarioChoice, ScenarioRunOptions},
};

/// Between two looks at the files that are watched.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// How scenarios are run before a person said otherwise.
const OPTIONS: ScenarioRunOptions = ScenarioRunOptions { parallel: 1, repeat: 1, timeout_seconds: 10 };

/// When a file was changed, and its length: where one of them is another, it was saved.
type Stamp = Option<(std::time::SystemTime, u64)>;

/// Runs each watched file again once it was saved. While none is watched it waits for one. Files that it includes are not looked
/// at.
pub(crate) async fn watch(app: WeakApp) {
    let Some(scenarios) = app.upgrade().map(|app| Arc::clone(&app.0.scenarios)) else { return };
    let mut seen: HashMap<Uuid, Stamp> = HashMap::new();
    let mut looks = interval(LOOK_PERIOD);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut changes = scenarios.changes();
    loop {
        let watched = scenarios.watched();
        seen.retain(|id, _| watched.iter().any(|file| file.id == *id));
        if watched.is_empty() {
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        }
        looks.tick().await;
        for file in watched {
            let path = file.path.clone();
            let Ok(stamp) = tokio::task::spawn_blocking(move || stamp(&path)).await else { return };
            if seen.get(&file.id).is_some_and(|before| *before == stamp) {
                continue;
            }
            // The first look only remembers how it is.
            let Some(app) = app.upgrade() else { return };
            let was_saved = seen.contains_key(&file.id) && stamp.is_some();
            if !was_saved || run_again(&app, &scenarios, file.id).await {
                seen.insert(file.id, stamp);
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

fn stamp(path: &Path) -> Stamp {
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len()))
}
