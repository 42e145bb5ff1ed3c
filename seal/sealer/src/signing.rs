//! Signing checkpoints, each of which continues all that were kept before.

use std::sync::Arc;
use std::time::Duration;

use itam_proof::{
    KeptCheckpoint, KeyError, LedgerWriter, Origin, SignedCheckpoint, TreeCheckpoint, TreeReader,
    TreeSnapshot,
};
use tokio::time::Instant;

use crate::archive::{Archive, CurrentKeys, KeyRing};
use crate::error::SealerError;
use crate::options::SealerOptions;
use crate::scrub::shortened;
use crate::sealer_files::OpenFiles;

/// The sealer's own place, in messages.
const OWN_PLACE: &str = "the data directory";
/// After how long it is tried again, where that may help.
const RETRY: Duration = Duration::from_secs(1);
/// How many kept checkpoints are looked at together.
const PAGE: usize = 1_000;

/// Why no checkpoint is signed now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// There is nothing to sign.
    #[error("the log is empty")]
    Empty,
    /// It is not yet known whether it would continue what was signed.
    #[error("{0}")]
    NotYet(String),
    /// Another sealer signs the checkpoints of this log, or the key is not usable.
    #[error("{0}")]
    StandsBy(String),
    /// The sealer has stopped, or waits for the log or the disk.
    #[error("the sealer has stopped, or waits for the log or the disk")]
    Stopped,
}

/// What came of a wish to sign.
pub(crate) type Signed = Result<Result<KeptCheckpoint, NotSigned>, SealerError>;

/// Signs the checkpoints of one log.
pub(crate) struct Signing {
    tenant: String,
    keys: Arc<dyn KeyRing>,
    archives: Vec<Arc<dyn Archive>>,
    options: SealerOptions,
    /// Whether every place was asked for its newest checkpoint, and this log continues all.
    is_proven: bool,
    /// How many positions the last checkpoint covers.
    signed: u64,
    signed_at: Option<Instant>,
    /// When it is tried again, after it could not be done.
    not_before: Option<Instant>,
    /// Since when the log has ended before what was signed.
    short_since: Option<Instant>,
}

impl Signing {
    pub(crate) fn new(
        tenant: String,
        keys: Arc<dyn KeyRing>,
        archives: Vec<Arc<dyn Archive>>,
        options: SealerOptions,
    ) -> Self {
        Self {
            tenant,
            keys,
            archives,
            options,
            is_proven: false,
            signed: 0,
            signed_at: None,
            not_before: None,
            short_since: None,
        }
    }

    /// How long nothing is due, unless something new comes.
    pub(crate) fn rest(&self, size: u64) -> Duration {
        let patience = self.options.tail_patience;
        if size <= self.signed && self.is_proven {
            return patience;
        }
        let interval = self.signed_at.map(|at| at + self.options.checkpoint_interval);
        let due = interval.max(self.not_before);
        due.map_or(patience, |due| due.saturating_duration_since(Instant::now()).min(patience))
    }

    /// Whether a checkpoint is due.
    pub(crate) fn is_due(&self, size: u64, is_caught_up: bool) -> bool {
        let fresh = size.saturating_sub(self.signed);
        if fresh == 0 && self.is_proven || self.not_before.is_some_and(|at| at > Instant::now()) {
            return false;
        }
        let Some(at) = self.signed_at else { return is_caught_up };
        at.elapsed() >= self.options.checkpoint_interval
            || is_caught_up && fresh >= self.options.checkpoint_every
    }

    /// Signs what is sealed, unless that was signed already; gives the newest checkpoint.
    pub(crate) async fn sign(&mut self, files: &OpenFiles) -> Signed {
        let outcome = self.try_sign(files).await?;
        let pause = match &outcome {
            Ok(_) => None,
            Err(NotSigned::StandsBy(_)) => Some(self.options.checkpoint_interval),
            Err(_) => Some(RETRY),
        };
        self.not_before = pause.map(|pause| Instant::now() + pause);
        if let Ok(kept) = &outcome {
            (self.signed, self.signed_at, self.short_since) = (kept.size, Some(Instant::now()), None);
        }
        Ok(outcome)
    }

    async fn try_sign(&mut self, files: &OpenFiles) -> Signed {
        let (tree, ledger) = (files.tree(), files.ledger());
        let size = files.size();
        if size == 0 {
            let newest = ledger.reader().newest()?;
            return match newest {
                None => Ok(Err(NotSigned::Empty)),
                Some(kept) => self.wait_for(kept.size, 0).map(Err),
            };
        }
        let origin = Origin::of_log(&self.tenant, tree.snapshot()?.leaf(1)?);
        let keys = match self.keys.keys(&origin) {
            Ok(keys) => Some(keys),
            Err(KeyError::Missing(_)) => None,
            Err(error) => return Ok(Err(NotSigned::StandsBy(describe(&error)))),
        };
        if !self.is_proven {
            if let Err(reason) = self.prove(&tree, &ledger, keys.as_ref()).await? {
                return Ok(Err(reason));
            }
            self.is_proven = true;
        }
        if let Some(kept) = ledger.reader().newest()? {
            if let Err(reason) = self.check_kept(&tree, &ledger, keys.as_ref(), (&kept.note, OWN_PLACE))? {
                return Ok(Err(reason));
            }
            if kept.size == size {
                return Ok(Ok(kept));
            }
        }
        // Without a key, nothing was ever signed.
        let keys = match keys.map_or_else(|| self.keys.create(&origin), Ok) {
            Ok(keys) => keys,
            Err(error) => return Ok(Err(NotSigned::StandsBy(describe(&error)))),
        };
        let made_at = (self.options.clock)();
        let checkpoint = TreeCheckpoint { origin, size, root: tree.snapshot()?.root(size)?, made_at };
        let signers: Vec<_> = keys.signers.iter().collect();
        let note = match SignedCheckpoint::sign(checkpoint, &signers) {
            Ok(signed) => signed.encode(),
            Err(error) => return Ok(Err(NotSigned::StandsBy(describe(&error)))),
        };
        ledger.add(size, &note)?;
        Ok(Ok(KeptCheckpoint { size, note }))
    }

