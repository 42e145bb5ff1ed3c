//! The sealer: opens, proves, seals, signs, and compares meanwhile.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use itam_event_log::LogReader;
use itam_proof::KeptCheckpoint;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, KeyRing, Witness};
use crate::delivery::{Delivery, Places, Round};
use crate::error::SealerError;
use crate::options::SealerOptions;
use crate::scrub::{Scrubbed, prove_end, scrub};
use crate::sealer_files::{OpenFiles, SealerFiles};
use crate::signing::{NotSigned, Signing, describe};
use crate::status::{SealerPhase, SealerStatus};

/// About how many messages are sealed at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(5_000).expect("not zero");
/// Wishes for a checkpoint that may wait.
const MAX_WISHES: usize = 8;

type CheckpointAnswer = oneshot::Sender<Result<KeptCheckpoint, NotSigned>>;

/// Seals a log.
pub struct Sealer {
    log: Arc<dyn LogReader>,
    files: SealerFiles,
    tenant: String,
    keys: Arc<dyn KeyRing>,
    places: Places,
    options: SealerOptions,
    status: Arc<watch::Sender<SealerStatus>>,
    wishes: mpsc::Receiver<CheckpointAnswer>,
    ask: mpsc::Sender<CheckpointAnswer>,
}

/// Sees and asks a sealer from elsewhere in the process.
#[derive(Clone, Debug)]
pub struct SealerHandle {
    status: watch::Receiver<SealerStatus>,
    ask: mpsc::Sender<CheckpointAnswer>,
}

impl SealerHandle {
    /// How it is doing now.
    #[must_use]
    pub fn status(&self) -> SealerStatus {
        self.status.borrow().clone()
    }

    /// Tells of every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<SealerStatus> {
        self.status.clone()
    }

    /// Signs a checkpoint of all that is in the log now, and gives it; or the last one, if nothing
    /// came since.
    ///
    /// # Errors
    /// [`NotSigned`] says why there is none.
    pub async fn checkpoint(&self) -> Result<KeptCheckpoint, NotSigned> {
        let (answer, signed) = oneshot::channel();
        self.ask.send(answer).await.map_err(|_| NotSigned::Stopped)?;
        signed.await.map_err(|_| NotSigned::Stopped)?
    }
}

impl Sealer {
    /// A sealer of `log` that keeps its files where `files` says.
    #[must_use]
    pub fn new(
        log: Arc<dyn LogReader>,
        files: SealerFiles,
        tenant: &str,
        keys: Arc<dyn KeyRing>,
        options: SealerOptions,
    ) -> Self {
        let (ask, wishes) = mpsc::channel(MAX_WISHES);
        let status = Arc::new(watch::Sender::new(SealerStatus::new((options.clock)())));
        let tenant = tenant.to_owned();
        Self { log, files, tenant, keys, places: Places::default(), options, status, wishes, ask }
    }

    /// Has checkpoints countersigned by a witness.
    #[must_use]
    pub fn witness(mut self, witness: Arc<dyn Witness>) -> Self {
        self.places.witnesses.push(witness);
        self
    }

    /// Has checkpoints kept in a further place.
    #[must_use]
    pub fn archive(mut self, archive: Arc<dyn Archive>) -> Self {
        self.places.archives.push(archive);
        self
    }

    /// The handle by which others see and ask it.
    #[must_use]
    pub fn handle(&self) -> SealerHandle {
        SealerHandle { status: self.status.subscribe(), ask: self.ask.clone() }
    }

    /// Works until `shutdown`.
    ///
    /// # Errors
    /// [`SealerError`] if it must not go on: the log is not what was sealed or signed. That the log
    /// or the disk is away is waited for.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), SealerError> {
        let (mut pause, mut was_open) = (self.options.first_pause, false);
        let worked = loop {
            let worked = tokio::select! {
                worked = self.work(&mut pause, &mut was_open) => worked,
                () = shutdown.cancelled() => break Ok(()),
            };
            match worked {
                Err(error) if error.is_passing() || was_open && error.is_in_use() => self.wait(&error),
                worked => break worked,
            }
            tokio::select! {
                () = shutdown.cancelled() => break Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(self.options.longest_pause);
        };
        let trouble = worked.as_ref().err().map(describe);
        let now = (self.options.clock)();
        self.status.send_modify(|status| status.enter(SealerPhase::Stopped, now, trouble));
        worked
    }

