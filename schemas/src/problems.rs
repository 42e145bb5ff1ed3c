//! The examples that the pages of the problem codes show; the contracts show the same ones.

use std::path::PathBuf;
use std::{fs, io};

use itam_service_kit::ProblemCode;
use serde_json::Value;

/// A problem code with the answer that its page shows.
#[derive(Clone, Debug)]
pub struct ProblemExample {
    /// The code.
    pub code: ProblemCode,
    /// The whole page.
    pub page: String,
    /// The answer.
    pub answer: Value,
}

/// A page that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadPageError {
    /// No such page.
    #[error("the page {path} cannot be read")]
    Missing {
        /// Where it should stand.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// The page has no example, or one that is not JSON.
    #[error("the page of {code} shows no JSON example between ```json and ```")]
    NoExample {
        /// The code.
        code: &'static str,
    },
}

/// The folder of the pages.
#[must_use]
pub fn pages_folder() -> PathBuf {
    crate::folder().join("../docs/problems")
}

/// Reads the page of every code.
///
/// # Errors
/// [`ReadPageError`] for the first page that is missing or has no example.
pub fn read_examples() -> Result<Vec<ProblemExample>, ReadPageError> {
    ProblemCode::ALL.iter().map(|code| read_example(*code)).collect()
}

fn read_example(code: ProblemCode) -> Result<ProblemExample, ReadPageError> {
    let path = pages_folder().join(format!("{}.md", code.code()));
    let page = match fs::read_to_string(&path) {
        Ok(page) => page,
        Err(source) => return Err(ReadPageError::Missing { path, source }),
    };
    let example = page.split_once("```json\n").and_then(|(_, rest)| rest.split_once("\n```"));
    let answer = example.and_then(|(text, _)| serde_json::from_str(text).ok());
    let answer = answer.ok_or(ReadPageError::NoExample { code: code.code() })?;
    Ok(ProblemExample { code, page, answer })
}
