//! A CSV file as rows whose cells are named by what they mean.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use csv::StringRecord;
use encoding_rs::Encoding;

use super::decode::{Utf8Reader, encoding_of};
use super::error::ImportError;
use super::field::{Field, FileKind, fields_of, recognize};
use super::renamed::RenamedHeaders;

/// How a file is laid out.
#[derive(Debug)]
pub(crate) struct FileLayout {
    pub(crate) path: Arc<Path>,
    pub(crate) kind: FileKind,
    pub(crate) encoding: &'static Encoding,
    pub(crate) delimiter: u8,
    /// The headers as they are written.
    pub(crate) headers: Vec<String>,
    fields: Vec<Option<Field>>,
}

/// What was declared about how files are laid out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) renamed: RenamedHeaders,
}

/// One row of a file.
#[derive(Debug, Clone)]
pub(crate) struct FileRow {
    /// The row as a spreadsheet numbers it: the headers are row 1.
    pub(crate) number: u64,
    pub(crate) cells: StringRecord,
}

/// A cell that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileCell<'a> {
    pub(crate) column: &'a str,
    pub(crate) text: &'a str,
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Flaw {
    pub(crate) column: String,
    pub(crate) value: String,
    pub(crate) reason: String,
}

impl FileCell<'_> {
    pub(crate) fn flaw(&self, reason: impl Into<String>) -> Flaw {
        Flaw { column: self.column.to_owned(), value: self.text.to_owned(), reason: reason.into() }
    }
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl FileLayout {
    /// Looks at the beginning of a file. The delimiter is the one with which its headers make
    /// sense.
    pub(crate) fn of(path: &Path, declared: &Declared) -> Result<Self, ImportError> {
        let encoding = sniff(path, declared.encoding)?;
        let mut refusal = (0, String::new());
        for delimiter in declared.delimiter.map_or(DELIMITERS.to_vec(), |only| vec![only]) {
            let mut reader = reader(path, encoding, delimiter)?;
            let mut record = StringRecord::new();
            reader.read_record(&mut record).map_err(|error| ImportError::csv(path, error))?;
            let headers: Vec<String> = record.iter().map(|header| header.trim().to_owned()).collect();
            let normalized: Vec<String> =
                headers.iter().map(|header| declared.renamed.meaning(header)).collect();
            match recognize(&normalized) {
                Ok(kind) => {
                    let unclear = |sentence| ImportError::Unrecognized { path: path.to_owned(), sentence };
                    return Ok(Self {
                        path: Arc::from(path),
                        kind,
                        encoding,
                        delimiter,
                        fields: fields_of(kind, &normalized).map_err(unclear)?,
                        headers,
                    });
                }
                Err(sentence) if headers.len() > refusal.0 => refusal = (headers.len(), sentence),
                Err(_) => {}
            }
        }
        let sentence = match refusal.0 {
            0 => "the file is empty".to_owned(),
            _ => refusal.1,
        };
        let path = path.to_owned();
        Err(ImportError::Unrecognized { path, sentence })
    }

    /// The columns that are not read, by their headers.
    pub(crate) fn unread(&self) -> Vec<String> {
        let columns = self.headers.iter().zip(&self.fields).enumerate();
        let unread = columns.filter(|(_, (_, field))| field.is_none());
        unread
            .map(|(index, (header, _))| match header.as_str() {
                "" => format!("column {} (no header)", index + 1),
                header => header.to_owned(),
            })
            .collect()
    }

    /// The header of the first column that says `field`.
    pub(crate) fn header(&self, field: Field) -> Option<&str> {
        let index = self.fields.iter().position(|meaning| *meaning == Some(field))?;
        self.headers.get(index).map(String::as_str)
    }

    /// The cells of `row` that say `field`. Two columns of one meaning may not contradict each
    /// other.
    pub(crate) fn cell<'a>(&'a self, row: &'a FileRow, field: Field) -> Result<Option<FileCell<'a>>, Flaw> {
        let mut found: Option<FileCell<'a>> = None;
        for cell in self.cells(row, field).filter(|cell| !cell.text.is_empty()) {
            match found {
                Some(first) if first.text != cell.text => {
                    let reason =
                        format!("two columns say different things: {} says {:?}", first.column, first.text);
                    return Err(cell.flaw(reason));
                }
                Some(_) => {}
                None => found = Some(cell),
            }
        }
        Ok(found)
    }

    /// The first cell of `row` in a column of `field`, blank or not, to point at.
    pub(crate) fn pointed<'a>(&'a self, row: &'a FileRow, field: Field) -> FileCell<'a> {
        let nowhere = FileCell { column: "", text: "" };
        self.cells(row, field).next().unwrap_or(nowhere)
    }

    fn cells<'a>(&'a self, row: &'a FileRow, field: Field) -> impl Iterator<Item = FileCell<'a>> {
        let columns = self.headers.iter().zip(&self.fields).zip(row.cells.iter());
        columns
            .filter(move |((_, meaning), _)| **meaning == Some(field))
            .map(|((column, _), text)| FileCell { column, text: text.trim() })
    }

    /// Whether the row has as many cells as there are headers.
    pub(crate) fn check_width(&self, row: &FileRow) -> Result<(), Flaw> {
        if row.cells.len() == self.headers.len() {
            return Ok(());
        }
        Err(Flaw {
            column: String::new(),
            value: String::new(),
            reason: format!(
                "the row has {} cells and the headers {}; perhaps a quotation mark or a separator is missing",
                row.cells.len(),
                self.headers.len()
            ),
        })
    }

    /// Opens the file at its first row. Rows without anything in them are passed over.
    pub(crate) fn rows(
        &self,
    ) -> Result<impl Iterator<Item = Result<FileRow, ImportError>> + use<>, ImportError> {
        let reader = reader(&self.path, self.encoding, self.delimiter)?;
        let path = Arc::clone(&self.path);
        let records = reader.into_records().zip(1..).skip(1);
        Ok(records.filter_map(move |(record, number)| match record {
            Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => None,
            Ok(cells) => Some(Ok(FileRow { number, cells })),
            Err(error) => Some(Err(ImportError::csv(&path, error))),
        }))
    }
}

