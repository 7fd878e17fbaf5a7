use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{GuestId, RetentionPolicy};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{
    PlanHeader, PlanLine, PlanSeal, PlanSummary, Walk,
    file::{Closing, DIALECT, KIND, VERSION, hex, to_line},
    query,
    tally::Tally,
    walk::patiently,
};
use crate::{Eraser, Error, Facts, Reason, decide, held, patience::LIST_ASKS};

/// How far a plan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanProgress {
    /// Guests seen so far.
    pub matched: u64,
    /// Of these, due.
    pub due: u64,
    /// Of these, kept.
    pub spared: u64,
}

/// Makes a plan: walks every match of the policy, decides each guest and streams it to `out`, which appears only when
/// it is complete and on disk. Preview is the plan: there is no other selection. `progress` is called after each page;
/// drop the future to give up, nothing is left behind then. The plan says what the org's own clock showed at `now`, and
/// carries the folder's seal.
///
/// # Errors
/// [`Error::Org`] when the org cannot be asked, [`Error::PageOrder`], [`Error::Incomplete`] when it hands out fewer guests than
/// it counts, [`Error::File`].
pub async fn plan(
    eraser: &dyn Eraser,
    policy: &RetentionPolicy,
    seal: &PlanSeal,
    now: DateTime<Utc>,
    out: &Path,
    progress: &(dyn Fn(PlanProgress) + Sync),
) -> Result<PlanSummary, Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(Error::Random)?;
    let holds = eraser.holds();
    let cutoff = policy.cutoff(now);
    let mut file = Draft::create(out)?;
    let mut walk = Walk::new(eraser, query(policy, cutoff));
    let asked = Instant::now();
    let mut guests = walk.page(LIST_ASKS).await?;
    let org_clock = eraser
        .org_time()
        .and_then(|shown| shown.checked_sub_signed(TimeDelta::from_std(asked.elapsed()).ok()?));
    let header = PlanHeader {
        kind: KIND.to_owned(),
        version: VERSION,
        policy: policy.clone(),
        cutoff,
        created_at: now,
        connection: seal.connection().to_owned(),
        org: Some(seal.org().to_owned()),
        dialect: Some(DIALECT.to_owned()),
        hash_key: hex(&key),
        org_clock,
        holds: Some(holds.seen()),
    };
    let mut tally = Tally::new(&header);
    file.line(&header)?;
    while !guests.is_empty() {
        let ids: Vec<GuestId> = guests.iter().map(|g| g.id).collect();
        let open = if policy.spare_open_conversations {
            patiently(LIST_ASKS, || eraser.with_open_conversation(&ids))
                .await
                .map_err(|e| Error::Org { doing: "look for open conversations", source: e })?
        } else {
            Default::default()
        };
        let held = patiently(LIST_ASKS, || held(eraser, &holds, &ids))
            .await
            .map_err(|e| Error::Org { doing: "look for guests on hold", source: e })?;
        let undelivered = eraser.with_undelivered(&ids);
        for guest in &guests {
            let facts = Facts {
                open_conversation: open.contains(&guest.id),
                undelivered: undelivered.contains(&guest.id),
                matching: true,
            };
            let why = match held.contains(&guest.id) {
                true => Some(Reason::Hold),
                false => decide::reasons(policy, header.cutoff, guest, facts, None).into_iter().next(),
            };
            let line = PlanLine::new(guest, why);
            tally.add(&line);
            file.line(&line)?;
        }
        progress(PlanProgress { matched: tally.due + tally.spared, due: tally.due, spared: tally.spared });
        guests = walk.page(LIST_ASKS).await?;
    }
    let sealed = hex(&seal.over(&file.hash.clone().finalize().into()));
    file.hash.update(&sealed);
    let id = hex(&file.hash.clone().finalize());
    let (due, spared) = (tally.due, tally.spared);
    file.line(&Closing { due, spared, complete: true, seal: Some(sealed), sha256: id.clone() })?;
    // Blocking disk work at the end only; the pages in between fill a buffer.
    tokio::task::spawn_blocking(move || file.publish()).await.map_err(|e| Error::File {
        doing: "write the plan",
        path: out.to_owned(),
        source: io::Error::other(e),
    })??;
    Ok(tally.summary(id))
}

/// A file under a temporary name, which vanishes unless it is published.
struct Draft {
    file: BufWriter<File>,
    hash: Sha256,
    temporary: PathBuf,
    out: PathBuf,
    published: bool,
}

impl Draft {
    fn create(out: &Path) -> Result<Self, Error> {
        let mut name = OsString::from(".");
        name.push(out.file_name().unwrap_or_default());
        name.push(format!(".{}.partial", uuid::Uuid::new_v4().simple()));
        let temporary = out.with_file_name(name);
        let file = store::private::new_file(&temporary).map_err(|e| Error::File {
            doing: "write the plan",
            path: out.to_owned(),
            source: e,
        })?;
        Ok(Self {
            file: BufWriter::new(file),
            hash: Sha256::new(),
            temporary,
            out: out.to_owned(),
            published: false,
        })
    }

    fn line<T: serde::Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let line = to_line(value);
        self.hash.update(&line);
        self.file.write_all(&line).map_err(|e| self.failed(e))
    }

    fn publish(mut self) -> Result<(), Error> {
        let written = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .and_then(|()| fs::rename(&self.temporary, &self.out));
        written.map_err(|e| self.failed(e))?;
        self.published = true;
        sync_folder(self.out.parent().unwrap_or(Path::new("."))).map_err(|e| self.failed(e))
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File { doing: "write the plan", path: self.out.clone(), source }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nobody is left to tell; the name says what it is.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Makes a rename durable. Only Unix lets a folder be opened; elsewhere the rename itself is as durable as it gets.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
