//! The stored form of everything in the vault: JSON with a format number, so that a build can
//! tell what it does not know.
//!
//! Each kind of thing has a number of its own: a new form of the one does not keep older builds from
//! reading the other.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::VaultError;

/// The newest format of people that this build reads, and the one it writes; of notes of use as well.
pub(crate) const PEOPLE: u32 = 1;

/// The newest format of tokens that this build reads, and the one it writes. A token of format 1 has no
/// end and no maker; a build that knows format 1 alone would let an expired token in, so it must refuse 2.
pub(crate) const TOKENS: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    format: u32,
    value: T,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

pub(crate) fn encode<T: Serialize>(format: u32, value: T) -> Vec<u8> {
    serde_json::to_vec(&Stored { format, value }).expect("the vault's types are plain JSON")
}

/// Reads what has at most the format `newest`.
pub(crate) fn decode<T: DeserializeOwned>(
    newest: u32,
    what: &'static str,
    bytes: &[u8],
) -> Result<T, VaultError> {
    let corrupt = |error: serde_json::Error| VaultError::Corrupt { what, source: without_values(&error) };
    let FormatOnly { format } = serde_json::from_slice(bytes).map_err(corrupt)?;
    check(newest, what, format)?;
    let stored: Stored<T> = serde_json::from_slice(bytes).map_err(corrupt)?;
    Ok(stored.value)
}

pub(crate) fn check(newest: u32, what: &'static str, found: u32) -> Result<(), VaultError> {
    if found > newest {
        return Err(VaultError::NewerFormat { what, found, supported: newest });
    }
    Ok(())
}

/// The place of the error without its words, which may quote a person's data.
fn without_values(error: &serde_json::Error) -> crate::Cause {
    format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(decode::<String>(PEOPLE, "a text", &encode(PEOPLE, "x")).unwrap(), "x");
    }

    #[test]
    fn a_newer_format_is_refused_whatever_its_shape() {
        let error = decode::<String>(PEOPLE, "a text", br#"{"format":2,"other":[]}"#).unwrap_err();
        assert_eq!(error.to_string(), "a text has format 2, this build reads up to 1: use a newer itam");
    }

    #[test]
    fn an_unreadable_value_is_not_quoted() {
        let error = decode::<u32>(PEOPLE, "a number", br#"{"format":1,"value":"Ada"}"#).unwrap_err();
        assert!(matches!(error, VaultError::Corrupt { .. }));
        assert!(!format!("{error:?}").contains("Ada"));
    }
}
