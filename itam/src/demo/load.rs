//! Loading the demo organization through the front door, as anybody's commands.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use itam_command_service::{CommandDesk, Refusal, Submission, execute_in_order};
use itam_service_kit::{Clock, Problem, SystemClock, error_chain};

use super::{DemoCommand, commands};
use crate::failure::Failure;

/// Which organization is made: always the same.
const SEED: u64 = 2015;

/// How many commands run side by side, where they do not touch the same things.
const CONCURRENCY: usize = 256;

/// Loads the demo organization, unless there is something in the log already.
pub(crate) async fn load(desk: &Arc<CommandDesk>) -> Result<(), Failure> {
    let head = desk
        .check_log()
        .await
        .map_err(|refusal| failed("the log", &refusal))?;
    if head > 0 {
        println!("the log holds data up to position {head}; the demo organization is not loaded");
        return Ok(());
    }
    let tenant = desk.tenant().as_str().to_owned();
    let submit = move |command: DemoCommand| submission(&tenant, &command);
    let submissions = commands(SEED, SystemClock.now()).map(submit);
    // A generator's mistake must stop the loading, not be skipped.
    let submissions: Vec<Submission> = submissions.collect::<Result<_, _>>()?;
    let bar = ProgressBar::new(submissions.len() as u64);
    let bar = bar
        .with_style(style())
        .with_message("loading the demo organization");
    let mut outcomes = Box::pin(execute_in_order(
        Arc::clone(desk),
        stream::iter(submissions),
        CONCURRENCY,
    ));
    while let Some((submission, outcome)) = outcomes.next().await {
        outcome.map_err(|refusal| failed(submission.command.name(), &refusal))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("loaded the demo organization: {} commands", bar.position());
    Ok(())
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
