//! Taking over a folder of schema 1, in which sled was the truth.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use crate::{
    Error,
    disk::fs::Fs,
    index::engine::Engine,
    log::log_file::{self, LogFile},
    opening::open,
    opening::schema,
    seal::sealer::Sealer,
};

/// How long the old database may take: a damaged one can make sled search for ever.
const LIMIT: Duration = Duration::from_secs(120);

/// Writes what sled holds into a first generation and then names the new schema: until that, an older program may go
/// on, and whatever journal is there is from a try that did not finish.
pub(crate) fn take_over(disk: &Arc<dyn Fs>, dir: &Path, sealer: &Arc<Sealer>) -> Result<(), Error> {
    for generation in log_file::generations(dir)? {
        if !log_file::discard(&**disk, dir, generation) {
            return Err(Error::file(
                log_file::path(dir, generation),
                std::io::ErrorKind::PermissionDenied.into(),
            ));
        }
    }
    let folder = dir.join("db");
    let (answer, written) = mpsc::channel();
    let thread = {
        let (disk, dir, folder, sealer) =
            (Arc::clone(disk), dir.to_owned(), folder.clone(), Arc::clone(sealer));
        move || {
            let write = || -> Result<(), Error> {
                let engine = Engine::make(&folder)?;
                let hash_key = open::hash_key_entry(&sealer);
                let old =
                    engine.everything().map(|e| e.map_err(|source| Error::Read { table: "all", source }));
                LogFile::create(&disk, &dir, 1, sealer.current(), std::iter::once(Ok(hash_key)).chain(old))?;
                engine.close();
                Ok(())
            };
            let _ = answer.send(write());
        }
    };
    std::thread::Builder::new()
        .name("store-take-over".to_owned())
        .spawn(thread)
        .map_err(|e| Error::file("store-take-over", e))?;
    written.recv_timeout(LIMIT).map_err(|_| Error::Silent { path: folder, limit: LIMIT })??;
    schema::write(&**disk, dir, sealer.current().id(), false)
}
