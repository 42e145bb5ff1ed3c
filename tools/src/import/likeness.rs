//! What a column that is not read may mean: what is said of it, and what it is written like.

use super::field::{Field, FileKind};
use super::header::{field_of, headers_of};
use crate::column_name::normalize_header;

/// Other words for what columns say, which are not certain enough to be followed unasked.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("asset id", "asset tag"),
    ("asset no", "asset tag"),
    ("asset number", "asset tag"),
    ("barcode", "asset tag"),
    ("inventory id", "asset tag"),
    ("inventory no", "asset tag"),
    ("inventory number", "asset tag"),
    ("label", "asset tag"),
    ("tag no", "asset tag"),
    ("tag number", "asset tag"),
    ("device name", "asset name"),
    ("hostname", "asset name"),
    ("sn", "serial"),
    ("s n", "serial"),
    ("service tag", "serial"),
    ("device type", "model"),
    ("product", "model"),
    ("product name", "model"),
    ("part number", "model number"),
    ("product number", "model number"),
    ("brand", "manufacturer"),
    ("make", "manufacturer"),
    ("maker", "manufacturer"),
    ("asset type", "category"),
    ("type", "category"),
    ("building", "location"),
    ("office", "location"),
    ("room", "location"),
    ("site", "location"),
    ("cost center", "department"),
    ("cost centre", "department"),
    ("assignee", "checked out to"),
    ("assigned user", "checked out to"),
    ("custodian", "checked out to"),
    ("owner", "checked out to"),
    ("user", "checked out to"),
    ("acquired", "purchase date"),
    ("acquisition date", "purchase date"),
    ("date of purchase", "purchase date"),
    ("invoice date", "purchase date"),
    ("acquisition cost", "purchase cost"),
    ("value", "purchase cost"),
    ("po number", "order number"),
    ("comment", "notes"),
    ("comments", "notes"),
    ("description", "notes"),
    ("remarks", "notes"),
];

/// From here on two headers are written alike: one word of two may differ.
const ALIKE: f64 = 0.65;

/// The header that a column may mean which is not read, if what it says is not said by another one.
pub(crate) fn meant(kind: FileKind, header: &str, said: &[Field]) -> Option<&'static str> {
    let header = normalize_header(header);
    let is_open = |known: &str| field_of(kind, known).is_some_and(|field| !said.contains(&field));
    if let Some((_, known)) = OTHER_WORDS.iter().find(|(word, _)| *word == header) {
        return is_open(known).then_some(*known);
    }
    let scored = headers_of(kind)
        .iter()
        .filter(|(known, _)| is_open(known))
        .map(|(known, _)| (strsim::normalized_damerau_levenshtein(&header, known), *known));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// A mapping as it is written on a command line.
pub(crate) fn mapping(header: &str, known: &str) -> String {
    format!("--map \"{header}={known}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_mean_what_it_is_called_elsewhere_or_is_written_like() {
        let asset = |header: &str| meant(FileKind::Asset, header, &[Field::Model]);
        assert_eq!(asset("Asset ID"), Some("asset tag"));
        assert_eq!(asset("Aset Tag"), Some("asset tag"));
        assert_eq!(asset("Serial-Numbr"), Some("serial number"));
        assert_eq!(asset("Manufacturor"), Some("manufacturer"));
        assert_eq!(asset("Custodian"), Some("checked out to"));
        for header in ["Color", "Requestable", "IP Address", "Product"] {
            assert_eq!(asset(header), None, "{header}");
        }
    }

    #[test]
    fn other_words_stand_for_headers_that_there_are() {
        for (word, known) in OTHER_WORDS {
            assert_eq!(normalize_header(word), *word);
            assert!(field_of(FileKind::Asset, known).is_some(), "{known}");
        }
    }
}
