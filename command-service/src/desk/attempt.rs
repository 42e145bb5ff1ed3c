//! One attempt at a command: find it in the history, or decide it and append.

use itam_domain::{Actor, AggregateRef, Context, Decision, ENDING_LANES, Envelope, Stop, decide, permit};
use itam_event_log::{AppendError, Appended, Commit};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::answer::{Answer, AnsweredEvent};
use crate::commit::{commit, count_writes, envelopes};
use crate::conflict::{Expectations, InTheWay};
use crate::desk::CommandDesk;
use crate::desk::people::VaultStep;
use crate::fence::fence;
use crate::history::{Happened, History, Trace};
use crate::refusal::Refusal;
use crate::replay::answer_again;
use crate::submission::Submission;
use crate::view::LogView;

/// What one attempt came to.
pub(crate) enum Attempt {
    Answered(Answer),
    TryAgain,
    /// The log has the command. Its answer is to be read back.
    Stored,
    /// The log has another sender's command of this id. This one needs another id.
    Namesake,
}

/// What the history of what a command is about says of the command.
enum Earlier {
    /// It is new.
    No,
    /// It was carried out.
    Found(AggregateRef, Trace),
    /// Another sender's command has its id.
    Namesake,
}

impl CommandDesk {
    /// Tries once. What it needs to see is loaded into `view`.
    pub(crate) async fn attempt(
        &self,
        submission: &Submission,
        view: &mut LogView<'_>,
        vault: &mut VaultStep<'_>,
    ) -> Result<Attempt, Refusal> {
        view.load_fence().await?;
        for guard in submission.touches.guard_names() {
            view.load_guard(*guard).await?;
        }
        view.load_counters(submission.touches.counters()).await?;
        match find_earlier(submission, view).await? {
            Earlier::No => {}
            Earlier::Namesake => return Ok(Attempt::Namesake),
            Earlier::Found(_, trace) if *trace.digest != *submission.digest => {
                return Err(Refusal::KeyReused);
            }
            Earlier::Found(aggregate, trace) => {
                vault.found(view.version(aggregate) > trace.version);
                let answer = answer_again(self.log.as_ref(), aggregate, &trace).await?;
                return Ok(Attempt::Answered(answer));
            }
        }
        let actor = Actor {
            id: submission.sender.actor.clone(),
            kind: submission.sender.actor_kind,
            role: submission.sender.role.as_str().to_owned(),
        };
        let mut context = Context {
            command_id: submission.command_id,
            actor: &actor,
            now: self.clock.now(),
            effective_time: submission.meta.effective_time,
            reason: submission.meta.reason.as_ref(),
            policies: &self.settings.policies,
        };
        let decision = self.decide(submission, &mut context, view).await;
        if !view.is_consistent() {
            return Ok(Attempt::TryAgain);
        }
        self.carry_out(submission, &context, decision?, view, vault).await
    }

    /// Decides, showing the decision what it asks for. Every round shows one thing more, and a
    /// decision asks for no more than its command names, so the rounds have an end.
    async fn decide(
        &self,
        submission: &Submission,
        context: &mut Context<'_>,
        view: &mut LogView<'_>,
    ) -> Result<Decision, Refusal> {
        // What the command makes beside its own thing has ids that are the command's own, so nobody else can have
        // used them, and the append would notice.
        let own = submission.command_id.created_id();
        for created in submission.touches.created().filter(|created| created.id != own) {
            view.assume_new(created);
        }
        let clock = context.now;
        loop {
            context.now = view.present(clock);
            let decided = match permit(&view.world, &submission.command, context) {
                // What one may not read has no version either.
                Ok(()) => {
                    check_known_version(submission, view)?;
                    decide(&view.world, &submission.command, context)
                }
                Err(stop) => Err(stop),
            };
            // Other commands are ordered by what this one declares.
            debug_assert_eq!(
                submission.touches.check(&decided, &view.world),
                Ok(()),
                "{:?}",
                submission.command
            );
            match decided {
                Ok(decision) => {
                    check_version(submission, view.version(decision.events[0].0))?;
                    return Ok(decision);
                }
                Err(Stop::Load(aggregate)) => {
                    view.load(aggregate, false).await?;
                }
                Err(Stop::LoadKey(key)) => {
                    view.load_key(key).await?;
                }
                Err(Stop::LoadLatestKey(key)) => view.load_latest_key(key).await?,
                Err(Stop::LoadCounter(counter)) => view.load_counters([&counter]).await?,
                Err(Stop::LoadContents(container)) => {
                    let former = self.former_contents().await?;
                    view.load_contents(container, former).await?;
                }
                Err(Stop::LoadAt(at)) => view.load_at(at).await?,
                Err(Stop::Reject(rejection)) => return Err(Refusal::Rejected(rejection)),
            }
        }
    }

