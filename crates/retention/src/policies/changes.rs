use super::{
    NamedPolicy,
    strength::{Change, differences},
};

/// Everything that differs, in the order of the screen.
#[must_use]
pub fn changes(old: &NamedPolicy, new: &NamedPolicy) -> Vec<Change> {
    let text =
        |field, before: &str, after: &str| Change::of(field, before.to_owned(), after.to_owned(), false);
    let pace = |policy: &NamedPolicy| policy.pace.map_or("none".to_owned(), |n| format!("{n} a minute"));
    let mut all: Vec<Change> = text("name", &old.name, &new.name).into_iter().collect();
    all.extend(differences(&old.strength(), &new.strength()));
    if old.schedule.cron() != new.schedule.cron() {
        let time = |policy: &NamedPolicy| format!("{} ({})", policy.schedule.cron(), policy.schedule.zone());
        all.extend(Change::of("schedule", time(old), time(new), false));
    }
    all.extend(text("zone", old.schedule.zone(), new.schedule.zone()));
    all.extend(Change::of("pace", pace(old), pace(new), false));
    all
}
