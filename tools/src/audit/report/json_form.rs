//! The report as one JSON document, written row by row.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::section::{ReportHead, Section};

/// Writes it.
pub(super) fn write(writer: &mut impl Write, head: &ReportHead, sections: &mut [Section]) -> io::Result<()> {
    let named = head.items().iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let report: Map<String, Value> = named.collect();
    writer.write_all(b"{\"report\":")?;
    serde_json::to_writer(&mut *writer, &report)?;
    writer.write_all(b",\"sections\":{")?;
    for (number, section) in sections.iter_mut().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(writer, "{comma}\n\"{}\":{{\"note\":", section.name)?;
        serde_json::to_writer(&mut *writer, &section.note)?;
        write!(writer, ",\"count\":{},\"rows\":[", section.count())?;
        section.each(|number, row| {
            writer.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            Ok(serde_json::to_writer(&mut *writer, row)?)
        })?;
        writer.write_all(b"]}")?;
    }
    writer.write_all(b"}}\n")
}
