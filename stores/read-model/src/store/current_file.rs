//! The file of one read model that is read now: which one it is, and how one goes over to the next.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::store::error::{ReadModelError, Result};
use crate::store::generation::{DatabaseHandle, Examined, Files};
use crate::store::layout::Layout;
use crate::store::open_file::Generation;
use crate::store::options::ReadModelOptions;

/// How old a reader's knowledge of which file is current may be.
pub const POINTER_LOOK: Duration = Duration::from_millis(100);

/// Whence a file comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSource {
    /// From the writer, in this process.
    Shared,
    /// From the disk, where another process writes it.
    Following,
}

/// The file of one read model that is read now.
pub(crate) struct CurrentFile {
    dir: PathBuf,
    layout: &'static Layout,
    options: ReadModelOptions,
    source: FileSource,
    current: RwLock<Option<Arc<Generation>>>,
    /// When the pointer was last looked at, in milliseconds since `opened`.
    looked_ms: AtomicU64,
    opened: Instant,
}

impl CurrentFile {
    pub(crate) fn new(
        dir: &Path,
        layout: &'static Layout,
        options: ReadModelOptions,
        source: FileSource,
    ) -> Self {
        Self {
            dir: dir.to_owned(),
            layout,
            options,
            source,
            current: RwLock::new(None),
            looked_ms: AtomicU64::new(0),
            opened: Instant::now(),
        }
    }

    /// All files of the read model.
    pub(crate) fn files(&self) -> Files<'_> {
        Files { dir: &self.dir, layout: self.layout }
    }

    pub(crate) fn options(&self) -> ReadModelOptions {
        self.options
    }

    /// Lets go of the file, so that it can be opened again. Until it is, there is none.
    pub(crate) fn let_go(&self) {
        let current = self.current.write().unwrap_or_else(PoisonError::into_inner).take();
        // redb writes once more when it closes a file, and panics where that is damaged.
        if panic::catch_unwind(AssertUnwindSafe(|| drop(current))).is_err() {
            let (dir, name) = (self.dir.display(), self.layout.name);
            tracing::warn!(%dir, name, "the read model could not be closed in order");
        }
    }

    /// Reads another file from now on. Snapshots of the old one keep it open until they are dropped.
    pub(crate) fn go_over(&self, generation: Arc<Generation>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(generation);
    }

    /// The file that is read.
    ///
    /// # Errors
    /// [`ReadModelError::NotBuilt`] if there is none.
    pub(crate) fn generation(&self) -> Result<Arc<Generation>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if self.source == FileSource::Shared {
            return current.ok_or_else(|| self.not_built());
        }
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let looked = self.looked_ms.load(Ordering::Relaxed);
        let is_fresh = u128::from(now.saturating_sub(looked)) < POINTER_LOOK.as_millis();
        match current {
            Some(generation) if is_fresh => Ok(generation),
            current => {
                self.looked_ms.store(now, Ordering::Relaxed);
                self.look(current)
            }
        }
    }

    pub(crate) fn not_built(&self) -> ReadModelError {
        ReadModelError::NotBuilt(self.dir.join(self.layout.name))
    }

    /// Goes over to the file that is current now. While another build writes that one, whoever has
    /// an older one goes on with it.
    fn look(&self, current: Option<Arc<Generation>>) -> Result<Arc<Generation>> {
        let files = self.files();
        let named = files.current()?.ok_or_else(|| self.not_built())?;
        if let Some(generation) = &current
            && generation.pointer == named
        {
            return Ok(Arc::clone(generation));
        }
        let database = match files.open_for_reading(named.generation, self.options.cache_bytes) {
            Ok(database) => database,
            Err(error) if is_passing(&error) => return Err(self.not_built()),
            Err(error) => return Err(error),
        };
        let generation = Arc::new(Generation::new(named, DatabaseHandle::Following(database)));
        let examined = files.examine(named.generation, &generation.handle().begin_read()?);
        match (examined, current) {
            (Ok(Examined::Readable(_)), _) => {
                self.go_over(Arc::clone(&generation));
                Ok(generation)
            }
            (Ok(Examined::OfOlderSchema(_)), Some(current)) => Ok(current),
            (Ok(Examined::OfOlderSchema(_)), None) => Err(self.not_built()),
            (Err(error), Some(current)) if error.is_newer() => Ok(current),
            (Err(error), _) => Err(error),
        }
    }
}

/// Whether a writer that comes back makes an error go away.
fn is_passing(error: &ReadModelError) -> bool {
    match error {
        ReadModelError::InUse(_) => true,
        ReadModelError::Store { source, .. } => match &**source {
            redb::Error::RepairAborted => true,
            redb::Error::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        },
        _ => false,
    }
}
