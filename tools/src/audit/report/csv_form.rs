//! The report as one table: the first column names the section, the others are those of all
//! sections together. A spreadsheet filters by the first; so does `frame[frame.section == "…"]`.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};
use itam_service_kit::csv_text::disarmed;

use super::section::{ReportHead, Section, cell};

/// Writes it.
pub(super) fn write(writer: &mut impl Write, head: &ReportHead, sections: &mut [Section]) -> io::Result<()> {
    let mut columns = vec!["section", "item", "value"];
    for column in sections.iter().flat_map(|section| section.columns) {
        if !columns.contains(column) {
            columns.push(column);
        }
    }
    let mut builder = WriterBuilder::new();
    builder.quote_style(QuoteStyle::Necessary).terminator(Terminator::CRLF);
    let mut table = builder.from_writer(writer);
    table.write_record(&columns).map_err(io::Error::other)?;
    let blank = || vec![String::new(); columns.len()];
    for (name, value) in head.items() {
        let mut record = blank();
        record[..3].clone_from_slice(&[
            "report".to_owned(),
            (*name).to_owned(),
            disarmed(&cell(Some(value))),
        ]);
        table.write_record(&record).map_err(io::Error::other)?;
    }
    for section in sections {
        let name = section.name;
        section.each(|_, row| {
            let value = |column: &&str| match *column {
                "section" => name.to_owned(),
                column => match row.get(column) {
                    Some(serde_json::Value::String(text)) => disarmed(text),
                    other => cell(other),
                },
            };
            let record: Vec<String> = columns.iter().map(value).collect();
            table.write_record(&record).map_err(io::Error::other)
        })?;
    }
    table.flush()
}
