//! What the lab leaves behind at an org, removed again: exactly the guests that this data folder's lab made.

use genesys::{Lane, Search};
use model::{AttributeKey, AttributeValue, Field, Guest, GuestId, Selection};
use serde::Serialize;

use crate::{
    App, Failure, FailureCode, Result,
    app::blocking,
    lab::notes::{ATTRIBUTE, LabNotes},
    views::{CONFIRM_OVER, ConnectionKind, count},
};

/// How often a guest who changes meanwhile is looked at again.
const LOOKS: u32 = 3;

/// What came of a clean-up so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabCleaned {
    /// Guests of this folder's lab that the org had.
    pub found: u32,
    /// Deleted now.
    pub deleted: u32,
    /// Gone before their turn came.
    pub already_gone: u32,
    /// Kept: a hold is on them, or the notes of the folder do not know their run.
    pub spared: u32,
    /// The org did not delete them.
    pub failed: u32,
    /// Not tried.
    pub remaining: u32,
}

/// What became of one guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabCleanedGuest {
    /// Who.
    pub guest_id: GuestId,
    /// `found` (in a dry run), `deleted`, `alreadyGone`, `spared`, `failed`, or `uncertain` where the org was lost before it answered.
    pub outcome: &'static str,
    /// Why they stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How a clean-up is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct LabCleaning {
    /// Only say who would go.
    pub is_dry: bool,
    /// How many guests a person has said there are.
    pub confirmed: Option<u32>,
}

