use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use model::{Guest, GuestId};
use proof::{CertifiedOutcome, RunState, SpareReason};
use tokio::{sync::watch, time::Instant};

use super::{
    Batch, Outcome, Run, RunInfo,
    control::{Request, Wanted},
    journal::{End, Record, SLICE},
    pacing::Pacing,
    slice::{DueLine, Halt, Slice},
    verify::verify,
};
use crate::{
    Error, Facts, OpenConversations, OrgAbilities, OrgError, OrgPort, PAGE, PlanLine,
    backoff::{self, LIST_ASKS},
    decide, held,
    plan::with_retries,
};

/// Which lines a pass over the plan takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Due and without an outcome.
    Remaining,
    /// Failed before, in this activation or an earlier one: once more.
    Failed,
}

impl Run {
    /// Carries the run out until it is finished, paused, cancelled, at its cap or stopped by the org; then asks the org
    /// again whether the guests are really gone. Dropping the future is as safe as a kill: the run is interrupted and
    /// can be resumed.
    ///
    /// # Errors
    /// [`Error::Journal`] or [`Error::File`] when the disk fails; the run can be resumed when it works again. Whatever
    /// the org says is not an error but in what the run came to.
    pub async fn execute(mut self, org: &dyn OrgPort) -> Result<RunInfo, Error> {
        let over = {
            let progress = self.progress.borrow();
            progress.ledger.is_over().then(|| progress.info())
        };
        if let Some(info) = over {
            return Ok(info);
        }
        let before = self.progress.borrow().counts().deleted;
        let mut activation = Activation {
            requested: self.control.0.subscribe(),
            before,
            pacing: Pacing::default(),
            batches: 0,
            unsaved: Vec::new(),
        };
        let mut halt = self.pass(&mut activation, Pass::Remaining, org).await?;
        if halt.is_none() {
            halt = self.pass(&mut activation, Pass::Failed, org).await?;
        }
        self.finish(halt, org).await
    }

