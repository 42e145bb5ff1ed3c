//! The rows of a file, CSV or NDJSON, with the lines they stand on.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use serde_json::Value;

use crate::column_name::normalize_header;
use crate::failure::Failure;

/// What a file may hold.
#[derive(Debug)]
pub(super) struct Form {
    /// What its rows are.
    pub(super) what: &'static str,
    /// The columns that are read.
    pub(super) columns: &'static [&'static str],
    /// What columns are called as well.
    pub(super) other_names: &'static [(&'static str, &'static str)],
    /// What a file without column names and with one column is a list of.
    pub(super) bare: Option<&'static str>,
    /// Columns that may stand there and say nothing.
    pub(super) ignored: &'static [&'static str],
    /// The columns one of which says what a row is about.
    pub(super) labels: &'static [&'static str],
}

/// The cells of a row that are not blank, by column.
pub(super) type Cells = HashMap<String, String>;

/// A row that was read, or why it cannot be.
pub(super) struct Numbered {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// What it is about, as the row has it.
    pub(super) label: String,
    pub(super) cells: Result<Cells, String>,
}

/// The rows of a file, read one after the other.
pub(super) struct RowFile<R: BufRead> {
    form: &'static Form,
    rows: Rows<R>,
}

enum Rows<R: BufRead> {
    /// With the names of its columns.
    Csv(Box<Reader<LineCounter<R>>>, Vec<String>),
    Ndjson(io::Lines<R>, u64),
}

impl<R: BufRead> RowFile<R> {
    /// Begins to read: NDJSON if the first sign is a brace, else CSV.
    pub(super) fn open(form: &'static Form, path: &Path, mut input: R) -> Result<Self, Failure> {
        let unusable = |source| Failure::File { path: path.to_owned(), source };
        let beginning = input.fill_buf().map_err(unusable)?;
        let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            return Ok(Self { form, rows: Rows::Ndjson(input.lines(), 0) });
        }
        if beginning.starts_with(MARK) {
            input.consume(MARK.len());
        }
        let beginning = input.fill_buf().map_err(unusable)?;
        let lines = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
        let first_line = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
        let delimiter = if first_line.contains(&b';') { b';' } else { b',' };
        let bare = form.bare_list(path, &String::from_utf8_lossy(first_line))?;
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).flexible(true).trim(Trim::All).has_headers(bare.is_none());
        let mut reader = builder.from_reader(LineCounter::new(input));
        let headers = match bare {
            Some(column) => vec![column.to_owned()],
            None => headers(form, path, &mut reader)?,
        };
        Ok(Self { form, rows: Rows::Csv(Box::new(reader), headers) })
    }

    /// The next rows, at most `limit`; none at the end.
    pub(super) fn take(&mut self, limit: usize) -> io::Result<Vec<Numbered>> {
        let mut rows = Vec::new();
        while rows.len() < limit {
            let Some(row) = self.next()? else { break };
            rows.push(row);
        }
        Ok(rows)
    }

    fn next(&mut self) -> io::Result<Option<Numbered>> {
        match &mut self.rows {
            Rows::Csv(reader, headers) => next_record(self.form, reader, headers),
            Rows::Ndjson(lines, number) => next_object(self.form, lines, number),
        }
    }
}

/// The mark that some programs put before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

fn headers(form: &Form, path: &Path, reader: &mut Reader<impl Read>) -> Result<Vec<String>, Failure> {
    let refuse = |sentence: String| Failure::Usage(format!("{}: {sentence}", path.display()));
    let headers = reader.headers().map_err(|error| refuse(error.to_string()))?;
    let names: Vec<String> = headers.iter().map(|header| form.column(header)).collect();
    let what = form.what;
    if let Some(unknown) = names.iter().find(|name| !form.knows(name)) {
        let known = form.columns.join(", ");
        return Err(refuse(format!("there is no column {unknown:?} of {what}; there are {known}")));
    }
    if !names.iter().any(|name| form.labels.contains(&name.as_str())) {
        let labels = form.labels.join(", ");
        return Err(refuse(format!("no column says what a row is about: one of {labels}")));
    }
    Ok(names)
}

fn next_record<R: Read>(
    form: &Form,
    reader: &mut Reader<LineCounter<R>>,
    headers: &[String],
) -> io::Result<Option<Numbered>> {
    let mut record = StringRecord::new();
    let begin = reader.position().byte();
    let read = reader.read_record(&mut record);
    let line = reader.get_mut().line_of_record(begin);
    match read {
        Ok(false) => Ok(None),
        Ok(true) => {
            let cells: Cells = headers
                .iter()
                .cloned()
                .zip(record.iter().map(str::to_owned))
                .filter(|(_, cell)| !cell.is_empty())
                .collect();
            let label = form.label_of(&cells);
            if record.len() != headers.len() {
                let reason =
                    format!("the row has {} cells, the first line names {}", record.len(), headers.len());
                return Ok(Some(Numbered { line, label, cells: Err(reason) }));
            }
            Ok(Some(Numbered { line, label, cells: Ok(cells) }))
        }
        Err(error) if error.is_io_error() => Err(error.into()),
        Err(error) => Ok(Some(broken(line, error.to_string()))),
    }
}

