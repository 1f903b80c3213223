//! Folders and names that are there after a loss of power: a file's own sync says nothing of the folder that names it.

use std::fs::{self, File};
use std::io::Result;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Makes a folder and those above it; each is durable afterwards.
pub fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = above(path);
    make_folder(above)?;
    match fs::create_dir(path) {
        Err(e) if !path.is_dir() => Err(e),
        _ => sync_folder(above),
    }
}

/// The same of a folder that is for nobody but the user who makes it; one that is there stays as it is.
pub fn make_private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = above(path);
    make_folder(above)?;
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(e) if !path.is_dir() => Err(e),
        _ => sync_folder(above),
    }
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> Result<()> {
    File::open(path)?.sync_all()
}

/// Gives a file a further name, which must be a new one; on a disk without such names (of a USB stick) it is moved.
pub fn name_new(draft: &Path, place: &Path) -> Result<()> {
    fs::hard_link(draft, place).or_else(|e| if place.exists() { Err(e) } else { fs::rename(draft, place) })
}

/// The folder that holds a file or folder.
#[must_use]
pub fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Bytes that may still be written where `path` lies, or where it will come to lie if it is not there yet.
pub fn free(path: &Path) -> Result<u64> {
    let about = disk(path)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Bytes of the whole disk on which `path` lies, or will come to lie.
pub fn size(path: &Path) -> Result<u64> {
    let about = disk(path)?;
    Ok(about.f_blocks.saturating_mul(about.f_frsize))
}

fn disk(path: &Path) -> Result<rustix::fs::StatVfs> {
    let there = path.ancestors().find(|place| place.exists()).unwrap_or(Path::new("."));
    Ok(rustix::fs::statvfs(there)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_those_above_it_and_a_second_time_does_nothing() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("a/b/c");
        make_folder(&deep).unwrap();
        make_folder(&deep).unwrap();
        assert!(deep.is_dir());
        fs::write(place.path().join("file"), "").unwrap();
        assert!(make_folder(&place.path().join("file/below")).is_err(), "a file is no folder");
        assert_eq!(above(Path::new("sigap.db")), Path::new("."));
    }

    #[test]
    fn a_new_name_is_never_one_that_is_there_and_what_takes_no_further_name_is_moved() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("draft"), "whole").unwrap();
        name_new(&at("draft"), &at("file")).unwrap();
        assert_eq!(fs::read_to_string(at("file")).unwrap(), "whole");
        fs::write(at("other"), "else").unwrap();
        assert_eq!(name_new(&at("other"), &at("file")).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(at("file")).unwrap(), "whole");
        // A folder has one name only, on every disk.
        make_folder(&at("folder")).unwrap();
        name_new(&at("folder"), &at("moved")).unwrap();
        assert!(at("moved").is_dir() && !at("folder").exists());
    }

    #[test]
    fn a_private_folder_is_for_nobody_else_whatever_the_user_lets_others_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/data");
        make_private_folder(&folder).unwrap();
        make_private_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