    async fn finish(mut self, halt: Option<Halt>, org: &dyn OrgPort) -> Result<RunInfo, Error> {
        // Whoever asked for a stop gets one look, not a string of retries.
        let asks = if matches!(halt, None | Some(Halt::Cap)) { LIST_ASKS } else { 1 };
        let ledger = self.progress.borrow().ledger.clone();
        let now = self.clock.now();
        // An org that asked for hours is not asked again now.
        let checked = match halt {
            Some(Halt::Later { .. }) => Ok(false),
            _ => verify(org, &self.plan, &ledger, asks).await,
        };
        let checks_later = checked.as_ref().err().and_then(asks_for_hours);
        let halt = match (halt, checks_later) {
            // Nothing is left but this look, which is made when the org takes calls again.
            (None, Some(after)) => Some(Halt::Later { after }),
            (halt, _) => halt,
        };
        let goes_on_at = match halt {
            Some(Halt::Later { after }) => Some(later(now, after)),
            _ => None,
        };
        let is_over = (ledger.counts.remaining, ledger.counts.failed) == (0, 0);
        let refused = matches!(halt, Some(Halt::Stopped { refused: true, .. }));
        let (state, mut why) = match halt {
            Some(Halt::Cancelled) => (RunState::Cancelled, None),
            Some(Halt::Stopped { why, .. }) => (RunState::Failed, Some(why)),
            Some(Halt::Later { .. }) => (RunState::Paused, Some(no_calls_until(goes_on_at.unwrap_or(now)))),
            Some(Halt::Paused) if !is_over => (RunState::Paused, None),
            Some(Halt::Cap) if ledger.counts.remaining > 0 => {
                let max = ledger.options.max.unwrap_or_default();
                (RunState::Paused, Some(format!("the cap of {max} deletes was reached")))
            }
            None | Some(Halt::Paused | Halt::Cap) => (RunState::Finished, None),
        };
        let verified = match checked {
            Ok(verified) => verified,
            Err(e @ (Error::Org { .. } | Error::PageOrder | Error::Incomplete { .. })) => {
                let cause = match checks_later {
                    Some(after) => no_calls_until(later(now, after)),
                    None => std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string),
                };
                let unchecked = format!("it could not be checked at the end whether all are gone: {cause}");
                why = Some(match why {
                    // Both are one cause.
                    Some(why) if goes_on_at.is_some() => {
                        format!("{why}; it is checked then whether all are gone")
                    }
                    // What stopped the run stops the look, too.
                    Some(why) if state == RunState::Failed => why,
                    Some(why) => format!("{why}; {unchecked}"),
                    None => unchecked,
                });
                false
            }
            Err(e) => return Err(e),
        };
        let end = End { state, verified, refused, why, goes_on_at, at: self.clock.now() };
        self.journal.append(vec![Record::End(end.clone())]).await?;
        self.progress.send_modify(|progress| {
            progress.ledger.end = Some(end);
            progress.is_running = false;
            progress.batch = None;
        });
        let info = self.progress.borrow().info();
        Ok(info)
    }

    /// One pass over the plan, batch by batch.
    async fn pass(
        &mut self,
        act: &mut Activation,
        pass: Pass,
        org: &dyn OrgPort,
    ) -> Result<Option<Halt>, Error> {
        let mut lines = (0..).zip(self.plan.lines()?);
        let abilities = org.abilities();
        loop {
            let size = act.batch_size(&abilities);
            let mut batch: Vec<(u64, PlanLine)> = Vec::with_capacity(size);
            while batch.len() < size
                && let Some((number, line)) = lines.next()
            {
                use CertifiedOutcome as O;
                let line = line?;
                let outcome = self.progress.borrow().ledger.line(number);
                let wanted = match pass {
                    Pass::Remaining => line.due && outcome == O::Remaining,
                    Pass::Failed => matches!(outcome, O::Failed | O::FailedPerhaps),
                };
                if wanted {
                    batch.push((number, line));
                }
            }
            if batch.is_empty() {
                return Ok(None);
            }
            if let Some(halt) = act.halt(self.left(act)) {
                return Ok(Some(halt));
            }
            act.batches += 1;
            let now = Batch { number: act.batches, guests: batch.len() as u64 };
            self.progress.send_modify(|p| p.batch = Some(now));
            if let Some(halt) = self.batch(act, batch, org).await? {
                return Ok(Some(halt));
            }
        }
    }

    async fn batch(
        &mut self,
        act: &mut Activation,
        batch: Vec<(u64, PlanLine)>,
        org: &dyn OrgPort,
    ) -> Result<Option<Halt>, Error> {
        let (due, looked_at) = match self.look_again(act, batch, org).await? {
            Ok(looked) => looked,
            Err(halt) => return Ok(Some(halt)),
        };
        let mut halt = None;
        for due in due.chunks(slice_size(&org.abilities())) {
            halt = act.halt(self.left(act));
            if halt.is_some() {
                break;
            }
            // What is known goes to the disk together with the intent: one write, before the first delete leaves.
            let mut records = std::mem::take(&mut act.unsaved);
            records.push(Record::Intent { lines: due.iter().map(|d| d.line).collect() });
            self.journal.append(records).await?;
            let slice = Slice {
                org,
                abilities: org.abilities(),
                due,
                looked_at,
                requested: act.requested.clone(),
                progress: &self.progress,
                cap: self.left(act),
            };
            let done = slice.run(&mut act.pacing).await;
            act.note(&done.outcomes);
            if !done.withdrawn.is_empty() {
                act.unsaved.push(Record::Withdrawn { lines: done.withdrawn });
            }
            halt = done.halt;
            if halt.is_some() {
                break;
            }
        }
        self.journal.append(std::mem::take(&mut act.unsaved)).await?;
        Ok(halt)
    }

    /// Deletes this activation may still make.
    fn left(&self, act: &Activation) -> Option<u64> {
        let progress = self.progress.borrow();
        let deleted = progress.counts().deleted.saturating_sub(act.before);
        progress.ledger.options.max.map(|max| max.saturating_sub(deleted))
    }

    /// Asks the org how the guests of the batch are now, settles those that must not go or are gone, and returns the
    /// rest, and when the org was asked for them.
    async fn look_again(
        &mut self,
        act: &mut Activation,
        batch: Vec<(u64, PlanLine)>,
        org: &dyn OrgPort,
    ) -> Result<Result<(Vec<DueLine>, Instant), Halt>, Error> {
        let header = self.plan.header();
        let policy = &header.policy;
        let ids: Vec<GuestId> = batch.iter().map(|(_, line)| line.id).collect();
        let facts = async {
            let open = match policy.spare_open_conversations {
                true => act.ask(|| org.open_conversations(&ids)).await?,
                false => OpenConversations::default(),
            };
            let matching = match &policy.filter {
                Some(filter) => act.ask(|| org.matching(&ids, filter)).await?,
                None => ids.iter().copied().collect(),
            };
            // After all other questions, so that whoever was changed or deleted meanwhile, perhaps by a request of ours that was
            // thought lost, is seen as that and not as spared.
            let guests = act.ask(|| org.fetch(&ids)).await?;
            let looked_at = Instant::now();
            let guests: HashMap<GuestId, Guest> = guests.into_iter().map(|g| (g.id, g)).collect();
            // Last, so that a hold is missed by as little as can be.
            let holds = org.holds();
            let there: Vec<GuestId> = ids.iter().copied().filter(|id| guests.contains_key(id)).collect();
            let held = act.ask(|| held(org, &holds, &there)).await?;
            Ok((guests, open, matching, held, looked_at))
        };
        let (guests, open, matching, held, looked_at) = match facts.await {
            Ok(facts) => facts,
            Err(halt) => return Ok(Err(halt)),
        };
        let undelivered = org.with_undelivered(&ids);
        let mut settled = Vec::new();
        let mut due = Vec::new();
        for (line, planned) in batch {
            let in_doubt = self.progress.borrow().ledger.in_doubt(line);
            let Some(guest) = guests.get(&planned.id) else {
                let gone = if in_doubt { Outcome::Deleted { inferred: true } } else { Outcome::AlreadyGone };
                settled.push((line, gone));
                continue;
            };
            let facts = Facts {
                open_conversation: open.open.contains(&guest.id),
                unclear_conversation: open.unclear.contains(&guest.id),
                undelivered: undelivered.contains(&guest.id),
                matching: matching.contains(&guest.id),
            };
            let why = match held.contains(&guest.id) {
                true => Some(SpareReason::Hold),
                false => {
                    decide::reasons(policy, header.cutoff, guest, facts, guest.revision != planned.revision)
                        .into_iter()
                        .next()
                }
            };
            match why {
                Some(why) => settled.push((line, Outcome::Spared { why })),
                None => due.push(DueLine { line, guest: planned, in_doubt }),
            }
        }
        self.progress.send_modify(|progress| {
            settled.iter().for_each(|(line, outcome)| progress.settle(*line, outcome));
        });
        act.note(&settled);
        Ok(Ok((due, looked_at)))
    }
}