    /// Asks every place for its newest checkpoint, and checks that this log continues it.
    async fn prove(
        &mut self,
        tree: &TreeReader,
        ledger: &LedgerWriter,
        keys: Option<&CurrentKeys>,
    ) -> Result<Result<(), NotSigned>, SealerError> {
        for archive in &self.archives.clone() {
            let place = archive.name();
            let asked = tokio::time::timeout(self.options.delivery_timeout, archive.newest()).await;
            let note = match asked {
                Ok(Ok(Some(note))) => note,
                Ok(Ok(None)) => continue,
                Ok(Err(error)) => {
                    let reason = format!("{place} cannot be asked what was signed before: {error}");
                    return Ok(Err(NotSigned::NotYet(reason)));
                }
                Err(_) => return Ok(Err(NotSigned::NotYet(format!("{place} does not answer")))),
            };
            if let Err(reason) = self.check_kept(tree, ledger, keys, (&note, &place))? {
                return Ok(Err(reason));
            }
        }
        Ok(Ok(()))
    }

    /// Checks that the newest checkpoint of a place is this sealer's, and that this log continues it.
    fn check_kept(
        &mut self,
        tree: &TreeReader,
        ledger: &LedgerWriter,
        keys: Option<&CurrentKeys>,
        (note, place): (&str, &str),
    ) -> Result<Result<(), NotSigned>, SealerError> {
        let kept = match SignedCheckpoint::parse(note) {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(stands_by(place, &error.to_string()))),
        };
        // A key that is gone is not replaced by a new one in silence.
        let Some(keys) = keys else { return Ok(Err(stands_by(place, "the key that signed it is missing"))) };
        if let Err(error) = kept.verify(&keys.trust) {
            return Ok(Err(stands_by(place, &error.to_string())));
        }
        let size = tree.snapshot()?.size();
        if kept.checkpoint().size > size {
            return self.wait_for(kept.checkpoint().size, size).map(Err);
        }
        check_continues(tree, ledger, note, place)?;
        Ok(Ok(()))
    }

    /// The log ends before what was signed. That is believed after a while.
    fn wait_for(&mut self, signed: u64, size: u64) -> Result<NotSigned, SealerError> {
        let since = *self.short_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.options.shortfall_patience {
            return Err(shortened(size + 1, size));
        }
        let reason = format!("the log ends at {size}, and a checkpoint of {signed} positions was signed");
        Ok(NotSigned::NotYet(reason))
    }
}

fn stands_by(place: &str, reason: &str) -> NotSigned {
    NotSigned::StandsBy(format!(
        "nothing is signed here: the newest checkpoint in {place} is not of this sealer ({reason}); give it \
         the key that signed that one, let only one sealer sign, or, if that key is lost for good, say so by \
         `itam audit key replace`"
    ))
}

/// Checks that the tree continues a kept checkpoint.
fn check_continues(
    tree: &TreeReader,
    ledger: &LedgerWriter,
    note: &str,
    place: &str,
) -> Result<(), SealerError> {
    let unusable = |reason: String| SealerError::Unusable { place: place.to_owned(), reason };
    let kept = SignedCheckpoint::parse(note).map_err(|error| unusable(error.to_string()))?;
    let kept = kept.checkpoint();
    let snapshot = tree.snapshot()?;
    if snapshot.root(kept.size)? == kept.root {
        return Ok(());
    }
    let agreed = agreed(&snapshot, ledger, kept.size)?;
    Err(SealerError::NotContinued { size: kept.size, agreed, place: place.to_owned() })
}

/// Up to which position the log agrees with the checkpoints that were signed here.
fn agreed(snapshot: &TreeSnapshot, ledger: &LedgerWriter, before: u64) -> Result<u64, SealerError> {
    let mut agreed = 0;
    loop {
        let page = ledger.reader().at_least(agreed + 1, PAGE)?;
        let is_last = page.len() < PAGE;
        for kept in page {
            let Ok(signed) = SignedCheckpoint::parse(&kept.note) else { return Ok(agreed) };
            if kept.size >= before || snapshot.root(kept.size)? != signed.checkpoint().root {
                return Ok(agreed);
            }
            agreed = kept.size;
        }
        if is_last {
            return Ok(agreed);
        }
    }
}

/// An error with its causes.
pub(crate) fn describe(error: &(impl std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
