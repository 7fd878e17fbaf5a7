//! The shipped binary against a real simulator: what scripts rely on, and that a kill costs nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chat_socket;
#[cfg(unix)]
mod crash_points;
mod damage;
#[cfg(target_os = "linux")]
mod disk_full;
mod filters;
mod folder;
#[cfg(unix)]
mod gateway;
mod hostile;
#[cfg(target_os = "linux")]
mod image;
mod key;
mod kill;
mod lab;
#[cfg(unix)]
mod lab_trouble;
mod listings;
mod live_chat;
mod live_org;
mod live_retention;
mod loss;
mod outbox;
#[cfg(target_os = "linux")]
mod outputs;
#[cfg(target_os = "linux")]
mod pipes;
mod policies;
#[cfg(target_os = "linux")]
mod power_cut;
mod proxy;
#[cfg(unix)]
mod refused;
mod retention;
#[cfg(unix)]
mod rights;
mod scenario;
mod scenario_run;
mod secrets;
mod sessions;
mod simulator;
mod stories;
mod support;
mod terminal;
#[cfg(unix)]
mod tls;
mod told;
#[cfg(target_os = "linux")]
mod trace;
#[cfg(unix)]
mod variables;
mod witness;
