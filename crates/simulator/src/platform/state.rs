//! What the org keeps for the platform API beside the world.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

use super::transcript::Transcripts;
use crate::clock::Millis;

/// Jobs kept; the oldest goes first.
const JOBS: usize = 50;

/// Permissions, cursors, jobs, and what was said.
pub(crate) struct Platform {
    permissions: Vec<String>,
    /// What the client has in another division than the one in which the world lies.
    in_other_division: Vec<String>,
    /// Seconds by which jobs of analytics are behind.
    pub(super) analytics_lag: u32,
    /// Cursors of an earlier round are expired.
    pub(super) cursor_round: u64,
    /// How many items bulk answers have had so far, for the chance of each to fail.
    pub(super) bulk_items: u64,
    pub(super) jobs: VecDeque<Job>,
    pub(crate) transcripts: Transcripts,
    /// The conversations whose recording was asked for before.
    pub(super) restored: HashSet<Uuid>,
}

/// A job under way or done.
pub(super) struct Job {
    pub(super) id: Uuid,
    pub(super) submitted: Millis,
    /// It was asked for its state before: from then on it is done.
    pub(super) asked: bool,
    /// In the order of the answer.
    pub(super) rows: Vec<Uuid>,
    /// Until when it has data.
    pub(super) available: Millis,
}

impl Platform {
    pub(crate) fn new(permissions: &[String], analytics_lag: u32) -> Self {
        Self {
            permissions: permissions.to_vec(),
            in_other_division: Vec::new(),
            analytics_lag,
            cursor_round: 0,
            bulk_items: 0,
            jobs: VecDeque::new(),
            transcripts: Transcripts::default(),
            restored: HashSet::new(),
        }
    }

    /// What the client may do from now on, here and in another division.
    pub(crate) fn grant(&mut self, here: Vec<String>, elsewhere: Vec<String>) {
        (self.permissions, self.in_other_division) = (here, elsewhere);
    }

    pub(super) fn permits_elsewhere(&self, permission: &str) -> bool {
        self.in_other_division.iter().any(|granted| granted == permission)
    }

    pub(super) fn permits(&self, permission: &str) -> bool {
        self.permissions.iter().any(|granted| granted == permission)
    }

    pub(super) fn add_job(&mut self, job: Job) {
        if self.jobs.len() == JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(job);
    }

    /// Expires every cursor that was handed out so far.
    pub(crate) fn expire_cursors(&mut self) {
        self.cursor_round += 1;
    }
}
