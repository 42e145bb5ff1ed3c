//! The checkpoints of a period, each held against the log and against the given keys.

use std::io;

use itam_domain::format_instant;
use itam_proof::{
    Hash, JudgedSignature, KeptCheckpoint, KeyFolder, SignatureVerdict, SignedCheckpoint, Trust, VerifierKey,
};
use serde_json::json;

use super::findings::Findings;
use super::ledger::Ledger;
use super::period::Period;
use super::section::Section;
use super::written;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How many checkpoints behind a period are looked at for one that all keys stand for.
const CANDIDATES: usize = 1_000;

/// Whose signatures are verified.
pub(super) struct VerifyingKeys {
    pub(super) trust: Trust,
    pub(super) logs: Vec<VerifierKey>,
    pub(super) witnesses: Vec<VerifierKey>,
}

/// How many signatures there are of each kind.
#[derive(Default)]
struct SignatureCounts {
    verified: u64,
    open: u64,
    wrong: u64,
}

/// The checkpoints of a period, compared while the log is read.
pub(super) struct Checkpoints {
    ledger: Option<Ledger>,
    keys: VerifyingKeys,
    /// What the log is called.
    origin: String,
    period: Period,
    /// The size of the last one that belongs to the period: the one that covers its end. The largest
    /// number, if none does.
    end: u64,
    due: Option<KeptCheckpoint>,
    covered_to: u64,
    cover: Option<(u64, Hash)>,
    counts: SignatureCounts,
    rows: Section,
    signatures: Section,
}

impl Checkpoints {
    /// Those of a period.
    pub(super) fn new(
        ledger: Option<Ledger>,
        period: Period,
        origin: String,
        keys: VerifyingKeys,
    ) -> Result<Self, Failure> {
        let columns = &["size", "root", "made", "recomputed"];
        let rows = Section::new("checkpoints", "Checkpoints", columns).map_err(written)?;
        let columns = &["size", "signer", "key_id", "countersigned", "verdict"];
        let signatures =
            Section::new("signatures", "Signatures and countersignatures of checkpoints", columns);
        let signatures = signatures.map_err(written)?;
        let (counts, cover) = (SignatureCounts::default(), None);
        let mut opened = Self {
            ledger,
            keys,
            origin,
            period,
            end: 0,
            due: None,
            covered_to: 0,
            cover,
            counts,
            rows,
            signatures,
        };
        opened.end = opened.find_end()?;
        opened.due = opened.next_from(period.first.min(period.last))?;
        Ok(opened)
    }

    /// Up to where the log has to be read for them.
    pub(super) fn end(&self) -> u64 {
        if self.due.is_some() && self.end < u64::MAX { self.end } else { 0 }
    }

    /// The first checkpoint that covers the period and for which all given keys stand; else the first
    /// that covers it.
    fn find_end(&self) -> Result<u64, Failure> {
        let Some(ledger) = &self.ledger else { return Ok(0) };
        let kept = ledger.notes.at_least(self.period.last, CANDIDATES);
        let kept = kept.map_err(|error| ledger.unreadable(error))?;
        let stand_all = kept.iter().find(|kept| {
            let signed = SignedCheckpoint::parse(&kept.note);
            signed.is_ok_and(|signed| self.silent(&signed.judge(&self.keys.trust)).is_empty())
        });
        Ok(stand_all.or(kept.first()).map_or(u64::MAX, |kept| kept.size))
    }

    fn next_from(&self, size: u64) -> Result<Option<KeptCheckpoint>, Failure> {
        let Some(ledger) = &self.ledger else { return Ok(None) };
        let kept = ledger.notes.at_least(size, 1).map_err(|error| ledger.unreadable(error))?;
        Ok(kept.into_iter().find(|kept| kept.size <= self.end))
    }

    /// Whether one covers the log up to this position, or to one before it that was missing.
    pub(super) fn is_due(&self, position: u64) -> bool {
        self.due.as_ref().is_some_and(|kept| kept.size <= position)
    }

    /// Compares the one that is due with the root of the log up to there; without a root it cannot
    /// be compared.
    pub(super) fn compare(&mut self, root: Option<Hash>, findings: &mut Findings) -> Result<(), Failure> {
        let Some(kept) = self.due.take() else { return Ok(()) };
        self.note(&kept, root, findings).map_err(written)?;
        self.due = self.next_from(kept.size + 1)?;
        Ok(())
    }

    fn note(&mut self, kept: &KeptCheckpoint, root: Option<Hash>, findings: &mut Findings) -> io::Result<()> {
        let size = kept.size;
        let signed = match SignedCheckpoint::parse(&kept.note) {
            Ok(signed) if signed.checkpoint().size == size => signed,
            Ok(_) => {
                return findings.add(size, format!("the checkpoint kept for {size} speaks of another size"));
            }
            Err(error) => {
                return findings.add(size, format!("the checkpoint of {size} cannot be read: {error}"));
            }
        };
        let checkpoint = signed.checkpoint();
        if checkpoint.origin.as_str() != self.origin {
            let other = &checkpoint.origin;
            findings.add(size, format!("the checkpoint of {size} is of another log, {other}"))?;
        }
        let recomputed = match root {
            None => "not compared: the log cannot be read up to there".to_owned(),
            Some(root) if root == checkpoint.root => {
                self.covered_to = size;
                "the same root".to_owned()
            }
            Some(root) => {
                findings
                    .add(size, format!("the log up to {size} is not what the checkpoint was signed for"))?;
                format!("WRONG: the log's own root is {root}")
            }
        };
        let made = format_instant(checkpoint.made_at);
        let root = checkpoint.root.to_string();
        self.rows.push(&json!({"size": size, "root": root, "made": made, "recomputed": recomputed}))?;
        let judged = signed.judge(&self.keys.trust);
        for signature in &judged {
            self.note_signature(size, signature, findings)?;
        }
        if size >= self.period.last && size == self.end {
            self.cover = Some((size, checkpoint.root));
            for key in self.silent(&judged) {
                findings.add(size, format!("no checkpoint that covers the period is signed by {key}"))?;
            }
        }
        Ok(())
    }

