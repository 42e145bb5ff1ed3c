//! What all corrections share: a recorded value with what it should read, and lists of facts, each corrected once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::world::Stop;

/// What was recorded, and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline, rename = "Corrected{T}"))]
pub struct Corrected<T> {
    /// What was recorded.
    pub old: T,
    /// What it should read.
    pub new: T,
}

impl<T: Clone> Corrected<T> {
    /// A value as it is and as it should read.
    pub(crate) fn of(old: &T, new: &T) -> Self {
        Self { old: old.clone(), new: new.clone() }
    }
}

/// A fact of a line, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline, rename = "CorrectedLine{T}"))]
pub struct CorrectedLine<T> {
    /// The line, from 1.
    pub line: u32,
    /// What was recorded.
    pub old: T,
    /// What it should read.
    pub new: T,
}

/// What a fact of a line should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(inline, rename = "LineCorrection{T}")
)]
#[serde(deny_unknown_fields)]
pub struct LineCorrection<T> {
    /// The line, from 1.
    pub line: u32,
    /// What it should read.
    pub new: T,
}

impl<T: Clone> LineCorrection<T> {
    /// With what the line reads now, which `read` finds in it, if there is that line.
    pub(crate) fn of<L>(
        &self,
        lines: &BTreeMap<u32, L>,
        pointer: &str,
        read: impl Fn(&L) -> T,
    ) -> Result<CorrectedLine<T>, Stop> {
        let Some(line) = lines.get(&self.line) else {
            let detail = format!("there is no line {}: the last one is {}", self.line, lines.len());
            return Err(Rejection::unknown_reference(&format!("{pointer}/line"), detail).into());
        };
        Ok(CorrectedLine { line: self.line, old: read(line), new: self.new.clone() })
    }
}

/// What a list of corrections changes, each about the fact that `fact_of` names. No fact is corrected twice, and at
/// least one changes; what changes nothing is left out.
pub(crate) fn changes<C, K: PartialEq, F: Serialize>(
    corrections: &[C],
    fact_of: impl Fn(&C) -> K,
    mut change: impl FnMut(&C, &str) -> Result<F, Stop>,
) -> Result<Vec<F>, Stop> {
    let mut changes = Vec::new();
    for (index, correction) in corrections.iter().enumerate() {
        let pointer = format!("/corrections/{index}");
        if corrections.iter().take(index).any(|other| fact_of(other) == fact_of(correction)) {
            let detail = "this fact is corrected twice in one command";
            return Err(Rejection::invalid(&pointer, "corrected-twice", detail).into());
        }
        changes.extend(Some(change(correction, &pointer)?).filter(|change| !is_idle(change)));
    }
    if changes.is_empty() {
        let detail = "every fact reads like this already: there is nothing to correct";
        return Err(Rejection::rule("nothing-to-correct", detail).into());
    }
    Ok(changes)
}

/// Whether a fact reads already as it should: every fact tells `old` and `new`.
fn is_idle(fact: &impl Serialize) -> bool {
    let told = serde_json::to_value(fact).expect("facts hold text keys and plain values only");
    told["old"] == told["new"]
}
