//! A wait that ends when nobody wants any more what it is for.

use std::pin::pin;

use tokio::time::sleep;

use super::{error::Error, timeouts};

/// Waits until it is done, or until nobody wants the call any more; nothing has left then.
pub(crate) async fn while_wanted<T>(
    call: &'static str,
    wanted: &(dyn Fn() -> bool + Sync),
    waits: impl Future<Output = T>,
) -> Result<T, Error> {
    let mut waits = pin!(waits);
    loop {
        tokio::select! {
            biased;
            done = &mut waits => return Ok(done),
            () = sleep(timeouts::STILL_WANTED) => if !wanted() {
                return Err(Error::Withdrawn { call });
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_a_minute_ends_within_a_second_of_nobody_wanting_it() {
        let began = Instant::now();
        let wanted = || began.elapsed() < Duration::from_secs(10);
        let waited = while_wanted("delete guest", &wanted, sleep(Duration::from_secs(60))).await;
        assert!(matches!(waited, Err(Error::Withdrawn { call: "delete guest" })), "{waited:?}");
        assert!(began.elapsed() <= Duration::from_secs(11), "{:?}", began.elapsed());
        let waited = while_wanted("delete guest", &|| true, sleep(Duration::from_secs(60))).await;
        assert!(waited.is_ok());
    }
}
