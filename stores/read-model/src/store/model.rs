//! The reading half: one type for the writer's own process and for any other on the host.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::store::error::{ReadModelError, Result};
use crate::store::generation::{self, Examined, Handle};
use crate::store::open_file::Generation;
use crate::store::options::ReadModelOptions;
use crate::store::snapshot::Snapshot;

/// How old a reader's knowledge of which file is current may be.
pub const POINTER_LOOK: Duration = Duration::from_millis(100);
/// How often a reader in another process looks for a position it waits for.
const CHECKPOINT_LOOK: Duration = Duration::from_millis(2);
/// The read model for those who ask. Cheap to clone. All reading goes through a [`Snapshot`].
#[derive(Clone)]
pub struct ReadModel {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    options: ReadModelOptions,
    source: Source,
    current: RwLock<Option<Arc<Generation>>>,
    applied: watch::Sender<u64>,
    /// When the pointer was last looked at, in milliseconds since `opened`.
    looked_ms: AtomicU64,
    opened: Instant,
}

/// Whence the file comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// From the writer, in this process.
    Shared,
    /// From the disk, where another process writes it.
    Following,
}

impl ReadModel {
    /// Reads the read model in `dir` that another process writes. Needs no file to be there yet;
    /// until there is one, [`Self::snapshot`] says [`ReadModelError::NotBuilt`].
    #[must_use]
    pub fn open(dir: &Path, options: ReadModelOptions) -> Self {
        Self::new(dir, options, Source::Following)
    }

    /// Reads the read model in `dir` that a writer in this process will open; see
    /// [`crate::ReadModelWriter::open`]. Until it has, [`Self::snapshot`] says
    /// [`ReadModelError::NotBuilt`].
    #[must_use]
    pub fn in_process(dir: &Path, options: ReadModelOptions) -> Self {
        Self::new(dir, options, Source::Shared)
    }

    fn new(dir: &Path, options: ReadModelOptions, source: Source) -> Self {
        Self {
            inner: Arc::new(Inner {
                dir: dir.to_owned(),
                options,
                source,
                current: RwLock::new(None),
                applied: watch::Sender::new(0),
                looked_ms: AtomicU64::new(0),
                opened: Instant::now(),
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
        Snapshot::begin(self.generation()?)
    }

    /// Waits until the log is applied up to `position`, at most for `patience`. Gives what is
    /// applied then, which is less than `position` if the time was over.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub async fn wait_for(&self, position: u64, patience: Duration) -> Result<u64> {
        if self.inner.source == Source::Shared {
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

    pub(crate) fn dir(&self) -> &Path {
        &self.inner.dir
    }

    pub(crate) fn options(&self) -> ReadModelOptions {
        self.inner.options
    }

    /// Tells those who wait what is applied.
    pub(crate) fn tell(&self, position: u64) {
        self.inner.applied.send_replace(position);
    }

    /// Lets go of the file, so that it can be opened again. Until it is, [`Self::snapshot`] says
    /// [`ReadModelError::NotBuilt`].
    pub fn let_go(&self) {
        let current = self.inner.current.write().unwrap_or_else(PoisonError::into_inner).take();
        // redb writes once more when it closes a file, and panics where that is damaged.
        if panic::catch_unwind(AssertUnwindSafe(|| drop(current))).is_err() {
            tracing::warn!(dir = %self.inner.dir.display(), "the read model could not be closed in order");
        }
    }

    /// Reads another file from now on. Snapshots of the old one keep it open until they are dropped.
    pub(crate) fn go_over(&self, generation: Arc<Generation>) {
        *self.inner.current.write().unwrap_or_else(PoisonError::into_inner) = Some(generation);
    }

    fn generation(&self) -> Result<Arc<Generation>> {
        let current = self.inner.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if self.inner.source == Source::Shared {
            return current.ok_or_else(|| ReadModelError::NotBuilt(self.inner.dir.clone()));
        }
        let now = u64::try_from(self.inner.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let looked = self.inner.looked_ms.load(Ordering::Relaxed);
        let is_fresh = u128::from(now.saturating_sub(looked)) < POINTER_LOOK.as_millis();
        match current {
            Some(generation) if is_fresh => Ok(generation),
            current => {
                self.inner.looked_ms.store(now, Ordering::Relaxed);
                self.look(current)
            }
        }
    }

    /// Goes over to the file that is current now. While another build writes that one, whoever has
    /// an older one goes on with it.
    fn look(&self, current: Option<Arc<Generation>>) -> Result<Arc<Generation>> {
        let not_built = || ReadModelError::NotBuilt(self.inner.dir.clone());
        let named = generation::current(&self.inner.dir)?.ok_or_else(not_built)?;
        if let Some(generation) = &current
            && generation.number == named
        {
            return Ok(Arc::clone(generation));
        }
        let path = generation::path_of(&self.inner.dir, named);
        let opened = generation::open_for_reading(&self.inner.dir, named, self.inner.options.cache_bytes);
        let database = match opened {
            Ok(database) => database,
            Err(error) if is_passing(&error) => return Err(not_built()),
            Err(error) => return Err(error),
        };
        let generation = Arc::new(Generation::new(named, Handle::Following(database)));
        match (generation.examine(&path), current) {
            (Ok(Examined::Readable(_)), _) => {
                self.go_over(Arc::clone(&generation));
                Ok(generation)
            }
            (Ok(Examined::OfOlderSchema(_)), Some(current)) => Ok(current),
            (Ok(Examined::OfOlderSchema(_)), None) => Err(not_built()),
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

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ReadModel").field("dir", &self.inner.dir).finish_non_exhaustive()
    }
}
