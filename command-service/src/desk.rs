//! The one way from a submission to an answer: resolve, load, decide, append, answer.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use itam_domain::asset::AssetName;
use itam_domain::purchase_order::MAX_DELIVERY;
use itam_domain::{
    Actor, AggregateRef, Command, Context, Decision, Envelope, Policies, Stop, Target, UniqueKey, decide,
};
use itam_event_log::{AppendError, Appended, Commit, EventLog, Tenant};
use itam_service_kit::{Clock, IdSource};
use itam_vault::PersonVault;
use tokio::time::Instant;

use crate::answer::{Answer, AnsweredEvent, writes_of};
use crate::cache::HistoryCache;
use crate::commit::{commit, envelopes};
use crate::guard::{GuardRecord, guard_of};
use crate::history::{Happened, History, Trace};
use crate::metrics::DeskMetrics;
use crate::people;
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::view::{Freshness, View, asset, unreadable};

/// How often a command that loses against others is tried before it is given back.
const MAX_ATTEMPTS: u32 = 12;

/// How long a command whose outcome is unknown is looked for before it is given back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the desk is set.
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
    log: Arc<dyn EventLog>,
    vault: Arc<dyn PersonVault>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    settings: DeskSettings,
    cache: HistoryCache,
    metrics: DeskMetrics,
}

/// What one attempt came to.
enum Attempt {
    Answered(Answer),
    TryAgain,
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
        let cache = HistoryCache::new(settings.cache_capacity);
        Self {
            log,
            vault,
            clock,
            ids,
            settings,
            cache,
            metrics: DeskMetrics::register(metrics),
        }
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

    /// Carries out a command, or finds that it was carried out before.
    ///
    /// # Errors
    /// [`Refusal`] says why not. Unless it is [`Refusal::OutcomeUnknown`], nothing was stored.
    pub async fn execute(&self, submission: &Submission) -> Result<Answer, Refusal> {
        let outcome = self.attempt_until_done(submission).await;
        self.metrics.count(&outcome);
        outcome
    }

    async fn attempt_until_done(&self, submission: &Submission) -> Result<Answer, Refusal> {
        let deadline = Instant::now() + PATIENCE;
        let guard = guard_of(&submission.command);
        // What a guard guards must be seen as it is, and after the guard.
        let mut freshness = if guard.is_some() {
            Freshness::Latest
        } else {
            Freshness::Cached
        };
        let mut attempts = 0;
        while attempts < MAX_ATTEMPTS {
            let mut view = View::new(self.log.as_ref(), self.tenant(), &self.cache, freshness);
            if let Some(guard) = guard {
                view.load_guard(guard).await?;
            }
            match self.attempt(submission, &mut view).await {
                Ok(Attempt::Answered(answer)) => return Ok(answer),
                Ok(Attempt::TryAgain) => {
                    self.metrics.retried();
                    attempts += 1;
                }
                Err(Refusal::OutcomeUnknown(_)) if Instant::now() < deadline => attempts += 1,
                Err(refusal) if is_final(&refusal, &view) => return Err(refusal),
                // Refused on what the cache remembered: the log has the last word.
                Err(_) => {}
            }
            view.forget_all();
            freshness = Freshness::Latest;
        }
        Err(Refusal::Contended { attempts })
    }

    async fn attempt(&self, submission: &Submission, view: &mut View<'_>) -> Result<Attempt, Refusal> {
        if let Some((id, trace)) = self.find_earlier(submission, view).await? {
            if trace.digest != submission.digest {
                return Err(Refusal::KeyReused);
            }
            let answer = self.answer_again(id, &trace).await?;
            people::after_replay(self.vault.as_ref(), submission, id).await?;
            return Ok(Attempt::Answered(answer));
        }
        let actor = Actor {
            id: submission.sender.actor.clone(),
            kind: submission.actor_kind(),
            role: submission.sender.role.as_str().to_owned(),
        };
        let context = Context {
            command_id: submission.command_id,
            actor: &actor,
            now: self.clock.now(),
            effective_time: submission.meta.effective_time,
            reason: submission.meta.reason.as_ref(),
            policies: &self.settings.policies,
        };
        let decision = self.decide(submission, &context, view).await?;
        check_version(submission, &decision, view)?;
        self.carry_out(submission, &context, decision, view).await
    }

    /// The event by which this very command was carried out before, if it was.
    ///
    /// A tag may have moved to another asset since, so everybody who ever held it is asked.
    async fn find_earlier(
        &self,
        submission: &Submission,
        view: &mut View<'_>,
    ) -> Result<Option<(AggregateRef, Trace)>, Refusal> {
        let created = submission.command_id.created_id();
        let candidates = match submission.command.target(submission.command_id) {
            Target::Aggregate(aggregate) => vec![aggregate],
            Target::Asset(AssetName::Id(id)) => vec![asset(id.0)],
            Target::Asset(AssetName::Tag(tag)) => {
                let key = view.load_key(UniqueKey::tag(&tag)).await?;
                key.holders.iter().copied().map(asset).collect()
            }
        };
        for aggregate in candidates {
            let history = if aggregate.id == created {
                view.load_created(aggregate).await?
            } else {
                view.load(aggregate, true).await?
            };
            if let Some(trace) = history.trace_of(submission.command_id) {
                return Ok(Some((aggregate, trace.clone())));
            }
        }
        Ok(None)
    }

