//! How every command is carried out, from its submission to its answer: resolve, load, decide, append, answer.

mod attempt;
mod departures;
mod people;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use itam_domain::{Command, Policies};
use itam_event_log::{EventLog, Tenant};
use itam_service_kit::{Clock, IdSource, Identity, Problem, ProblemCode, SecurityJournal};
use itam_vault::{PersonVault, TokenStore};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::cache::HistoryCache;
use crate::contents::{FormerContents, read_former};
use crate::key_book::KeyBook;
use crate::metrics::DeskMetrics;
use crate::refusal::Refusal;
use crate::subject_locks::{HeldLocks, SubjectLocks, waits_first};
use crate::submission::Submission;
use crate::unreadable::unreadable;
use crate::view::{Freshness, LogView};
use attempt::Attempt;
use people::VaultStep;

/// How often a command that loses against others is tried before it is given back. Each loss means
/// that another was carried out; a process that has just won is quicker at its next, so a loser
/// may lose many times in a row.
const MAX_ATTEMPTS: u32 = 64;

/// How long a command whose outcome is unknown is looked for before it is given back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before looking again for a command whose outcome is unknown: twice as long
/// each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Settings of a command desk.
#[derive(Clone, Debug)]
pub struct DeskSettings {
    /// The organization.
    pub tenant: Tenant,
    /// Its own rules.
    pub policies: Policies,
    /// How many folded aggregates are kept in memory, and as many keys.
    pub cache_capacity: usize,
}

/// Carries out commands. Cheap to share by `Arc`; safe under any concurrency.
pub struct CommandDesk {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) vault: Arc<dyn PersonVault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: DeskSettings,
    pub(crate) cache: HistoryCache,
    ids: Arc<dyn IdSource>,
    subject_locks: SubjectLocks,
    keys: KeyBook,
    former_contents: OnceCell<FormerContents>,
    metrics: DeskMetrics,
    pub(crate) journal: Option<SecurityJournal>,
    /// The tokens that those who leave lose, if any are kept here.
    pub(crate) tokens: Option<Arc<dyn TokenStore>>,
}

impl CommandDesk {
    /// A desk over a log and a vault.
    #[must_use]
    pub fn new(
        log: Arc<dyn EventLog>,
        vault: Arc<dyn PersonVault>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: DeskSettings,
        metrics: &itam_service_kit::Metrics,
    ) -> Self {
        Self {
            log,
            vault,
            clock,
            cache: HistoryCache::new(settings.cache_capacity),
            ids,
            subject_locks: SubjectLocks::new(),
            keys: KeyBook::new(settings.cache_capacity),
            former_contents: OnceCell::new(),
            settings,
            metrics: DeskMetrics::register(metrics),
            journal: None,
            tokens: None,
        }
    }

