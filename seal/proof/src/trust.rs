//! Whose signatures count.

use chrono::{DateTime, Utc};

use crate::checkpoint::{Origin, SignedCheckpoint, TreeCheckpoint};
use crate::key::{KeyPurpose, VerifierKey};
use crate::note::SignedNote;
use crate::statement::{KeyStatement, KeySuccession};
use crate::trust_error::TrustError;

/// The public keys that the verifier brought along, and those that they vouch for.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    logs: Vec<TrustedKey>,
    /// Keys that a trusted key came after. What they signed is checked, and proves nothing.
    former: Vec<FormerKey>,
    statements: Vec<KeyStatement>,
    witnesses: Vec<VerifierKey>,
}

/// A key of a log, and for which sizes it signs.
#[derive(Clone, Debug)]
struct TrustedKey {
    key: VerifierKey,
    successor: Option<Successor>,
}

/// A key from before the trusted ones.
#[derive(Clone, Debug)]
struct FormerKey {
    key: VerifierKey,
    /// The size from which on its successor signs.
    until: u64,
}

/// A key that a signature names.
pub(crate) struct FoundKey<'a> {
    pub(crate) key: &'a VerifierKey,
    /// The size from which on its successor signs.
    pub(crate) until: Option<u64>,
    pub(crate) is_former: bool,
}

/// The key that a key vouches for.
#[derive(Clone, Debug, PartialEq)]
struct Successor {
    key: VerifierKey,
    /// The size of the first checkpoint that it signs.
    from_size: u64,
}

/// Who stands for a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attestation {
    /// The trusted keys of the log that signed it.
    pub signers: Vec<VerifierKey>,
    /// The trusted witnesses that countersigned it, and when each did.
    pub countersignatures: Vec<Countersignature>,
    /// How many signatures are of keys that nobody vouched for; they say nothing.
    pub unknown: usize,
}

/// A checkpoint and who stands for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attested {
    /// What it says.
    pub checkpoint: TreeCheckpoint,
    /// Who signed it.
    pub attestation: Attestation,
}

/// A witness's word that a checkpoint continues all it saw before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersignature {
    /// Who gave it.
    pub witness: VerifierKey,
    /// When, by the witness's clock.
    pub time: DateTime<Utc>,
}

impl SignedCheckpoint {
    /// Checks the signatures: one at least must be of a trusted key of the log, and none of a
    /// trusted key may be wrong.
    ///
    /// # Errors
    /// [`TrustError`] says what does not hold.
    pub fn verify(&self, trust: &Trust) -> Result<Attestation, TrustError> {
        trust.attest(self, self.note())
    }
}

impl Trust {
    /// Trusts nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a key: a log's or a witness's, as the key says.
    pub fn add(&mut self, key: VerifierKey) {
        match key.kind() {
            KeyPurpose::Log if self.logs.iter().any(|trusted| trusted.key == key) => {}
            KeyPurpose::Log => self.logs.push(TrustedKey { key, successor: None }),
            KeyPurpose::Witness if self.witnesses.contains(&key) => {}
            KeyPurpose::Witness => self.witnesses.push(key),
        }
    }

    /// Checks that every trusted witness countersigned: whoever names a witness wants its word.
    ///
    /// # Errors
    /// [`TrustError::NotCountersigned`] names the first that did not.
    pub fn check_countersigned(&self, attested: &Attested) -> Result<(), TrustError> {
        let given = &attested.attestation.countersignatures;
        let missing = self.witnesses.iter().find(|key| !given.iter().any(|other| other.witness == **key));
        let Some(missing) = missing else { return Ok(()) };
        Err(TrustError::NotCountersigned { size: attested.checkpoint.size, witness: missing.short() })
    }

    /// The keys that were lost, as trusted keys that came after them say.
    pub fn losses(&self) -> impl Iterator<Item = &KeyStatement> {
        let is_trusted = |key: &VerifierKey| self.logs.iter().any(|trusted| trusted.key == *key);
        let losses = self.statements.iter().filter(|statement| statement.change() == KeySuccession::Loss);
        losses.filter(move |statement| is_trusted(statement.successor()))
    }

    /// Trusts the successor that a trusted key names, and knows the predecessor of a trusted key.
    ///
    /// # Errors
    /// [`TrustError`] if a signature is wrong, or if a key has two successors.
    pub fn follow(&mut self, statement: &KeyStatement) -> Result<(), TrustError> {
        statement.check()?;
        if !self.statements.contains(statement) {
            self.statements.push(statement.clone());
        }
        // Each round goes one statement further along the chain, to either side.
        for _ in 0..self.statements.len() {
            for statement in self.statements.clone() {
                self.link(&statement)?;
            }
        }
        Ok(())
    }