    async fn carry_out(
        &self,
        submission: &Submission,
        context: &Context<'_>,
        decision: Decision,
        view: &mut LogView<'_>,
        vault: &mut VaultStep<'_>,
    ) -> Result<Attempt, Refusal> {
        let writes = count_writes(&decision);
        if writes > Commit::MAX_WRITES {
            return Err(Refusal::TooLarge { writes });
        }
        // The decision looked up what is claimed; a release needs its position as well.
        for change in decision.keys.iter().filter(|change| change.holder.is_none()) {
            view.load_key(change.key.clone()).await?;
        }
        let envelopes = envelopes(self.tenant(), submission, context, &decision.events, view);
        let commit = commit(self.tenant(), submission, &envelopes, &decision, view)?;
        vault.before_append(envelopes[0].aggregate.id).await?;
        let expectations = Expectations::of(&commit);
        match self.log.append(commit).await {
            Ok(appended) => {
                self.remember(&envelopes, &decision, &appended, view);
                Ok(Attempt::Answered(answer(&envelopes, &appended)))
            }
            Err(AppendError::Conflict { .. }) => {
                match expectations.in_the_way(self.log.as_ref(), submission).await? {
                    InTheWay::Another => Ok(Attempt::TryAgain),
                    InTheWay::Itself => Ok(Attempt::Stored),
                    InTheWay::Namesake => Ok(Attempt::Namesake),
                }
            }
            Err(error @ AppendError::Unknown { .. }) => Err(Refusal::OutcomeUnknown(Box::new(error))),
            Err(AppendError::NotPermitted(denial)) => Err(Refusal::NotPermitted(denial)),
            Err(error @ AppendError::Refused { .. }) => Err(Refusal::Damaged(Box::new(error))),
            Err(error @ AppendError::Unavailable { .. }) => Err(Refusal::Unavailable(Box::new(error))),
        }
    }

    /// Brings the cache up to what was just stored.
    fn remember(&self, envelopes: &[Envelope], decision: &Decision, appended: &Appended, view: &LogView<'_>) {
        let positions = appended.first..;
        for (envelope, position) in envelopes.iter().zip(positions.clone()) {
            let before = view.histories.get(&envelope.aggregate).cloned().unwrap_or_default();
            let happened = Happened {
                event: &envelope.event,
                actor: &envelope.actor,
                effective_at: envelope.effective_at,
                command_id: envelope.command_id,
                digest: &envelope.command_digest,
                position,
                version: envelope.aggregate_version,
            };
            let after: History = before.after(envelope.aggregate, &happened);
            self.cache.keep(envelope.aggregate, Arc::new(after), view.fenced_at());
        }
        for (change, position) in decision.keys.iter().zip(positions.skip(envelopes.len())) {
            let before = view.keys.get(&change.key).cloned().unwrap_or_default();
            let after = before.after(change.holder, position);
            self.cache.keep_key(change.key.clone(), Arc::new(after));
        }
        if decision.ends_reference {
            // The guard's lanes are what the commit ends with.
            let first = (appended.last + 1).saturating_sub(ENDING_LANES.len() as u64);
            self.cache.keep_fence(fence(self.tenant(), first));
        }
    }
}

/// Whether this very command was carried out before.
///
/// A label may have moved to another asset since, so everybody who ever held it is asked. A key belongs to
/// whoever sends it: whose command has the id first keeps it, and another's of the same key has the id
/// beside it ([`CommandId::beside`]).
async fn find_earlier(submission: &Submission, view: &mut LogView<'_>) -> Result<Earlier, Refusal> {
    let actor = submission.sender.actor.as_str();
    let created = submission.command_id.created_id();
    let target = submission.command.target(submission.command_id);
    let (holder, candidates) = match target.label() {
        None => (target.aggregate(None), target.aggregate(None).into_iter().collect()),
        Some(label) => {
            let mut holders = BTreeSet::new();
            for key in label.keys() {
                holders.extend(view.load_key(key.clone()).await?.holders.iter().copied());
            }
            let holders = holders.into_iter().map(Some).chain([None]);
            let candidates: Vec<AggregateRef> =
                holders.filter_map(|holder| target.aggregate(holder)).collect();
            (target.aggregate(view.bearer(&label)), candidates)
        }
    };
    for aggregate in candidates {
        let history = if holder != Some(aggregate) {
            view.load_former_holder(aggregate).await?
        } else if aggregate.id == created {
            view.load_created(aggregate).await?
        } else {
            view.load(aggregate, true).await?
        };
        match history.trace_of(submission.command_id) {
            Some(trace) if *trace.actor == *actor => return Ok(Earlier::Found(aggregate, trace)),
            Some(_) => return Ok(Earlier::Namesake),
            None => {}
        }
        // Another's command of this id was in the way elsewhere: with pieces that it created.
        if let Some(trace) = history.trace_of(submission.command_id.beside(actor)) {
            return Ok(Earlier::Found(aggregate, trace));
        }
    }
    Ok(Earlier::No)
}

/// What the command is about, as far as it was seen.
fn own(submission: &Submission, view: &LogView<'_>) -> Option<AggregateRef> {
    let target = submission.command.target(submission.command_id);
    target.aggregate(target.label().and_then(|label| view.bearer(&label)))
}

/// Compares the version before anything is decided, if what the command is about is there already.
fn check_known_version(submission: &Submission, view: &LogView<'_>) -> Result<(), Refusal> {
    let version = own(submission, view).map_or(0, |own| view.version(own));
    if version > 0 { check_version(submission, version) } else { Ok(()) }
}

fn check_version(submission: &Submission, current: u64) -> Result<(), Refusal> {
    match submission.expected_version {
        Some(expected) if expected != current => Err(Refusal::VersionDiffers { expected, current }),
        _ => Ok(()),
    }
}

fn answer(envelopes: &[Envelope], appended: &Appended) -> Answer {
    Answer {
        id: envelopes[0].aggregate.id,
        version: envelopes[0].aggregate_version,
        position: appended.last,
        events: envelopes.iter().map(AnsweredEvent::of).collect(),
        replayed: false,
    }
}
