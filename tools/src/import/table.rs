//! A CSV file as rows whose cells are named by what they mean.

mod proposals;

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use csv::StringRecord;
use encoding_rs::Encoding;

use super::artefact::{is_error_value, unmarked};
use super::decode::{Utf8Reader, encoding_of};
use super::error::ImportError;
use super::field::{Field, FileKind};
use super::recognition::{fields_of, recognize};
use super::record::{CsvRecord, CsvRecords, RecordFault};
use super::renamed::RenamedHeaders;
use proposals::tag_meant;

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
    /// Whether it was declared what the column means.
    renamed: Vec<bool>,
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
    /// The line of the file on which it begins, from 1.
    pub(crate) line: u64,
    pub(crate) cells: StringRecord,
    /// Why it cannot be read, if it cannot.
    pub(crate) fault: Option<RecordFault>,
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
        let failed = |error| ImportError::text(path, error);
        let encoding = encoding_of(&mut open(path)?, declared.encoding).map_err(failed)?;
        let directive = records(path, encoding, DELIMITERS[0])?.take_directive().map_err(failed)?;
        let directive = directive.and_then(|sign| u8::try_from(sign).ok());
        let only = declared.delimiter.or(directive).map(|only| vec![only]);
        let mut refusal = (0, String::new());
        for delimiter in only.unwrap_or(DELIMITERS.to_vec()) {
            let Some(record) = headers(path, encoding, delimiter)?.1 else { break };
            let headers: Vec<String> = record.cells.iter().map(|header| header.trim().to_owned()).collect();
            let normalized: Vec<String> =
                headers.iter().map(|header| declared.renamed.meaning(header)).collect();
            let kind = match record.fault {
                Some(fault) => Err(fault.reason),
                None => recognize(&normalized),
            };
            match kind {
                Ok(kind) => {
                    let unclear = |sentence| ImportError::Unrecognized { path: path.to_owned(), sentence };
                    return Ok(Self {
                        path: Arc::from(path),
                        kind,
                        encoding,
                        delimiter,
                        fields: fields_of(kind, &normalized).map_err(unclear)?,
                        renamed: headers.iter().map(|header| declared.renamed.has(header)).collect(),
                        headers,
                    });
                }
                Err(sentence) if headers.len() > refusal.0 => {
                    refusal = (headers.len(), sentence + &tag_meant(&headers));
                }
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

    /// The notes of a row. Where several columns are notes, those that were declared to be are told apart
    /// by their headers.
    pub(crate) fn notes(&self, row: &FileRow) -> Option<String> {
        let columns = self.headers.iter().zip(&self.fields).zip(&self.renamed).zip(row.cells.iter());
        let notes = columns.filter(|(((_, field), _), _)| **field == Some(Field::Notes));
        let notes: Vec<(&String, bool, &str)> =
            notes.map(|(((header, _), is_renamed), text)| (header, *is_renamed, said_by(text))).collect();
        let is_several = notes.len() > 1;
        let said = notes.iter().filter(|(_, _, text)| !text.is_empty());
        let lines: Vec<String> =
            said.map(|(header, is_renamed, text)| {
                if is_several && *is_renamed { format!("{header}: {text}") } else { (*text).to_owned() }
            })
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
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
        let mut written = self.written(row, field);
        written.next().map_or(nowhere, |(column, text)| FileCell { column, text: unmarked(text) })
    }

    /// The cells of `row` in columns of `field` as they are written.
    pub(crate) fn written<'a>(
        &'a self,
        row: &'a FileRow,
        field: Field,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let columns = self.headers.iter().zip(&self.fields).zip(row.cells.iter());
        columns
            .filter(move |((_, meaning), _)| **meaning == Some(field))
            .map(|((column, _), text)| (column.as_str(), text))
    }

    /// What the cells of `row` in columns of `field` are about.
    fn cells<'a>(&'a self, row: &'a FileRow, field: Field) -> impl Iterator<Item = FileCell<'a>> {
        self.written(row, field).map(|(column, text)| FileCell { column, text: said_by(text) })
    }

    /// What the columns mean that are read, each meaning once.
    pub(crate) fn meanings(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = self.fields.iter().copied().flatten().collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Whether the row could be read as one.
    pub(crate) fn check_form(&self, row: &FileRow) -> Result<(), Flaw> {
        let Some(fault) = &row.fault else { return Ok(()) };
        let column = fault.cell.and_then(|cell| self.headers.get(cell)).cloned().unwrap_or_default();
        Err(Flaw { column, value: fault.value.clone(), reason: fault.reason.clone() })
    }

    /// Opens the file at its first row. Rows without anything in them are passed over, and counted.
    pub(crate) fn rows(
        &self,
    ) -> Result<impl Iterator<Item = Result<FileRow, ImportError>> + use<>, ImportError> {
        let (mut records, _) = headers(&self.path, self.encoding, self.delimiter)?;
        records.set_width(self.headers.len());
        let path = Arc::clone(&self.path);
        let records = std::iter::from_fn(move || records.next().transpose()).zip(2..);
        Ok(records.filter_map(move |(record, number)| match record {
            Ok(record) if record.cells.iter().all(|cell| cell.trim().is_empty()) => None,
            Ok(CsvRecord { line, cells, fault }) => Some(Ok(FileRow { number, line, cells, fault })),
            Err(error) => Some(Err(ImportError::text(&path, error))),
        }))
    }
}

/// What a cell says: nothing, where a formula failed.
fn said_by(text: &str) -> &str {
    if is_error_value(text) { "" } else { unmarked(text) }
}

fn open(path: &Path) -> Result<File, ImportError> {
    let failed = |source| ImportError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // A pipe cannot be read twice, and it has to be: first to see how it is written.
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(file)
}

type FileRecords = CsvRecords<Utf8Reader<File>>;

fn records(path: &Path, encoding: &'static Encoding, delimiter: u8) -> Result<FileRecords, ImportError> {
    Ok(CsvRecords::new(Utf8Reader::new(open(path)?, encoding), char::from(delimiter)))
}

/// Opens a file behind its headers.
fn headers(
    path: &Path,
    encoding: &'static Encoding,
    delimiter: u8,
) -> Result<(FileRecords, Option<CsvRecord>), ImportError> {
    let mut records = records(path, encoding, delimiter)?;
    let mut first = || -> io::Result<Option<CsvRecord>> {
        records.take_directive()?;
        loop {
            let record = records.next()?;
            let is_blank = |record: &CsvRecord| record.cells.iter().all(|cell| cell.trim().is_empty());
            if !record.as_ref().is_some_and(is_blank) {
                return Ok(record);
            }
        }
    };
    let first = first().map_err(|error| ImportError::text(path, error))?;
    Ok((records, first))
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
    fn a_row_of_another_width_is_flawed_unless_what_is_too_much_is_blank() {
        let (_file, layout) = layout(b"Asset Tag,Name\nA-1\nA-2,x\nA-3,x,,\nA-4,x,,y\n");
        let flawed: Vec<bool> = rows(&layout).iter().map(|row| layout.check_form(row).is_err()).collect();
        assert_eq!(flawed, [true, false, false, true]);
    }

    #[test]
    fn a_directive_for_spreadsheets_is_no_row_and_sets_the_delimiter() {
        let (_file, layout) = layout(b"\xef\xbb\xbfsep=;\r\nAsset Tag;Notes\r\nA-1;a, b\r\n");
        let rows = rows(&layout);
        assert_eq!((layout.delimiter, rows.len(), rows[0].number, rows[0].line), (b';', 1, 2, 3));
        assert_eq!(layout.pointed(&rows[0], Field::Notes).text, "a, b");
    }

    #[test]
    fn blank_rows_count_where_rows_are_numbered() {
        let (_file, layout) = layout(b"Asset Tag,Name\n\nA-1,\"x\ny\"\n,\nA-2,x\n");
        let places: Vec<(u64, u64)> = rows(&layout).iter().map(|row| (row.number, row.line)).collect();
        assert_eq!(places, [(3, 3), (5, 6)]);
    }

    #[test]
    fn what_spreadsheets_put_around_a_value_is_none_of_it() {
        let (_file, layout) = layout(b"Asset Tag,Name\n\"=\"\"00123\"\"\",#N/A\n'00124,=\"x\"\n");
        let rows = rows(&layout);
        let tags: Vec<&str> = rows.iter().map(|row| layout.pointed(row, Field::Tag).text).collect();
        assert_eq!(tags, ["00123", "00124"]);
        assert_eq!(layout.cell(&rows[0], Field::Name), Ok(None));
        assert_eq!(layout.pointed(&rows[0], Field::Name).text, "#N/A");
        assert_eq!(layout.cell(&rows[1], Field::Name).expect("one").expect("said").text, "x");
    }

    #[test]
    fn a_file_that_is_not_utf8_is_asked_about() {
        let file = file(b"Asset Tag,Name\nA-1,Caf\xe9\n");
        let error = FileLayout::of(file.path(), &Declared::default()).expect_err("bad byte");
        let sentence = error.to_string();
        assert!(sentence.contains("line 2") && sentence.contains("--encoding"), "{sentence}");
    }
}
