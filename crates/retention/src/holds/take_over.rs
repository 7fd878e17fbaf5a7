//! Holds that earlier versions kept in a connection's own store become holds of the org.

use store::Batch;

use super::{Hold, Holds, table::failed};
use crate::Error;

/// Holds written in one batch at most: a batch has a largest size, and a hold may have about 5 KiB.
const AT_ONCE: usize = 200;

impl Holds {
    /// Takes over holds that lay elsewhere; answers how many are new. Each is taken over once: taken again it is the same
    /// hold, and one that a person removed meanwhile stays removed. Blocking.
    ///
    /// # Errors
    /// [`Error::HoldExists`] when an id names another hold here, [`Error::Table`]. What was taken over by then stays.
    pub fn take_over(&self, holds: &[Hold]) -> Result<usize, Error> {
        let _writing = self.writing();
        let failed = failed("take over");
        let mut all = self.now().list().to_vec();
        let mut new = 0;
        for part in holds.chunks(AT_ONCE) {
            let (mut batch, mut is_empty) = (Batch::new(), true);
            for hold in part {
                if self.taken.get(&hold.id.0).map_err(&failed)?.is_some() {
                    continue;
                }
                is_empty = false;
                batch.put(&self.taken, &hold.id.0, &true).map_err(&failed)?;
                match all.iter().find(|known| known.id == hold.id) {
                    Some(known) if known == hold => {}
                    Some(_) => return Err(Error::HoldExists(hold.id)),
                    None => {
                        self.put(&mut batch, hold).map_err(&failed)?;
                        all.push(hold.clone());
                        new += 1;
                    }
                }
            }
            if !is_empty {
                self.commit(batch, all.clone()).map_err(&failed)?;
            }
        }
        Ok(new)
    }

    /// What was noted when this folder had been taken over to its end; `None` while it has not been.
    pub fn folder_taken(&self, folder: &str) -> Result<Option<String>, Error> {
        self.folders.get(&folder.to_owned()).map_err(failed("read"))
    }

    /// Notes that everything in this folder has been taken over. Blocking.
    pub fn note_folder_taken(&self, folder: &str, note: &str) -> Result<(), Error> {
        let failed = failed("take over");
        if self.folder_taken(folder)?.as_deref() == Some(note) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(&self.folders, &folder.to_owned(), &note.to_owned()).map_err(&failed)?;
        let all = self.now().list().to_vec();
        self.commit(batch, all).map_err(failed)
    }
}
