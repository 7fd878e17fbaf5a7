use model::ScanOrder;

use crate::{
    Error, OrgPort, Plan, PlanLine, PlanLines,
    plan::{PlanKey, SortedRows, Walk, query},
};

use super::ledger::Ledger;

/// Walks the org again with the plan's selection and cut-off and looks for guests that the ledger counts as deleted or gone.
/// Walk and plan have the same order, so they are merged as they stream, and the walk ends behind the last such guest: after
/// a capped run it does not list what is left. Without an order the walk goes to its end and is sorted on disk first.
pub(super) async fn verify(
    org: &dyn OrgPort,
    plan: &Plan,
    ledger: &Ledger,
    asks: u32,
) -> Result<bool, Error> {
    let header = plan.header();
    let mut gone = Gone::new(plan, ledger)?;
    let mut walk = Walk::new(org, query(&header.policy, header.cutoff));
    let mut unsorted = (walk.order() == ScanOrder::None)
        .then(|| SortedRows::new(plan.path().parent().unwrap_or(plan.path())));
    while !gone.is_over() {
        let guests = walk.page(asks).await?;
        if guests.is_empty() {
            break;
        }
        for guest in &guests {
            match &mut unsorted {
                Some(rows) => rows.push(PlanLine::new(guest, None))?,
                None if gone.has(PlanKey::from(guest))? => return Ok(false),
                None => {}
            }
        }
    }
    // A page with a hole may hide whom we look for; without an order the walk has come to its end, which tells of holes.
    let Some(rows) = unsorted else { return walk.whole().map(|()| true) };
    for row in rows.finish()? {
        if gone.has(row?.key())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The lines of the plan whose guests must not be listed any more, in the order of the plan.
struct Gone<'a> {
    lines: std::iter::Zip<std::ops::Range<u64>, PlanLines>,
    ledger: &'a Ledger,
    next: Option<PlanKey>,
}

impl<'a> Gone<'a> {
    fn new(plan: &Plan, ledger: &'a Ledger) -> Result<Self, Error> {
        let mut gone = Self { lines: (0..ledger.gone_until()).zip(plan.lines()?), ledger, next: None };
        gone.advance()?;
        Ok(gone)
    }

    fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Whether the guest at this place is one of them. Places are asked for in order.
    fn has(&mut self, here: PlanKey) -> Result<bool, Error> {
        while self.next.is_some_and(|next| next < here) {
            self.advance()?;
        }
        Ok(self.next == Some(here))
    }

    fn advance(&mut self) -> Result<(), Error> {
        let ledger = self.ledger;
        let next = self.lines.find(|(number, line)| line.is_err() || ledger.is_gone(*number));
        self.next = next.map(|(_, line)| line).transpose()?.map(|line| line.key());
        Ok(())
    }
}
