use std::sync::Arc;

use super::bulk::BulkSizes;
use crate::pipeline::Pipeline;

/// A live org, call by call. Clones share the pipeline and what was learnt of the bulk calls.
#[derive(Debug, Clone)]
pub struct Platform {
    /// What its calls go through.
    pub pipeline: Pipeline,
    /// How the org takes bulk calls.
    pub(super) bulk: Arc<BulkSizes>,
}

impl Platform {
    /// The dialect over this pipeline.
    #[must_use]
    pub fn new(pipeline: Pipeline) -> Self {
        Self { pipeline, bulk: Arc::default() }
    }
}
