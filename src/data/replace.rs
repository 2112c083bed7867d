//! Replacing a file: at every moment, the old one or the new one is there as a whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// As many links as Linux follows.
const LINKS: usize = 40;

/// Writes these pieces, one after the other, to a new file beside it, brings that to the disk and renames it. What is
/// replaced keeps its mode, and a symbolic link stays one: the file that it leads to is replaced.
pub(crate) fn replace(path: &Path, pieces: &[&[u8]]) -> io::Result<()> {
    let path = followed(path)?;
    let old = match fs::metadata(&path) {
        Ok(found) if !found.is_file() => return Err(io::Error::other("there is something else than a file")),
        Ok(found) => Some(found),
        Err(_) => None,
    };
    let (temporary, file) = create_beside(&path, old.as_ref())?;
    let written = write(file, old.as_ref(), pieces).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // What was written so far is of no use, and on a full disk it is in the way.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(&path);
    Ok(())
}

/// Where symbolic links lead, also to a file that is not there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let Ok(link) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    Err(io::Error::other("its symbolic links go round in a circle"))
}

/// Creates a file that nobody else has: beside the other, because a file is renamed at once only within one file
/// system.
fn create_beside(path: &Path, old: Option<&fs::Metadata>) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // From the start: what only its owner may read must not be open for a moment.
    #[cfg(unix)]
    if let Some(old) = old {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(old.permissions().mode() & 0o777);
    }
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut temporary = OsString::from(path);
        temporary.push(std::format!(".{}-{number}.tmp", std::process::id()));
        match options.open(&temporary) {
            // Left by a process of that number, or being written in another container.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (temporary.into(), file)),
        }
    }
}

fn write(mut file: File, old: Option<&fs::Metadata>, pieces: &[&[u8]]) -> io::Result<()> {
    pieces.iter().try_for_each(|piece| file.write_all(piece))?;
    if let Some(old) = old {
        // Some file systems have none to set.
        let _ = file.set_permissions(old.permissions());
    }
    // The bytes must be on the disk before the name is: else a loss of power could leave the name alone.
    file.sync_all()
}

/// Brings the new name to the disk, where that can be done: only Unix can open a folder, and not every folder that
/// can be written may be read. The file is there as a whole all the same.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::sync::Barrier;
    use std::thread;
    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn two_writers_on_one_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        // Of different lengths: bytes of both in one file are seen in any case.
        let contents = [vec![1_u8; 70_000], vec![2; 50_000]];
        let barrier = Barrier::new(2);
        let mut corrupt = 0;
        for _ in 0..1000 {
            let write = |content: &Vec<u8>| {
                barrier.wait();
                replace(&path, &content.chunks(9_999).collect::<Vec<_>>()).is_ok()
            };
            let [first, second] = &contents;
            let written = thread::scope(|scope| {
                let other = scope.spawn(|| write(second));
                (write(first), other.join().unwrap())
            });
            let found = fs::read(&path).unwrap();
            corrupt += usize::from(written != (true, true) || !contents.contains(&found));
        }
        assert_eq!(corrupt, 0, "of 1000");
        assert_eq!(names(folder.path()), ["model"]);
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        replace(&path, &[b"first"]).unwrap();
        fs::write(folder.path().join("usual"), "").unwrap();
        let usual = fs::metadata(folder.path().join("usual")).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(), usual);
        for kept in [0o600, 0o640, 0o666, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            replace(&path, &[b"second"]).unwrap();
            assert_eq!(mode(), kept);
        }
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_followed_at_the_name_and_nowhere_else() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("inside")).unwrap();
        // Relative, by way of another link, and to a file that is not there yet.
        symlink("inside/second", at("first")).unwrap();
        symlink("model", at("inside/second")).unwrap();
        for content in [b"old", b"new"] {
            replace(&at("first"), &[content]).unwrap();
            assert_eq!(fs::read(at("inside/model")).unwrap(), content);
            assert!(fs::read_link(at("first")).is_ok() && fs::read_link(at("inside/second")).is_ok());
            assert_eq!(names(&at("inside")), ["model", "second"]);
        }
        // Links of the names that a temporary file has, or is likely to have next: none is written through.
        fs::write(at("victim"), "untouched").unwrap();
        symlink(at("victim"), at("x.tmp")).unwrap();
        for number in 0..5000 {
            symlink(at("victim"), at(&std::format!("x.{}-{number}.tmp", std::process::id()))).unwrap();
        }
        replace(&at("x"), &[b"content"]).unwrap();
        assert_eq!(
            (fs::read(at("x")).unwrap(), fs::read(at("victim")).unwrap()),
            (b"content".to_vec(), b"untouched".to_vec())
        );

        symlink("round", at("round")).unwrap();
        assert_eq!(replace(&at("round"), &[]).unwrap_err().to_string(), "its symbolic links go round in a circle");
    }

    /// A folder that may be written but not read cannot be synced: that is no reason to say that nothing was written.
    /// The superuser may read everything, so that for it the folder is one that is gone.
    #[test]
    fn a_folder_that_cannot_be_synced() {
        sync_folder(Path::new("no/such/folder/x"));
        let folder = tempfile::tempdir().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o300)).unwrap();
        }
        replace(&folder.path().join("x"), &[b"content"]).unwrap();
        assert_eq!(fs::read(folder.path().join("x")).unwrap(), b"content");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        }
    }

    #[test]
    fn what_is_no_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(folder.path(), &[b"x"]).is_err());
        assert!(names(folder.path()).is_empty());
        // As a device or a pipe would be, which are not to be replaced by a test that fails.
        #[cfg(unix)]
        {
            let path = folder.path().join("socket");
            let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
            assert_eq!(replace(&path, &[b"x"]).unwrap_err().to_string(), "there is something else than a file");
            assert_eq!(names(folder.path()), ["socket"]);
        }
    }
}
