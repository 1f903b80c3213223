//! Files that a backup writes before its own name is there. Whatever ends the program leaves them; the next backup into
//! the folder takes them away, as they hold everything in the clear.

use super::failed;
use crate::db::Id;
use crate::error::Result;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// How the names of the two files of a backup end: the copy of the database, and the backup itself.
const ENDS: [&str; 2] = ["database", "part"];
/// What SQLite writes beside what it copies to, and leaves where there is no room.
const JOURNAL: &str = "-journal";

/// A file that goes away with this value.
pub(super) struct Draft(pub(super) PathBuf);

impl Draft {
    /// Makes the file, for nobody but ourselves.
    pub(super) fn create(&self) -> Result<File> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0);
        file.map_err(|e| failed(&self.0, &e))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
        let mut journal = self.0.clone().into_os_string();
        journal.push(JOURNAL);
        drop(std::fs::remove_file(journal));
    }
}

/// The two files of the backup `id` in a folder.
pub(super) fn pair(folder: &Path, id: Id) -> (Draft, Draft) {
    let [database, part] = ENDS.map(|end| Draft(folder.join(format!(".{id}.{end}"))));
    (database, part)
}

/// Removes what backups left that did not come to their end. Whoever makes a backup holds what this returns: as long as
/// somebody does, all there is may be his, and nothing is removed.
pub(super) fn clear(folder: &Path) -> Result<Option<File>> {
    let hold = File::open(folder).map_err(|e| failed(folder, &e))?;
    if hold.try_lock().is_ok() {
        for path in left(folder)? {
            tracing::warn!(file = %path.display(), "a backup did not come to its end; what it left is removed");
            std::fs::remove_file(&path).map_err(|e| failed(&path, &e))?;
        }
        hold.unlock().map_err(|e| failed(folder, &e))?;
    }
    // Some file systems of other machines lock no folders; there what was left stays.
    Ok(hold.lock_shared().is_ok().then_some(hold))
}

fn left(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let entry = entry.map_err(|e| failed(folder, &e))?;
        if entry.file_name().to_str().is_some_and(is_ours) {
            all.push(entry.path());
        }
    }
    Ok(all)
}

fn is_ours(name: &str) -> bool {
    let parts = name.strip_prefix('.').and_then(|name| name.split_once('.'));
    parts.is_some_and(|(id, end)| {
        uuid::Uuid::parse_str(id).is_ok() && ENDS.contains(&end.strip_suffix(JOURNAL).unwrap_or(end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_fails_leaves_neither_its_copy_nor_what_sqlite_wrote_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (database, part) = pair(folder.path(), Id(uuid::Uuid::nil()));
        drop((database.create().unwrap(), part.create().unwrap()));
        std::fs::write(format!("{}-journal", database.0.display()), "x").unwrap();
        drop((database, part));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_backup_left_is_removed_and_nothing_else_and_not_while_another_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let id = "019ac0de-0000-7000-8000-000000000000";
        let left = [format!(".{id}.database"), format!(".{id}.database-journal"), format!(".{id}.part")];
        let others = [".hidden.part".to_owned(), format!("{id}.part"), "sigap-20261124T100000Z.tar.zst".to_owned()];
        for name in left.iter().chain(&others) {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let count = || std::fs::read_dir(folder.path()).unwrap().count();
        let first = File::open(folder.path()).unwrap();
        first.lock_shared().unwrap();
        let second = clear(folder.path()).unwrap();
        assert!(second.is_some() && count() == 6, "another backup is being made");
        drop((first, second));
        drop(clear(folder.path()).unwrap());
        assert_eq!(count(), 3);
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
    }
}
