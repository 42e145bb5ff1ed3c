//! The stored form of everything in the vault: JSON with a format number, so that a build can
//! tell what it does not know.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::VaultError;

/// The newest format this build reads, and the one it writes.
pub(crate) const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    format: u32,
    value: T,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

pub(crate) fn encode<T: Serialize>(value: T) -> Vec<u8> {
    serde_json::to_vec(&Stored { format: FORMAT, value }).expect("the vault's types are plain JSON")
}

pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, VaultError> {
    let corrupt = |error: serde_json::Error| VaultError::Corrupt { what, source: without_values(&error) };
    let FormatOnly { format } = serde_json::from_slice(bytes).map_err(corrupt)?;
    check(what, format)?;
    let stored: Stored<T> = serde_json::from_slice(bytes).map_err(corrupt)?;
    Ok(stored.value)
}

pub(crate) fn check(what: &'static str, found: u32) -> Result<(), VaultError> {
    if found > FORMAT {
        return Err(VaultError::NewerFormat { what, found, supported: FORMAT });
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
        assert_eq!(decode::<String>("a text", &encode("x")).unwrap(), "x");
    }

    #[test]
    fn a_newer_format_is_refused_whatever_its_shape() {
        let error = decode::<String>("a text", br#"{"format":2,"other":[]}"#).unwrap_err();
        assert_eq!(error.to_string(), "a text has format 2, this build reads up to 1: use a newer itam");
    }

    #[test]
    fn an_unreadable_value_is_not_quoted() {
        let error = decode::<u32>("a number", br#"{"format":1,"value":"Ada"}"#).unwrap_err();
        assert!(matches!(error, VaultError::Corrupt { .. }));
        assert!(!format!("{error:?}").contains("Ada"));
    }
}
