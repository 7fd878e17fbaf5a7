use crate::{
    Cursor, Error, OrgPort, Plan, PlanLine,
    plan::{Walk, query},
};

use super::ledger::{Ledger, LineState};

/// Walks the org again with the plan's filter and cut-off and looks for guests that the ledger counts as deleted or
/// gone. Walk and plan have the same order, so they are merged as they stream, and the walk ends behind the last such
/// guest: after a capped run it does not list what is left.
pub(super) async fn verify(
    org: &dyn OrgPort,
    plan: &Plan,
    ledger: &Ledger,
    asks: u32,
) -> Result<bool, Error> {
    let header = plan.header();
    let gone = |line| matches!(ledger.line(line), LineState::Deleted | LineState::AlreadyGone);
    let mut lines = (0..ledger.gone_until()).zip(plan.lines()?);
    let mut walk = Walk::new(org, query(&header.policy, header.cutoff));
    let mut next = next_gone(&mut lines, gone)?;
    while next.is_some() {
        let guests = walk.page(asks).await?;
        if guests.is_empty() {
            return Ok(true);
        }
        for guest in &guests {
            let here = Cursor::from(guest);
            while next.as_ref().is_some_and(|line| line.cursor() < here) {
                next = next_gone(&mut lines, gone)?;
            }
            if next.as_ref().is_some_and(|line| line.id == guest.id) {
                return Ok(false);
            }
        }
    }
    // A page with a hole may hide whom we look for.
    walk.whole().map(|()| true)
}

fn next_gone(
    lines: &mut impl Iterator<Item = (u64, Result<PlanLine, Error>)>,
    gone: impl Fn(u64) -> bool,
) -> Result<Option<PlanLine>, Error> {
    lines.find(|(number, line)| line.is_err() || gone(*number)).map(|(_, line)| line).transpose()
}
