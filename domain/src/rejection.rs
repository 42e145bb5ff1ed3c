//! Rejections: why the business says no. They are answers, not failures.

use std::collections::BTreeMap;

use serde_json::Value;

/// Which sort of no it is; each sort has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// The actor's role does not permit it (403).
    Forbidden,
    /// What the command is about does not exist (404).
    NotFound,
    /// A value is understood but not acceptable (422).
    InvalidValue,
    /// Something the command refers to does not exist or is inactive (422).
    UnknownReference,
    /// A rule or the present state forbids it (409).
    Rule,
    /// A unique value belongs to another (409).
    AlreadyHeld,
}

/// Why a command was refused, with the facts that the refusal rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// Which sort of no.
    pub kind: RejectionKind,
    /// The rule by its stable name, such as `invalid-transition`.
    pub reason: &'static str,
    /// One sentence for a person: what was wrong and what would be right.
    pub detail: String,
    /// The field of the command that is to blame, as a JSON Pointer (RFC 6901).
    pub pointer: Option<String>,
    /// The facts, by name: `current_state`, `allowed_commands`, …
    pub facts: BTreeMap<&'static str, Value>,
}

impl Rejection {
    fn new(kind: RejectionKind, reason: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, reason, detail: detail.into(), pointer: None, facts: BTreeMap::new() }
    }

    /// The actor's role does not permit it.
    #[must_use]
    pub fn forbidden(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::Forbidden, reason, detail)
    }

    /// A rule or the present state forbids it.
    #[must_use]
    pub fn rule(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::Rule, reason, detail)
    }

    /// A value is not acceptable; `pointer` names the field.
    #[must_use]
    pub fn invalid(pointer: &str, reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidValue, reason, detail).at(pointer)
    }

    /// A label is not acceptable, in whichever field it stands.
    #[must_use]
    pub fn unfit_label(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidValue, reason, detail)
    }

    /// What the command is about does not exist.
    #[must_use]
    pub fn not_found(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::NotFound, "not-found", detail).at(pointer)
    }

    /// Something the command refers to does not exist or is inactive.
    #[must_use]
    pub fn unknown_reference(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::UnknownReference, "unknown-reference", detail).at(pointer)
    }

    /// A unique value belongs to another.
    #[must_use]
    pub fn already_held(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(RejectionKind::AlreadyHeld, reason, detail)
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.insert(name, value.into());
        self
    }

    /// Names the field that is to blame.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.pointer = Some(pointer.to_owned());
        self
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.reason, self.detail)
    }
}
