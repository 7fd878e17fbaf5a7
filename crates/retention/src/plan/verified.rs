use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use super::{Plan, open_plan};
use crate::{Error, file_stamp::FileStamp};

/// So many are remembered: that of the preview, and those of the runs that are looked at.
const MOST: usize = 4;

/// Plans that were opened in this process. One whose file is as it was is not read and hashed again. Only for looking: a plan
/// that is to be run is opened by [`open_plan_to_run`](super::open_plan_to_run).
#[derive(Debug, Default)]
pub struct VerifiedPlans(Mutex<Vec<(FileStamp, Plan)>>);

impl VerifiedPlans {
    /// As [`open_plan`].
    ///
    /// # Errors
    /// As [`open_plan`].
    pub fn look(&self, path: &Path) -> Result<Plan, Error> {
        // Taken before the file is read: what changes meanwhile has another one.
        let stamp = FileStamp::of(path);
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = plans.iter().find(|(of, plan)| Some(of) == stamp.as_ref() && plan.path() == path);
        if let Some((_, plan)) = known {
            return Ok(plan.clone());
        }
        plans.retain(|(_, plan)| plan.path() != path);
        let plan = open_plan(path)?;
        if let Some(stamp) = stamp {
            plans.insert(0, (stamp, plan.clone()));
            plans.truncate(MOST);
        }
        Ok(plan)
    }
}
