//! Unique values as the log keeps them: who holds which.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::CommandId;

/// A value that at most one live thing may hold. A label is one or two of them: [`crate::UniqueLabel`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueKey {
    /// The set within which it is unique, as a subject token.
    pub kind: KeyKind,
    /// The value, in the form in which values are compared or were compared before.
    pub value: String,
}

/// A set within which values are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyKind {
    /// What a person calls such a value. Comes first, since a commit stores an asset's tag before its serial number.
    pub noun: &'static str,
    /// The subject token.
    pub token: &'static str,
    /// The reason code of a refusal because another holds it.
    pub held_reason: &'static str,
    /// Whether only the last part of a value tells it, since those before say within what it is unique.
    pub(crate) is_within: bool,
    /// Whether values are signs on a thing or in a list, not words of a language: those hold nothing that nobody sees.
    pub(crate) is_code: bool,
}

impl KeyKind {
    /// Asset tags.
    pub const TAG: Self = Self::new("tag", "asset tag", "tag-held");
    /// Serial numbers within a maker.
    pub const SERIAL: Self = Self::new("serial", "serial number", "serial-held").within();
    /// Purchase order numbers.
    pub const ORDER_NUMBER: Self = Self::new("order-number", "purchase order number", "order-number-held");

    /// Values that are called so, with the reason of a refusal.
    pub(crate) const fn new(token: &'static str, noun: &'static str, held_reason: &'static str) -> Self {
        Self { token, noun, held_reason, is_within: false, is_code: true }
    }

    /// Names of things of one kind.
    pub(crate) const fn names(token: &'static str, noun: &'static str) -> Self {
        Self { is_code: false, ..Self::new(token, noun, "name-held") }
    }

    /// The same, unique within what stands before the last part of the value.
    pub(crate) const fn within(self) -> Self {
        Self { is_within: true, ..self }
    }
}

impl UniqueKey {
    /// The value as a person reads it: without the set within which it is unique.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.kind.is_within {
            return self.value.rsplit('\n').next().unwrap_or_default().to_owned();
        }
        self.value.replace('\n', " ").trim().to_owned()
    }
}

/// The stored body of a key: who holds it since which command, or nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The holder's aggregate id; `None` after a release.
    pub holder: Option<Uuid>,
    /// The command that claimed or released it.
    pub commandid: CommandId,
}
