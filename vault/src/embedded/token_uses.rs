//! When each token was used last: a file beside the tokens, which is worth less than they are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::tokens::lock;
use crate::format::{self, PEOPLE};
use crate::port::is_worth_noting;
use crate::{Cause, VaultError};

/// The file in the data directory.
const FILE_NAME: &str = "token-uses.json";

type Uses = BTreeMap<Uuid, DateTime<Utc>>;

/// The notes beside the tokens of `tokens`; none if there is no file.
pub(super) fn read(tokens: &Path) -> Result<Uses, VaultError> {
    match fs::read(beside(tokens)) {
        Ok(bytes) => format::decode(PEOPLE, "the file of the tokens' uses", &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Uses::new()),
        Err(error) => Err(fault("reading the tokens' uses", error)),
    }
}

/// Notes a use, under the lock of all who write tokens. A file that cannot be read is begun anew: it
/// holds notes of the past that nobody can bring back, and must not keep the next ones from being kept.
pub(super) fn note(tokens: &Path, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
    let _lock = lock(tokens)?;
    let mut uses = match read(tokens) {
        Err(error @ VaultError::Corrupt { .. }) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the notes of the tokens' uses are begun anew");
            Uses::new()
        }
        read => read?,
    };
    if !is_worth_noting(uses.get(&id).copied(), at) {
        return Ok(());
    }
    uses.insert(id, at);
    itam_files::replace(&beside(tokens), &format::encode(PEOPLE, &uses))
        .map_err(|error| fault("noting the use of a token", error))
}

fn beside(tokens: &Path) -> PathBuf {
    tokens.with_file_name(FILE_NAME)
}

fn fault(operation: &'static str, source: impl Into<Cause>) -> VaultError {
    VaultError::unavailable(operation, source)
}
