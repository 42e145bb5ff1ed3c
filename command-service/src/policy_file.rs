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
    let bytes =
        std::fs::read(path).map_err(|source| PolicyFileError::Read { path: path.to_owned(), source })?;
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let unacceptable = |reason: String| PolicyFileError::Content { path: path.to_owned(), reason };
    let policies = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| unacceptable(error.to_string()))?;
    deserializer.end().map_err(|error| unacceptable(error.to_string()))?;
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(content: &str) -> Result<Policies, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("policies.json");
        std::fs::write(&path, content).expect("a file");
        load_policies(Some(&path)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_policy_file_is_taken_whole_or_not_at_all() {
        assert_eq!(load("{}\n"), Ok(Policies::default()));
        assert_eq!(load_policies(None).ok(), Some(Policies::default()));
        let unknown = load(r#"{"approval": {"roles": {}, "colour": 1}}"#).expect_err("refused");
        assert!(unknown.contains("approval.colour"), "{unknown}");
        assert!(load("{} {}").is_err_and(|error| error.contains("trailing")));
        assert!(load_policies(Some(Path::new("no such file"))).is_err());
    }
}
