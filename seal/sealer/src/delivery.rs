//! The delivery of checkpoints to witnesses, who countersign them, and to the places that keep them. Sealing never
//! waits for it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use itam_proof::{KeptCheckpoint, LedgerWriter, SignedCheckpoint, TreeReader};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::archive::{Archive, Cause, KeyRing, Witness, WitnessAnswer};
use crate::error::SealerError;
use crate::options::SealerOptions;

/// How many checkpoints are brought to a place at a time.
const PAGE: usize = 100;
/// How often a witness may say that it knows another size, in one visit.
const ASKED: usize = 3;

/// What one round of deliveries came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Round {
    /// How many witnesses have countersigned the newest checkpoint.
    pub(crate) countersigned: usize,
    /// How many deliveries failed.
    pub(crate) failures: u64,
    /// How many witnesses refused.
    pub(crate) refusals: u64,
}

/// Where checkpoints are delivered.
#[derive(Clone, Default)]
pub(crate) struct Places {
    pub(crate) witnesses: Vec<Arc<dyn Witness>>,
    pub(crate) archives: Vec<Arc<dyn Archive>>,
}

/// Brings checkpoints to witnesses and archives.
pub(crate) struct Delivery {
    tree: TreeReader,
    ledger: Arc<LedgerWriter>,
    keys: Arc<dyn KeyRing>,
    options: SealerOptions,
    /// Says how many positions the newest checkpoint covers.
    news: watch::Receiver<u64>,
    witnesses: Vec<Visit<dyn Witness>>,
    archives: Vec<Visit<dyn Archive>>,
}

/// A witness or an archive, and what is known of it.
struct Visit<T: ?Sized> {
    whom: Arc<T>,
    /// How many positions the last checkpoint covers that was left with it, if that is known.
    left: Option<u64>,
    /// Whether it was asked since the last failure: what was left may be gone.
    is_sure: bool,
    /// When to come again, after a failure.
    due: Option<Instant>,
    pause: Duration,
}

impl<T: ?Sized> Visit<T> {
    fn new(whom: &Arc<T>, options: &SealerOptions) -> Self {
        Self { whom: Arc::clone(whom), left: None, is_sure: false, due: None, pause: options.first_pause }
    }

    fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= Instant::now())
    }

    fn note<V>(&mut self, outcome: &Result<V, Cause>, options: &SealerOptions) {
        if outcome.is_ok() {
            (self.due, self.pause) = (None, options.first_pause);
        } else {
            self.is_sure = false;
            self.due = Some(Instant::now() + self.pause);
            self.pause = (self.pause * 2).min(options.longest_pause);
        }
    }
}

impl Delivery {
    pub(crate) fn new(
        (tree, ledger): (TreeReader, Arc<LedgerWriter>),
        keys: Arc<dyn KeyRing>,
        places: &Places,
        news: watch::Receiver<u64>,
        options: SealerOptions,
    ) -> Self {
        let witnesses = places.witnesses.iter().map(|witness| Visit::new(witness, &options)).collect();
        let archives = places.archives.iter().map(|archive| Visit::new(archive, &options)).collect();
        Self { tree, ledger, keys, options, news, witnesses, archives }
    }

