//! A small log with its tree and keys, and the files that are made from it.

use chrono::{DateTime, Utc};
use itam_proof::{
    ExportWriter, Frontier, Hash, KeyPurpose, Known, Leaf, Origin, SignedCheckpoint, SigningKey,
    TreeCheckpoint, TreeSnapshot, TreeWriter, Trust,
};
use tempfile::TempDir;

/// A stored message.
pub(crate) struct Message {
    pub(crate) position: u64,
    pub(crate) subject: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn leaf(&self) -> Leaf<'_> {
        Leaf { position: self.position, subject: &self.subject, body: &self.body }
    }
}

/// A log.
pub(crate) struct World {
    pub(crate) messages: Vec<Message>,
    pub(crate) tree: TreeWriter,
    pub(crate) origin: Origin,
    pub(crate) key: SigningKey,
    _dir: TempDir,
}

/// A moment.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_767_225_600_123).expect("a moment")
}

impl World {
    /// A log of `count` messages, different for each `salt`.
    pub(crate) fn new(count: u64, salt: &str) -> Self {
        let message = |position: u64| match position % 5 {
            0 => ("key.tag.AAAA", vec![0xff, 0x00, u8::try_from(position % 256).expect("a byte")]),
            _ => ("event.asset.1", format!("{{\"salt\":\"{salt}\",\"é\\n\":{position}}}").into_bytes()),
        };
        let messages = (1..=count).map(|position| {
            let (place, body) = message(position);
            Message { position, subject: format!("itam.main.{place}"), body }
        });
        Self::of(messages.collect())
    }

    /// A log of these messages.
    pub(crate) fn of(messages: Vec<Message>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut tree = TreeWriter::open(&dir.path().join("merkle.redb"), "main").expect("made");
        tree.append(messages.iter().map(|message| message.leaf().hash())).expect("added");
        let origin = Origin::of_log("main", messages[0].leaf().hash());
        let key = SigningKey::from_seed(origin.as_str(), KeyPurpose::Log, &[1; 32]).expect("a key");
        Self { messages, tree, origin, key, _dir: dir }
    }

    pub(crate) fn snapshot(&self) -> TreeSnapshot {
        self.tree.reader().snapshot().expect("readable")
    }

    pub(crate) fn checkpoint(&self, size: u64) -> TreeCheckpoint {
        let root = self.snapshot().root(size).expect("covered");
        TreeCheckpoint { origin: self.origin.clone(), size, root, made_at: now() }
    }

    pub(crate) fn signed(&self, size: u64) -> SignedCheckpoint {
        SignedCheckpoint::sign(self.checkpoint(size), &[&self.key]).expect("signed")
    }

    /// Trusts this log's key.
    pub(crate) fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add(self.key.public().clone());
        trust
    }

    /// The positions `from` to `to`, with the checkpoints of these sizes.
    pub(crate) fn export(&self, from: u64, to: u64, sizes: &[u64]) -> Vec<u8> {
        self.export_of(from, to, sizes, |size| self.signed(size))
    }

    /// The same, with checkpoints that `sign` makes.
    pub(crate) fn export_of(
        &self,
        from: u64,
        to: u64,
        sizes: &[u64],
        sign: impl Fn(u64) -> SignedCheckpoint,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let before = if from == 1 { Frontier::default() } else { self.before(from) };
        let mut export = ExportWriter::begin(&self.origin, before, &mut out);
        for position in from..=to {
            let message = &self.messages[usize::try_from(position - 1).expect("small")];
            export.event(&message.leaf(), &mut out).expect("the next");
            for &size in sizes.iter().filter(|size| **size == position || (position == to && **size > to)) {
                let consistency = self.consistency(position, size);
                export.checkpoint(&sign(size), consistency, &mut out).expect("it continues");
            }
        }
        export.end(&mut out);
        out
    }

    /// A checkpoint that a witness countersigned if `sizes` has it.
    pub(crate) fn witnessed(&self, size: u64, sizes: &[u64], witness: &SigningKey) -> SignedCheckpoint {
        let mut signed = self.signed(size);
        if sizes.contains(&size) {
            signed.cosign(witness, now()).expect("countersigned");
        }
        signed
    }

    fn before(&self, from: u64) -> Frontier {
        self.snapshot().frontier(from - 1).expect("covered")
    }

    pub(crate) fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        self.snapshot().prove_consistency(from, to).expect("covered")
    }

    /// Verifies an export with this log's key, and says what was wrong.
    pub(crate) fn refuse(&self, export: &[u8]) -> String {
        let verified = itam_proof::verify_export(export, &mut self.trust(), &mut Known::new());
        verified.expect_err("a lie").to_string()
    }
}
