//! What may be said of the columns of a file that are not read.

use super::super::field::{Field, FileKind};
use super::super::header::headers_of;
use super::super::likeness::{mapping, meant};
use super::FileLayout;

impl FileLayout {
    /// What may be said of the columns that are not read, as sentences.
    pub(crate) fn proposals(&self) -> Vec<String> {
        let columns = self.headers.iter().zip(&self.fields).zip(&self.renamed);
        let unread: Vec<&String> = columns
            .filter(|((header, field), is_renamed)| field.is_none() && !**is_renamed && !header.is_empty())
            .map(|((header, _), _)| header)
            .collect();
        let said = self.meanings();
        let mut proposals = Vec::new();
        let mut others = Vec::new();
        for header in unread {
            match meant(self.kind, header, &said) {
                Some(known) => {
                    proposals
                        .push(format!("{header:?} is not read; did you mean {}?", mapping(header, known)));
                }
                None => others.push(header),
            }
        }
        if let (FileKind::Asset, Some(first)) = (self.kind, others.first()) {
            let mapping = mapping(first, "notes");
            proposals.push(format!("{mapping} keeps a column that is not read in the notes of the assets"));
        }
        proposals
    }

    /// What is missing without which no row can come in, as a question.
    pub(crate) fn missing_column(&self) -> Option<String> {
        let says_model = |field: &Field| matches!(field, Field::Model | Field::ModelNumber);
        let said = self.meanings();
        if self.kind != FileKind::Asset || said.iter().any(says_model) {
            return None;
        }
        let found = self.headers.iter().find(|header| meant(self.kind, header, &said) == Some("model"));
        let mapping = mapping(found.map_or("HEADER", String::as_str), "model");
        let name = self.path.display();
        Some(format!("{name}: no column says what model the assets are: say which one does by {mapping}"))
    }
}

/// The column that may hold the tags, where none is said to.
pub(super) fn tag_meant(headers: &[String]) -> String {
    let said: Vec<Field> = headers_of(FileKind::Asset).iter().map(|(_, field)| *field).collect();
    let said: Vec<Field> = said.into_iter().filter(|field| *field != Field::Tag).collect();
    let found = headers.iter().find_map(|header| Some((header, meant(FileKind::Asset, header, &said)?)));
    found.map_or(String::new(), |(header, known)| format!("; did you mean {}?", mapping(header, known)))
}
