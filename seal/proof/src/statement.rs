//! Key statements: how verifiers learn that a log has a new key.
//!
//! A statement is a signed note: the log's origin, the size from which on the new key signs, the
//! old public key and the new one, signed by both. All statements of a log, in order, are its
//! chain; it travels with exports and evidence, so whoever trusts one key of the chain trusts those
//! after it. Whoever has an old key's secret can write such a statement too: after a theft, the new
//! public key must be handed over in person.
//!
//! A key that is lost can sign no statement. Its successor says alone that it comes after it: nobody
//! trusts a key for that, but everybody sees that, and from which size on, another key signs.

use crate::checkpoint::Origin;
use crate::key::{KeyError, SigningKey, VerifierKey};
use crate::note::{NoteError, SignedNote};
use crate::trust_error::TrustError;

/// How a key came to be followed by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySuccession {
    /// It vouches for its successor.
    Rotation,
    /// It was lost, and vouches for nobody.
    Loss,
}

impl KeySuccession {
    fn title(self) -> &'static str {
        match self {
            Self::Rotation => "itam key statement v1",
            Self::Loss => "itam key loss statement v1",
        }
    }

    fn of_title(title: &str) -> Option<Self> {
        [Self::Rotation, Self::Loss].into_iter().find(|change| change.title() == title)
    }
}

/// A log's key has a successor.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyStatement {
    change: KeySuccession,
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
        let mut statement = Self::unsigned(KeySuccession::Rotation, origin, from_size, (old.public(), new))?;
        statement.note.add(old, 0)?;
        statement.note.add(new, 0)?;
        Ok(statement)
    }

    /// Lets `new` say that it signs checkpoints of `from_size` and more, because the key before it was
    /// lost.
    ///
    /// # Errors
    /// [`KeyError::Name`] if they are not keys of this log.
    pub fn sign_loss(
        origin: &Origin,
        from_size: u64,
        lost: &VerifierKey,
        new: &SigningKey,
    ) -> Result<Self, KeyError> {
        let mut statement = Self::unsigned(KeySuccession::Loss, origin, from_size, (lost, new))?;
        statement.note.add(new, 0)?;
        Ok(statement)
    }

    fn unsigned(
        change: KeySuccession,
        origin: &Origin,
        from_size: u64,
        (old, new): (&VerifierKey, &SigningKey),
    ) -> Result<Self, KeyError> {
        let (predecessor, successor) = (old.clone(), new.public().clone());
        for key in [&predecessor, &successor] {
            if key.name() != origin.as_str() {
                return Err(KeyError::Name(key.name().to_owned()));
            }
        }
        let title = change.title();
        let note = SignedNote::new(format!("{title}\n{origin}\n{from_size}\n{predecessor}\n{successor}\n"));
        Ok(Self { change, origin: origin.clone(), from_size, predecessor, successor, note })
    }

    /// Reads a statement. Its signatures are not checked: [`crate::Trust::follow`] does.
    ///
    /// # Errors
    /// [`NoteError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let note = SignedNote::parse(text)?;
        let parse = || {
            let lines: Vec<&str> = note.text().lines().collect();
            let [title, origin, from_size, predecessor, successor] = lines[..] else { return None };
            let change = KeySuccession::of_title(title)?;
            let size: u64 = from_size.parse().ok()?;
            let origin = Origin::parse(origin)?;
            let predecessor: VerifierKey = predecessor.parse().ok()?;
            let successor: VerifierKey = successor.parse().ok()?;
            let are_its_own = [&predecessor, &successor].iter().all(|key| key.name() == origin.as_str());
            let is_plain = size.to_string() == from_size && are_its_own;
            is_plain.then_some((change, origin, size, predecessor, successor))
        };
        let (change, origin, from_size, predecessor, successor) = parse().ok_or(NoteError)?;
        Ok(Self { change, origin, from_size, predecessor, successor, note })
    }

    /// The note: what is kept and sent.
    #[must_use]
    pub fn encode(&self) -> String {
        self.note.encode()
    }

    /// Whether the old key vouches for the new one, or was lost.
    #[must_use]
    pub fn change(&self) -> KeySuccession {
        self.change
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

    /// The key that vouches, or was lost.
    #[must_use]
    pub fn predecessor(&self) -> &VerifierKey {
        &self.predecessor
    }

    /// The key that signs from then on.
    #[must_use]
    pub fn successor(&self) -> &VerifierKey {
        &self.successor
    }

    /// Checks that both keys signed: the old one vouches, the new one shows that it exists. One that
    /// was lost could not.
    pub(crate) fn check(&self) -> Result<(), TrustError> {
        let old = (self.change == KeySuccession::Rotation).then_some(&self.predecessor);
        for key in old.into_iter().chain([&self.successor]) {
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
