//! Loading the demo organization through the command service, as anybody's commands.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use itam_command_service::{CommandDesk, Refusal, Submission, execute_in_order};
use itam_domain::asset::Asset;
use itam_domain::{AggregateState, AssetId, Event};
use itam_event_log::LogReader;
use itam_projector::content;
use itam_read_model::LogContent;
use itam_service_kit::{Clock, Problem, SystemClock, error_chain};
use serde::{Deserialize, Serialize};

use super::{DemoCommand, audits, commands};
use crate::data_dir::{DataDir, write_private};
use crate::failure::Failure;
use crate::output::announce;

/// Which organization is made: always the same.
const SEED: u64 = 2015;

/// How many commands run side by side, where they do not touch the same things.
const CONCURRENCY: usize = 256;

/// How many messages of the log are read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// What the data directory remembers of a demo organization: the moment that its story ends at, and
/// with it every key and id in it, so that a loading that was cut short can be finished.
#[derive(Serialize, Deserialize)]
struct DemoMemory {
    now: DateTime<Utc>,
    is_complete: bool,
}

/// Loads the demo organization, or what is missing of it, unless there is something else in the
/// log already.
///
/// # Errors
/// If the log cannot be used, or a command is refused.
pub async fn load(desk: &Arc<CommandDesk>, log: &dyn LogReader, dir: &DataDir) -> Result<(), Failure> {
    let path = dir.demo();
    let memory = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<DemoMemory>(&bytes).ok());
    let now = match memory {
        Some(memory) if memory.is_complete => {
            announce("the demo organization is loaded already");
            return Ok(());
        }
        Some(memory) => memory.now,
        None => {
            let head = desk.check_log().await.map_err(|refusal| failed("the log", &refusal))?;
            if head > 0 {
                announce(format_args!(
                    "the log holds data up to position {head}; the demo organization is not loaded"
                ));
                return Ok(());
            }
            SystemClock.now()
        }
    };
    remember(&path, now, false)?;
    let story = carry_out(desk, commands(SEED, now), CONCURRENCY).await?;
    let assets = register(log).await?;
    let [beginning, rest] = audits::commands(SEED, now, &assets);
    // One after the other: which audit is listed first shall not be chance.
    let beginning = carry_out(desk, beginning.into_iter(), 1).await?;
    let rest = carry_out(desk, rest.into_iter(), CONCURRENCY).await?;
    announce(format_args!("loaded the demo organization: {} commands", story + beginning + rest));
    remember(&path, now, true)
}

fn remember(path: &Path, now: DateTime<Utc>, is_complete: bool) -> Result<(), Failure> {
    let text = serde_json::to_string(&DemoMemory { now, is_complete }).expect("a moment is plain JSON");
    Ok(write_private(path, &text)?)
}

/// The assets as the story made them: before the first audit, of which a loading that was cut short
/// may have left a part.
async fn register(log: &dyn LogReader) -> Result<BTreeMap<AssetId, Asset>, Failure> {
    let (mut assets, mut next) = (BTreeMap::new(), 1);
    // Ends with the log.
    loop {
        let page = log.read(next, PAGE).await.map_err(Failure::Log)?;
        let Some(last) = page.messages.last() else { return Ok(assets) };
        next = last.position + 1;
        for message in &page.messages {
            let LogContent::Event(envelope) = content(message) else { continue };
            let id = AssetId(envelope.aggregate.id);
            match &envelope.event {
                Event::AuditCampaign(_) => return Ok(assets),
                Event::Asset(event) => {
                    let before = assets.remove(&id);
                    assets.extend(Asset::evolve(id, before, event, &envelope.actor).map(|asset| (id, asset)));
                }
                _ => {}
            }
        }
    }
}

/// Sends commands in their order; gives how many there were.
async fn carry_out(
    desk: &Arc<CommandDesk>,
    commands: impl ExactSizeIterator<Item = DemoCommand>,
    concurrency: usize,
) -> Result<u64, Failure> {
    let tenant = desk.tenant().as_str().to_owned();
    let submit = move |command: DemoCommand| submission(&tenant, &command);
    let submissions = commands.map(submit);
    // A generator's mistake must stop the loading, not be skipped.
    let submissions: Vec<Submission> = submissions.collect::<Result<_, _>>()?;
    let bar = ProgressBar::new(submissions.len() as u64);
    let bar = bar.with_style(style()).with_message("loading the demo organization");
    let mut outcomes = Box::pin(execute_in_order(Arc::clone(desk), stream::iter(submissions), concurrency));
    while let Some((submission, outcome)) = outcomes.next().await {
        outcome.map_err(|refusal| failed(submission.command.name(), &refusal))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(bar.position())
}

fn submission(tenant: &str, command: &DemoCommand) -> Result<Submission, Failure> {
    let (key, sender) = (&command.idempotency_key, command.actor.identity());
    let read = Submission::try_new(tenant, command.name, &command.data, key, sender);
    read.map_err(|problem: Problem| Failure::Demo(format!("{}: {}", command.name, problem.detail())))
}

fn failed(what: &str, refusal: &Refusal) -> Failure {
    Failure::Demo(format!("{what}: {}", error_chain(refusal)))
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} commands, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
