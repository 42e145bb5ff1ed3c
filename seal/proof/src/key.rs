//! Keys: Ed25519 (RFC 8032), in the text forms of C2SP signed-note.
//!
//! A log signs notes as they are (signature type 1); a witness signs them with the time at which it
//! did (type 4, C2SP tlog-cosignature). A key's id is a hash of its name, type and public part.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer, VerifyingKey};

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// The checkpoints of one log; the key's name is the log's origin.
    Log,
    /// That a checkpoint continues all that the witness has seen before.
    Witness,
}

/// The secret half of a key.
#[derive(Clone)]
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    public: VerifierKey,
    /// Keeps the key from being replaced while it may be signing.
    pub(crate) lock: Option<Arc<File>>,
}

/// The public half of a key: all that anybody needs to check what it signed. Its text form is the
/// vkey of C2SP signed-note, `<name>+<id>+<base64>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    kind: KeyPurpose,
    key: VerifyingKey,
}

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a name of a key.
    #[error("{0:?} cannot name a key: use no blanks and no plus sign")]
    Name(String),
    /// Not a public key.
    #[error("{0:?} is not a public key such as itam/main/…+1a2b3c4d+AQ…")]
    Public(String),
    /// Not a secret key. What it holds is not shown.
    #[error("{} holds no secret key of a log or a witness", .0.display())]
    Secret(PathBuf),
    /// Others than its owner may read the file.
    #[error("{} can be read by others than its owner: chmod 600 it, and think about a new key", .0.display())]
    Exposed(PathBuf),
    /// The folder holds the keys of another log.
    #[error("{} holds the keys of {found}, not of {wanted}", folder.display())]
    OtherLog {
        /// The folder.
        folder: PathBuf,
        /// Whose keys they are.
        found: String,
        /// Whose they should be.
        wanted: String,
    },
    /// There is no key.
    #[error("there is no key in {}", .0.display())]
    Missing(PathBuf),
    /// A key that is there was not lost.
    #[error("{} is there: a key that is not lost is changed by `itam audit key rotate`", .0.display())]
    NotLost(PathBuf),
    /// The chain of keys is not one.
    #[error("{} does not lead to the key beside it", .0.display())]
    Chain(PathBuf),
    /// There is a key already, and no key is ever overwritten.
    #[error("{} exists already, and no key is overwritten", .0.display())]
    Exists(PathBuf),
    /// The file system failed.
    #[error("cannot use the key file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The key did not sign this.
pub(crate) struct WrongSignature;

impl KeyPurpose {
    /// The signature type of C2SP signed-note.
    fn algorithm(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }

    fn of_algorithm(algorithm: u8) -> Option<Self> {
        [Self::Log, Self::Witness].into_iter().find(|kind| kind.algorithm() == algorithm)
    }
}

impl SigningKey {
    /// The key of a seed, which must come from a source of randomness that is fit for keys.
    ///
    /// # Errors
    /// [`KeyError::Name`] if the name holds a blank or a plus sign.
    pub fn from_seed(name: &str, kind: KeyPurpose, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, kind, secret.verifying_key())?;
        Ok(Self { secret, public, lock: None })
    }

    /// Writes the key into a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is a file: a key that is gone is gone for ever.
    pub fn save_new(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => KeyError::File { path: path.to_owned(), source },
        };
        let mut file = itam_files::create_new(path).map_err(failed)?;
        writeln!(file, "{}", self.secret_text()).and_then(|()| file.sync_all()).map_err(failed)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Reads a key file back.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Exposed`] if others than its owner may read it.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        Self::from_secret_text(text.trim_end()).ok_or_else(|| KeyError::Secret(path.to_owned()))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.public.name
    }

    /// The key's id, which stands before its signatures.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.public.id
    }

    /// Signs a note's text. A witness adds the time, in seconds since 1970.
    pub(crate) fn sign(&self, text: &str, time_s: u64) -> Vec<u8> {
        match self.public.kind {
            KeyPurpose::Log => self.secret.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyPurpose::Witness => {
                let signature = self.secret.sign(cosigned(text, time_s).as_bytes());
                [time_s.to_be_bytes().as_slice(), signature.to_bytes().as_slice()].concat()
            }
        }
    }

    fn secret_text(&self) -> String {
        let VerifierKey { name, id, kind, .. } = &self.public;
        let secret = [[kind.algorithm()].as_slice(), self.secret.as_bytes()].concat();
        format!("PRIVATE+KEY+{name}+{id:08x}+{}", BASE64.encode(&secret))
    }

    fn from_secret_text(text: &str) -> Option<Self> {
        let (name, id, bytes) = parts(text.strip_prefix("PRIVATE+KEY+")?)?;
        let (&algorithm, seed) = bytes.split_first()?;
        let key = Self::from_seed(name, KeyPurpose::of_algorithm(algorithm)?, seed.try_into().ok()?).ok()?;
        (key.id() == id).then_some(key)
    }
}

/// Never shows the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SigningKey").field(&self.public.to_string()).finish()
    }
}

impl VerifierKey {
    fn new(name: &str, kind: KeyPurpose, key: VerifyingKey) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let mut new = Self { name: name.to_owned(), id: 0, kind, key };
        new.id = signed_note::key_id(name, &new.bytes());
        Ok(new)
    }

    /// The key's name: of a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, which stands before its signatures.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Name and id, without the key itself: enough to recognize it.
    #[must_use]
    pub fn short(&self) -> String {
        format!("{}+{:08x}", self.name, self.id)
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyPurpose {
        self.kind
    }

    /// Checks a signature of a note's text; gives a witness's time, in seconds since 1970.
    pub(crate) fn check(&self, text: &str, signature: &[u8]) -> Result<Option<u64>, WrongSignature> {
        match self.kind {
            KeyPurpose::Log => self.check_bytes(text.as_bytes(), signature).map(|()| None),
            KeyPurpose::Witness => {
                let (time, signature) = signature.split_first_chunk().ok_or(WrongSignature)?;
                let time_s = u64::from_be_bytes(*time);
                self.check_bytes(cosigned(text, time_s).as_bytes(), signature).map(|()| Some(time_s))
            }
        }
    }

    fn check_bytes(&self, message: &[u8], signature: &[u8]) -> Result<(), WrongSignature> {
        let signature = Signature::from_slice(signature).map_err(|_| WrongSignature)?;
        self.key.verify_strict(message, &signature).map_err(|_| WrongSignature)
    }

    fn bytes(&self) -> Vec<u8> {
        [[self.kind.algorithm()].as_slice(), self.key.as_bytes()].concat()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+{:08x}+{}", self.name, self.id, BASE64.encode(&self.bytes()))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parse = || {
            let (name, id, bytes) = parts(text)?;
            let (&algorithm, key) = bytes.split_first()?;
            let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
            let parsed = Self::new(name, KeyPurpose::of_algorithm(algorithm)?, key).ok()?;
            (parsed.id == id && parsed.to_string() == text).then_some(parsed)
        };
        parse().ok_or_else(|| KeyError::Public(text.to_owned()))
    }
}

/// Name, id and bytes of `<name>+<id>+<base64>`.
fn parts(text: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, rest) = text.split_once('+')?;
    let (id, bytes) = rest.split_once('+')?;
    Some((name, u32::from_str_radix(id, 16).ok()?, BASE64.decode(bytes.as_bytes()).ok()?))
}

/// What a witness signs (C2SP tlog-cosignature, "Ed25519 signed message").
fn cosigned(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}