fn next_object(
    form: &Form,
    lines: &mut io::Lines<impl BufRead>,
    number: &mut u64,
) -> io::Result<Option<Numbered>> {
    loop {
        *number += 1;
        let line = *number;
        let text = match lines.next() {
            None => return Ok(None),
            Some(Ok(text)) if text.trim().is_empty() => continue,
            Some(Ok(text)) => text,
            Some(Err(error)) if error.kind() == ErrorKind::InvalidData => {
                return Ok(Some(broken(line, error.to_string())));
            }
            Some(Err(error)) => return Err(error),
        };
        return Ok(Some(match read_object(form, &text) {
            Ok(cells) => Numbered { line, label: form.label_of(&cells), cells: Ok(cells) },
            Err(reason) => broken(line, reason),
        }));
    }
}

fn broken(line: u64, reason: String) -> Numbered {
    Numbered { line, label: String::new(), cells: Err(reason) }
}

fn read_object(form: &Form, text: &str) -> Result<Cells, String> {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut cells = HashMap::new();
    for (name, value) in object {
        if form.ignored.contains(&name.as_str()) {
            continue;
        }
        if !form.knows(&name) {
            return Err(format!("there is no field {name:?} of {}", form.what));
        }
        match value {
            Value::Null => {}
            Value::String(text) => {
                let text = text.trim().to_owned();
                cells.extend((!text.is_empty()).then_some((name, text)));
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!("{name} is {value}, which is no text"));
            }
        }
    }
    Ok(cells)
}

impl Form {
    /// The column that a header names, in any case and spelling of its words.
    fn column(&self, header: &str) -> String {
        let name = normalize_header(header).replace(' ', "_");
        let other = self.other_names.iter().find(|(other, _)| *other == name);
        other.map_or(name, |(_, column)| (*column).to_owned())
    }

    /// What the file is a list of, if its first line names no columns: what a scanner writes that knows
    /// nothing but labels. A word that may be the name of a column is taken for no label.
    fn bare_list(&self, path: &Path, first_line: &str) -> Result<Option<&'static str>, Failure> {
        let first = first_line.trim_matches('"');
        let is_single = !first.is_empty() && !first.contains([',', ';', '\t']);
        let Some(column) = self.bare.filter(|_| is_single && !self.knows(&self.column(first))) else {
            return Ok(None);
        };
        if first.chars().any(|c| c.is_ascii_digit()) {
            return Ok(Some(column));
        }
        Err(Failure::Usage(format!(
            "{}: is {first:?} a label, or what a column is called? Put {column} into the first line, above the labels",
            path.display()
        )))
    }

    fn knows(&self, name: &str) -> bool {
        self.columns.contains(&name) || self.ignored.contains(&name)
    }

    fn label_of(&self, cells: &Cells) -> String {
        self.labels.iter().find_map(|name| cells.get(*name)).cloned().unwrap_or_default()
    }
}

/// A reader that knows on which line a byte stands. The CSV reader counts a line when it meets the
/// line feed, which after a carriage return and at blank lines is later than a row begins.
struct LineCounter<R> {
    inner: R,
    /// How many bytes were read.
    bytes: u64,
    /// Where the ends of lines are that were read and not yet passed; of each, whether it counts.
    ends: VecDeque<(u64, bool)>,
    line: u64,
}

impl<R> LineCounter<R> {
    fn new(inner: R) -> Self {
        Self { inner, bytes: 0, ends: VecDeque::new(), line: 1 }
    }

    /// The line of the record that begins at `byte` or, if blank lines stand there, after them. To be
    /// asked in the order of the file.
    fn line_of_record(&mut self, mut byte: u64) -> u64 {
        while let Some(&(at, is_feed)) = self.ends.front()
            && at <= byte
        {
            self.ends.pop_front();
            self.line += u64::from(is_feed);
            byte += u64::from(at == byte);
        }
        self.line
    }
}

