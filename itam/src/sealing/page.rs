//! A page of the newest checkpoint, for a printer or a folder that somebody prints from.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use itam_proof::{KeptCheckpoint, SignedCheckpoint, Trust};
use itam_sealer::{Archive, Cause};
use itam_tools::checkpoint_page::checkpoint_page;

/// Keeps a page of the newest checkpoint in a file, which is whole at any moment.
pub(super) struct PageArchive(PathBuf);

impl PageArchive {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

#[async_trait]
impl Archive for PageArchive {
    fn name(&self) -> String {
        format!("the page {}", self.0.display())
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        Ok(None)
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        let page = checkpoint_page(&SignedCheckpoint::parse(&checkpoint.note)?, &Trust::new())?;
        let path = self.0.clone();
        tokio::task::spawn_blocking(move || {
            itam_files::replace_with_mode(&path, page.as_bytes(), itam_files::PUBLIC)
        })
        .await??;
        Ok(())
    }
}
