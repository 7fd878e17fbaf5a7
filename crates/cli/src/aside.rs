//! What may block for long, beside everything else.

use app::{Failure, Result};

/// Runs what may block for as long as a person thinks, on a thread of its own that nothing waits for at the end.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // Nobody listens any more after an interruption.
    std::thread::spawn(move || drop(tell.send(work())));
    told.await.unwrap_or_else(|_| Err(Failure::internal("reading stdin ended early")))
}
