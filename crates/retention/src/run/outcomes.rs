//! The list of what became of each guest of a run, as screens and scripts page through it.

use std::{collections::HashMap, path::Path};

use proof::RunId;
use store::Store;

use super::{
    GuestOutcome, Outcome,
    folder::RunFolder,
    journal::{Record, RunJournal},
};
use crate::{Error, Plan, PlanLine, open_plan};

/// A part of a run's guests with their outcomes, in the order of the plan. Plan and journal are streamed, so memory grows
/// with `limit` only. Blocking.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::PlanChanged`], [`Error::File`], [`Error::Journal`].
pub fn outcomes(
    store: &Store,
    runs_dir: &Path,
    run: &RunId,
    offset: u64,
    limit: usize,
) -> Result<Vec<GuestOutcome>, Error> {
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    let end = offset.saturating_add(limit as u64);
    let mut known: HashMap<u64, Outcome> = HashMap::new();
    for_each_settled(store, &folder, run, |line, outcome| {
        if (offset..end).contains(&line) {
            known.insert(line, outcome);
        }
    })?;
    let plan = own_plan(store, &folder, run)?;
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let lines = (0..).zip(plan.lines()?).skip(skip).take(limit);
    lines
        .map(|(number, line)| {
            let line = line?;
            Ok(told(number, &line, known.remove(&number)))
        })
        .collect()
}

/// As [`outcomes`], of those guests only whose outcome is wanted (`None` while the guest remains), and how many these are in
/// all. A byte of memory a guest of the plan. Blocking.
///
/// # Errors
/// As [`outcomes`].
pub fn outcomes_where(
    store: &Store,
    runs_dir: &Path,
    run: &RunId,
    wanted: impl Fn(Option<&Outcome>) -> bool,
    offset: u64,
    limit: usize,
) -> Result<(Vec<GuestOutcome>, u64), Error> {
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    let plan = own_plan(store, &folder, run)?;
    let shape = |why| Error::JournalShape { run: run.clone(), why };
    let lines =
        usize::try_from(plan.total()).map_err(|_| shape("it counts more guests than fit in memory"))?;
    // By line: whether its newest outcome is wanted; unknown while there is none.
    let mut is_wanted: Vec<Option<bool>> = vec![None; lines];
    for_each_settled(store, &folder, run, |line, outcome| {
        if let Some(slot) = usize::try_from(line).ok().and_then(|n| is_wanted.get_mut(n)) {
            *slot = Some(wanted(Some(&outcome)));
        }
    })?;
    let mut part: Vec<(u64, PlanLine)> = Vec::new();
    let mut total = 0;
    for ((number, line), settled) in (0..).zip(plan.lines()?).zip(is_wanted) {
        let line = line?;
        let is_wanted = settled.unwrap_or_else(|| wanted(spared_by_plan(&line).as_ref()));
        if is_wanted {
            if total >= offset && part.len() < limit {
                part.push((number, line));
            }
            total += 1;
        }
    }
    let mut known: HashMap<u64, Outcome> = HashMap::new();
    if let (Some((first, _)), Some((last, _))) = (part.first(), part.last()) {
        for_each_settled(store, &folder, run, |line, outcome| {
            if (*first..=*last).contains(&line) && wanted(Some(&outcome)) {
                known.insert(line, outcome);
            }
        })?;
    }
    let told = part.into_iter().map(|(number, line)| told(number, &line, known.remove(&number)));
    Ok((told.collect(), total))
}

/// The run's copy of its plan: whole, and the one that the journal names.
fn own_plan(store: &Store, folder: &RunFolder, run: &RunId) -> Result<Plan, Error> {
    let plan = open_plan(&folder.plan())?;
    match RunJournal::read(folder, run, store)?.next().transpose()? {
        Some(Record::Start(start)) if start.plan == plan.id() => Ok(plan),
        _ => {
            let why = "it is not the plan that this run was started with".to_owned();
            Err(Error::PlanChanged { path: folder.plan(), line: None, why })
        }
    }
}

fn for_each_settled(
    store: &Store,
    folder: &RunFolder,
    run: &RunId,
    mut each: impl FnMut(u64, Outcome),
) -> Result<(), Error> {
    for record in RunJournal::read(folder, run, store)? {
        if let Record::Settled { outcomes } = record? {
            outcomes.into_iter().for_each(|(line, outcome)| each(line, outcome));
        }
    }
    Ok(())
}

fn spared_by_plan(line: &PlanLine) -> Option<Outcome> {
    line.why.map(|why| Outcome::Spared { why })
}

fn told(number: u64, line: &PlanLine, outcome: Option<Outcome>) -> GuestOutcome {
    GuestOutcome {
        line: number,
        id: line.id,
        created_time: line.created_time,
        modified_time: line.modified_time,
        outcome: outcome.or_else(|| spared_by_plan(line)),
    }
}
