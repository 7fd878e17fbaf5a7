//! Folders that earlier versions made for an environment connection under another spelling of its org: one is taken over
//! under today's name, and none is forgotten.

use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

use store::{Existing, WholeFile};

use crate::{
    Connection, DataFolder, Failure, OrgKey, Result, connection::org_key::former_folders, views::NoticeView,
};

/// The names that a folder had before, one a line, in the folder: plans made in it name it.
const NAMES: &str = "former-names";

impl DataFolder {
    /// Gives the folder of an earlier version today's name, where today's is not there yet: the one of the spelling in use,
    /// else the one that was written to last. A rename takes everything along: outbox, plans, runs, and the secrets, which
    /// hang on a file in the folder and not on its name. Answers what a person is told.
    pub(crate) fn take_over_former(&self, connection: &Connection) -> Result<Option<NoticeView>> {
        let dir = self.dir(connection);
        if connection.name != OrgKey::of(connection)?.variables_folder() || dir.is_dir() {
            return Ok(None);
        }
        let [in_use, known] = self.former_of(connection)?;
        let newest =
            |folders: Vec<PathBuf>| folders.into_iter().max_by_key(|dir| (written(dir), dir.clone()));
        let Some(former) = newest(in_use).or_else(|| newest(known)) else { return Ok(None) };
        rename(&former, &dir).map_err(|e| {
            let what = format!("{} could not be taken over as {}", former.display(), dir.display());
            Failure::of_file(what, &e)
        })?;
        tracing::info!(path = %dir.display(), "took over the folder of an earlier version");
        Ok(Some(NoticeView {
            id: format!("taken-over {}", connection.name),
            title: "A folder of an earlier version was taken over".to_owned(),
            message: format!(
                "The folder {:?} belongs to this org under another spelling of its address. Its outbox, plans, runs and \
                 secrets are in use from now on, as {:?}.",
                name_of(&former),
                connection.name
            ),
            paths: vec![dir.display().to_string()],
        }))
    }

    /// The folders that earlier versions made for the org of this connection, and that are there: those of the spelling in
    /// use, and the others.
    pub(crate) fn former_of(&self, connection: &Connection) -> Result<[Vec<PathBuf>; 2]> {
        let connections = self.root().join("connections");
        let there = match std::fs::read_dir(&connections) {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
                .filter(|name| name.as_ref().map_or(true, |name| name.starts_with("env.")))
                .collect::<Result<BTreeSet<String>, _>>(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(e) => Err(e),
        };
        let there =
            there.map_err(|e| Failure::of_file(format!("{} cannot be read", connections.display()), &e))?;
        let key = OrgKey::of(connection)?;
        if there.iter().all(|name| *name == key.variables_folder()) {
            return Ok(<[Vec<PathBuf>; 2]>::default());
        }
        let known = |folders: Vec<String>| {
            folders
                .into_iter()
                .filter(|name| there.contains(name))
                .map(|name| connections.join(name))
                .collect()
        };
        Ok(former_folders(&key, connection.environment.label()).map(known))
    }

    /// What the folder of this connection was called before it was taken over.
    pub(crate) fn former_names(&self, connection: &Connection) -> Vec<String> {
        names(&self.dir(connection))
    }
}

/// The names come first: after a crash between the two the folder is still the former one, and knows its name twice.
fn rename(former: &Path, dir: &Path) -> std::io::Result<()> {
    let mut all = names(former);
    let name = name_of(former);
    if !all.contains(&name) {
        all.push(name);
    }
    let mut file = WholeFile::begin(former)?;
    file.write_all((all.join("\n") + "\n").as_bytes())?;
    file.publish(&former.join(NAMES), Existing::Replace)?;
    std::fs::rename(former, dir)?;
    store::private::sync_names(dir.parent().unwrap_or(dir))?;
    Ok(())
}

fn names(dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join(NAMES)).unwrap_or_default();
    text.lines().map(ToOwned::to_owned).collect()
}

pub(crate) fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// When something in the folder was written last, as far as its store and its top tell.
fn written(dir: &Path) -> Option<SystemTime> {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let inside = |dir: &Path| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.filter_map(|entry| changed(&entry.path())).max()
    };
    [inside(&dir.join("store")), inside(dir), changed(dir)].into_iter().flatten().max()
}