    /// The answer that the command was given when it was carried out.
    ///
    /// A commit is stored in one run from the command's own event on, and everything in it names
    /// the command, so the run can be read back.
    async fn answer_again(&self, aggregate: AggregateRef, trace: &Trace) -> Result<Answer, Refusal> {
        let mut events = Vec::new();
        let mut position = trace.position;
        let page_size = NonZeroUsize::new(Commit::MAX_WRITES).unwrap_or(NonZeroUsize::MIN);
        let page = self
            .log
            .read(trace.position, page_size)
            .await
            .map_err(unreadable)?;
        for message in page.messages {
            if message.subject.is_event() {
                match Envelope::decode(&message.body) {
                    Ok(envelope) if envelope.command_id == trace.command_id => {
                        events.push(AnsweredEvent::of(&envelope));
                    }
                    _ => break,
                }
            } else {
                let of_command = |record: GuardRecord| record.commandid == trace.command_id;
                if !serde_json::from_slice(&message.body).is_ok_and(of_command) {
                    break;
                }
            }
            position = message.position;
        }
        Ok(Answer {
            id: aggregate.id,
            version: trace.version,
            position,
            events,
            replayed: true,
        })
    }

    /// Decides, showing the decision what it asks for. Every round shows one thing more, and a
    /// decision asks for no more than its command names, so the rounds have an end.
    async fn decide(
        &self,
        submission: &Submission,
        context: &Context<'_>,
        view: &mut View<'_>,
    ) -> Result<Decision, Refusal> {
        if let Command::ReceiveDelivery(body) = &submission.command {
            // The pieces' ids are this command's own, so nobody else can have used them, and the
            // append would notice.
            for index in 0..body.quantity.min(MAX_DELIVERY) as usize {
                view.assume_new(asset(submission.command_id.derived_id("asset", index)));
            }
        }
        loop {
            match decide(&view.world, &submission.command, context) {
                Ok(decision) => return Ok(decision),
                Err(Stop::Load(aggregate)) => {
                    view.load(aggregate, false).await?;
                }
                Err(Stop::LoadKey(key)) => {
                    view.load_key(key).await?;
                }
                Err(Stop::Reject(rejection)) => return Err(Refusal::Rejected(rejection)),
            }
        }
    }

    async fn carry_out(
        &self,
        submission: &Submission,
        context: &Context<'_>,
        decision: Decision,
        view: &mut View<'_>,
    ) -> Result<Attempt, Refusal> {
        let writes = writes_of(&decision);
        if writes > Commit::MAX_WRITES {
            return Err(Refusal::TooLarge { writes });
        }
        let envelopes = envelopes(self.tenant(), submission, context, &decision, view);
        let commit = commit(self.tenant(), submission, &decision, &envelopes, view);
        people::before_append(self.vault.as_ref(), submission, decision.events[0].0).await?;
        match self.log.append(commit).await {
            Ok(appended) => {
                self.remember(&decision, &envelopes, &appended, view);
                people::after_append(self.vault.as_ref(), submission).await?;
                Ok(Attempt::Answered(answer(&decision, &envelopes, &appended)))
            }
            Err(AppendError::Conflict { .. }) => Ok(Attempt::TryAgain),
            Err(AppendError::Unknown { reason, source }) => {
                let error = AppendError::Unknown { reason, source };
                Err(Refusal::OutcomeUnknown(Box::new(error)))
            }
            Err(error @ AppendError::Refused { .. }) => Err(Refusal::Damaged(Box::new(error))),
            Err(error @ AppendError::Unavailable { .. }) => Err(Refusal::Unavailable(Box::new(error))),
        }
    }

    /// Brings the cache up to what was just stored.
    fn remember(&self, decision: &Decision, envelopes: &[Envelope], appended: &Appended, view: &View<'_>) {
        let positions = appended.first..;
        for (envelope, position) in envelopes.iter().zip(positions.clone()) {
            let before = view
                .histories
                .get(&envelope.aggregate)
                .cloned()
                .unwrap_or_default();
            let happened = Happened {
                event: &envelope.event,
                actor: &envelope.actor,
                effective_at: envelope.effective_at,
                command_id: envelope.command_id,
                digest: &envelope.command_digest,
                position,
            };
            let after: History = before.after(envelope.aggregate, &happened);
            self.cache.keep(envelope.aggregate, Arc::new(after));
        }
        for (change, position) in decision.keys.iter().zip(positions.skip(envelopes.len())) {
            let before = view.keys.get(&change.key).cloned().unwrap_or_default();
            self.cache.keep_key(
                change.key.clone(),
                Arc::new(before.after(change.holder, position)),
            );
        }
    }
}

fn answer(decision: &Decision, envelopes: &[Envelope], appended: &Appended) -> Answer {
    Answer {
        id: decision.events[0].0.id,
        version: envelopes[0].aggregate_version,
        position: appended.last,
        events: envelopes.iter().map(AnsweredEvent::of).collect(),
        replayed: false,
    }
}

/// Whether a refusal stands: one that rests on the cache, and would be another on the log, does
/// not.
fn is_final(refusal: &Refusal, view: &View<'_>) -> bool {
    let rests_on_state = matches!(refusal, Refusal::Rejected(_) | Refusal::VersionDiffers { .. });
    !(rests_on_state && view.rests_on_cache)
}

fn check_version(submission: &Submission, decision: &Decision, view: &View<'_>) -> Result<(), Refusal> {
    let Some(expected) = submission.expected_version else {
        return Ok(());
    };
    let current = decision
        .events
        .first()
        .map_or(0, |(own, _)| view.loaded(*own).version);
    if expected == current {
        Ok(())
    } else {
        Err(Refusal::VersionDiffers { expected, current })
    }
}
