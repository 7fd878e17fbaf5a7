//! Holds that earlier versions kept in a connection's own store become holds of the org.

use store::Batch;

use super::{Hold, Holds};
use crate::Error;

/// Holds written in one batch at most: a batch has a largest size, and a hold may have about 5 KiB.
const AT_ONCE: usize = 200;

impl Holds {
    /// Takes over holds that lay elsewhere; answers how many are new. Each is taken over once: taken again it is the same
    /// hold, and one that a person removed meanwhile stays removed. Blocking.
    ///
    /// # Errors
    /// [`Error::HoldExists`] when an id names another hold here, [`Error::Holds`]. What was taken over by then stays.
    pub fn take_over(&self, holds: Vec<Hold>) -> Result<usize, Error> {
        let _writing = self.writing();
        let failed = |source| Error::Holds { doing: "take over", source };
        let mut all = self.now().list().to_vec();
        let (mut new, mut batch, mut waiting) = (0, Batch::new(), 0);
        for hold in holds {
            if self.taken.holds.get(&hold.id.0).map_err(failed)?.is_some() {
                continue;
            }
            batch.put(&self.taken.holds, &hold.id.0, &true).map_err(failed)?;
            match all.iter().find(|known| known.id == hold.id) {
                Some(known) if *known == hold => {}
                Some(_) => return Err(Error::HoldExists(hold.id)),
                None => {
                    self.put(&mut batch, &hold).map_err(failed)?;
                    all.push(hold);
                    new += 1;
                }
            }
            waiting += 1;
            if waiting == AT_ONCE {
                self.commit(std::mem::take(&mut batch), all.clone()).map_err(failed)?;
                waiting = 0;
            }
        }
        if waiting > 0 {
            self.commit(batch, all).map_err(failed)?;
        }
        Ok(new)
    }

    /// What was noted when this folder had been taken over to its end; `None` while it has not been.
    ///
    /// # Errors
    /// [`Error::Holds`].
    pub fn folder_taken(&self, folder: &str) -> Result<Option<String>, Error> {
        let failed = |source| Error::Holds { doing: "read", source };
        self.taken.folders.get(&folder.to_owned()).map_err(failed)
    }

    /// Notes that everything in this folder has been taken over. Blocking.
    ///
    /// # Errors
    /// [`Error::Holds`].
    pub fn note_folder_taken(&self, folder: &str, note: &str) -> Result<(), Error> {
        let failed = |source| Error::Holds { doing: "take over", source };
        if self.folder_taken(folder)?.as_deref() == Some(note) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(&self.taken.folders, &folder.to_owned(), &note.to_owned()).map_err(failed)?;
        let all = self.now().list().to_vec();
        self.commit(batch, all).map_err(failed)
    }
}
