//! What is to be said of each signature under a checkpoint, for those who list them all. Whether a
//! checkpoint counts is for [`SignedCheckpoint::verify`].

use chrono::{DateTime, Utc};

use crate::checkpoint::SignedCheckpoint;
use crate::key::KeyPurpose;
use crate::trust::{FoundKey, Trust, instant};

/// A signature line, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedSignature {
    /// Whose it is, as the line says: the log's origin, or a witness's name.
    pub signer: String,
    /// The id of the key, as the line says.
    pub key_id: u32,
    /// What is known of it.
    pub verdict: SignatureVerdict,
}

/// What is known of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// Right, of a trusted key of the log.
    Signed,
    /// Right, of a key that a trusted one came after: it was the log's, and more is not known.
    SignedByFormer,
    /// Right, of a trusted witness, with the time of its clock.
    Countersigned(DateTime<Utc>),
    /// Right, of a key that had a successor by then.
    Replaced {
        /// The size from which on the successor signs.
        until: u64,
    },
    /// Nobody vouched for the key: nothing can be said.
    Unknown,
    /// The key that the line names did not make it.
    Wrong,
}

impl SignedCheckpoint {
    /// Judges every signature under it, in their order.
    #[must_use]
    pub fn judge(&self, trust: &Trust) -> Vec<JudgedSignature> {
        let origin = &self.checkpoint().origin;
        let judged = self.note().signatures().iter().map(|line| {
            let found = trust.find(origin, line.name(), line.id());
            let verdict =
                found.map_or(SignatureVerdict::Unknown, |found| self.verdict(&found, line.signature()));
            JudgedSignature { signer: line.name().to_owned(), key_id: line.id(), verdict }
        });
        judged.collect()
    }

    fn verdict(&self, found: &FoundKey<'_>, signature: &[u8]) -> SignatureVerdict {
        let Ok(time_s) = found.key.check(self.note().text(), signature) else {
            return SignatureVerdict::Wrong;
        };
        if found.key.kind() == KeyPurpose::Witness {
            return time_s.and_then(instant).map_or(SignatureVerdict::Wrong, SignatureVerdict::Countersigned);
        }
        match found.until {
            Some(until) if self.checkpoint().size >= until => SignatureVerdict::Replaced { until },
            _ if found.is_former => SignatureVerdict::SignedByFormer,
            _ => SignatureVerdict::Signed,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{Hash, KeyStatement, Origin, SigningKey, TreeCheckpoint};

    const MADE_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn origin() -> Origin {
        Origin::of_log("main", Hash::EMPTY_ROOT)
    }

    fn key(name: &str, kind: KeyPurpose, seed: u8) -> SigningKey {
        SigningKey::from_seed(name, kind, &[seed; 32]).expect("a key")
    }

    fn signed(size: u64, keys: &[&SigningKey]) -> SignedCheckpoint {
        let checkpoint = TreeCheckpoint { origin: origin(), size, root: Hash::EMPTY_ROOT, made_at: MADE_AT };
        SignedCheckpoint::sign(checkpoint, keys).expect("signed")
    }

    fn verdicts(signed: &SignedCheckpoint, trust: &Trust) -> Vec<SignatureVerdict> {
        signed.judge(trust).into_iter().map(|judged| judged.verdict).collect()
    }

    #[test]
    fn each_signature_is_right_wrong_or_not_to_be_judged() {
        let log = key(origin().as_str(), KeyPurpose::Log, 1);
        let (known, stranger) = (key("w1", KeyPurpose::Witness, 2), key("w2", KeyPurpose::Witness, 3));
        let mut checkpoint = signed(3, &[&log]);
        let time = MADE_AT + TimeDelta::seconds(7);
        for witness in [&known, &stranger] {
            checkpoint.cosign(witness, time).expect("countersigned");
        }
        let mut trust = Trust::new();
        assert_eq!(verdicts(&checkpoint, &trust), [SignatureVerdict::Unknown; 3]);
        trust.add(log.public().clone());
        trust.add(known.public().clone());
        let right =
            [SignatureVerdict::Signed, SignatureVerdict::Countersigned(time), SignatureVerdict::Unknown];
        assert_eq!(verdicts(&checkpoint, &trust), right);
        let named = &checkpoint.judge(&trust)[1];
        assert_eq!((named.signer.as_str(), named.key_id), ("w1", known.id()));

        // The same signatures under another root.
        let note = checkpoint.encode();
        let other = signed(4, &[&log]).encode();
        let end = |note: &str| note.find("\n\n").expect("signatures");
        let moved = format!("{}{}", &other[..end(&other)], &note[end(&note)..]);
        let moved = SignedCheckpoint::parse(&moved).expect("a note");
        assert_eq!(
            verdicts(&moved, &trust),
            [SignatureVerdict::Wrong, SignatureVerdict::Wrong, SignatureVerdict::Unknown]
        );
    }

    #[test]
    fn a_key_is_right_for_its_own_sizes_only() {
        let [old, new] = [1, 2].map(|seed| key(origin().as_str(), KeyPurpose::Log, seed));
        let statement = KeyStatement::sign(&origin(), 5, &old, &new).expect("signed");
        let follow = |trusted: &SigningKey| {
            let mut trust = Trust::new();
            trust.add(trusted.public().clone());
            trust.follow(&statement).expect("right");
            trust
        };
        let (early, late) = (signed(4, &[&old]), signed(5, &[&old, &new]));
        assert_eq!(verdicts(&early, &follow(&old)), [SignatureVerdict::Signed]);
        assert_eq!(verdicts(&early, &follow(&new)), [SignatureVerdict::SignedByFormer]);
        for trusted in [&old, &new] {
            assert_eq!(
                verdicts(&late, &follow(trusted)),
                [SignatureVerdict::Replaced { until: 5 }, SignatureVerdict::Signed]
            );
        }
    }
}
