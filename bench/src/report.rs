//! What is printed: tables for people, JSON for programs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::machine;
use crate::measure::Outcome;

/// One table: its cells are texts and numbers.
pub(crate) struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(title: impl Into<String>, columns: &[&'static str]) -> Self {
        Self { title: title.into(), columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, and shows it at once: a long measurement shows how far it is.
    pub(crate) fn push(&mut self, row: Vec<Value>) {
        let cells: Vec<String> = row.iter().map(shown).collect();
        eprintln!("  {}: {}", self.title, cells.join(" | "));
        self.rows.push(row);
    }

    fn print(&self) {
        println!("\n### {}\n", self.title);
        let head = self.columns.iter().map(ToString::to_string).collect();
        let mut lines: Vec<Vec<String>> = vec![head];
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        for (number, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(&widths);
            let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                println!("| {} |", rule.join(" | "));
            }
        }
    }

    fn to_json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let members = self.columns.iter().zip(row);
                members
                    .map(|(column, cell)| ((*column).to_owned(), cell.clone()))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            })
            .collect();
        json!({"title": self.title, "rows": rows})
    }
}

fn shown(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => shown_float(number.as_f64().unwrap_or(0.0)),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn shown_float(number: f64) -> String {
    match number.abs() {
        1000.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        0.000_1..0.1 => format!("{number:.4}"),
        _ => format!("{number:.2}"),
    }
}

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination {
    /// JSON instead of tables on the standard output.
    pub(crate) json: bool,
    /// A file under `bench/results/` as well.
    pub(crate) save: bool,
}

impl Destination {
    /// Shows and saves the tables of one measurement.
    pub(crate) fn publish(self, what: &str, tables: &[Table]) -> Outcome<()> {
        let document = json!({
            "what": what,
            "machine": machine::describe(),
            "tables": tables.iter().map(Table::to_json).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&document)?;
        if self.json {
            println!("{text}");
        } else {
            println!("\n## {what} ({})", machine::summary());
            tables.iter().for_each(Table::print);
        }
        if self.save {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("{what}.json")), text + "\n")?;
        }
        Ok(())
    }
}
