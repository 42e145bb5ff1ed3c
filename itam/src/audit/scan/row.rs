//! The rows of a file of scans.

use std::collections::HashMap;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use serde_json::Value;
use uuid::Uuid;

use crate::failure::Failure;

const COLUMNS: [&str; 9] = [
    "tag",
    "asset_id",
    "serial",
    "manufacturer",
    "location_id",
    "location",
    "condition",
    "scanned_by",
    "scanned_at",
];

/// A row that was read, or why it cannot be.
pub(super) struct Numbered {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// What was read off the thing, as the row has it.
    pub(super) label: String,
    pub(super) row: Result<Row, String>,
}

/// A scan as a row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: Label,
    pub(super) place: Option<Place>,
    pub(super) condition: Option<String>,
    pub(super) scanned_by: Option<String>,
    pub(super) scanned_at: Option<String>,
}

/// What was read off a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// An asset's id or tag.
    Asset(String),
    Serial {
        serial: String,
        manufacturer: Option<String>,
    },
}

/// Where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Id(String),
    Name(String),
}

/// The rows of a file, read one after the other.
pub(super) enum Rows<R: BufRead> {
    /// With the names of its columns, and by how much the reader's lines fall short.
    Csv(Reader<R>, Vec<String>, u64),
    Ndjson(io::Lines<R>, u64),
}

impl<R: BufRead> Rows<R> {
    /// Begins to read: NDJSON if the first sign is a brace, else CSV.
    pub(super) fn open(path: &Path, mut input: R) -> Result<Self, Failure> {
        let unusable = |source| Failure::File { path: path.to_owned(), source };
        let beginning = input.fill_buf().map_err(unusable)?;
        let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            return Ok(Self::Ndjson(input.lines(), 0));
        }
        let first_line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = if first_line.contains(&b';') { b';' } else { b',' };
        // The reader counts a line when it meets the line feed, which after a carriage return is not
        // before the next record.
        let shortfall = u64::from(first_line.ends_with(b"\r"));
        let mut builder = ReaderBuilder::new();
        let mut reader = builder.delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(input);
        let headers = headers(path, &mut reader)?;
        Ok(Self::Csv(reader, headers, shortfall))
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
        match self {
            Self::Csv(reader, headers, shortfall) => next_record(reader, headers, *shortfall),
            Self::Ndjson(lines, number) => loop {
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
                return Ok(Some(match read_object(&text) {
                    Ok(cells) => Numbered { line, label: label_of(&cells), row: Row::read(cells) },
                    Err(reason) => broken(line, reason),
                }));
            },
        }
    }
}

fn headers(path: &Path, reader: &mut Reader<impl Read>) -> Result<Vec<String>, Failure> {
    let refuse = |sentence: String| Failure::Usage(format!("{}: {sentence}", path.display()));
    let headers = reader.headers().map_err(|error| refuse(error.to_string()))?;
    let names: Vec<String> =
        headers.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase()).collect();
    if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        let known = COLUMNS.join(", ");
        return Err(refuse(format!("there is no column {unknown:?} of scans; there are {known}")));
    }
    if !names.iter().any(|name| matches!(name.as_str(), "tag" | "asset_id" | "serial")) {
        return Err(refuse("no column says what was read off a thing: tag, asset_id or serial".to_owned()));
    }
    Ok(names)
}

fn next_record<R: Read>(
    reader: &mut Reader<R>,
    headers: &[String],
    shortfall: u64,
) -> io::Result<Option<Numbered>> {
    let mut record = StringRecord::new();
    let read = reader.read_record(&mut record);
    let line = record.position().map_or_else(|| reader.position().line(), csv::Position::line) + shortfall;
    match read {
        Ok(false) => Ok(None),
        Ok(true) => {
            let cells: HashMap<String, String> = headers
                .iter()
                .cloned()
                .zip(record.iter().map(str::to_owned))
                .filter(|(_, cell)| !cell.is_empty())
                .collect();
            let label = label_of(&cells);
            if record.len() != headers.len() {
                let reason =
                    format!("the row has {} cells, the first line names {}", record.len(), headers.len());
                return Ok(Some(Numbered { line, label, row: Err(reason) }));
            }
            Ok(Some(Numbered { line, label, row: Row::read(cells) }))
        }
        Err(error) if error.is_io_error() => Err(error.into()),
        Err(error) => Ok(Some(broken(line, error.to_string()))),
    }
}

fn broken(line: u64, reason: String) -> Numbered {
    Numbered { line, label: String::new(), row: Err(reason) }
}

