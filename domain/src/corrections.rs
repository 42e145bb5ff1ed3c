//! What all corrections share: a recorded value with what it should read, and lists of facts, each corrected once.

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

impl<T: Clone + PartialEq> Corrected<T> {
    /// A value as it is and as it should read.
    pub(crate) fn of(old: &T, new: &T) -> Self {
        Self { old: old.clone(), new: new.clone() }
    }

    /// Whether it is read so already.
    pub(crate) fn is_idle(&self) -> bool {
        self.old == self.new
    }
}

/// What a list of corrections changes. No fact is corrected twice, and at least one changes; what changes nothing
/// (`change` gives `None`) is left out.
pub(crate) fn changes<C, F>(
    corrections: &[C],
    are_of_one_fact: impl Fn(&C, &C) -> bool,
    mut change: impl FnMut(&C, &str) -> Result<Option<F>, Stop>,
) -> Result<Vec<F>, Stop> {
    let mut changes = Vec::new();
    for (index, correction) in corrections.iter().enumerate() {
        let pointer = format!("/corrections/{index}");
        if corrections.iter().take(index).any(|other| are_of_one_fact(other, correction)) {
            let detail = "this fact is corrected twice in one command";
            return Err(Rejection::invalid(&pointer, "corrected-twice", detail).into());
        }
        changes.extend(change(correction, &pointer)?);
    }
    if changes.is_empty() {
        let detail = "every fact reads like this already: there is nothing to correct";
        return Err(Rejection::rule("nothing-to-correct", detail).into());
    }
    Ok(changes)
}