    fn link(&mut self, statement: &KeyStatement) -> Result<(), TrustError> {
        let (predecessor, successor) = (statement.predecessor(), statement.successor());
        let is_known = |key: &VerifierKey| self.former.iter().any(|former| former.key == *key);
        let leads_here = self.logs.iter().any(|trusted| trusted.key == *successor) || is_known(successor);
        if statement.change() == KeySuccession::Loss && !leads_here {
            // Anybody can say so. Only who trusts the new key for another reason believes it.
            return Ok(());
        }
        if leads_here && !is_known(predecessor) {
            self.former.push(FormerKey { key: predecessor.clone(), until: statement.from_size() });
        }
        if let Some(trusted) = self.logs.iter_mut().find(|trusted| trusted.key == *predecessor) {
            let named = Successor { key: successor.clone(), from_size: statement.from_size() };
            if trusted.successor.as_ref().is_some_and(|other| *other != named) {
                return Err(TrustError::TwoSuccessors(predecessor.short()));
            }
            trusted.successor = Some(named);
            if statement.change() == KeySuccession::Rotation {
                self.add(successor.clone());
            }
        }
        Ok(())
    }

    /// Checks the signatures under a checkpoint.
    pub(crate) fn attest(
        &self,
        signed: &SignedCheckpoint,
        note: &SignedNote,
    ) -> Result<Attestation, TrustError> {
        let (origin, size) = (&signed.checkpoint().origin, signed.checkpoint().size);
        let what = || format!("checkpoint of {size}");
        if !self.logs.iter().any(|trusted| trusted.key.name() == origin.as_str()) {
            return Err(TrustError::OtherLog { what: what(), origin: origin.to_string() });
        }
        let mut found = Attestation::default();
        let mut refused = TrustError::NotSigned { what: what(), origin: origin.to_string() };
        for line in note.signatures() {
            let Some(FoundKey { key, until, is_former }) = self.find(origin, line.name(), line.id()) else {
                found.unknown += 1;
                continue;
            };
            let wrong = || TrustError::WrongSignature { what: what(), signer: key.short() };
            let time_s = key.check(note.text(), line.signature()).map_err(|_| wrong())?;
            match (time_s, until) {
                (Some(time_s), _) => {
                    let time = instant(time_s).ok_or_else(wrong)?;
                    found.countersignatures.push(Countersignature { witness: key.clone(), time });
                }
                (None, Some(until)) if size >= until => {
                    refused = TrustError::Replaced { what: what(), signer: key.short(), until };
                }
                (None, _) if is_former => {
                    refused = TrustError::FormerKey { what: what(), signer: key.short() };
                }
                (None, _) => found.signers.push(key.clone()),
            }
        }
        if found.signers.is_empty() { Err(self.explain(refused, note)) } else { Ok(found) }
    }

    /// Why nobody counts who signed: perhaps a key was lost.
    fn explain(&self, refused: TrustError, note: &SignedNote) -> TrustError {
        let TrustError::NotSigned { what, .. } = &refused else { return refused };
        let has_signed = |key: &VerifierKey| {
            note.signatures().iter().any(|line| line.name() == key.name() && line.id() == key.id())
        };
        let mut losses = self.statements.iter().filter(|statement| statement.change() == KeySuccession::Loss);
        let Some(said) = losses.find(|loss| has_signed(loss.successor())) else { return refused };
        let (successor, lost) = (said.successor().short(), said.predecessor().short());
        TrustError::AfterLoss { what: what.clone(), successor, lost }
    }

    /// The key of a signature, if it is known.
    pub(crate) fn find(&self, origin: &Origin, name: &str, id: u32) -> Option<FoundKey<'_>> {
        let is_it = |key: &VerifierKey| key.name() == name && key.id() == id;
        if name == origin.as_str() {
            let trusted = self.logs.iter().find(|trusted| is_it(&trusted.key)).map(|trusted| {
                let until = trusted.successor.as_ref().map(|successor| successor.from_size);
                FoundKey { key: &trusted.key, until, is_former: false }
            });
            let former = self.former.iter().find(|former| is_it(&former.key));
            let former = || {
                former.map(|former| FoundKey { key: &former.key, until: Some(former.until), is_former: true })
            };
            return trusted.or_else(former);
        }
        let witness = self.witnesses.iter().find(|key| is_it(key));
        witness.map(|key| FoundKey { key, until: None, is_former: false })
    }
}

/// The time of a countersignature.
pub(crate) fn instant(time_s: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(time_s).ok()?, 0)
}
