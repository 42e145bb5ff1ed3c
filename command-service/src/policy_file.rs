//! The organization's own rules, from a JSON file.

use std::path::{Path, PathBuf};

use itam_domain::Policies;

/// A policy file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// It cannot be read.
    #[error("cannot read the policy file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It is not a policy.
    #[error("the policy file {path} is not acceptable: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
}

/// Reads the policies; the defaults if there is no file.
///
/// # Errors
/// [`PolicyFileError`] says what is wrong with the file. A wrong file is never ignored.
pub fn load_policies(path: Option<&Path>) -> Result<Policies, PolicyFileError> {
    let Some(path) = path else {
        return Ok(Policies::default());
    };
    let bytes = std::fs::read(path).map_err(|source| PolicyFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let unacceptable = |reason: String| PolicyFileError::Content {
        path: path.to_owned(),
        reason,
    };
    let policies = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| unacceptable(error.to_string()))?;
    deserializer
        .end()
        .map_err(|error| unacceptable(error.to_string()))?;
    Ok(policies)
}