fn read_object(text: &str) -> Result<HashMap<String, String>, String> {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut cells = HashMap::new();
    for (name, value) in object {
        if !COLUMNS.contains(&name.as_str()) {
            return Err(format!("there is no field {name:?} of scans"));
        }
        match value {
            Value::Null => {}
            Value::String(text) => {
                cells.insert(name, text.trim().to_owned());
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!("{name} is {value}, which is no text"));
            }
        }
    }
    Ok(cells)
}

fn label_of(cells: &HashMap<String, String>) -> String {
    ["tag", "asset_id", "serial"].iter().find_map(|name| cells.get(*name)).cloned().unwrap_or_default()
}

impl Row {
    fn read(mut cells: HashMap<String, String>) -> Result<Self, String> {
        let mut take = |name: &str| cells.remove(name).filter(|cell| !cell.is_empty());
        let manufacturer = take("manufacturer");
        let label = match (take("tag"), take("asset_id"), take("serial")) {
            // A tag tells more than a serial number, which others of another maker may bear.
            (Some(tag), None, _) => Label::Asset(tag),
            (None, Some(id), None) if Uuid::try_parse(&id).is_err() => {
                return Err("asset_id is not a UUID".to_owned());
            }
            (None, Some(id), None) => Label::Asset(id),
            (None, None, Some(serial)) => Label::Serial { serial, manufacturer },
            (None, None, None) => return Err("nothing says what was read off the thing".to_owned()),
            (_, Some(_), _) => return Err("asset_id stands beside another label; one is enough".to_owned()),
        };
        let place = match (take("location_id"), take("location")) {
            (Some(id), _) => Some(Place::Id(id)),
            (None, name) => name.map(Place::Name),
        };
        let (condition, scanned_by) = (take("condition"), take("scanned_by"));
        Ok(Self { label, place, condition, scanned_by, scanned_at: take("scanned_at") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Result<Row, String>)> {
        let mut rows = Rows::open(Path::new("scans"), text.as_bytes()).expect("a file of scans");
        let rows = rows.take(100).expect("rows");
        rows.into_iter().map(|numbered| (numbered.line, numbered.row)).collect()
    }

    fn tagged(tag: &str, place: Option<Place>) -> Row {
        let label = Label::Asset(tag.to_owned());
        Row { label, place, condition: None, scanned_by: None, scanned_at: None }
    }

    #[test]
    fn rows_are_read_from_either_form_and_numbered_by_line() {
        let store = || Some(Place::Name("Store".to_owned()));
        let expected = [Ok(tagged("LT-1", store())), Ok(tagged("LT-2", None))];
        for text in ["Tag,Location\r\nLT-1, Store \r\nLT-2,\r\n", "\u{feff}tag;location\nLT-1;Store\nLT-2;\n"]
        {
            let rows = read(text);
            assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
            assert_eq!(rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), expected);
        }
        let rows = read("{\"tag\":\"LT-1\",\"location\":\"Store\"}\n\n{\"tag\":\"LT-2\"}\n");
        assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line_and_the_rest_goes_on() {
        let rows = read("tag,location\nLT-1\n,Store\nLT-2,Store\n");
        let flaws: Vec<u64> = rows.iter().filter(|(_, row)| row.is_err()).map(|(line, _)| *line).collect();
        assert_eq!(flaws, [2, 3]);
        assert!(rows[2].1.is_ok());
        let rows = read("{\"tag\":7}\n{\"colour\":\"red\"}\n{\n{\"tag\":\"LT-2\"}\n");
        let flaws: Vec<u64> = rows.iter().filter(|(_, row)| row.is_err()).map(|(line, _)| *line).collect();
        assert_eq!(flaws, [1, 2, 3]);
    }

    #[test]
    fn a_file_of_something_else_is_refused_as_a_whole() {
        for text in ["name,colour\nx,y\n", "location\nStore\n"] {
            assert!(Rows::open(Path::new("scans"), text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_label_is_a_tag_before_a_serial_number_and_an_id_stands_alone() {
        let row = |text: &str| read(text).remove(0).1;
        let both = row("tag,serial\nLT-1,PF1\n").expect("a tag");
        assert_eq!(both.label, Label::Asset("LT-1".to_owned()));
        let serial = row("tag,serial,manufacturer\n,PF1,Lenovo\n").expect("a serial number");
        let manufacturer = Some("Lenovo".to_owned());
        assert_eq!(serial.label, Label::Serial { serial: "PF1".to_owned(), manufacturer });
        assert!(row("asset_id\nLT-1\n").is_err());
        assert!(row("asset_id,tag\n019a5c3e-8000-7000-8000-000000000101,LT-1\n").is_err());
    }
}
