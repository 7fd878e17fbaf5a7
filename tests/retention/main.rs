//! Retention against the real simulated org, in process and in simulated time: the real client, the real port of the
//! application, a real store on disk. The org's ledger judges, never the client.
//!
//! Each random case comes from a seed. `INNKEEPER_SEED=n` lives one again; `INNKEEPER_LONG=1` makes them 10,000.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod both_dialects;
mod case;
mod emptied;
mod ground;
mod judge;
mod many;
mod most_deletes;
mod network;
mod people;
mod random;
mod random_case;
mod steps;
mod way;
