//! What the witness remembers: of each log the last size and root.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use itam_files::FileAccess;
use itam_proof::Hash;
use serde::{Deserialize, Serialize};

/// The format that this build writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// A size and the root at that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

#[derive(Serialize, Deserialize)]
struct Content {
    format: u32,
    logs: BTreeMap<String, Seen>,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// The file that the witness remembers by, held by one process.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    logs: BTreeMap<String, Seen>,
    /// Locked as long as this lives.
    _lock: File,
}

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The file system failed.
    #[error("cannot use the witness's memory {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is not there. A witness that has forgotten what it signed must not go on with its key.
    #[error("{} is not there, and without it this key could sign a second history: restore it, or make a new \
             witness in another directory", .0.display())]
    Lost(PathBuf),
    /// It is not one of ours, or damaged.
    #[error("{} is not readable as a witness's memory: restore it, or make a new witness", .0.display())]
    Unreadable(PathBuf),
    /// A newer build wrote it.
    #[error("{} has format {found}, this build reads up to {FORMAT}: use a newer itam", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// Another witness runs on it.
    #[error("another process uses the witness's memory {}", .0.display())]
    InUse(PathBuf),
}

impl Memory {
    /// A memory of nothing, for a key that has signed nothing yet; or the one that is there.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn create(path: &Path) -> Result<Self, MemoryError> {
        if !path.exists() {
            let empty = Self { path: path.to_owned(), logs: BTreeMap::new(), _lock: lock(path)? };
            empty.write()?;
        }
        Self::open(path)
    }

    /// Opens the memory of a key that may have signed.
    ///
    /// # Errors
    /// [`MemoryError::Lost`] if it is not there.
    pub fn open(path: &Path) -> Result<Self, MemoryError> {
        let lock = lock(path)?;
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => MemoryError::Lost(path.to_owned()),
            _ => MemoryError::File { path: path.to_owned(), source },
        })?;
        let unreadable = || MemoryError::Unreadable(path.to_owned());
        let FormatOnly { format: found } = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        if found > FORMAT {
            return Err(MemoryError::NewerFormat { path: path.to_owned(), found });
        }
        let content: Content = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        Ok(Self { path: path.to_owned(), logs: content.logs, _lock: lock })
    }

    pub(crate) fn find(&self, origin: &str) -> Option<Seen> {
        self.logs.get(origin).copied()
    }

    /// Remembers, on the disk when this returns. If it fails, what was known is known still.
    pub(crate) fn remember(&mut self, origin: &str, seen: Seen) -> Result<(), MemoryError> {
        let before = self.logs.insert(origin.to_owned(), seen);
        let written = self.write();
        if written.is_err() {
            match before {
                Some(before) => self.logs.insert(origin.to_owned(), before),
                None => self.logs.remove(origin),
            };
        }
        written
    }

    fn write(&self) -> Result<(), MemoryError> {
        let write = || {
            let content = Content { format: FORMAT, logs: self.logs.clone() };
            itam_files::replace(&self.path, &serde_json::to_vec_pretty(&content)?)
        };
        write().map_err(|source| MemoryError::File { path: self.path.clone(), source })
    }
}

fn lock(path: &Path) -> Result<File, MemoryError> {
    let path = path.with_extension("lock");
    let opened = itam_files::open_private(&path, FileAccess::ReadWrite);
    let file = opened.map_err(|source| MemoryError::File { path: path.clone(), source })?;
    file.try_lock().map_err(|_| MemoryError::InUse(path))?;
    Ok(file)
}
