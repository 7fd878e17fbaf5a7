//! The rate limit for each client: a pure function of spans since the gateway started.

use std::{collections::HashMap, net::IpAddr, num::NonZeroU32, time::Duration};

/// So many clients are remembered at most, so that strangers cannot fill the memory of this process.
const CLIENTS: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);

/// How much each client has used of its minute: a bucket that holds a minute's worth and refills evenly, kept as the
/// one moment at which it will be full again (GCRA).
#[derive(Debug)]
pub(crate) struct ClientRate {
    per_minute: NonZeroU32,
    full_at: HashMap<IpAddr, Duration>,
}

impl ClientRate {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self { per_minute, full_at: HashMap::new() }
    }

    /// Takes one request, or says how long to wait for it.
    pub(crate) fn take(&mut self, client: IpAddr, now: Duration) -> Result<(), Duration> {
        let client = network(client);
        if !self.full_at.contains_key(&client) && self.full_at.len() >= CLIENTS {
            self.full_at.retain(|_, full| *full > now);
            if self.full_at.len() >= CLIENTS {
                return Err(MINUTE / self.per_minute.get());
            }
        }
        let full = self.full_at.entry(client).or_insert(now);
        let next = (*full).max(now) + MINUTE / self.per_minute.get();
        match next.checked_sub(now + MINUTE) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *full = next;
                Ok(())
            }
        }
    }
}

/// The client that an address stands for: who has one IPv6 address has the 2^64 beside it.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::from((u128::from(address) >> 64 << 64).to_be_bytes())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));

    fn pace(per_minute: u32) -> ClientRate {
        ClientRate::new(NonZeroU32::new(per_minute).unwrap())
    }

    #[test]
    fn a_minutes_worth_goes_at_once_and_then_evenly() {
        let mut pace = pace(4);
        let at = Duration::from_secs;
        assert_eq!([(); 4].map(|()| pace.take(ADA, at(100))), [Ok(()); 4]);
        assert_eq!(pace.take(ADA, at(100)), Err(at(15)));
        assert_eq!(pace.take(ADA, at(110)), Err(at(5)), "asking costs nothing");
        assert_eq!(pace.take(ADA, at(115)), Ok(()));
        assert_eq!(pace.take("10.0.0.1".parse().unwrap(), at(115)), Ok(()), "another client has its own");
    }

    #[test]
    fn a_client_is_its_network_and_clients_beyond_the_bound_wait() {
        let mut pace = pace(1);
        assert!(pace.take("2001:db8::1".parse().unwrap(), Duration::ZERO).is_ok());
        assert!(pace.take("2001:db8::2".parse().unwrap(), Duration::ZERO).is_err());
        assert!(pace.take("::ffff:127.0.0.1".parse().unwrap(), Duration::ZERO).is_ok());
        assert!(pace.take(ADA, Duration::ZERO).is_err(), "mapped and plain are one");
        for n in 0..u32::try_from(CLIENTS).unwrap() {
            let _ = pace.take(IpAddr::from((n + 1_000_000).to_be_bytes()), Duration::ZERO);
        }
        assert_eq!(pace.full_at.len(), CLIENTS);
        assert!(pace.take("9.9.9.9".parse().unwrap(), Duration::ZERO).is_err());
        assert!(pace.take("9.9.9.9".parse().unwrap(), MINUTE).is_ok(), "the old ones are forgotten");
    }

    proptest! {
        #[test]
        fn no_minute_holds_more_than_two_minutes_worth_and_a_wait_told_is_enough(
            steps in proptest::collection::vec(0..5_000u64, 1..200), limit in 1..60u32,
        ) {
            let (mut pace, mut now, mut taken) = (pace(limit), Duration::ZERO, Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                match pace.take(ADA, now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => {
                        now += wait;
                        prop_assert!(pace.take(ADA, now).is_ok());
                        taken.push(now);
                    }
                }
            }
            for (n, first) in taken.iter().enumerate() {
                let within = taken[n..].iter().take_while(|at| **at < *first + MINUTE).count();
                prop_assert!(within <= 2 * limit as usize, "{within} of {limit}");
            }
        }
    }
}
