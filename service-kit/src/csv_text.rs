//! Rows as comma-separated values (RFC 4180).

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use serde::Serialize;
use serde_json::Value;

/// The columns of a table: their names with blanks between. Where a column is not the field of its name, it says where
/// in the row's JSON its value is: `tag person_id=custodian/person`.
#[derive(Clone, Copy, Debug)]
pub struct Columns(pub &'static str);

impl Columns {
    /// The name of each column, and the pointer to its value in the row's JSON (RFC 6901).
    pub fn pointers(self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.split_whitespace().map(|column| {
            let (name, place) = column.split_once('=').unwrap_or((column, column));
            (name, format!("/{place}"))
        })
    }
}

/// Rows as comma-separated values.
pub struct CsvText {
    columns: Vec<(&'static str, String)>,
    writer: Writer<Vec<u8>>,
}

impl std::fmt::Debug for CsvText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvText").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl CsvText {
    /// No rows yet.
    #[must_use]
    pub fn new(columns: Columns) -> Self {
        let mut builder = WriterBuilder::new();
        builder.quote_style(QuoteStyle::Necessary).terminator(Terminator::CRLF);
        Self { columns: columns.pointers().collect(), writer: builder.from_writer(Vec::new()) }
    }

    /// Adds the line that names the columns.
    ///
    /// # Errors
    /// Never, as long as there is memory.
    pub fn header(&mut self) -> std::io::Result<()> {
        let names = self.columns.iter().map(|(name, _)| name);
        self.writer.write_record(names).map_err(std::io::Error::other)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the row has no JSON form.
    pub fn row(&mut self, row: &impl Serialize) -> std::io::Result<()> {
        let row = serde_json::to_value(row).map_err(std::io::Error::other)?;
        let cells = self.columns.iter().map(|(_, pointer)| cell(row.pointer(pointer)));
        self.writer.write_record(cells).map_err(std::io::Error::other)
    }

    /// The text so far.
    ///
    /// # Errors
    /// Never, as long as there is memory.
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        self.writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// A cell. Text that a spreadsheet would run as a formula is led by an apostrophe (OWASP, CSV
/// Injection); numbers of ours are numbers.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => disarmed(text),
        Some(other) => other.to_string(),
    }
}

/// Text that a spreadsheet shows and does not run.
#[must_use]
pub fn disarmed(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_where_needed_and_formulas_are_disarmed() {
        let mut text = CsvText::new(Columns("a b=b/c"));
        text.header().unwrap();
        for (a, b) in [
            (json!("x,\"y\"\n"), json!({"c": -5})),
            (json!("=1+1"), json!({})),
            (json!("@x"), json!({"c": "+1"})),
            (json!("\tx"), json!({"c": [1, "-2"]})),
            (json!("-"), json!({"c": null})),
        ] {
            text.row(&json!({"a": a, "b": b})).unwrap();
        }
        let text = String::from_utf8(text.finish().unwrap()).unwrap();
        let expected =
            "a,b\r\n\"x,\"\"y\"\"\n\",-5\r\n'=1+1,\r\n'@x,'+1\r\n'\tx,\"[1,\"\"-2\"\"]\"\r\n'-,\r\n";
        assert_eq!(text, expected);
    }
}
