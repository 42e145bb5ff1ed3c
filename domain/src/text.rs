//! Texts with a limit, checked once at the door.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// A text that was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("must not be blank")]
    Blank,
    /// Too long.
    #[error("is {length} characters long, at most {limit} are taken")]
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A control character other than a line break or tab.
    #[error("holds the control character U+{0:04X}")]
    Control(u32),
}

/// A trimmed text of 1 to `LIMIT` characters without control characters (line breaks and tabs
/// are taken where `LIMIT` is over 200, that is, in notes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Text<const LIMIT: usize>(String);

/// A name, a label, a short reason: up to 200 characters.
pub type ShortText = Text<200>;
/// A note or justification: up to 2,000 characters. Names of persons do not belong here.
pub type Note = Text<2000>;

impl<const LIMIT: usize> Text<LIMIT> {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`TextError`] says what is wrong with it.
    pub fn try_new(raw: &str) -> Result<Self, TextError> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(TextError::Blank);
        }
        let length = text.chars().count();
        if length > LIMIT {
            return Err(TextError::TooLong { length, limit: LIMIT });
        }
        let takes_breaks = LIMIT > 200;
        let is_refused = |c: &char| c.is_control() && !(takes_breaks && matches!(c, '\n' | '\r' | '\t'));
        match text.chars().find(is_refused) {
            Some(control) => Err(TextError::Control(u32::from(control))),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LIMIT: usize> fmt::Display for Text<LIMIT> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de, const LIMIT: usize> Deserialize<'de> for Text<LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        Self::try_new(&raw).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl<const LIMIT: usize> schemars::JsonSchema for Text<LIMIT> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{LIMIT}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": LIMIT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_build_stored_is_read_whatever_nobody_sees_of_it() {
        let stored: ShortText = serde_json::from_str(r#""LT\u202e1\u200b""#).expect("a text of an event");
        assert_eq!(stored.as_str(), "LT\u{202E}1\u{200B}");
    }

    #[test]
    fn texts_are_trimmed_and_blank_long_or_unprintable_ones_are_refused() {
        assert_eq!(ShortText::try_new("  Berlin \n").expect("fine").as_str(), "Berlin");
        assert_eq!(ShortText::try_new(" \t"), Err(TextError::Blank));
        assert_eq!(ShortText::try_new(&"x".repeat(201)), Err(TextError::TooLong { length: 201, limit: 200 }));
        assert_eq!(ShortText::try_new("a\u{7}b"), Err(TextError::Control(7)));
        assert_eq!(ShortText::try_new("a\nb"), Err(TextError::Control(10)));
        assert!(Note::try_new("a\nb").is_ok());
    }
}
