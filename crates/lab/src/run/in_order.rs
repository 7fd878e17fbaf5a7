use std::{collections::BTreeMap, sync::Arc};

use super::result::ScenarioResult;

/// Puts results that come in any order in the order of the files.
#[derive(Debug, Default)]
pub struct InOrder {
    next: usize,
    waiting: BTreeMap<usize, Arc<ScenarioResult>>,
}

impl InOrder {
    /// Takes a result; answers those whose turn it is now.
    pub fn push(&mut self, result: Arc<ScenarioResult>) -> Vec<Arc<ScenarioResult>> {
        self.waiting.insert(result.index, result);
        let mut ready = Vec::new();
        while let Some(result) = self.waiting.remove(&self.next) {
            self.next += 1;
            ready.push(result);
        }
        ready
    }

    /// What still waits for one before it: after an interruption there will be none.
    pub fn rest(self) -> Vec<Arc<ScenarioResult>> {
        self.waiting.into_values().collect()
    }
}
