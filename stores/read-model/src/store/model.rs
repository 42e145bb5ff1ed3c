//! The reader of the read model: one type for the writer's own process and for any other on the host.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::projection::definition::Projection;
use crate::projection::marks::EachProjection;
use crate::projection::snapshot::ProjectionSnapshot;
use crate::store::current_file::{CurrentFile, FileSource};
use crate::store::error::{ReadModelError, Result};
use crate::store::options::ReadModelOptions;
use crate::store::snapshot::Snapshot;
use crate::store::tables::REGISTER;

/// How often a reader in another process looks for a position it waits for.
const CHECKPOINT_LOOK: Duration = Duration::from_millis(2);

/// How long a reader waits at least where a projection's file and the register's do not fit one another,
/// as for a moment when one of them is replaced.
const SWITCH_PATIENCE: Duration = Duration::from_millis(500);

/// The read model, open for reading. Cheap to clone. All reading goes through a [`Snapshot`].
#[derive(Clone)]
pub struct ReadModel {
    inner: Arc<Inner>,
}

struct Inner {
    source: FileSource,
    register: CurrentFile,
    projections: EachProjection<CurrentFile>,
    applied: watch::Sender<u64>,
}

impl ReadModel {
    /// Reads the read model in `dir` that another process writes. Needs no file to be there yet;
    /// until there is one, [`Self::snapshot`] says [`ReadModelError::NotBuilt`].
    #[must_use]
    pub fn open(dir: &Path, options: ReadModelOptions) -> Self {
        Self::new(dir, options, FileSource::Following)
    }

    /// Reads the read model in `dir` that a writer in this process will open; see
    /// [`crate::ReadModelWriter::open`]. Until it has, [`Self::snapshot`] says
    /// [`ReadModelError::NotBuilt`].
    #[must_use]
    pub fn in_process(dir: &Path, options: ReadModelOptions) -> Self {
        Self::new(dir, options, FileSource::Shared)
    }

    fn new(dir: &Path, options: ReadModelOptions, source: FileSource) -> Self {
        Self {
            inner: Arc::new(Inner {
                source,
                register: CurrentFile::new(dir, &REGISTER, options, source),
                projections: Projection::ALL.map(|projection| {
                    CurrentFile::new(dir, projection.layout(), options.of_projection(), source)
                }),
                applied: watch::Sender::new(0),
            }),
        }
    }

    /// A consistent view of everything, as of the last flush. Costs a few microseconds; blocks on
    /// the disk only where pages are not in memory. Hold it for an answer, not for a session: the
    /// space of what it sees cannot be used again before it is dropped.
    ///
    /// # Errors
    /// [`ReadModelError::NotBuilt`] if there is no file yet or the writer died and has not come
    /// back to repair it, [`ReadModelError::NewerSchema`] if a newer build wrote it.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::begin(self.inner.register.generation()?)
    }

    /// A consistent view of a projection, beside a view of the register that is at least as new.
    ///
    /// # Errors
    /// [`ReadModelError::NotBuilt`] if there is none yet, or none of the register that is read: it is being
    /// built. Else as [`Self::snapshot`].
    pub fn projection(&self, projection: Projection) -> Result<ProjectionSnapshot> {
        let file = self.projection_file(projection);
        let generation = file.generation()?;
        let register = self.snapshot()?;
        if generation.pointer.register != Some(register.generation()) {
            return Err(file.not_built());
        }
        ProjectionSnapshot::begin(projection, generation, Arc::new(register))
    }

    /// A view of a projection that holds all up to `position`, and of the register that it was made from.
    /// Waits for it at most for `patience`, and a moment longer where one file is just being replaced by
    /// another; gives what is there then.
    ///
    /// # Errors
    /// As [`Self::projection`].
    pub async fn projection_at(
        &self,
        projection: Projection,
        position: u64,
        patience: Duration,
    ) -> Result<ProjectionSnapshot> {
        let begun = tokio::time::Instant::now();
        loop {
            let found = self.projection(projection);
            let patience = match &found {
                Ok(snapshot) if snapshot.position() >= position => return found,
                Ok(_) => patience,
                Err(ReadModelError::NotBuilt(_)) => patience.max(SWITCH_PATIENCE),
                Err(_) => return found,
            };
            if begun.elapsed() >= patience {
                return found;
            }
            tokio::time::sleep(CHECKPOINT_LOOK).await;
        }
    }

    /// Waits until the log is applied up to `position`, at most for `patience`. Gives what is
    /// applied then, which is less than `position` if the time was over.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub async fn wait_for(&self, position: u64, patience: Duration) -> Result<u64> {
        if self.inner.source == FileSource::Shared {
            let mut applied = self.inner.applied.subscribe();
            // Over time or not, what is applied is read below.
            let _ = tokio::time::timeout(patience, applied.wait_for(|applied| *applied >= position)).await;
            return Ok(*self.inner.applied.borrow());
        }
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let applied = match self.snapshot() {
                Ok(snapshot) => snapshot.applied().position,
                Err(ReadModelError::NotBuilt(_)) if tokio::time::Instant::now() < deadline => 0,
                Err(error) => return Err(error),
            };
            if applied >= position || tokio::time::Instant::now() >= deadline {
                return Ok(applied);
            }
            tokio::time::sleep(CHECKPOINT_LOOK).await;
        }
    }

    /// Follows what is applied, in the writer's process: changes with every flush. In another
    /// process it stays 0; ask [`Self::wait_for`] there.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.applied.subscribe()
    }

    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.inner.register.files().dir
    }

    /// The register's files.
    pub(crate) fn register(&self) -> &CurrentFile {
        &self.inner.register
    }

    /// The files of a projection.
    pub(crate) fn projection_file(&self, projection: Projection) -> &CurrentFile {
        &self.inner.projections[projection as usize]
    }

    pub(crate) fn options(&self) -> ReadModelOptions {
        self.inner.register.options()
    }

    /// Tells those who wait what is applied.
    pub(crate) fn tell(&self, position: u64) {
        self.inner.applied.send_replace(position);
    }

    /// Lets go of the files, so that they can be opened again. Until they are, [`Self::snapshot`] says
    /// [`ReadModelError::NotBuilt`].
    pub fn let_go(&self) {
        for file in &self.inner.projections {
            file.let_go();
        }
        self.inner.register.let_go();
    }
}

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ReadModel")
            .field("dir", &self.inner.register.files().dir)
            .finish_non_exhaustive()
    }
}
