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

/// A fact of a thing, with what was recorded and what it should read.
pub(crate) trait FactCorrection {
    /// Whether it is read so already.
    fn is_idle(&self) -> bool;
}

/// What a list of corrections changes, each about the fact that `fact_of` names. No fact is corrected twice, and at
/// least one changes; what changes nothing is left out.
pub(crate) fn changes<C, K: PartialEq, F: FactCorrection>(
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
        changes.extend(Some(change(correction, &pointer)?).filter(|change| !change.is_idle()));
    }
    if changes.is_empty() {
        let detail = "every fact reads like this already: there is nothing to correct";
        return Err(Rejection::rule("nothing-to-correct", detail).into());
    }
    Ok(changes)
}
