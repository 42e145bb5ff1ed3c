//! Sending many commands of one audit, and telling what became of each.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use itam_domain::show_hidden_characters;
use serde_json::{Value, json};
use uuid::Uuid;

use super::CampaignArgs;
use super::server::{AuditServer, CommandOutcome};
use crate::failure::Failure;

/// Some were refused, all others are in.
const SOME_REFUSED: u8 = 2;
/// How many commands go in one request.
pub(super) const COMMANDS_A_REQUEST: usize = 500;
/// How often the progress is drawn while an answer is awaited.
const TICK: Duration = Duration::from_millis(200);

/// A command, and what its refusal is told of.
pub(super) struct RowCommand {
    /// Such as `scans.csv:4: "LT-2"`.
    pub(super) origin: String,
    pub(super) command: Value,
}

/// What became of the commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SendCounts {
    pub(super) done: u64,
    /// Those that had been sent before, or that nothing was left to do for.
    pub(super) repeated: u64,
    pub(super) refused: u64,
}

/// Sends the commands of one audit.
pub(super) struct AuditSender {
    pub(super) server: AuditServer,
    pub(super) campaign: Uuid,
    pub(super) counts: SendCounts,
    progress: ProgressBar,
}

impl AuditSender {
    pub(super) fn new(args: &CampaignArgs, what: &'static str) -> Self {
        let progress = ProgressBar::no_length().with_style(style()).with_message(what);
        progress.enable_steady_tick(TICK);
        Self { server: args.server(), campaign: args.campaign, counts: SendCounts::default(), progress }
    }

    /// A command as a line of a batch. Its key is derived from what it says and from what
    /// tells it apart from others that say the same, so that a repetition is carried out once.
    pub(super) fn command(&self, name: &str, data: &Value, apart: &str) -> Value {
        let text = format!("{name}\n{apart}\n{data}");
        let key = Uuid::new_v5(&self.campaign, text.as_bytes());
        json!({"command": name, "idempotency_key": format!("{name}-{key}"), "data": data})
    }

    /// Says that something is refused.
    pub(super) fn refuse(&mut self, origin: &str, reason: &str) {
        self.counts.refused += 1;
        self.progress.suspend(|| {
            let _ = writeln!(std::io::stderr(), "{}", show_hidden_characters(&format!("{origin}: {reason}")));
        });
    }

    /// Sends commands, at most [`COMMANDS_A_REQUEST`], and counts what became of them.
    ///
    /// # Errors
    /// If the service does not answer, or the audit takes no such commands at all: then nothing more
    /// needs to be sent.
    pub(super) async fn send(&mut self, lines: Vec<RowCommand>) -> Result<(), Failure> {
        let (origins, commands): (Vec<String>, Vec<Value>) =
            lines.into_iter().map(|line| (line.origin, line.command)).unzip();
        let mut end = None;
        for (origin, outcome) in origins.iter().zip(self.server.submit(&commands).await?) {
            match outcome {
                CommandOutcome::Done => self.counts.done += 1,
                CommandOutcome::Repeated => self.counts.repeated += 1,
                CommandOutcome::Refused(reason) => self.refuse(origin, &reason),
                // One line says it for all.
                CommandOutcome::Ended(reason) => end = end.or(Some(format!("{origin}: {reason}"))),
            }
            self.progress.inc(1);
        }
        match end {
            None => Ok(()),
            Some(reason) => {
                let SendCounts { done, repeated, refused } = self.counts;
                let so_far = format!("{done} done, {repeated} done before, {refused} refused until here");
                Err(Failure::Usage(format!("{reason}; {so_far}, the rest is not sent")))
            }
        }
    }

    /// Clears the progress, and gives the exit code.
    pub(super) fn conclude(&self) -> ExitCode {
        self.progress.finish_and_clear();
        if self.counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REFUSED) }
    }
}

impl Drop for AuditSender {
    fn drop(&mut self) {
        self.progress.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {pos} {msg}, {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
