//! Random numbers from a seed: the same seed makes the same pauses, so that a failure can be reproduced.

use std::sync::Mutex;

use rand::{Rng, SeedableRng, rngs::SmallRng};

#[derive(Debug)]
pub(crate) struct Jitter(Mutex<SmallRng>);

impl Jitter {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(SmallRng::seed_from_u64(seed)))
    }

    /// Uniform in 0..1.
    pub(crate) fn roll(&self) -> f64 {
        self.0.lock().expect("no code panics while it holds the jitter").random()
    }
}
