//! Asset tags and serial numbers: how they are written, and how they are compared.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::ShortText;

/// The form in which labels and names are compared: trimmed, case folded, NFC.
#[must_use]
pub fn normalize(text: &str) -> String {
    // Most labels are ASCII, where folding is lower case and there is nothing to compose.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    let composed: String = text.trim().nfc().collect();
    caseless::default_case_fold_str(&composed).nfc().collect()
}

/// What firmware and careless hands write where a serial number should stand. Such values say
/// "unknown", so two assets may share them.
const PLACEHOLDERS: &[&str] = &[
    "-",
    "--",
    "0",
    "00000000",
    "0123456789",
    "123456789",
    "1234567890",
    "applicable",
    "chassis serial number",
    "default string",
    "empty",
    "invalid",
    "n.a.",
    "n/a",
    "na",
    "nil",
    "no serial",
    "none",
    "not applicable",
    "not available",
    "not specified",
    "null",
    "o.e.m.",
    "oem",
    "serial number",
    "serialnumber",
    "system serial number",
    "tba",
    "tbd",
    "to be filled by o.e.m",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "unknown",
    "unspecified",
    "x",
    "xxx",
    "xxxxxxxx",
];

/// An asset tag: the label on the device, unique among live assets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Tag(pub ShortText);

/// The maker's serial number, unique within the maker among live assets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Serial(pub ShortText);

impl Tag {
    /// The form in which tags are compared.
    #[must_use]
    pub fn normalized(&self) -> String {
        normalize(self.0.as_str())
    }
}

impl Serial {
    /// The form in which serial numbers are compared; `None` for a placeholder, which never
    /// collides.
    #[must_use]
    pub fn normalized(&self) -> Option<String> {
        let folded = normalize(self.0.as_str());
        if PLACEHOLDERS.contains(&folded.as_str()) { None } else { Some(folded) }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_compare_after_trim_case_folding_and_nfc() {
        assert_eq!(normalize(" LT-1 "), normalize("lt-1"));
        assert_eq!(normalize("Straße"), normalize("STRASSE"));
        assert_eq!(normalize("e\u{301}"), normalize("\u{c9}"));
    }

    #[test]
    fn placeholder_serials_never_collide() {
        let serial = |raw: &str| Serial(ShortText::try_new(raw).expect("text")).normalized();
        assert_eq!(serial("To Be Filled By O.E.M."), None);
        assert_eq!(serial("N/A"), None);
        assert_eq!(serial(" 640hp72 "), Some("640hp72".to_owned()));
    }
}
