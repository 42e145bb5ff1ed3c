//! When each token was used last: a file beside the tokens, which is worth less than they are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::token_lock::lock;
use crate::VaultError;
use crate::error::fault;
use crate::format::{self, PEOPLE};
use crate::port::is_worth_noting;

/// The file in the data directory.
const FILE_NAME: &str = "token-uses.json";

type Uses = BTreeMap<Uuid, DateTime<Utc>>;

/// The notes beside the tokens of `tokens`; none if there is no file. Of one that cannot be understood
/// there are none either: it holds notes of the past that nobody can bring back, and must keep neither the
/// next ones from being kept nor anybody from seeing and revoking tokens.
pub(super) fn read(tokens: &Path) -> Result<Uses, VaultError> {
    let bytes = match fs::read(beside(tokens)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Uses::new()),
        Err(error) => return Err(fault("reading the tokens' uses", error)),
    };
    let read = format::decode(PEOPLE, "the file of the tokens' uses", &bytes);
    Ok(read.unwrap_or_else(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "nobody knows when tokens were used last; it is noted anew");
        Uses::new()
    }))
}

/// Notes a use, under the lock of all who write tokens.
pub(super) fn note(tokens: &Path, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
    let _lock = lock(tokens)?;
    let mut uses = read(tokens)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_can_read_holds_no_notes_and_takes_the_next_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = folder.path().join("tokens.json");
        let (id, at) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
        for damage in ["", "{", "{\"format\":99,\"value\":{}}", "\u{0}\u{0}"] {
            fs::write(beside(&tokens), damage).expect("written");
            assert_eq!(read(&tokens).expect("none"), Uses::new(), "{damage:?}");
            note(&tokens, id, at).expect("noted");
            assert_eq!(read(&tokens).expect("one"), Uses::from([(id, at)]), "{damage:?}");
        }
    }
}
