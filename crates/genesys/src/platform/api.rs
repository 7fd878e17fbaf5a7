use std::sync::{Arc, atomic::AtomicBool};

use super::bulk::BulkSizes;
use crate::pipeline::Pipeline;

/// A live org, call by call. Clones share the pipeline and what was learnt of the org.
#[derive(Debug, Clone)]
pub struct Platform {
    /// What its calls go through.
    pub pipeline: Pipeline,
    /// How the org takes bulk calls.
    pub(super) bulk: Arc<BulkSizes>,
    /// The org refused a details query about more than a week.
    pub(super) takes_a_week_at_most: Arc<AtomicBool>,
}

impl Platform {
    /// The dialect over this pipeline.
    #[must_use]
    pub fn new(pipeline: Pipeline) -> Self {
        Self { pipeline, bulk: Arc::default(), takes_a_week_at_most: Arc::default() }
    }
}
