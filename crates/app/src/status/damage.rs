//! What a damaged store is told as.

use std::path::PathBuf;

use store::Store;

use crate::{views::NoticeView, words::counted};

/// What opening the store found and what it did about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Acknowledged changes that could not be brought back.
    pub(crate) changes_lost: u64,
    /// Whether that number is only what is known.
    pub(crate) estimated: bool,
    /// Where the damaged files are kept.
    pub(crate) set_aside: Vec<PathBuf>,
}

impl Damage {
    pub(crate) fn of(store: &Store) -> Self {
        let recovery = store.recovery();
        Self {
            changes_lost: recovery.changes_lost,
            estimated: recovery.loss_is_estimated,
            set_aside: recovery.set_aside.clone(),
        }
    }

    /// What the person is told; `None` when nothing was damaged.
    pub(crate) fn notice(&self, connection: &str) -> Option<NoticeView> {
        if self.changes_lost == 0 && self.set_aside.is_empty() {
            return None;
        }
        let paths: Vec<String> = self.set_aside.iter().map(|p| p.display().to_string()).collect();
        let lost = match (self.changes_lost, self.estimated) {
            (0, _) => "Everything in it could be read and is in its place; nothing is lost.".to_owned(),
            (n, false) => {
                let changes =
                    counted(n, "change could not be read and is", "changes could not be read and are");
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_store_says_nothing() {
        assert_eq!(Damage::default().notice("story"), None);
    }

    #[test]
    fn damage_is_told_with_its_count_and_where_the_files_are_kept() {
        let aside = vec![PathBuf::from("/data/store.damaged-20261122")];
        let told = |changes_lost, estimated| {
            let damage = Damage { changes_lost, estimated, set_aside: aside.clone() };
            damage.notice("story").unwrap().message
        };
        assert!(told(0, false).contains("nothing is lost"));
        assert!(told(3, false).contains("3 changes could not be read"));
        assert!(told(2, true).contains("At least 2 of the last changes"));
        for message in [told(0, false), told(1, false), told(2, true)] {
            assert!(message.ends_with(" The damaged files are kept."), "{message}");
        }
        let damage = Damage { set_aside: aside, ..Damage::default() };
        assert_eq!(damage.notice("story").unwrap().paths, ["/data/store.damaged-20261122"]);
    }
}