impl App {
    /// Deletes the guests that this data folder's lab made at this org: those whose attribute begins with the folder's id. `each` is
    /// told the number first, then of everyone, with the counts so far. Cut off, the same call goes on with whoever is left.
    ///
    /// # Errors
    /// A read-only connection, [`FailureCode::LossNotAccepted`], [`FailureCode::ConfirmationNeeded`] for many guests of a production
    /// org: nothing was deleted then. An org that is away or does not allow it ends it; the counts are in what `each` was told last.
    /// [`FailureCode::Incomplete`] at the end where the org counts guests that it does not hand out.
    pub async fn lab_clean(
        &self,
        how: LabCleaning,
        mut each: impl FnMut(Option<&LabCleanedGuest>, &LabCleaned),
    ) -> Result<LabCleaned> {
        if !how.is_dry {
            self.may_write()?;
            self.may_delete()?;
        }
        let notes = LabNotes::at(self.0.folder.root());
        let mut so_far = LabCleaned::default();
        let read = blocking(move || Ok((notes.folder_id()?, notes.runs()?)));
        let (Some(folder), runs) = read.await? else { return Ok(so_far) };
        let begins = format!("{folder}/");
        let (guests, missing) = self.lab_guests(&begins).await?;
        so_far.found = count(guests.len() as u64);
        so_far.remaining = so_far.found;
        each(None, &so_far);
        let is_production = self.0.connection.kind == ConnectionKind::Production;
        let needs_word = is_production && so_far.found > CONFIRM_OVER && how.confirmed != Some(so_far.found);
        if needs_word && !how.is_dry {
            let message =
                format!("{} guests of a production org would be deleted; nothing was deleted.", so_far.found);
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next(format!("Confirm their number: --confirm {}.", so_far.found)));
        }
        for guest in guests {
            let guest_id = guest.id;
            let mut told = LabCleanedGuest { guest_id, outcome: "found", why: None };
            if runs.as_ref().is_some_and(|runs| !lab_value(&guest).is_some_and(|run| runs.contains(run))) {
                so_far.spared += 1;
                so_far.remaining -= 1;
                told.outcome = "spared";
                told.why =
                    Some("The run of the guest is not noted in this data folder (lab.jsonl).".to_owned());
            } else if !how.is_dry {
                let removed = self.delete_and_look(guest, &begins).await;
                let (outcome, counted) = match &removed {
                    Ok(()) => ("deleted", &mut so_far.deleted),
                    Err(failure) if failure.code == FailureCode::NotFound => {
                        ("alreadyGone", &mut so_far.already_gone)
                    }
                    Err(failure) if failure.code == FailureCode::HeldGuest => ("spared", &mut so_far.spared),
                    // It would be the same for everybody who is left.
                    Err(failure) if ends_all(failure.code) => {
                        if failure.code == FailureCode::Unreachable {
                            told.outcome = "uncertain";
                            told.why = Some(failure.message.clone());
                            each(Some(&told), &so_far);
                        }
                        return Err(failure.clone());
                    }
                    Err(_) => ("failed", &mut so_far.failed),
                };
                *counted += 1;
                so_far.remaining -= 1;
                told.outcome = outcome;
                told.why = removed.err().filter(|_| outcome != "alreadyGone").map(|failure| failure.message);
            }
            each(Some(&told), &so_far);
        }
        if missing > 0 {
            let message = format!(
                "The org counts {missing} more guests than it hands out, so some of this folder's lab may be left."
            );
            return Err(Failure::new(FailureCode::Incomplete, message));
        }
        Ok(so_far)
    }

    /// Who carries the folder's id now, and how many the org counts beside those. All of them before the first is deleted: pages
    /// that shrink meanwhile would leave some out.
    async fn lab_guests(&self, begins: &str) -> Result<(Vec<Guest>, u64)> {
        let key = AttributeKey::new(ATTRIBUTE).expect("it has letters only");
        let field = Field::Attribute(key);
        let selection = Selection::starts_with(field, begins);
        let search = Search { selection: Some(selection), with_attributes: true, ..Search::default() };
        let mut walk = self.0.org.guests.walk(Lane::Person, search);
        let mut guests = Vec::new();
        loop {
            match walk.next_page().await {
                Ok(Some(page)) => {
                    guests.extend(page.guests.into_iter().filter(|guest| is_of_lab(guest, begins)));
                }
                Ok(None) => return Ok((guests, walk.missing())),
                Err(genesys::Error::Incomplete { missing, .. }) => return Ok((guests, missing)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Deletes a guest; where the answer did not come it is looked whether they are gone.
    async fn delete_and_look(&self, guest: Guest, begins: &str) -> Result<()> {
        let id = guest.id;
        let cut = match self.delete_of_lab(guest, begins).await {
            Err(cut) if cut.code == FailureCode::Unreachable => cut,
            done => return done,
        };
        match self.guest(id).await {
            Err(failure) if failure.code == FailureCode::NotFound => Ok(()),
            _ => Err(cut),
        }
    }

    /// Deletes a guest as they were seen; one who changed meanwhile is looked at again.
    async fn delete_of_lab(&self, mut guest: Guest, begins: &str) -> Result<()> {
        for _ in 1..LOOKS {
            match self.guest_delete(guest.id, Some(guest.revision.clone())).await {
                Err(changed) if changed.code == FailureCode::Conflict => {}
                done => return done,
            }
            guest = self.guest(guest.id).await?;
            if !is_of_lab(&guest, begins) {
                let message = "Somebody took the lab's attribute off the guest meanwhile; they stay.";
                return Err(Failure::new(FailureCode::Conflict, message));
            }
        }
        self.guest_delete(guest.id, Some(guest.revision)).await
    }
}

/// Exactly this folder's, with case: what the org finds without it is another's.
fn is_of_lab(guest: &Guest, begins: &str) -> bool {
    lab_value(guest).is_some_and(|value| value.starts_with(begins))
}

fn lab_value(guest: &Guest) -> Option<&str> {
    match guest.attributes.get(ATTRIBUTE) {
        Some(AttributeValue::Text(value)) => Some(value),
        _ => None,
    }
}

fn ends_all(code: FailureCode) -> bool {
    use FailureCode as F;
    matches!(
        code,
        F::Offline
            | F::Unreachable
            | F::CredentialsRejected
            | F::Forbidden
            | F::RateLimited
            | F::ReadOnly
            | F::LossNotAccepted
            | F::DiskFull
            | F::DiskRefused
            | F::StoreDamaged
    )
}
