//! The lines of an export: one JSON object each, with one field, which says what the line is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Hash;
use crate::body::Body;

/// The version of the format.
pub(crate) const FORMAT: u32 = 1;

/// One line of an export.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportLine<'a> {
    /// The first line.
    #[serde(borrow)]
    Export(HeaderLine<'a>),
    /// A stored message.
    #[serde(borrow)]
    Event(EventLine<'a>),
    /// A key statement, as a note.
    #[serde(borrow)]
    Statement(Cow<'a, str>),
    /// A checkpoint.
    #[serde(borrow)]
    Checkpoint(SealedLine<'a>),
    /// The last line.
    End(EndLine),
}

/// The first line of an export: what it is of, and where it begins.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeaderLine<'a> {
    pub(crate) format: u32,
    #[serde(borrow)]
    pub(crate) origin: Cow<'a, str>,
    /// The first position.
    pub(crate) from: u64,
    /// The roots of the complete subtrees of the positions before it, the largest first.
    pub(crate) peaks: Vec<Hash>,
}

/// A stored message. All of it is in the leaf.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine<'a> {
    pub(crate) position: u64,
    #[serde(borrow)]
    pub(crate) subject: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) body: Body<'a>,
    /// The hash of the three, so that what was edited can be named.
    pub(crate) leaf: Hash,
}

/// A checkpoint that covers the lines before it, and perhaps more.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedLine<'a> {
    #[serde(borrow)]
    pub(crate) note: Cow<'a, str>,
    /// The proof from the positions so far to the checkpoint's; empty if they are the same.
    pub(crate) consistency: Vec<Hash>,
}

/// The last line of an export: what must have been there before it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndLine {
    /// How many events.
    pub(crate) events: u64,
    /// The last position.
    pub(crate) to: u64,
}
