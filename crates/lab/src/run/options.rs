use std::{collections::HashSet, time::Duration};

/// How scenario files are run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long a step may take, unless its scenario or the step itself says otherwise.
    pub timeout: Duration,
    /// How many scenarios run at the same time; at least 1.
    pub parallel: usize,
    /// How often each scenario is run, unless it says so itself.
    pub repeat: Option<u32>,
    /// Which part of the repeats has to pass, from 0 to 1.
    pub pass_rate: f64,
    /// Only scenarios with one of these tags; all where there is none.
    pub tags: Vec<String>,
    /// Only these scenarios: the number of the suite, from 0, and the name. `None`: all.
    pub only: Option<HashSet<(usize, String)>>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            parallel: 1,
            repeat: None,
            pass_rate: 1.0,
            tags: Vec::new(),
            only: None,
        }
    }
}
