//! The key that this folder's plans are sealed with: a secret of its own, which no rotation of the data key changes.

use std::{path::Path, sync::Arc};

use model::Secret;
use retention::{PlanSeal, SealedPlan};
use store::Secrets;

use crate::{App, Failure, FailureCode, OrgKey};

/// Its name in the connection's secret store.
const PLAN_SEAL: &str = "plan-seal";

impl App {
    /// The seal for a new plan. At the first one its key is made, and kept by [`App::keep_seal`] once there is a plan: a plan
    /// that the org refuses leaves nothing behind. Blocking.
    pub(crate) fn seal_to_make(&self) -> Result<Arc<PlanSeal>, Failure> {
        let mut held = self.0.retention.seal.lock();
        if let Some(seal) = &*held {
            return Ok(Arc::clone(seal));
        }
        let kept = self.0.retention.secrets.get(PLAN_SEAL)?;
        let is_new = kept.is_none();
        let key = kept.map_or_else(PlanSeal::new_key, Ok)?;
        let seal = Arc::new(self.seal_of(&key)?);
        *held = Some(Arc::clone(&seal));
        if is_new {
            *self.0.retention.new_seal_key.lock() = Some(key);
        }
        Ok(seal)
    }

    /// Keeps the key of the seal where it is new. Blocking.
    pub(crate) fn keep_seal(&self) -> Result<(), Failure> {
        let mut new = self.0.retention.new_seal_key.lock();
        if let Some(key) = &*new {
            keep(&*self.0.retention.secrets, key)?;
            *new = None;
        }
        Ok(())
    }

    /// The seal that a plan must have; `None` where this folder has no key. Blocking.
    pub(crate) fn seal_to_run(&self) -> Result<Option<Arc<PlanSeal>>, Failure> {
        let mut held = self.0.retention.seal.lock();
        if held.is_none() {
            let Some(kept) = self.0.retention.secrets.get(PLAN_SEAL)? else { return Ok(None) };
            *held = Some(Arc::new(self.seal_of(&kept)?));
        }
        Ok(held.clone())
    }

    /// Opens a plan of this folder, this connection and this org; anything else is refused. Blocking.
    pub(crate) fn open_plan_to_run(&self, path: &Path) -> Result<SealedPlan, Failure> {
        match self.seal_to_run()? {
            Some(seal) => Ok(retention::open_plan_to_run(path, &seal)?),
            None => {
                let plan = retention::open_plan(path)?;
                let message = format!(
                    "The plan {} cannot be run here: the secret store of this folder has no key that plans are sealed with \
                     (plan-seal), so the plan was made elsewhere or by an earlier version, or the key was lost since.",
                    plan.path().display()
                );
                Err(Failure::new(FailureCode::PlanChanged, message)
                    .with_next("Make a new plan on this connection."))
            }
        }
    }

    fn seal_of(&self, kept: &Secret) -> Result<PlanSeal, Failure> {
        let connection = &self.0.connection;
        let seal = PlanSeal::new(&connection.folder(), &OrgKey::of(connection)?.to_string(), kept)?;
        Ok(seal.formerly(self.0.folder.former_names(connection)).in_dialect(self.0.org.can.dialect))
    }
}

/// Keeps a new key and looks whether it is there: a place that keeps nothing would make every plan useless at the next start.
fn keep(secrets: &dyn Secrets, key: &Secret) -> Result<(), Failure> {
    secrets.set(PLAN_SEAL, key)?;
    match secrets.get(PLAN_SEAL)? {
        Some(_) => Ok(()),
        None => Err(Failure::new(
            FailureCode::NoSecretStore,
            "The secret store does not keep the key that plans are sealed with.",
        )),
    }
}
