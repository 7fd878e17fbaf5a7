use std::time::Duration;

use chrono::{DateTime, Utc};
use model::{AgeClock, Field, Guest, RetentionPolicy, ScanOrder, Selection, Total};
use tokio::time::sleep;

use super::PlanKey;
use crate::{Error, OrgError, OrgPort, Scan, ScanPage, backoff};

/// New scans in a row that an org may force by forgetting where the one before stood.
const NEW_SCANS: u32 = 8;

/// What the org is asked for: the policy's selection and older than the cut-off. How many match is how many are due at most.
#[must_use]
pub fn query(policy: &RetentionPolicy, cutoff: DateTime<Utc>) -> Selection {
    let field = match policy.clock {
        AgeClock::Created => Field::CreatedTime,
        AgeClock::LastActivity => Field::ModifiedTime,
    };
    let older = Selection::less(field, cutoff);
    match &policy.filter {
        Some(filter) => filter.clone().and(older),
        None => older,
    }
}

/// A walk over every match, as far as it must be to lose nobody: an org that forgets where a scan stood is scanned anew, and
/// whoever was handed on is left out where the order tells.
pub(crate) struct Walk<'a> {
    org: &'a dyn OrgPort,
    selection: Selection,
    scan: Box<dyn Scan + 'a>,
    /// The last guest handed on, where there is an order.
    last: Option<PlanKey>,
    /// The last guest of this scan, where there is an order.
    scanned: Option<PlanKey>,
    /// Guests that this scan handed out, those of before too where it is a later one.
    met: u64,
    /// Guests that the org handed out, those that do not match included: in this scan, or with those of before where it is
    /// known whom it hands out again.
    read: u64,
    /// Is told that number after each answer.
    on_read: Option<&'a (dyn Fn(u64) + Sync)>,
    total: Total,
    new_scans: u32,
}

impl<'a> Walk<'a> {
    pub fn new(org: &'a dyn OrgPort, selection: Selection) -> Self {
        let scan = org.scan(&selection);
        Self {
            org,
            selection,
            scan,
            last: None,
            scanned: None,
            met: 0,
            read: 0,
            on_read: None,
            total: Total::Unknown,
            new_scans: 0,
        }
    }

    /// Tells after each answer how many guests this scan has read; a scan that begins again begins at none.
    pub fn telling(self, on_read: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { on_read: Some(on_read), ..self }
    }

    fn tell(&self) {
        if let Some(tell) = self.on_read {
            tell(self.read);
        }
    }

    pub fn order(&self) -> ScanOrder {
        self.scan.order()
    }

    /// The next guests, at most [`PAGE`](crate::PAGE); none at the end. Asks up to `asks` times. Without an order a guest may
    /// come again.
    ///
    /// # Errors
    /// [`Error::Incomplete`] in place of the end when the org counted guests that it did not hand out, [`Error::PageOrder`],
    /// [`Error::Org`].
    pub async fn page(&mut self, asks: u32) -> Result<Vec<Guest>, Error> {
        loop {
            let failed = |source| Error::Org { doing: "list the guests", source };
            let ScanPage { mut guests, read, total } = match self.ask(asks).await {
                Ok(Some(page)) => page,
                Ok(None) => {
                    let counted = self.total.exact().map_or(0, |total| total.saturating_sub(self.met));
                    return self.without(counted).map(|()| Vec::new());
                }
                Err(OrgError::ScanExpired) if self.new_scans < NEW_SCANS => {
                    self.new_scans += 1;
                    self.scan = self.org.scan(&self.selection);
                    (self.met, self.scanned) = (0, None);
                    if self.order() == ScanOrder::None {
                        self.read = 0;
                        self.tell();
                    }
                    continue;
                }
                Err(e) => return Err(failed(e)),
            };
            let handed_out = guests.len() as u64;
            self.met += handed_out;
            self.total = total;
            if self.order() == ScanOrder::Created {
                for guest in &guests {
                    let key = PlanKey::from(guest);
                    if self.scanned.replace(key).is_some_and(|before| before >= key) {
                        return Err(Error::PageOrder);
                    }
                }
                guests.retain(|guest| self.last.is_none_or(|last| PlanKey::from(guest) > last));
                self.last = guests.last().map(PlanKey::from).or(self.last);
            }
            self.read += read.saturating_sub(handed_out - guests.len() as u64);
            self.tell();
            if !guests.is_empty() {
                return Ok(guests);
            }
        }
    }

    /// Whether everyone was handed out whom the org counted, as far as the walk has come.
    ///
    /// # Errors
    /// [`Error::Incomplete`].
    pub fn whole(&self) -> Result<(), Error> {
        self.without(0)
    }

    async fn ask(&mut self, most: u32) -> Result<Option<ScanPage>, OrgError> {
        let mut asks = 0;
        loop {
            asks += 1;
            let answer = self.scan.next_page().await;
            let Some(pause) = pause_after(&answer, asks, most) else { return answer };
            sleep(pause).await;
        }
    }

    /// Whether nobody is missing: by what the scan says, and by what a count at its end says.
    fn without(&self, counted: u64) -> Result<(), Error> {
        match self.scan.missing().max(counted) {
            0 => Ok(()),
            missing => Err(Error::Incomplete { met: self.met, missing }),
        }
    }
}

/// Asks again while the org says that this is worth it.
pub(crate) async fn with_retries<T, F>(most: u32, ask: impl Fn() -> F) -> Result<T, OrgError>
where
    F: Future<Output = Result<T, OrgError>>,
{
    let mut asks = 0;
    loop {
        asks += 1;
        let answer = ask().await;
        let Some(pause) = pause_after(&answer, asks, most) else { return answer };
        sleep(pause).await;
    }
}

/// How long to wait before the org is asked again, where that is worth it after this answer.
fn pause_after<T>(answer: &Result<T, OrgError>, asks: u32, most: u32) -> Option<Duration> {
    match answer {
        Err(OrgError::Retry { after, .. }) if asks < most && !backoff::is_long(*after) => {
            Some(backoff::pause(asks, *after, 0))
        }
        _ => None,
    }
}