fn sniff(path: &Path, declared: Option<&'static Encoding>) -> Result<&'static Encoding, ImportError> {
    let mut head = [0; 3];
    let mut file = open(path)?;
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(source) => {
                let path = path.to_owned();
                return Err(ImportError::Read { path, source });
            }
        }
    }
    Ok(encoding_of(&head[..length], declared))
}

fn open(path: &Path) -> Result<File, ImportError> {
    let failed = |source| ImportError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // A pipe cannot be read twice, and it has to be: first to see how it is written.
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(file)
}

fn reader(
    path: &Path,
    encoding: &'static Encoding,
    delimiter: u8,
) -> Result<csv::Reader<Utf8Reader<File>>, ImportError> {
    let text = Utf8Reader::new(open(path)?, encoding);
    Ok(csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    fn layout(bytes: &[u8]) -> (tempfile::NamedTempFile, FileLayout) {
        let file = file(bytes);
        let layout = FileLayout::of(file.path(), &Declared::default()).expect("layout");
        (file, layout)
    }

    fn rows(layout: &FileLayout) -> Vec<FileRow> {
        layout.rows().expect("rows").map(|row| row.expect("row")).collect()
    }

    #[test]
    fn line_ends_of_every_sort_and_breaks_in_quotes_are_understood() {
        for bytes in [
            &b"Asset Tag,Notes\rA-1,\"one\rtwo\"\rA-2,\r"[..],
            b"Asset Tag,Notes\r\nA-1,\"one\r\ntwo\"\r\n\r\n,\r\nA-2,",
            b"Asset Tag;Notes\nA-1;\"one\ntwo\"\nA-2;\n",
        ] {
            let (_file, layout) = layout(bytes);
            let rows = rows(&layout);
            let tags: Vec<&str> = rows.iter().map(|row| layout.pointed(row, Field::Tag).text).collect();
            assert_eq!(tags, ["A-1", "A-2"]);
            assert!(layout.pointed(&rows[0], Field::Notes).text.starts_with("one"));
        }
    }

    #[test]
    fn duplicate_and_empty_headers_are_survived() {
        let (_file, layout) =
            layout(b"Asset Tag,Serial,,Serial Number,Color\nA-1,,x,S1,red\nA-2,S1,x,S2,red\n");
        let rows = rows(&layout);
        let first = layout.cell(&rows[0], Field::Serial).expect("one").expect("said");
        assert_eq!((first.column, first.text), ("Serial Number", "S1"));
        let flaw = layout.cell(&rows[1], Field::Serial).expect_err("contradiction");
        assert_eq!((flaw.column.as_str(), flaw.value.as_str()), ("Serial Number", "S2"));
        assert_eq!(layout.unread(), ["column 3 (no header)", "Color"]);
    }

    #[test]
    fn a_row_of_another_width_is_flawed() {
        let (_file, layout) = layout(b"Asset Tag,Name\nA-1\nA-2,x\n");
        let rows = rows(&layout);
        assert!(layout.check_width(&rows[0]).is_err());
        assert!(layout.check_width(&rows[1]).is_ok());
    }

    #[test]
    fn a_file_that_is_not_utf8_is_asked_about() {
        let file = file(b"Asset Tag,Name\nA-1,Caf\xe9\n");
        let error = FileLayout::of(file.path(), &Declared::default()).expect_err("bad byte");
        let sentence = error.to_string();
        assert!(sentence.contains("line 2") && sentence.contains("--encoding"), "{sentence}");
    }
}
