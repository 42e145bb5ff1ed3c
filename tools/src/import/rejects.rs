//! The file of rejected rows: their own columns, and why. Set right, it can be imported itself.

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use itam_files::FileAccess;

use super::error::ImportError;
use super::table::{FileLayout, FileRow, Flaw};

const COLUMNS: [&str; 4] = ["Rejected Row", "Rejected Column", "Rejected Value", "Rejected Reason"];

/// Writes the rejected rows of one file. The file appears with the first of them.
pub(crate) struct Rejects {
    path: Option<PathBuf>,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    /// Nothing is written without a path.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, writer: None }
    }

    pub(crate) fn write(
        &mut self,
        layout: &FileLayout,
        row: &FileRow,
        flaw: &Flaw,
    ) -> Result<(), ImportError> {
        let Some(path) = &self.path else { return Ok(()) };
        let failed = |source| ImportError::Rejects { path: path.clone(), source };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            closed => closed.insert(open(path, layout).map_err(failed)?),
        };
        let width = layout.headers.len();
        // A row of another width would shift what is added to it; what is too much comes last.
        let blanks = std::iter::repeat("");
        let mut record: StringRecord = row.cells.iter().chain(blanks).take(width).collect();
        for text in [&row.number.to_string(), &flaw.column, &flaw.value, &flaw.reason] {
            record.push_field(text);
        }
        for surplus in row.cells.iter().skip(width) {
            record.push_field(surplus);
        }
        writer.write_record(&record).map_err(failed)
    }

    /// Ends the file; gives back where it is, if there were rejected rows.
    pub(crate) fn finish(self) -> Result<Option<String>, ImportError> {
        let (Some(path), Some(mut writer)) = (self.path, self.writer) else {
            return Ok(None);
        };
        let shown = path.display().to_string();
        writer.flush().map_err(|error| ImportError::Rejects { path, source: error.into() })?;
        Ok(Some(shown))
    }
}

fn open(path: &Path, layout: &FileLayout) -> Result<csv::Writer<File>, csv::Error> {
    let file = itam_files::open_private(path, FileAccess::ReadWrite)?;
    file.set_len(0)?;
    let mut writer = csv::WriterBuilder::new().delimiter(layout.delimiter).flexible(true).from_writer(file);
    writer.write_record(layout.headers.iter().map(String::as_str).chain(COLUMNS))?;
    Ok(writer)
}

/// Where the rejected rows of each of `inputs` files go: to `path`, or, if there are several, each
/// to a file of its own beside it that is named after its input.
pub(crate) fn paths(path: &Path, inputs: &[PathBuf]) -> Vec<PathBuf> {
    if inputs.len() == 1 {
        return vec![path.to_owned()];
    }
    let part = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = part(path.file_stem()).unwrap_or_default();
    let extension = part(path.extension()).map(|extension| format!(".{extension}")).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for input in inputs {
        let label = part(input.file_stem()).unwrap_or_default();
        let mut name = format!("{stem}-{label}{extension}");
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{stem}-{label}-{number}{extension}");
        }
        names.push(name);
    }
    names.into_iter().map(|name| path.with_file_name(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_has_a_file_of_its_own() {
        let inputs = ["a/assets.csv", "b/assets.csv", "users.csv"].map(PathBuf::from);
        let expected = ["out/bad-assets.csv", "out/bad-assets-2.csv", "out/bad-users.csv"].map(PathBuf::from);
        assert_eq!(paths(Path::new("out/bad.csv"), &inputs), expected);
        assert_eq!(paths(Path::new("out/bad.csv"), &inputs[..1]), [PathBuf::from("out/bad.csv")]);
    }
}