    /// Whose word is missing: one key of the log at least, if any was given, and every witness.
    fn silent(&self, judged: &[JudgedSignature]) -> Vec<String> {
        let is_signed = judged.iter().any(|signature| {
            matches!(signature.verdict, SignatureVerdict::Signed | SignatureVerdict::SignedByFormer)
        });
        let log = (!self.keys.logs.is_empty() && !is_signed).then(|| "any of the given keys".to_owned());
        let has_spoken = |key: &VerifierKey| {
            judged.iter().any(|signature| {
                matches!(signature.verdict, SignatureVerdict::Countersigned(_))
                    && (signature.signer.as_str(), signature.key_id) == (key.name(), key.id())
            })
        };
        let witnesses = self.keys.witnesses.iter().filter(|key| !has_spoken(key)).map(VerifierKey::short);
        log.into_iter().chain(witnesses).collect()
    }

    fn note_signature(
        &mut self,
        size: u64,
        signature: &JudgedSignature,
        findings: &mut Findings,
    ) -> io::Result<()> {
        let (signer, key_id) = (&signature.signer, format!("{:08x}", signature.key_id));
        let mut countersigned = None;
        let verdict = match signature.verdict {
            SignatureVerdict::Signed => "verified".to_owned(),
            SignatureVerdict::SignedByFormer => "verified: of a key from before the given one".to_owned(),
            SignatureVerdict::Countersigned(time) => {
                countersigned = Some(format_instant(time));
                "verified".to_owned()
            }
            SignatureVerdict::Unknown => "not verifiable without its key".to_owned(),
            SignatureVerdict::Replaced { until } => format!("WRONG: the key was replaced at {until}"),
            SignatureVerdict::Wrong => "WRONG: that key did not make it".to_owned(),
        };
        match signature.verdict {
            SignatureVerdict::Unknown => self.counts.open += 1,
            SignatureVerdict::Wrong | SignatureVerdict::Replaced { .. } => {
                self.counts.wrong += 1;
                let why = verdict.trim_start_matches("WRONG: ");
                findings.add(
                    size,
                    format!("a signature of {signer}+{key_id} under the checkpoint of {size}: {why}"),
                )?;
            }
            _ => self.counts.verified += 1,
        }
        self.signatures.push(&json!({
            "size": size, "signer": signer, "key_id": key_id, "countersigned": countersigned, "verdict": verdict,
        }))
    }

    /// What is left behind the last position that could be read. `head` is the log's last: no
    /// checkpoint, of this period or of a later one, covers more.
    pub(super) fn finish(&mut self, head: u64, findings: &mut Findings) -> Result<(), Failure> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        let newest = ledger.notes.newest().map_err(|error| ledger.unreadable(error))?;
        if let Some(size) = newest.map(|kept| kept.size).filter(|size| *size > head) {
            let lost = format!("a checkpoint covers {size} positions, and the log ends at {head}");
            findings.add(size, lost).map_err(written)?;
        }
        while self.due.is_some() {
            self.compare(None, findings)?;
        }
        Ok(())
    }

    /// Whether a checkpoint covers the period and every signature could be verified.
    pub(super) fn are_all_verified(&self) -> bool {
        self.cover.is_some() && self.counts.open == 0
    }

    /// What the report's head says of them.
    pub(super) fn summary(&self) -> [(&'static str, serde_json::Value); 4] {
        let SignatureCounts { verified, open, wrong } = self.counts;
        let signatures =
            format!("{verified} verified, {open} not verifiable without their keys, {wrong} wrong");
        [
            ("checkpoint_size", json!(self.cover.map(|(size, _)| size))),
            ("checkpoint_root", json!(self.cover.map(|(_, root)| root.to_string()))),
            ("covered_to", json!(self.covered_to.min(self.period.last))),
            ("signatures", json!(signatures)),
        ]
    }

    pub(super) fn sections(mut self) -> [Section; 2] {
        let note = match (&self.ledger, self.cover) {
            (None, _) => "No checkpoints were given.",
            (Some(_), None) => {
                "None covers the end of the period: what is behind the last one is not proven."
            }
            (Some(_), Some(_)) => {
                "The last one covers the period. Roots are recomputed from the log's messages."
            }
        };
        note.clone_into(&mut self.rows.note);
        "Verified with the keys of --key and --witness, and the statements of keys in --data."
            .clone_into(&mut self.signatures.note);
        [self.rows, self.signatures]
    }
}

/// Follows the statements of the keys that are kept in a data directory.
pub(super) fn follow(
    keys: &mut VerifyingKeys,
    dir: &DataDir,
    findings: &mut Findings,
) -> Result<(), Failure> {
    for statement in KeyFolder::new(&dir.keys()).statements()? {
        if let Err(error) = keys.trust.follow(&statement) {
            findings.add(statement.from_size(), format!("a key statement: {error}")).map_err(written)?;
        }
    }
    Ok(())
}
