use crate::pipeline::Pipeline;

/// An org that speaks the Guest API, call by call. Clones share the pipeline.
#[derive(Debug, Clone)]
pub struct GuestApi {
    /// What its calls go through.
    pub pipeline: Pipeline,
}

impl GuestApi {
    /// The dialect over this pipeline.
    #[must_use]
    pub fn new(pipeline: Pipeline) -> Self {
        Self { pipeline }
    }
}
