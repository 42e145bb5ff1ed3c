//! Why an import could not begin or go on. Rows that are refused are no errors.

use std::path::PathBuf;

use super::decode::{BadByte, bad_byte};

/// Why an import could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: {bad}; say in which encoding it is, such as --encoding windows-1252")]
    Encoding { path: PathBuf, bad: BadByte },
    #[error("{path} has {expected} rows, and {found} were read: it was changed meanwhile; import it again")]
    Changed { path: PathBuf, expected: u64, found: u64 },
    #[error("{path}: {sentence}")]
    Unrecognized { path: PathBuf, sentence: String },
    #[error("cannot write the rejected rows to {path}")]
    Rejects {
        path: PathBuf,
        #[source]
        source: csv::Error,
    },
    #[error("some values can be read in more than one way:\n{}", .0.join("\n"))]
    Questions(Vec<String>),
    #[error("cannot reach {url}")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{url} answered {status}: {detail}")]
    Refused { url: String, status: u16, detail: String },
    #[error("{url} answered what is not understood: {sentence}")]
    Answer { url: String, sentence: String },
    #[error("cannot read the option --{option}: {sentence}")]
    Option { option: &'static str, sentence: String },
    #[error("cannot write the summary")]
    Summary(#[source] std::io::Error),
}

impl ImportError {
    /// What an option says cannot be used.
    pub(crate) fn option(option: &'static str, sentence: impl Into<String>) -> Self {
        Self::Option { option, sentence: sentence.into() }
    }

    /// The text of a file cannot be read, or holds a byte that is not of its encoding.
    pub(crate) fn text(path: &std::path::Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        match bad_byte(&source).cloned() {
            Some(bad) => Self::Encoding { path, bad },
            None => Self::Read { path, source },
        }
    }
}