    /// Opens the files, and seals, compares and carries until something fails.
    async fn work(&mut self, pause: &mut Duration, was_open: &mut bool) -> Result<(), SealerError> {
        let files = OpenFiles::open(self.files.clone(), self.tenant.clone()).await?;
        *was_open = true;
        prove_end(&self.log, &files.tree(), &self.options).await?;
        *pause = self.options.first_pause;
        let (tree, ledger) = (files.tree(), files.ledger());
        let newest = ledger.reader().newest()?;
        let (news, told) = watch::channel(newest.as_ref().map_or(0, |kept| kept.size));
        self.status.send_modify(|status| newest.iter().for_each(|kept| status.show(kept)));
        let keys = Arc::clone(&self.keys);
        let delivery = Delivery::new((tree.clone(), ledger), keys, &self.places, told, self.options.clone());
        let (log, status) = (Arc::clone(&self.log), Arc::clone(&self.status));
        let (clock, told) = (Arc::clone(&self.options.clock), Arc::clone(&self.status));
        let scrubbing = scrub(log, tree, self.options.clone(), move |scrubbed| {
            status.send_modify(|status| match scrubbed {
                Scrubbed::To(position) => status.scrubbed = position,
                Scrubbed::Whole => {
                    status.scrubs += 1;
                    status.scrubbed_at = Some(clock());
                }
            });
        });
        let carrying = delivery.run(move |round: Round| {
            told.send_modify(|status| {
                status.countersigned = round.countersigned;
                status.delivery_failures += round.failures;
                status.refusals += round.refusals;
            });
        });
        tokio::select! {
            sealed = self.seal(files, &news) => sealed,
            found = scrubbing => Err(found),
            failed = carrying => Err(failed),
        }
    }

    /// Seals what comes, and signs when that is due.
    async fn seal(&mut self, mut files: OpenFiles, news: &watch::Sender<u64>) -> Result<(), SealerError> {
        let (keys, archives) = (Arc::clone(&self.keys), self.places.archives.clone());
        let mut signing = Signing::new(self.tenant.clone(), keys, archives, self.options.clone());
        let mut gathered = Instant::now();
        self.note(&files, false);
        loop {
            let (next, rest) = (files.size() + 1, signing.rest(files.size()));
            let page = async {
                tokio::time::sleep_until(gathered).await;
                self.log.tail(next, PAGE, rest).await
            };
            let is_caught_up = tokio::select! {
                Some(answer) = self.wishes.recv() => {
                    files = self.catch_up(files).await?;
                    self.note(&files, true);
                    let outcome = self.sign(&files, &mut signing, news).await?;
                    // Whoever asked may have gone.
                    let _ = answer.send(outcome);
                    continue;
                }
                page = page => {
                    let page = page.map_err(SealerError::Log)?;
                    files = files.seal(page.messages).await?;
                    files.size() >= page.head
                }
            };
            self.note(&files, is_caught_up);
            if signing.is_due(files.size(), is_caught_up) {
                // What is not signed now is said in the status and tried again.
                let _ = self.sign(&files, &mut signing, news).await?;
            }
            if is_caught_up && files.size() >= next {
                // Live events gather, so that their leaves share a write.
                gathered = Instant::now() + self.options.gather;
            }
        }
    }

    /// Seals everything that is in the log now.
    async fn catch_up(&self, mut files: OpenFiles) -> Result<OpenFiles, SealerError> {
        loop {
            let page = self.log.read(files.size() + 1, PAGE).await.map_err(SealerError::Log)?;
            if page.messages.is_empty() {
                return Ok(files);
            }
            files = files.seal(page.messages).await?;
        }
    }

    async fn sign(
        &self,
        files: &OpenFiles,
        signing: &mut Signing,
        news: &watch::Sender<u64>,
    ) -> Result<Result<KeptCheckpoint, NotSigned>, SealerError> {
        let signed = signing.sign(files).await?;
        let mut is_news = false;
        self.status.send_modify(|status| match &signed {
            Ok(kept) => {
                status.trouble = None;
                status.show(kept);
            }
            Err(NotSigned::Empty) => {}
            Err(reason) => {
                let before = status.trouble.replace(reason.to_string());
                is_news = before != status.trouble;
            }
        });
        match &signed {
            Ok(kept) => {
                news.send_if_modified(|known| std::mem::replace(known, kept.size) != kept.size);
            }
            Err(reason) if is_news => tracing::warn!(%reason, "no checkpoint is signed"),
            Err(_) => {}
        }
        Ok(signed)
    }

    fn wait(&self, error: &SealerError) {
        tracing::warn!(error = error as &dyn std::error::Error, "the sealer waits and tries again");
        let now = (self.options.clock)();
        self.status.send_modify(|status| status.enter(SealerPhase::Waiting, now, Some(describe(error))));
    }

    fn note(&self, files: &OpenFiles, is_caught_up: bool) {
        let now = (self.options.clock)();
        let phase = if is_caught_up { SealerPhase::Following } else { SealerPhase::CatchingUp };
        self.status.send_modify(|status| {
            status.sealed = files.size();
            let trouble = status.trouble.take();
            status.enter(phase, now, trouble);
        });
    }
}