    /// Revokes the tokens of those who leave in this store.
    #[must_use]
    pub fn tokens(mut self, tokens: Arc<dyn TokenStore>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Notes refusals in a journal, where the HTTP stack does not see them: line by line, and over NATS.
    #[must_use]
    pub fn journal(mut self, journal: SecurityJournal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Notes that a command was refused.
    pub(crate) fn note_refusal(&self, problem: &Problem, command: &str, identity: Option<&Identity>) {
        let Some(journal) = &self.journal else { return };
        // A name that is none is the sender's own text, and not kept.
        let action = Command::NAMES.iter().find(|name| **name == command).copied();
        journal.note_problem(problem, action.unwrap_or("an unknown command"), identity);
    }

    /// Notes a request by NATS that wants its answer where none belongs: counted and kept, and neither
    /// carried out nor answered.
    pub(crate) fn note_misdirected(&self, what: &str) {
        self.metrics.misdirected();
        let detail = "The reply subject is not an inbox of a sender.";
        self.note_refusal(&Problem::new(ProblemCode::Forbidden, detail), what, None);
        tracing::warn!(request = what, "dropped a request by NATS whose reply subject is no sender's inbox");
    }

    /// The organization.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.settings.tenant
    }

    /// A new id, for a command whose sender gave none.
    #[must_use]
    pub fn fresh_id(&self) -> uuid::Uuid {
        self.ids.next_id()
    }

    /// Whether the log can be read now.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] or [`Refusal::Damaged`].
    pub async fn check_log(&self) -> Result<u64, Refusal> {
        self.log.head().await.map_err(unreadable)
    }

    /// Finishes erasures that a crash cut short. To be called once at the start.
    ///
    /// # Errors
    /// If the vault or the log cannot be asked.
    pub async fn finish_erasures(&self) -> Result<usize, Refusal> {
        people::finish_erasures(self.vault.as_ref(), self.log.as_ref(), self.tenant()).await
    }

    /// What was put into assets before there were records of it: looked up once, by the first command
    /// that needs it, since no build that keeps none writes beside this one.
    pub(crate) async fn former_contents(&self) -> Result<&FormerContents, Refusal> {
        let read = || read_former(self.log.as_ref(), self.tenant());
        self.former_contents.get_or_try_init(read).await
    }

    /// Carries out a command, or finds that it was carried out before.
    ///
    /// # Errors
    /// [`Refusal`] says why not. Nothing was stored, unless it is [`Refusal::OutcomeUnknown`], or
    /// [`Refusal::Vault`] for a departure or an erasure whose event stands: then a repetition finishes it.
    pub async fn execute(&self, submission: &Submission) -> Result<Answer, Refusal> {
        let outcome = self.attempt_until_done(submission).await;
        self.metrics.count(&outcome);
        outcome
    }

    async fn attempt_until_done(&self, submission: &Submission) -> Result<Answer, Refusal> {
        let key = self.keys.take(submission).await?;
        let mut held = None;
        if waits_first(submission) {
            held = Some(self.subject_locks.take(submission).await);
        }
        let mut vault = VaultStep::new(self, submission);
        let outcome = self.attempt_repeatedly(submission, &mut vault, held).await;
        let outcome = vault.settle(outcome).await;
        if outcome.is_ok() {
            key.is_used();
        }
        outcome
    }

    async fn attempt_repeatedly<'a>(
        &'a self,
        submission: &Submission,
        vault: &mut VaultStep<'_>,
        mut held: Option<HeldLocks<'a>>,
    ) -> Result<Answer, Refusal> {
        let mut submission = Cow::Borrowed(submission);
        let deadline = Instant::now() + PATIENCE;
        // What a guard guards must be seen as it is, and after the guard; and what the vault is
        // told cannot be checked by the append.
        let mut freshness = if held.is_some() { Freshness::Latest } else { Freshness::Cached };
        let mut attempts = 0;
        let mut pause = FIRST_PAUSE;
        // Why no refusal would be the truth: an attempt may have stored the command, or it is stored.
        let mut doubt = None;
        let mut is_unheard = false;
        while attempts < MAX_ATTEMPTS && Instant::now() < deadline {
            let mut view = LogView::new(self.log.as_ref(), self.tenant(), &self.cache, freshness);
            match self.attempt(&submission, &mut view, vault).await {
                Ok(Attempt::Answered(mut answer)) => {
                    // What an attempt of this very call stored is no repetition.
                    answer.replayed &= !is_unheard;
                    return Ok(answer);
                }
                Ok(Attempt::TryAgain) => {
                    self.metrics.retried();
                    attempts += 1;
                    if held.is_none() {
                        held = Some(self.subject_locks.take(&submission).await);
                    }
                }
                Ok(Attempt::Namesake) => {
                    attempts += 1;
                    vault.withdraw().await;
                    let beside = submission.command_id.beside(&submission.sender.actor);
                    submission.to_mut().rename(beside);
                }
                Ok(Attempt::Stored) => {
                    self.metrics.retried();
                    doubt = Some("stored, and not shown by the server that was asked".into());
                }
                Err(Refusal::OutcomeUnknown(cause)) => {
                    doubt = Some(cause);
                    is_unheard = true;
                }
                Err(Refusal::Unavailable(_)) if doubt.is_some() => {}
                // The log shows another command under the key, where this one would stand: that is proof
                // that this one was not stored, whatever was in doubt.
                Err(Refusal::KeyReused) => return Err(Refusal::KeyReused),
                // An earlier attempt may be stored yet, so no other refusal would be the truth.
                Err(refusal) if is_final(&refusal, &view) => {
                    return Err(doubt.map_or(refusal, Refusal::OutcomeUnknown));
                }
                // Refused on what the cache remembered: the log has the last word.
                Err(_) => {}
            }
            if doubt.is_some() {
                attempts += 1;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            view.forget_all();
            freshness = Freshness::Latest;
        }
        Err(doubt.map_or(Refusal::Contended { attempts }, Refusal::OutcomeUnknown))
    }
}

/// Whether a refusal stands: one that rests on the cache, and would be another on the log, does
/// not.
fn is_final(refusal: &Refusal, view: &LogView<'_>) -> bool {
    let rests_on_state = matches!(refusal, Refusal::Rejected(_) | Refusal::VersionDiffers { .. });
    !(rests_on_state && view.rests_on_cache)
}
