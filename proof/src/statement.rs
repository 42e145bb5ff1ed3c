//! Key statements: how verifiers learn that a log has a new key.
//!
//! A statement is a signed note: the log's origin, the size from which on the new key signs, the
//! old public key and the new one, signed by both. All statements of a log, in order, are its
//! chain; it travels with exports and evidence, so whoever trusts one key of the chain trusts those
//! after it. Whoever has an old key's secret can write such a statement too: after a theft, the new
//! public key must be handed over in person.

use crate::checkpoint::Origin;
use crate::key::{KeyError, SigningKey, VerifierKey};
use crate::note::{NoteError, SignedNote};
use crate::trust::TrustError;

const TITLE: &str = "itam key statement v1";

/// A log's key names its successor.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyStatement {
    origin: Origin,
    from_size: u64,
    predecessor: VerifierKey,
    successor: VerifierKey,
    note: SignedNote,
}

impl KeyStatement {
    /// Lets `old` name `new` as the key that signs checkpoints of `from_size` and more.
    ///
    /// # Errors
    /// [`KeyError::Name`] if they are not keys of this log.
    pub fn sign(
        origin: &Origin,
        from_size: u64,
        old: &SigningKey,
        new: &SigningKey,
    ) -> Result<Self, KeyError> {
        let (predecessor, successor) = (old.public().clone(), new.public().clone());
        for key in [old, new] {
            if key.name() != origin.as_str() {
                return Err(KeyError::Name(key.name().to_owned()));
            }
        }
        let mut note =
            SignedNote::new(format!("{TITLE}\n{origin}\n{from_size}\n{predecessor}\n{successor}\n"));
        note.add(old, 0)?;
        note.add(new, 0)?;
        Ok(Self { origin: origin.clone(), from_size, predecessor, successor, note })
    }

    /// Reads a statement. Its signatures are not checked: [`crate::Trust::follow`] does.
    ///
    /// # Errors
    /// [`NoteError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let note = SignedNote::parse(text)?;
        let parse = || {
            let lines: Vec<&str> = note.text().lines().collect();
            let [TITLE, origin, from_size, predecessor, successor] = lines[..] else { return None };
            let size: u64 = from_size.parse().ok()?;
            let origin = Origin::parse(origin)?;
            let predecessor: VerifierKey = predecessor.parse().ok()?;
            let successor: VerifierKey = successor.parse().ok()?;
            let are_its_own = [&predecessor, &successor].iter().all(|key| key.name() == origin.as_str());
            let is_plain = size.to_string() == from_size && are_its_own;
            is_plain.then_some((origin, size, predecessor, successor))
        };
        let (origin, from_size, predecessor, successor) = parse().ok_or(NoteError)?;
        Ok(Self { origin, from_size, predecessor, successor, note })
    }

    /// The note: what is kept and sent.
    #[must_use]
    pub fn encode(&self) -> String {
        self.note.encode()
    }

    /// Whose keys they are.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The size of the first checkpoint that the new key signs.
    #[must_use]
    pub fn from_size(&self) -> u64 {
        self.from_size
    }

    /// The key that vouches.
    #[must_use]
    pub fn predecessor(&self) -> &VerifierKey {
        &self.predecessor
    }

    /// The key that it vouches for.
    #[must_use]
    pub fn successor(&self) -> &VerifierKey {
        &self.successor
    }

    /// Checks that both keys signed: the old one vouches, the new one shows that it exists.
    pub(crate) fn check(&self) -> Result<(), TrustError> {
        for key in [&self.predecessor, &self.successor] {
            let what = "key statement".to_owned();
            let mut lines = self.note.signatures().iter();
            let Some(line) = lines.find(|line| line.name() == key.name() && line.id() == key.id()) else {
                return Err(TrustError::NotSigned { what, origin: self.origin.to_string() });
            };
            if key.check(self.note.text(), line.signature()).is_err() {
                return Err(TrustError::WrongSignature { what, signer: key.short() });
            }
        }
        Ok(())
    }
}
