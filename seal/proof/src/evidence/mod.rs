//! Evidence: the history of one asset in one file, with what proves it.

mod fold;
mod state;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::body::Body;
use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::statement::KeyStatement;
use crate::{Hash, Leaf};

pub(crate) use fold::Fold;
pub use fold::FoldError;

/// The version of the format.
pub(crate) const FORMAT: u32 = 1;

/// The file of evidence: an object with one field, which says what it is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum File<'a> {
    #[serde(borrow)]
    Evidence(Evidence<'a>),
}

/// What evidence holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence<'a> {
    pub(crate) format: u32,
    #[serde(borrow)]
    pub(crate) origin: Cow<'a, str>,
    /// Which asset.
    pub(crate) asset: Uuid,
    /// Its events, the oldest first.
    #[serde(borrow)]
    pub(crate) events: Vec<EvidenceEvent<'a>>,
    /// What they make of it.
    pub(crate) state: Value,
    /// The chain of the log's keys, as notes.
    #[serde(borrow)]
    pub(crate) statements: Vec<Cow<'a, str>>,
    /// The checkpoint that the proofs lead to, with its countersignatures, as a note.
    #[serde(borrow)]
    pub(crate) checkpoint: Cow<'a, str>,
}

/// One event in evidence. All but the proof is in the leaf.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceEvent<'a> {
    pub(crate) position: u64,
    #[serde(borrow)]
    pub(crate) subject: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) body: Body<'a>,
    /// That it is in the checkpoint.
    pub(crate) inclusion: Vec<Hash>,
}

/// Puts evidence together.
pub struct EvidenceWriter<'a> {
    evidence: Evidence<'a>,
    fold: Fold,
}

impl<'a> EvidenceWriter<'a> {
    /// Begins the evidence for an asset of the checkpoint's log.
    #[must_use]
    pub fn begin(asset: Uuid, checkpoint: &SignedCheckpoint) -> Self {
        let origin = &checkpoint.checkpoint().origin;
        let evidence = Evidence {
            format: FORMAT,
            origin: origin.as_str().to_owned().into(),
            asset,
            events: Vec::new(),
            state: Value::Null,
            statements: Vec::new(),
            checkpoint: checkpoint.encode().into(),
        };
        Self { evidence, fold: Fold::new(origin, asset) }
    }

    /// Adds a statement of the log's key chain.
    pub fn statement(&mut self, statement: &KeyStatement) {
        self.evidence.statements.push(statement.encode().into());
    }

    /// Adds the next event, with [`crate::TreeSnapshot::prove_inclusion`] in the checkpoint.
    ///
    /// # Errors
    /// [`FoldError`] if it is not this asset's next event, or one that this build does not know.
    pub fn event(&mut self, leaf: &Leaf<'a>, inclusion: Vec<Hash>) -> Result<(), FoldError> {
        self.fold.take(leaf)?;
        self.evidence.events.push(EvidenceEvent {
            position: leaf.position,
            subject: leaf.subject.into(),
            body: Body::of(leaf.body),
            inclusion,
        });
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// [`FoldError::Nothing`] if there were no events.
    ///
    /// # Panics
    /// Never: there is nothing in it that JSON has no form for.
    pub fn end(mut self) -> Result<Vec<u8>, FoldError> {
        self.evidence.state = self.fold.state()?;
        let mut file = serde_json::to_vec_pretty(&File::Evidence(self.evidence)).expect("plain values");
        file.push(b'\n');
        Ok(file)
    }
}

/// The subject of an asset's events.
fn subject_of(origin: &Origin, asset: Uuid) -> String {
    format!("itam.{}.event.asset.{asset}", origin.tenant())
}
