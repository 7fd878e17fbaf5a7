use std::{
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{GuestId, RetentionPolicy, ScanOrder};
use proof::{NotRemoved, SpareReason, hex};
use sha2::{Digest, Sha256};
use store::WholeFile;
use tokio::time::Instant;

use super::{
    PlanHeader, PlanLine, PlanSeal, PlanSummary, SortedRows, Walk,
    file::{Closing, KIND, VERSION, to_line},
    query,
    tally::Tally,
    with_retries,
};
use crate::{Error, Facts, OrgPort, backoff::LIST_ASKS, decide, held};

/// How far a plan has come. Where the org forgets where its list stood, all of it begins again at none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanProgress {
    /// Guests that the org handed out so far: where it does not filter by itself, those that do not match, too.
    pub read: u64,
    /// Of these, due.
    pub due: u64,
    /// Of these, older than the cut-off and kept.
    pub spared: u64,
}

/// Makes a plan: walks every match of the policy, decides each guest and streams it to `out`, which the caller publishes.
/// Preview is the plan: there is no other selection. `progress` is called after each page; drop the future to give up. The
/// plan says what the org's own clock showed at `now`, and carries the folder's seal.
///
/// # Errors
/// [`Error::Org`] when the org cannot be asked, [`Error::PageOrder`], [`Error::Incomplete`] when it hands out fewer guests than
/// it counts, [`Error::File`].
pub async fn plan(
    org: &dyn OrgPort,
    policy: &RetentionPolicy,
    seal: &PlanSeal,
    now: DateTime<Utc>,
    out: &mut WholeFile,
    progress: &(dyn Fn(PlanProgress) + Sync),
) -> Result<PlanSummary, Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(Error::Random)?;
    let (holds, abilities) = (org.holds(), org.abilities());
    let cutoff = policy.cutoff(now);
    let mut file = Lines { file: out, hash: Sha256::new() };
    let so_far = Mutex::new(PlanProgress::default());
    let told = || so_far.lock().unwrap_or_else(PoisonError::into_inner);
    let on_read = |read| {
        let mut now: MutexGuard<'_, PlanProgress> = told();
        // A scan that begins again hands out the same guests.
        *now = if read < now.read { PlanProgress::default() } else { *now };
        now.read = read;
        let shown = *now;
        drop(now);
        progress(shown);
    };
    let mut walk = Walk::new(org, query(policy, cutoff)).telling(&on_read);
    let asked = Instant::now();
    let mut guests = walk.page(LIST_ASKS).await?;
    let org_clock =
        org.org_time().and_then(|shown| shown.checked_sub_signed(TimeDelta::from_std(asked.elapsed()).ok()?));
    let not_removed = match abilities.not_removed {
        Some(what) => {
            Some(NotRemoved { what: what.to_owned(), conversations: org.conversations_left().await })
        }
        None => None,
    };
    let header = PlanHeader {
        kind: KIND.to_owned(),
        version: VERSION,
        policy: policy.clone(),
        cutoff,
        created_at: now,
        connection: seal.connection.clone(),
        org: Some(seal.org.clone()),
        dialect: Some(abilities.dialect.to_owned()),
        hash_key: hex(&key),
        org_clock,
        holds: Some(holds.seen()),
        not_listed: abilities.not_listed.map(str::to_owned),
        not_removed,
    };
    let mut tally = Tally::new(&header);
    file.line(&header)?;
    let mut unsorted = match walk.order() {
        ScanOrder::Created => None,
        ScanOrder::None => Some(SortedRows::new(file.file.folder())),
    };
    while !guests.is_empty() {
        let ids: Vec<GuestId> = guests.iter().map(|g| g.id).collect();
        let open = if policy.spare_open_conversations {
            with_retries(LIST_ASKS, || org.open_conversations(&ids))
                .await
                .map_err(|e| Error::Org { doing: "look for open conversations", source: e })?
        } else {
            Default::default()
        };
        let held = with_retries(LIST_ASKS, || held(org, &holds, &ids))
            .await
            .map_err(|e| Error::Org { doing: "look for guests on hold", source: e })?;
        let undelivered = org.with_undelivered(&ids);
        for guest in &guests {
            let facts = Facts {
                open_conversation: open.open.contains(&guest.id),
                unclear_conversation: open.unclear.contains(&guest.id),
                undelivered: undelivered.contains(&guest.id),
                matching: true,
            };
            let why = match held.contains(&guest.id) {
                true => Some(SpareReason::Hold),
                false => decide::reasons(policy, header.cutoff, guest, facts, false).into_iter().next(),
            };
            {
                let mut now = told();
                now.due += u64::from(why.is_none());
                now.spared += u64::from(why.is_some());
            }
            let line = PlanLine::new(guest, why);
            match &mut unsorted {
                None => file.guest(&mut tally, &line)?,
                Some(rows) => rows.push(line)?,
            }
        }
        let shown = *told();
        progress(shown);
        guests = walk.page(LIST_ASKS).await?;
    }
    if let Some(rows) = unsorted {
        for line in rows.finish()? {
            file.guest(&mut tally, &line?)?;
        }
    }
    // Without an order a guest may have come twice, and counts once.
    let PlanSummary { due, spared, .. } = tally.summary;
    progress(PlanProgress { read: told().read, due, spared });
    let sealed = hex(&seal.over(&file.hash.clone().finalize().into()));
    file.hash.update(&sealed);
    let id = hex(&file.hash.clone().finalize());
    file.line(&Closing { due, spared, complete: true, seal: Some(sealed), sha256: id.clone() })?;
    Ok(tally.finish(id))
}

/// The file that is being written, and the hash over it so far.
struct Lines<'f> {
    file: &'f mut WholeFile,
    hash: Sha256,
}

impl Lines<'_> {
    fn guest(&mut self, tally: &mut Tally, line: &PlanLine) -> Result<(), Error> {
        tally.add(line);
        self.line(line)
    }

    fn line<T: serde::Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let line = to_line(value);
        self.hash.update(&line);
        self.file.write_all(&line).map_err(|source| Error::File {
            doing: "write the plan in",
            path: self.file.folder().to_owned(),
            source,
        })
    }
}
