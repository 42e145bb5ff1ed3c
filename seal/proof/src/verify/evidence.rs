//! Checking evidence: each event by its proof, and the state by folding the events again.

use serde_json::Value;
use uuid::Uuid;

use super::{Attested, Known, Reason, VerifyError, attest};
use crate::Leaf;
use crate::checkpoint::Origin;
use crate::evidence::{Evidence, EvidenceEvent, FORMAT, File, Fold};
use crate::inclusion::check_inclusion;
use crate::statement::KeyStatement;
use crate::trust::Trust;

/// What was checked of evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceReport {
    /// Which log.
    pub origin: Origin,
    /// Which asset.
    pub asset: Uuid,
    /// The positions of what stands on its subject.
    pub positions: Vec<u64>,
    /// Those of them that are alien to it: proven, and believed by nobody.
    pub aliens: Vec<u64>,
    /// What the events make of it.
    pub state: Value,
    /// The checkpoint that has them.
    pub checkpoint: Attested,
}

/// Checks evidence: that each event is in the checkpoint, that they are events of the asset without
/// a gap between them, that the state is what they make of it, and that the checkpoint is signed.
///
/// # Errors
/// [`VerifyError`], the first thing that is wrong.
pub fn verify_evidence(
    file: &[u8],
    trust: &mut Trust,
    known: &mut Known,
) -> Result<EvidenceReport, VerifyError> {
    let File::Evidence(evidence) = serde_json::from_slice(file).map_err(|error| {
        VerifyError::of_file(if error.is_eof() { Reason::Cut } else { Reason::Malformed(error) })
    })?;
    let checkpoint = checked_frame(&evidence, trust, known).map_err(VerifyError::of_file)?;
    let origin = checkpoint.checkpoint.origin.clone();
    let mut fold = Fold::new(&origin, evidence.asset);
    for event in &evidence.events {
        check_event(event, &checkpoint, &mut fold)
            .map_err(|reason| VerifyError::of_position(event.position, reason))?;
    }
    let state = fold.state().map_err(|error| VerifyError::of_file(error.into()))?;
    if let Some(field) = difference(&state, &evidence.state) {
        return Err(VerifyError::of_file(Reason::State(field)));
    }
    let positions = evidence.events.iter().map(|event| event.position).collect();
    let aliens = fold.aliens().to_vec();
    Ok(EvidenceReport { origin, asset: evidence.asset, positions, aliens, state, checkpoint })
}

/// Checks everything around the events.
fn checked_frame(evidence: &Evidence<'_>, trust: &mut Trust, known: &mut Known) -> Result<Attested, Reason> {
    if evidence.format != FORMAT {
        return Err(Reason::Format(evidence.format));
    }
    for note in &evidence.statements {
        let statement = KeyStatement::parse(note).map_err(|_| Reason::Statement)?;
        trust.follow(&statement)?;
    }
    let attested = attest(&evidence.checkpoint, trust, known)?;
    if attested.checkpoint.origin.as_str() != evidence.origin {
        return Err(Reason::Misplaced("the checkpoint is of another log"));
    }
    trust.check_countersigned(&attested)?;
    Ok(attested)
}

fn check_event(event: &EvidenceEvent<'_>, attested: &Attested, fold: &mut Fold) -> Result<(), Reason> {
    let body = event.body.bytes().ok_or(Reason::Body)?;
    let leaf = Leaf { position: event.position, subject: &event.subject, body: &body };
    let checkpoint = &attested.checkpoint;
    check_inclusion(&event.inclusion, event.position, leaf.hash(), checkpoint.size, checkpoint.root)?;
    Ok(fold.take(&leaf)?)
}

/// The first field in which two states differ.
fn difference(right: &Value, shown: &Value) -> Option<String> {
    if right == shown {
        return None;
    }
    let (Value::Object(right), Value::Object(shown)) = (right, shown) else {
        return Some("it".to_owned());
    };
    let names = right.keys().chain(shown.keys());
    names.into_iter().find(|name| right.get(*name) != shown.get(*name)).cloned()
}
