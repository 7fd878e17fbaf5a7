//! A store that was lost or put back: what is told of it, what is refused meanwhile, and how a person accepts it.

use model::trimmed;
use proof::{Action, AuditLog};

use crate::{
    App, Failure, FailureCode, Result,
    connection::store_floor::{Alarm, Cause, StoreFloor},
    views::{LossView, NoticeView, Topic, count},
    words::counted,
};

impl App {
    /// What was lost and no person has accepted yet.
    pub fn loss(&self) -> Option<LossView> {
        let inner = &self.0;
        let raised: Vec<(&StoreFloor, Alarm)> =
            inner.stores.floors.iter().filter_map(|floor| Some((&**floor, floor.alarm()?))).collect();
        let (_, first) = raised.iter().min_by_key(|(_, alarm)| alarm.found_at)?;
        let name = &inner.connection.name;
        // Two stores may each tell of the same holds.
        let holds = raised.iter().map(|(_, alarm)| alarm.holds).max().unwrap_or_default();
        let messages = raised.iter().map(|(_, alarm)| alarm.messages).sum();
        let uncounted = holds == 0 && raised.iter().any(|(_, alarm)| alarm.uncounted);
        // Where the audit log tells of another store, that one is named, and once.
        let lost = |floor: &'_ StoreFloor, alarm: &Alarm| {
            let contents = match (&floor.beside, alarm.cause) {
                (Some(beside), Cause::Beside) if beside.alarm().is_some() => return None,
                (Some(beside), Cause::Beside) => &beside.contents,
                _ => &floor.contents,
            };
            Some((happened(&contents.label, alarm.cause), contents.dir.clone()))
        };
        let lost = raised.iter().filter_map(|(floor, alarm)| lost(floor, alarm));
        let (told, dirs): (Vec<String>, Vec<_>) = lost.unzip();
        let named = |floor: &StoreFloor| {
            let missing = floor.missing.lock();
            missing.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let log = inner.folder.dir(&inner.connection).join(AuditLog::FILE);
        let files = dirs.into_iter().chain([log]);
        Some(LossView {
            connection: name.clone(),
            happened: told.join(" "),
            missing: missing(first, holds, messages, uncounted),
            means: "A hold that is missing keeps nobody. So nothing is deleted, by hand, by a run or by a schedule, until \
                    a person has looked and accepts the loss. Everything else goes on."
                .to_owned(),
            holds: count(holds),
            messages: count(messages),
            hold_ids: raised.iter().flat_map(|(floor, _)| named(floor)).collect(),
            known_at: first.known_at,
            found_at: first.found_at,
            files: files.map(|path| path.display().to_string()).collect(),
        })
    }

    /// A person accepts the loss: what is there now is taken for whole, and deleting is allowed again. `name` is the
    /// connection's, as they typed it. Answers what was accepted; `None` where nothing is missing.
    ///
    /// # Errors
    /// Another name, a read-only connection, or a secret store that does not take it: nothing is changed then.
    pub async fn loss_accept(&self, name: &str) -> Result<Option<LossView>> {
        let expected = &self.0.connection.name;
        if trimmed(name) != expected {
            let message = format!("must be the connection's name, {expected:?}; nothing was accepted");
            return Err(Failure::field("name", message));
        }
        // It is accepted for every connection to the org.
        self.may_write()?;
        let Some(loss) = self.loss() else { return Ok(None) };
        self.on_disk(move |app| app.0.stores.floors.iter().try_for_each(|floor| floor.may_accept())).await?;
        // First the line, then the acceptance: a kill in between leaves the alarm, and a line too many.
        let action = Action::LossAccepted { holds: loss.holds.into(), messages: loss.messages.into() };
        let is_recorded = self.record(None, action).await.is_some();
        let now = self.0.clock.now();
        self.on_disk(move |app| app.0.stores.floors.iter().try_for_each(|f| f.accept(now, is_recorded)))
            .await?;
        tracing::warn!("a person accepted that a store was lost or put back");
        self.0.notices.status_changed();
        self.0.notices.stale(Topic::Retention);
        Ok(Some(loss))
    }

