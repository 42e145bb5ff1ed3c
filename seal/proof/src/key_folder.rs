//! The folder of a log's keys: the secret that signs now, and the chain of statements that leads to
//! it from the first.
//!
//! | file | holds |
//! |---|---|
//! | `log.key` | the secret key, for its owner alone |
//! | `chain.ndjson` | the key statements, one a line as in an export, the oldest first |
//! | `log.key.next` | the next secret key, while keys are changed |
//! | `lock` | nothing; it is locked while keys are used or changed |
//!
//! A change is: write the next key, add the statement, move the key into its place. Whoever finds a
//! next key finishes or undoes that: the statement decides. The old secret is gone then, so that it
//! cannot be stolen later.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use itam_files::FileAccess;

use crate::checkpoint::Origin;
use crate::export::ExportLine;
use crate::key::{KeyError, KeyPurpose, SigningKey, VerifierKey};
use crate::statement::{KeyStatement, KeySuccession};
use crate::trust::Trust;

/// The folder of a log's keys.
#[derive(Clone, Debug)]
pub struct KeyFolder(PathBuf);

/// The folder, while nobody can sign: a key can be changed.
#[derive(Debug)]
pub struct HeldKeyFolder<'a> {
    folder: &'a KeyFolder,
    _lock: File,
}

/// A log's keys as they are now. They are not changed as long as its secret is held: hold it from
/// before a signature until the checkpoint is kept, and no longer.
#[derive(Clone, Debug)]
pub struct LogKeys {
    /// The key that signs.
    pub key: SigningKey,
    /// What leads to it, the oldest first; empty while the first key signs.
    pub statements: Vec<KeyStatement>,
}

impl LogKeys {
    /// Trusts the first key of the chain, and so all others. Whoever holds the folder has said which
    /// keys came after lost ones.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add(self.first().clone());
        for statement in &self.statements {
            if statement.change() == KeySuccession::Loss {
                trust.add(statement.successor().clone());
            }
            // They were checked when they were read.
            let _ = trust.follow(statement);
        }
        trust
    }

    /// The first key of the chain.
    #[must_use]
    pub fn first(&self) -> &VerifierKey {
        self.statements.first().map_or(self.key.public(), KeyStatement::predecessor)
    }
}

impl KeyFolder {
    /// Names the folder; nothing is made or read.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The keys that are there; [`KeyError::Missing`] if there are none.
    ///
    /// # Errors
    /// [`KeyError`] if they cannot be used.
    pub fn load(&self) -> Result<LogKeys, KeyError> {
        if !self.key().exists() && !self.next().exists() {
            return Err(KeyError::Missing(self.0.clone()));
        }
        if self.next().exists() {
            let _lock = self.lock(File::lock)?;
            self.settle()?;
        }
        let lock = self.lock(File::lock_shared)?;
        let mut key = SigningKey::load(&self.key())?;
        key.lock = Some(Arc::new(lock));
        let statements = self.read_chain()?;
        self.check_chain(&statements, key.public())?;
        Ok(LogKeys { key, statements })
    }

    /// The chain of statements, the oldest first: what of the folder is public.
    ///
    /// # Errors
    /// [`KeyError`] if it cannot be read.
    pub fn statements(&self) -> Result<Vec<KeyStatement>, KeyError> {
        self.read_chain()
    }

    /// The keys of a log.
    ///
    /// # Errors
    /// [`KeyError::OtherLog`] if the keys are those of another log; [`KeyError::Missing`] if there are
    /// none.
    pub fn load_for(&self, origin: &Origin) -> Result<LogKeys, KeyError> {
        let keys = self.load()?;
        if keys.key.name() != origin.as_str() {
            return Err(KeyError::OtherLog {
                folder: self.0.clone(),
                found: keys.key.name().to_owned(),
                wanted: origin.to_string(),
            });
        }
        Ok(keys)
    }

    /// Makes the first key of a log.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is one.
    pub fn create(&self, origin: &Origin, seed: &[u8; 32]) -> Result<VerifierKey, KeyError> {
        if self.key().exists() {
            return Err(KeyError::Exists(self.key()));
        }
        let key = SigningKey::from_seed(origin.as_str(), KeyPurpose::Log, seed)?;
        self.make()?;
        let _lock = self.lock(File::lock)?;
        key.save_new(&self.key())?;
        Ok(key.public().clone())
    }

