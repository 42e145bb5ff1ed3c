//! Why an import could not begin or go on. Rows that are refused are no errors.

use std::path::PathBuf;

use super::decode::BadByte;

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
    #[error("{path} is no CSV file that can be read")]
    Csv {
        path: PathBuf,
        #[source]
        source: csv::Error,
    },
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
    /// A CSV error, or the bad byte behind it.
    pub(crate) fn csv(path: &std::path::Path, error: csv::Error) -> Self {
        let path = path.to_owned();
        let bad = match error.kind() {
            csv::ErrorKind::Io(io) => io.get_ref().and_then(|inner| inner.downcast_ref::<BadByte>()),
            _ => None,
        };
        if let Some(bad) = bad.cloned() {
            return Self::Encoding { path, bad };
        }
        Self::Csv { path, source: error }
    }
}
