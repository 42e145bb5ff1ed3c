//! A file to which checkpoints are appended, on another disk or in another's hands.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use itam_proof::KeptCheckpoint;
use itam_sealer::{Archive, Cause};
use serde::{Deserialize, Serialize};

/// How much of the end is read to find the last line: many times a checkpoint's size.
const END_BYTES: u64 = 64 * 1024;

/// One line.
#[derive(Serialize, Deserialize)]
struct Line {
    size: u64,
    note: String,
}

/// Appends checkpoints to a file.
pub(super) struct FileArchive(PathBuf);

impl FileArchive {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

#[async_trait]
impl Archive for FileArchive {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        let path = self.0.clone();
        tokio::task::spawn_blocking(move || newest(&path)).await?
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        let (path, line) = (self.0.clone(), Line { size: checkpoint.size, note: checkpoint.note.clone() });
        tokio::task::spawn_blocking(move || append(&path, &line)).await??;
        Ok(())
    }
}

/// The note of the last whole line. One that a crash cut short is removed.
fn newest(path: &Path) -> Result<Option<String>, Cause> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
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
    let lines = end[..whole].split(|byte| *byte == b'\n').rev();
    let Some(last) = lines.into_iter().find(|line| !line.is_empty()) else { return Ok(None) };
    let line: Line = serde_json::from_slice(last)?;
    Ok(Some(line.note))
}

fn append(path: &Path, line: &Line) -> io::Result<()> {
    let is_new = !path.exists();
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    let mut file = OpenOptions::new().append(true).create(true).mode(0o644).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| is_new && !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
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
        assert_eq!(archive.newest().await.expect("asked"), Some(kept(1).note));
        archive.keep(&kept(3)).await.expect("kept");
        assert_eq!(std::fs::read_to_string(&path).expect("read").lines().count(), 2);
        assert_eq!(archive.newest().await.expect("asked"), Some(kept(3).note));
    }
}