    /// Delivers each new checkpoint, and goes again to those who could not be reached. Returns only
    /// when the sealer's own files fail.
    pub(crate) async fn run(mut self, tell: impl Fn(Round)) -> SealerError {
        loop {
            self.news.mark_unchanged();
            match self.round().await {
                Ok(round) => tell(round),
                Err(error) => return error,
            }
            let due = self.next_due();
            tokio::select! {
                news = self.news.changed() => if news.is_err() { return SealerError::Broken("sealing") },
                () = until(due) => {}
            }
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let witnesses = self.witnesses.iter().filter_map(|visit| visit.due);
        witnesses.chain(self.archives.iter().filter_map(|visit| visit.due)).min()
    }

    /// Witnesses first, so that places are given what was countersigned.
    async fn round(&mut self) -> Result<Round, SealerError> {
        let mut round = Round::default();
        let Some(newest) = self.ledger.reader().newest()? else { return Ok(round) };
        let mut witnesses = std::mem::take(&mut self.witnesses);
        let visits = witnesses.iter_mut().map(|visit| self.visit_witness(visit, &newest));
        for outcome in join_all(visits).await {
            match outcome? {
                Visited::Left => round.countersigned += 1,
                Visited::Refused => round.refusals += 1,
                Visited::Failed => round.failures += 1,
                Visited::Later => {}
            }
        }
        self.witnesses = witnesses;
        let mut archives = std::mem::take(&mut self.archives);
        let visits = archives.iter_mut().map(|visit| self.visit_archive(visit, newest.size));
        for outcome in join_all(visits).await {
            round.failures += u64::from(outcome? == Visited::Failed);
        }
        self.archives = archives;
        Ok(round)
    }

    async fn visit_witness(
        &self,
        visit: &mut Visit<dyn Witness>,
        newest: &KeptCheckpoint,
    ) -> Result<Visited, SealerError> {
        if visit.left == Some(newest.size) {
            return Ok(Visited::Left);
        }
        if !visit.is_due() {
            return Ok(Visited::Later);
        }
        let asking = self.ask(&visit.whom, visit.left.unwrap_or(0), newest);
        let asked = tokio::time::timeout(self.options.delivery_timeout, asking).await;
        let asked = asked.unwrap_or_else(|_| Ok(Err("it does not answer".into())))?;
        visit.note(&asked, &self.options);
        let name = visit.whom.key().name();
        match asked {
            Ok(WitnessOutcome::Countersigned(signed)) => {
                self.ledger.merge(&signed)?;
                visit.left = Some(newest.size);
                Ok(Visited::Left)
            }
            Ok(WitnessOutcome::Knows(size)) => {
                tracing::error!(
                    witness = name,
                    "the witness has seen another history of {size} positions and countersigns nothing"
                );
                visit.due = Some(Instant::now() + self.options.longest_pause);
                Ok(Visited::Refused)
            }
            Ok(WitnessOutcome::Refused(reason)) => {
                tracing::error!(
                    witness = name,
                    "the witness does not countersign {} positions: {reason}",
                    newest.size
                );
                visit.due = Some(Instant::now() + self.options.longest_pause);
                Ok(Visited::Refused)
            }
            Err(error) => {
                tracing::warn!(witness = name, %error, "a checkpoint could not be shown to the witness");
                Ok(Visited::Failed)
            }
        }
    }

    /// Shows the checkpoint to a witness, from the size on that it says it knows.
    async fn ask(
        &self,
        witness: &Arc<dyn Witness>,
        mut known: u64,
        newest: &KeptCheckpoint,
    ) -> Result<Result<WitnessOutcome, Cause>, SealerError> {
        for _ in 0..ASKED {
            let proof = match known {
                0 => Vec::new(),
                known if known > newest.size => break,
                known => self.tree.snapshot()?.prove_consistency(known, newest.size)?,
            };
            return Ok(match witness.add_checkpoint(known, &proof, &newest.note).await {
                Ok(WitnessAnswer::Knows(size)) if size != known => {
                    known = size;
                    continue;
                }
                Ok(WitnessAnswer::Knows(size)) => Ok(WitnessOutcome::Knows(size)),
                Ok(WitnessAnswer::Refused(reason)) => Ok(WitnessOutcome::Refused(reason)),
                Ok(WitnessAnswer::Countersigned(lines)) => self.check(witness.as_ref(), newest, &lines),
                Err(error) => Err(error),
            });
        }
        Ok(Ok(WitnessOutcome::Knows(known)))
    }

    /// Takes a witness's lines only if they are its signature of this very checkpoint.
    fn check(
        &self,
        witness: &dyn Witness,
        newest: &KeptCheckpoint,
        lines: &str,
    ) -> Result<WitnessOutcome, Cause> {
        let plain = SignedCheckpoint::parse(&newest.note)?;
        let (text, _) = newest.note.split_once("\n\n").ok_or("the checkpoint is no note")?;
        let mut signed = plain.clone();
        signed.merge(&SignedCheckpoint::parse(&format!("{text}\n\n{}\n", lines.trim_end()))?)?;
        let mut trust = self.keys.keys(&plain.checkpoint().origin)?.trust;
        trust.add(witness.key().clone());
        let found = signed.verify(&trust)?.countersignatures;
        if found.iter().any(|found| found.witness == *witness.key()) {
            return Ok(WitnessOutcome::Countersigned(Box::new(signed)));
        }
        Err("its answer holds no signature by the key that it is known by".into())
    }

    /// Brings everything to a place that it does not have.
    async fn visit_archive(
        &self,
        visit: &mut Visit<dyn Archive>,
        newest: u64,
    ) -> Result<Visited, SealerError> {
        if visit.left == Some(newest) {
            return Ok(Visited::Left);
        }
        if !visit.is_due() {
            return Ok(Visited::Later);
        }
        let brought = self.bring(visit, newest).await?;
        visit.note(&brought, &self.options);
        let Err(error) = brought else {
            if visit.left == Some(newest) {
                return Ok(Visited::Left);
            }
            visit.due = Some(Instant::now());
            return Ok(Visited::Later);
        };
        tracing::warn!(%error, "checkpoints could not be brought to {}", visit.whom.name());
        Ok(Visited::Failed)
    }

    /// Brings what is missing, for as long as one delivery may take: the others are not kept waiting
    /// by one who is slow.
    async fn bring(
        &self,
        visit: &mut Visit<dyn Archive>,
        newest: u64,
    ) -> Result<Result<(), Cause>, SealerError> {
        let (begun, timeout) = (Instant::now(), self.options.delivery_timeout);
        if !visit.is_sure {
            visit.left = match within(timeout, visit.whom.newest()).await {
                // What is unreadable covers none.
                Ok(Some(note)) => Some(SignedCheckpoint::size_of(&note).unwrap_or(0)),
                // A place that cannot be asked, or is new, begins with what is signed now.
                Ok(None) => visit.left.or(Some(newest - 1)),
                Err(error) => return Ok(Err(error)),
            };
            visit.is_sure = true;
        }
        let mut left = visit.left.unwrap_or(0);
        while left < newest {
            let page = self.ledger.reader().at_least(left + 1, PAGE)?;
            for kept in page {
                if let Err(error) = within(timeout, visit.whom.keep(&kept)).await {
                    return Ok(Err(error));
                }
                left = kept.size;
                visit.left = Some(left);
                if begun.elapsed() >= timeout {
                    return Ok(Ok(()));
                }
            }
        }
        visit.left = Some(newest);
        Ok(Ok(()))
    }
}

/// What came of asking a witness.
enum WitnessOutcome {
    Countersigned(Box<SignedCheckpoint>),
    Knows(u64),
    Refused(String),
}

/// What came of a visit to a witness or an archive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visited {
    /// The newest checkpoint is there.
    Left,
    Refused,
    Failed,
    /// It is not time yet.
    Later,
}

async fn within<T>(timeout: Duration, visit: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    tokio::time::timeout(timeout, visit).await.unwrap_or_else(|_| Err("it does not answer".into()))
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
