//! What a damaged store is told as.

use store::Recovery;

use crate::{views::NoticeView, words::counted};

/// What the person is told of what opening a store found, and of what it did about it; `None` when nothing was damaged.
pub(crate) fn notice(recovery: &Recovery, connection: &str) -> Option<NoticeView> {
    if recovery.changes_lost == 0 && recovery.set_aside.is_empty() {
        return None;
    }
    let paths: Vec<String> = recovery.set_aside.iter().map(|p| p.display().to_string()).collect();
    let lost = match (recovery.changes_lost, recovery.loss_is_estimated) {
        (0, _) => "Everything in it could be read and is in its place; nothing is lost.".to_owned(),
        (n, false) => {
            let changes = counted(n, "change could not be read and is", "changes could not be read and are");
            format!("{changes} lost; everything else is in its place.")
        }
        (n, true) => format!(
            "At least {n} of the last changes could not be read and are lost; what was read is in its place. Look \
             through the outbox and the newest messages."
        ),
    };
    let kept = if paths.is_empty() { "" } else { " The damaged files are kept." };
    Some(NoticeView {
        id: format!("damage {connection} {}", paths.join(" ")),
        title: "The data folder was damaged".to_owned(),
        message: format!("The store of the connection {connection:?} was damaged. {lost}{kept}"),
        paths,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl Fn(&mut Recovery)) -> Option<NoticeView> {
        let mut recovery = Recovery::default();
        change(&mut recovery);
        notice(&recovery, "story")
    }

    #[test]
    fn a_sound_store_says_nothing() {
        assert_eq!(told(|_| {}), None);
    }

    #[test]
    fn damage_is_told_with_its_count_and_where_the_files_are_kept() {
        let aside =
            |recovery: &mut Recovery| recovery.set_aside = vec!["/data/store.damaged-20261122".into()];
        let told_of = |changes_lost, estimated| {
            let notice = told(|recovery| {
                aside(recovery);
                (recovery.changes_lost, recovery.loss_is_estimated) = (changes_lost, estimated);
            });
            notice.unwrap().message
        };
        assert!(told_of(0, false).contains("nothing is lost"));
        assert!(told_of(3, false).contains("3 changes could not be read"));
        assert!(told_of(2, true).contains("At least 2 of the last changes"));
        for message in [told_of(0, false), told_of(1, false), told_of(2, true)] {
            assert!(message.ends_with(" The damaged files are kept."), "{message}");
        }
        assert_eq!(told(aside).unwrap().paths, ["/data/store.damaged-20261122"]);
    }
}
