//! Replacing a file: at every moment, the old one or the new one is there as a whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes these pieces, one after the other, to a file beside it, brings that to the disk and renames it.
pub(crate) fn replace(path: &Path, pieces: &[&[u8]]) -> io::Result<()> {
    // Beside it, because a file is renamed at once only within one file system.
    let mut temporary = OsString::from(path);
    temporary.push(".tmp");
    let written = write(temporary.as_ref(), pieces).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What was written so far is of no use, and on a full disk it is in the way.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path)
}

fn write(path: &Path, pieces: &[&[u8]]) -> io::Result<()> {
    let mut file = File::create(path)?;
    pieces.iter().try_for_each(|piece| file.write_all(piece))?;
    // The bytes must be on the disk before the name is: else a loss of power could leave the name alone.
    file.sync_all()
}

/// Brings the new name to the disk. Only Unix can open a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