    /// Keeps everybody from signing, so that a key can be changed: which size is signed last does not
    /// change meanwhile. Waits while a key is held.
    ///
    /// # Errors
    /// [`KeyError`] if the folder cannot be used.
    pub fn hold(&self) -> Result<HeldKeyFolder<'_>, KeyError> {
        self.make()?;
        let held = HeldKeyFolder { folder: self, _lock: self.lock(File::lock)? };
        self.settle()?;
        Ok(held)
    }

    fn make(&self) -> Result<(), KeyError> {
        itam_files::make_folder(&self.0).map_err(|source| KeyError::File { path: self.0.clone(), source })
    }

    /// Finishes or undoes a change that was cut short.
    fn settle(&self) -> Result<(), KeyError> {
        if !self.next().exists() {
            return Ok(());
        }
        let failed = |source| KeyError::File { path: self.next(), source };
        let next = SigningKey::load(&self.next());
        let named = self.read_chain()?.last().map(|statement| statement.successor().clone());
        let is_named = next.is_ok_and(|next| Some(next.public()) == named.as_ref());
        let settled =
            if is_named { fs::rename(self.next(), self.key()) } else { fs::remove_file(self.next()) };
        settled.and_then(|()| sync(&self.0)).map_err(failed)
    }

    fn read_chain(&self) -> Result<Vec<KeyStatement>, KeyError> {
        let path = self.chain();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(KeyError::File { path, source }),
        };
        let parse = |line| match serde_json::from_str(line).ok()? {
            ExportLine::Statement(note) => KeyStatement::parse(&note).ok(),
            _ => None,
        };
        let statements: Option<Vec<_>> = text.lines().map(parse).collect();
        statements.ok_or(KeyError::Chain(path))
    }

    fn write_chain(&self, statements: &[KeyStatement]) -> Result<(), KeyError> {
        let write = || {
            let mut lines = String::new();
            for statement in statements {
                lines += &serde_json::to_string(&ExportLine::Statement(statement.encode().into()))?;
                lines.push('\n');
            }
            itam_files::replace(&self.chain(), lines.as_bytes())
        };
        write().map_err(|source| KeyError::File { path: self.chain(), source })
    }

    /// Each statement follows the one before, and the last names the key.
    fn check_chain(&self, statements: &[KeyStatement], key: &VerifierKey) -> Result<(), KeyError> {
        let pairs = statements.iter().zip(statements.iter().skip(1));
        let mut pairs = pairs.map(|(one, next)| (one.successor(), next.predecessor()));
        let leads_here = statements.last().is_none_or(|last| last.successor() == key);
        let holds = statements.iter().all(|statement| statement.check().is_ok());
        if holds && leads_here && pairs.all(|(named, next)| named == next) {
            return Ok(());
        }
        Err(KeyError::Chain(self.chain()))
    }

    fn lock(&self, lock: fn(&File) -> io::Result<()>) -> Result<File, KeyError> {
        let path = self.0.join("lock");
        let open = itam_files::open_private(&path, FileAccess::ReadWrite);
        open.and_then(|file| lock(&file).map(|()| file)).map_err(|source| KeyError::File { path, source })
    }

    fn key(&self) -> PathBuf {
        self.0.join("log.key")
    }

    fn next(&self) -> PathBuf {
        self.0.join("log.key.next")
    }

    fn chain(&self) -> PathBuf {
        self.0.join("chain.ndjson")
    }
}

impl HeldKeyFolder<'_> {
    /// Replaces the key by that of `seed`, which signs checkpoints of `from_size` and more: more
    /// than any that was signed.
    ///
    /// # Errors
    /// [`KeyError`]; then the old key goes on.
    pub fn rotate(self, from_size: u64, seed: &[u8; 32]) -> Result<KeyStatement, KeyError> {
        let folder = self.folder;
        if !folder.key().exists() {
            return Err(KeyError::Missing(folder.0.clone()));
        }
        let old = SigningKey::load(&folder.key())?;
        let statements = folder.read_chain()?;
        folder.check_chain(&statements, old.public())?;
        let origin = origin_of(old.public())?;
        let new = SigningKey::from_seed(old.name(), KeyPurpose::Log, seed)?;
        let statement = KeyStatement::sign(&origin, from_size, &old, &new)?;
        self.enter(statements, statement, &new)
    }

    /// Puts the key of `seed` in the place of one that was lost.
    ///
    /// # Errors
    /// [`KeyError::NotLost`] if there is a key; [`KeyError::Chain`] if another key signed last.
    pub fn replace_lost(
        self,
        lost: &VerifierKey,
        from_size: u64,
        seed: &[u8; 32],
    ) -> Result<KeyStatement, KeyError> {
        let folder = self.folder;
        if folder.key().exists() {
            return Err(KeyError::NotLost(folder.key()));
        }
        let statements = folder.read_chain()?;
        folder.check_chain(&statements, lost)?;
        let new = SigningKey::from_seed(lost.name(), KeyPurpose::Log, seed)?;
        let statement = KeyStatement::sign_loss(&origin_of(lost)?, from_size, lost, &new)?;
        self.enter(statements, statement, &new)
    }

    fn enter(
        self,
        mut statements: Vec<KeyStatement>,
        statement: KeyStatement,
        new: &SigningKey,
    ) -> Result<KeyStatement, KeyError> {
        statements.push(statement.clone());
        new.save_new(&self.folder.next())?;
        self.folder.write_chain(&statements)?;
        self.folder.settle()?;
        Ok(statement)
    }
}

fn origin_of(key: &VerifierKey) -> Result<Origin, KeyError> {
    Origin::parse(key.name()).ok_or_else(|| KeyError::Name(key.name().to_owned()))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