/// Deletes that are written down together before they leave: at least what the org takes in one call.
fn slice_size(org: &OrgAbilities) -> usize {
    SLICE.max(org.remove_at_once.min(PAGE))
}

/// The wait of an hour or more for which the org asked in place of an answer.
fn asks_for_hours(error: &Error) -> Option<Duration> {
    match error {
        Error::Org { source: OrgError::Retry { after, .. }, .. } => {
            after.filter(|after| backoff::is_long(Some(*after)))
        }
        _ => None,
    }
}

fn no_calls_until(until: DateTime<Utc>) -> String {
    format!("the org takes no more calls until {}", until.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// When a run goes on that the org asked to wait.
fn later(now: DateTime<Utc>, after: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(after).ok().and_then(|after| now.checked_add_signed(after)).unwrap_or(now)
}

/// One start or resume, up to its end.
struct Activation {
    requested: watch::Receiver<Request>,
    /// Deletes before it began; the cap counts from here.
    before: u64,
    pacing: Pacing,
    batches: u64,
    /// Outcomes that are known but not in the journal yet.
    unsaved: Vec<Record>,
}

impl Activation {
    /// Under a slow pace a batch is what leaves in a minute, so that the look at its guests is never much older. Where the org
    /// does not refuse the delete of a guest who changed, the look is right before each slice.
    fn batch_size(&self, org: &OrgAbilities) -> usize {
        let most = if org.conditional_removal { PAGE } else { slice_size(org) };
        let pace = self.requested.borrow().pace;
        pace.and_then(|pace| usize::try_from(pace.get()).ok()).map_or(most, |pace| pace.min(most))
    }

    fn halt(&self, left: Option<u64>) -> Option<Halt> {
        Halt::requested(&self.requested.borrow()).or_else(|| (left == Some(0)).then_some(Halt::Cap))
    }

    fn note(&mut self, outcomes: &[(u64, Outcome)]) {
        self.unsaved.extend(outcomes.chunks(SLICE).map(|part| Record::Settled { outcomes: part.to_vec() }));
    }

    /// Asks the org for a list, again where that is worth it; a person's request to stop cuts in at once.
    async fn ask<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Halt>
    where
        F: Future<Output = Result<T, OrgError>>,
    {
        let mut requested = self.requested.clone();
        tokio::select! {
            answer = with_retries(LIST_ASKS, ask) => answer.map_err(|e| match e {
                OrgError::Retry { after: Some(after), .. } if backoff::is_long(Some(after)) => {
                    Halt::Later { after }
                }
                e => Halt::Stopped { why: e.to_string(), refused: matches!(e, OrgError::Stop { .. }) },
            }),
            halt = stop_requested(&mut requested) => Err(halt),
        }
    }
}

/// Waits until a person wants the run to stop.
async fn stop_requested(requested: &mut watch::Receiver<Request>) -> Halt {
    let halt = requested
        .wait_for(|requested| requested.wanted != Wanted::Go)
        .await
        .ok()
        .and_then(|requested| Halt::requested(&requested));
    match halt {
        Some(halt) => halt,
        // Nobody is left who could want it.
        None => std::future::pending().await,
    }
}
