//! Headers that were declared to mean what another header means: how files of any origin are read.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ImportError;
use super::header::is_header;
use crate::column_name::normalize_header;

/// What headers mean that are not understood by themselves, both in the form of [`normalize_header`]. A
/// column that is to be skipped means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RenamedHeaders {
    meanings: BTreeMap<String, String>,
    /// Those that an option names: they are in one of the files.
    named: BTreeSet<String>,
}

impl RenamedHeaders {
    /// Takes a mapping file's lines, each with its place, then single mappings and columns to be skipped,
    /// which go before it.
    pub(crate) fn new(
        mapping: &[(String, String)],
        maps: &[String],
        skipped: &[String],
    ) -> Result<Self, ImportError> {
        let mut renamed = Self::default();
        for (place, line) in mapping {
            let at = |sentence| format!("{place}: {sentence}");
            renamed.add(line).map(drop).map_err(|sentence| ImportError::option("mapping", at(sentence)))?;
        }
        for map in maps {
            let header = renamed.add(map).map_err(|sentence| ImportError::option("map", sentence))?;
            renamed.named.insert(header);
        }
        for column in skipped {
            let header = normalize_header(column);
            renamed.meanings.insert(header.clone(), String::new());
            renamed.named.insert(header);
        }
        Ok(renamed)
    }

    /// Gives back the header.
    fn add(&mut self, text: &str) -> Result<String, String> {
        let (header, meaning) = text.rsplit_once('=').ok_or_else(|| {
            format!("{text:?} is not written as HEADER=MEANING, such as \"Asset ID=asset tag\"")
        })?;
        let meaning = normalize_header(meaning);
        if !meaning.is_empty() && !is_header(&meaning) {
            return Err(format!(
                "{meaning:?} is no header that means something, such as asset tag, serial, model, manufacturer, \
                 location, checked out to, purchase date; nothing behind the sign skips the column"
            ));
        }
        let header = normalize_header(header);
        self.meanings.insert(header.clone(), meaning);
        Ok(header)
    }

    /// What a header means, as a header that is understood.
    pub(crate) fn meaning(&self, header: &str) -> String {
        let header = normalize_header(header);
        self.meanings.get(&header).cloned().unwrap_or(header)
    }

    /// Whether it was said what the header means, be it nothing.
    pub(crate) fn has(&self, header: &str) -> bool {
        self.meanings.contains_key(&normalize_header(header))
    }

    /// The first that an option names and that is in none of the files, whose headers these are.
    pub(crate) fn unused<'a>(&self, headers: impl IntoIterator<Item = &'a String>) -> Option<&str> {
        let headers: BTreeSet<String> = headers.into_iter().map(|header| normalize_header(header)).collect();
        self.named.iter().map(String::as_str).find(|named| !headers.contains(*named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_header_means_what_the_file_says_unless_an_option_says_otherwise() {
        let lines = ["Asset ID = Asset Tag", "Building=location", "Color="];
        let lines = lines.map(|line| ("ours".to_owned(), line.to_owned()));
        let renamed = RenamedHeaders::new(&lines, &owned(&["Building=company"]), &owned(&["Model No."]));
        let renamed = renamed.expect("read");
        assert_eq!(renamed.meaning("ASSET_ID"), "asset tag");
        assert_eq!(renamed.meaning("building"), "company");
        assert_eq!((renamed.meaning("color"), renamed.meaning("Model No")), (String::new(), String::new()));
        assert_eq!(renamed.meaning("Serial Number"), "serial number");
        assert_eq!(renamed.unused(&owned(&["Building", "Model No"])), None);
        assert_eq!(renamed.unused(&owned(&["Building"])), Some("model no"));
    }

    #[test]
    fn what_is_no_mapping_is_refused_with_what_would_be_one() {
        let refusal =
            |text: &str| RenamedHeaders::new(&[], &owned(&[text]), &[]).expect_err(text).to_string();
        assert!(refusal("Asset ID").contains("HEADER=MEANING"));
        assert!(refusal("Asset ID=barcode").contains("such as asset tag"));
    }
}