impl<R: Read> Read for LineCounter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for (at, byte) in (self.bytes..).zip(&buffer[..length]) {
            if matches!(byte, b'\r' | b'\n') {
                self.ends.push_back((at, *byte == b'\n'));
            }
        }
        self.bytes += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FORM: Form = Form {
        what: "scans",
        columns: &["tag", "place"],
        other_names: &[("asset_tag", "tag")],
        bare: Some("tag"),
        ignored: &["note"],
        labels: &["tag"],
    };

    fn read(text: &str) -> Vec<(u64, Result<Cells, String>)> {
        read_all(text).into_iter().map(|numbered| (numbered.line, numbered.cells)).collect()
    }

    fn cells(tag: &str, place: Option<&str>) -> Cells {
        let place = place.map(|place| ("place".to_owned(), place.to_owned()));
        [("tag".to_owned(), tag.to_owned())].into_iter().chain(place).collect()
    }

    #[test]
    fn rows_are_read_from_either_form_and_numbered_by_line() {
        let expected = [Ok(cells("LT-1", Some("Store"))), Ok(cells("LT-2", None))];
        for text in ["Tag,Place\r\nLT-1, Store \r\nLT-2,\r\n", "\u{feff}tag;place\nLT-1;Store\nLT-2;\n"] {
            let rows = read(text);
            assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
            assert_eq!(rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), expected);
        }
        let rows =
            read("{\"tag\":\"LT-1\",\"place\":\"Store\",\"note\":7}\n\n{\"tag\":\"LT-2\",\"place\":\"\"}\n");
        assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn columns_are_named_in_any_case_and_spelling() {
        for header in ["Asset Tag", "ASSET_TAG", "asset-tag", "Tag"] {
            let rows = read(&format!("{header},PLACE\nLT-1,Store\n"));
            assert_eq!(rows, [(2, Ok(cells("LT-1", Some("Store"))))], "{header}");
        }
    }

    #[test]
    fn a_bare_list_is_one_of_labels() {
        for text in ["LT-1\r\n\r\nLT-2\r\n", "\u{feff}\nLT-1\nLT-2", "\"LT-1\"\n\nLT-2\n"] {
            let rows = read(text);
            let labels: Vec<_> = rows.iter().map(|(_, row)| row.clone()).collect();
            assert_eq!(labels, [Ok(cells("LT-1", None)), Ok(cells("LT-2", None))], "{text:?}");
        }
        assert_eq!(read("LT-1\n\nLT-2\n").iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(read("Asset Tag\nLT-1\n"), [(2, Ok(cells("LT-1", None)))]);
        let refused = RowFile::open(&FORM, Path::new("scans"), &b"Etikett\nLT-1\n"[..]);
        let Err(Failure::Usage(sentence)) = refused else { panic!("a word for a column") };
        assert!(sentence.contains("\"Etikett\"") && sentence.contains("Put tag"), "{sentence}");
    }

    #[test]
    fn lines_are_counted_over_blank_ones_quoted_ones_and_either_end() {
        for (end, mark) in [("\n", ""), ("\r\n", ""), ("\r\n", "\u{feff}")] {
            let lines = ["tag,place", "", "LT-1,A", "", "", "\"LT-2\",\"B", "b\"", "LT-3,C", "LT-4,D"];
            let rows = read(&format!("{mark}{}", lines.join(end)));
            let numbers: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
            assert_eq!(numbers, [3, 6, 8, 9], "{end:?} {mark:?}");
        }
        let many = ["tag,place\r\n".to_owned(), "LT-1,x\r\n\r\n".repeat(20_000)].concat();
        let rows = read_all(&many);
        assert_eq!(rows.len(), 20_000);
        assert!((2..).step_by(2).zip(&rows).all(|(line, row)| row.line == line));
    }

    fn read_all(text: &str) -> Vec<Numbered> {
        let input = io::BufReader::new(text.as_bytes());
        let mut table = RowFile::open(&FORM, Path::new("scans"), input).expect("a file of scans");
        table.take(usize::MAX).expect("rows")
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line_and_the_rest_goes_on() {
        let rows = read("tag,place\nLT-1\nLT-2,Store\n");
        let flaws: Vec<u64> = rows.iter().filter(|(_, row)| row.is_err()).map(|(line, _)| *line).collect();
        assert_eq!(flaws, [2]);
        let rows = read("{\"tag\":7}\n{\"colour\":\"red\"}\n{\n{\"tag\":\"LT-2\"}\n");
        let flaws: Vec<u64> = rows.iter().filter(|(_, row)| row.is_err()).map(|(line, _)| *line).collect();
        assert_eq!(flaws, [1, 2, 3]);
    }

    #[test]
    fn a_file_of_something_else_is_refused_as_a_whole() {
        for text in ["name,colour\nx,y\n", "place\nStore\n"] {
            assert!(RowFile::open(&FORM, Path::new("scans"), text.as_bytes()).is_err(), "{text}");
        }
    }
}
