//! Which row has a tag or a serial number: of two rows with one, the first of the file that comes in.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use itam_domain::{Serial, ShortText, Tag, normalize};

use super::field::{Field, FileKind};
use super::reading::RowReading;
use super::table::{FileLayout, FileRow, Flaw};

/// A tag or a serial number, in the form in which they are compared.
type RowLabel = (Field, String);

/// A row that is in, and what it is about.
#[derive(Debug, Clone)]
struct LabelHolder {
    path: Arc<Path>,
    row: u64,
    tag: String,
}

/// The labels of the rows that are in.
#[derive(Debug, Default)]
pub(crate) struct RowLabels(HashMap<RowLabel, LabelHolder>);

impl RowLabels {
    /// Parts rows into those that can be sent together and those that have to wait, since a row before
    /// them has their label and may yet be rejected.
    pub(crate) fn part(&self, layout: &FileLayout, rows: Vec<FileRow>) -> (Vec<FileRow>, Vec<FileRow>) {
        let mut before: HashSet<RowLabel> = HashSet::new();
        rows.into_iter().partition(|row| {
            let labels = labels(layout, row);
            // A row that has lost already is in nobody's way.
            if labels.iter().any(|label| self.0.contains_key(label)) {
                return true;
            }
            let is_first = !labels.iter().any(|label| before.contains(label));
            before.extend(labels);
            is_first
        })
    }

    /// Refuses a row whose label another one has.
    pub(crate) fn check(&self, reading: RowReading<'_>) -> Result<(), Flaw> {
        let (layout, row) = (reading.layout, reading.row);
        for label in labels(layout, row) {
            let Some(holder) = self.0.get(&label) else { continue };
            let what = if label.0 == Field::Tag { "tag" } else { "serial number" };
            let LabelHolder { path, row: number, tag } = holder;
            let reason = format!("row {number} of {} (tag {tag}) has this {what}", path.display());
            return Err(layout.pointed(row, label.0).flaw(reason));
        }
        Ok(())
    }

    /// Says that a row is in.
    pub(crate) fn enter(&mut self, layout: &FileLayout, row: &FileRow) {
        let tag = layout.pointed(row, Field::Tag).text;
        for label in labels(layout, row) {
            let path = Arc::clone(&layout.path);
            let holder = LabelHolder { path, row: row.number, tag: tag.to_owned() };
            self.0.entry(label).or_insert(holder);
        }
    }
}

/// The labels of an asset's row. Blanks and placeholders are none; serial numbers are told apart within
/// their maker.
fn labels(layout: &FileLayout, row: &FileRow) -> Vec<RowLabel> {
    if layout.kind != FileKind::Asset {
        return Vec::new();
    }
    let text = |field| {
        let cell = layout.cell(row, field).ok().flatten()?;
        ShortText::try_new(cell.text).ok()
    };
    let tag = text(Field::Tag).map(|tag| (Field::Tag, Tag(tag).normalized()));
    let serial = text(Field::Serial).and_then(|serial| Serial(serial).normalized()).map(|serial| {
        let maker = text(Field::Manufacturer).map(|maker| normalize(maker.as_str())).unwrap_or_default();
        (Field::Serial, format!("{maker}\n{serial}"))
    });
    tag.into_iter().chain(serial).collect()
}