    /// Refuses to delete anybody while a loss is not accepted.
    pub(crate) fn may_delete(&self) -> Result<()> {
        let Some(loss) = self.loss() else { return Ok(()) };
        let LossView { connection, happened, missing, .. } = loss;
        let message = format!("Nothing is deleted: {happened} {missing}");
        Err(Failure::new(FailureCode::LossNotAccepted, message).with_next(format!(
            "See what is missing with `innkeeper recover`; a person may then accept it: innkeeper recover --accept \
             {connection:?}."
        )))
    }

    /// What a person is told at every opening and on every screen until they accept it.
    pub(crate) fn loss_notice(&self) -> Option<NoticeView> {
        let LossView { connection, happened, missing, means, found_at, .. } = self.loss()?;
        Some(NoticeView {
            id: format!("loss-{connection}-{}", found_at.timestamp()),
            title: "Holds or messages may be missing".to_owned(),
            message: format!("{happened} {missing} {means} See `innkeeper recover`."),
            paths: Vec::new(),
        })
    }

    /// What a person is told when the secret store does not remember the store.
    pub(crate) fn floor_notice(&self) -> Option<NoticeView> {
        let why = self.0.stores.floors.iter().find_map(|floor| floor.refusal())?;
        Some(NoticeView {
            id: format!("floor-refused-{}", self.0.connection.name),
            title: "The secret store does not remember this store".to_owned(),
            message: format!(
                "It did not take or give how far the store has come: {why}. Everything works; but should the store be lost \
                 or an older one put back, only the audit log may tell."
            ),
            paths: Vec::new(),
        })
    }

    /// Remembers how far the stores have come. What goes on in the background while the program stays.
    pub(crate) async fn keep_floors(&self) {
        // With the app itself: whoever opens the connection again waits until the store is free.
        let now = self.0.clock.now();
        let kept = self.on_disk(move |app| {
            app.0.stores.floors.iter().for_each(|floor| floor.keep(now));
            Ok(())
        });
        if let Err(failure) = kept.await {
            tracing::error!(message = failure.message, "how far the store has come was not kept");
        }
    }
}

/// A sentence about one store.
fn happened(store: &str, cause: Cause) -> String {
    match cause {
        Cause::Gone => format!("The {store} was lost: the one that is there is new."),
        Cause::Older | Cause::Beside => {
            format!("The {store} is not as new as it was: an older copy was put back, or its end is gone.")
        }
        Cause::Damaged => format!("The {store} was damaged, and changes of it are lost."),
        Cause::Differs => format!("The {store} does not hold what it held when it was closed."),
        Cause::Unreadable => {
            format!("What was remembered of the {store} cannot be read, so it may be an older one.")
        }
    }
}

fn missing(alarm: &Alarm, holds: u64, messages: u64, uncounted: bool) -> String {
    let known = alarm.known_at.map(|at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    let parts = [(holds, "hold", "holds"), (messages, "waiting message", "waiting messages")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| counted(n, one, many)).collect();
    let more = "Policies, schedules and what else was changed last may be missing too.";
    let is = if holds + messages == 1 { "is" } else { "are" };
    let unknown = "How many holds are missing is not known.";
    match (parts.as_slice(), known) {
        ([], Some(_)) if uncounted => format!("{unknown} {more}"),
        (parts, _) if uncounted && messages > 0 => {
            format!("{unknown} {} {is} missing. {more}", parts.join(" and "))
        }
        ([], None) => format!("How many holds and waiting messages are missing is not known. {more}"),
        ([], Some(at)) => format!(
            "There are no fewer holds and waiting messages than at {at}, but they may be others. {more}"
        ),
        (parts, None) => format!("{} {is} missing. {more}", parts.join(" and ")),
        (parts, Some(at)) => {
            format!("{} {is} missing, of what was there at {at}. {more}", parts.join(" and "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_not_called_whole_where_nothing_tells_how_many_holds_there_were() {
        let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let alarm = Alarm {
            found_at: at,
            cause: Cause::Gone,
            holds: 0,
            messages: 0,
            known_at: Some(at),
            uncounted: true,
        };
        assert!(missing(&alarm, 0, 0, true).starts_with("How many holds are missing is not known. Policies"));
        let messages = missing(&alarm, 0, 2, true);
        assert!(messages.contains("is not known. 2 waiting messages are missing."), "{messages}");
        assert!(missing(&alarm, 1, 0, false).starts_with("1 hold is missing, of what was there at"));
    }
}
