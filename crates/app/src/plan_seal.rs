//! The key that this folder's plans are sealed with: a secret of its own, which no rotation of the data key changes.

use std::{
    path::Path,
    sync::{Arc, PoisonError},
};

use model::Secret;
use retention::{PlanSeal, SealedPlan};
use store::Secrets;

use crate::{App, Failure, FailureCode, OrgKey};

/// Its name in the connection's secret store.
const PLAN_SEAL: &str = "plan-seal";

impl App {
    /// The seal for a new plan; the key is made and kept at the first one. Blocking.
    pub(crate) fn seal_to_make(&self) -> Result<Arc<PlanSeal>, Failure> {
        let mut held = self.0.retention.seal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seal) = &*held {
            return Ok(Arc::clone(seal));
        }
        let secrets = &*self.0.retention.secrets;
        let kept = match secrets.get(PLAN_SEAL)? {
            Some(kept) => kept,
            None => made(secrets)?,
        };
        let seal = Arc::new(self.seal_of(&kept)?);
        *held = Some(Arc::clone(&seal));
        Ok(seal)
    }

    /// The seal that a plan must have; `None` where this folder has no key. Blocking.
    pub(crate) fn seal_to_run(&self) -> Result<Option<Arc<PlanSeal>>, Failure> {
        let mut held = self.0.retention.seal.lock().unwrap_or_else(PoisonError::into_inner);
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
        Ok(seal.formerly(self.0.folder.former_names(connection)))
    }
}

/// A new key, kept; a place that keeps nothing would make every plan useless at the next start.
fn made(secrets: &dyn Secrets) -> Result<Secret, Failure> {
    secrets.set(PLAN_SEAL, &PlanSeal::new_key()?)?;
    secrets.get(PLAN_SEAL)?.ok_or_else(|| {
        Failure::new(
            FailureCode::NoSecretStore,
            "The secret store does not keep the key that plans are sealed with.",
        )
    })
}
