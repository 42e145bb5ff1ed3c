//! A file to which checkpoints are appended, on another disk or in another's hands.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use itam_files::{FileAccess, PUBLIC, sync_folder_of};
use itam_proof::KeptCheckpoint;
use itam_sealer::{Archive, Cause};
use serde::{Deserialize, Serialize};

/// How much of the end is read to find the last line: many times a checkpoint's size.
const END_BYTES: u64 = 64 * 1024;

/// One line of the file: a checkpoint.
#[derive(Serialize, Deserialize)]
struct CheckpointLine {
    size: u64,
    note: String,
}

/// Appends checkpoints to a file.
pub(super) struct FileArchive {
    path: PathBuf,
    /// How long the file was when it was left, if it was looked at.
    length: Arc<Mutex<Option<u64>>>,
}

impl FileArchive {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), length: Arc::default() }
    }
}

#[async_trait]
impl Archive for FileArchive {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        let (path, left) = (self.path.clone(), Arc::clone(&self.length));
        let asked = tokio::task::spawn_blocking(move || {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let (newest, length) = newest(&path)?;
            *left = Some(length);
            Ok(newest)
        });
        asked.await?
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        let (path, left) = (self.path.clone(), Arc::clone(&self.length));
        let line = CheckpointLine { size: checkpoint.size, note: checkpoint.note.clone() };
        let kept = tokio::task::spawn_blocking(move || {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            // Forgotten if it fails: then the file is looked at again, and given what it lacks.
            let known = left.take();
            *left = Some(append(&path, known, &line)?);
            Ok(())
        });
        kept.await?
    }
}

/// The note of the last whole line, and how long the file is. A line that a crash cut short is removed.
fn newest(path: &Path) -> Result<(Option<String>, u64), Cause> {
    let mut file = match itam_files::open_existing(path, FileAccess::ReadWrite) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, 0)),
        Err(error) => return Err(error.into()),
    };
    let length = file.metadata()?.len();
    let begin = length.saturating_sub(END_BYTES);
    file.seek(SeekFrom::Start(begin))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let whole = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < end.len() {
        file.set_len(begin + whole as u64)?;
        file.sync_all()?;
    }
    let length = begin + whole as u64;
    let lines = end[..whole].split(|byte| *byte == b'\n').rev();
    let Some(last) = lines.into_iter().find(|line| !line.is_empty()) else { return Ok((None, length)) };
    let line: CheckpointLine = serde_json::from_slice(last)?;
    Ok((Some(line.note), length))
}

/// Appends to a file that is as long as it was left, and says how long it is then.
fn append(path: &Path, left: Option<u64>, line: &CheckpointLine) -> Result<u64, Cause> {
    let is_new = !path.exists();
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    let mut file = itam_files::open_with_mode(path, FileAccess::Append, PUBLIC)?;
    let found = file.metadata()?.len();
    if let Some(left) = left.filter(|left| *left != found) {
        return Err(format!("somebody changed it: it had {left} bytes, and has {found}").into());
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if is_new {
        sync_folder_of(path)?;
    }
    Ok(found + text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_a_crash_cut_short_is_removed_and_the_next_one_is_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("checkpoints.ndjson");
        let archive = FileArchive::new(&path);
        assert_eq!(archive.newest().await.expect("asked"), None);
        let kept = |size: u64| KeptCheckpoint { size, note: format!("a\n{size}\n\n— b\n") };
        for size in [1, 2] {
            archive.keep(&kept(size)).await.expect("kept");
        }
        assert_eq!(archive.newest().await.expect("asked"), Some(kept(2).note));
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(&path, &text[..text.len() - 3]).expect("cut");
        let refused = archive.keep(&kept(3)).await.expect_err("it is not what was left");
        assert!(refused.to_string().contains("somebody changed it"), "{refused}");
        assert_eq!(archive.newest().await.expect("asked"), Some(kept(1).note));
        archive.keep(&kept(3)).await.expect("kept");
        assert_eq!(std::fs::read_to_string(&path).expect("read").lines().count(), 2);
        assert_eq!(archive.newest().await.expect("asked"), Some(kept(3).note));
    }
}
