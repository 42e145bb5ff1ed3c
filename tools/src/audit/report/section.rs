//! A report as its forms see it: a head of names and values, and tables whose rows wait in a file,
//! so that a period with a million corrections takes no more memory than one with ten.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde::Serialize;
use serde_json::{Map, Value};

/// How a text begins that says that something does not hold.
pub(super) const WRONG: &str = "WRONG";

/// What the report is about.
#[derive(Debug, Default)]
pub(super) struct ReportHead(Vec<(&'static str, Value)>);

impl ReportHead {
    pub(super) fn add(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    pub(super) fn items(&self) -> &[(&'static str, Value)] {
        &self.0
    }
}

/// A table of the report.
pub(super) struct Section {
    /// Its name in JSON and CSV.
    pub(super) name: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What has to be known to read it.
    pub(super) note: String,
    /// The members of its rows, in the order in which they are shown.
    pub(super) columns: &'static [&'static str],
    rows: BufWriter<File>,
    count: u64,
}

impl Section {
    pub(super) fn new(
        name: &'static str,
        title: &'static str,
        columns: &'static [&'static str],
    ) -> io::Result<Self> {
        let rows = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { name, title, note: String::new(), columns, rows, count: 0 })
    }

    /// Adds a row, whose members are the columns.
    pub(super) fn push(&mut self, row: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.rows, row)?;
        self.rows.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }

    /// How many rows it has.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Gives every row to `take`, in the order in which they were added.
    pub(super) fn each(
        &mut self,
        mut take: impl FnMut(u64, &Map<String, Value>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.rows.flush()?;
        let mut file = self.rows.get_ref().try_clone()?;
        file.rewind()?;
        for (number, line) in (0..).zip(BufReader::new(file).lines()) {
            take(number, &serde_json::from_str(&line?)?)?;
        }
        Ok(())
    }
}

/// A value as text: strings as they are, nothing for null, all else as JSON.
pub(super) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
