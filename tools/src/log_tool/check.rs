//! `itam log check`: whether a place keeps what the log promises.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use itam_event_log::{
    CheckFinding, EmbeddedLog, EmbeddedOptions, JetStreamLog, JetStreamOptions, LogError, LogExport,
    LogReader as _, Promise, PromiseVerdict, check_jetstream,
};
use itam_files::{check_folder, check_way_to};
use itam_service_kit::{Clock, SystemClock};
use serde_json::json;

use super::deep;
use super::labels::{self, LabelFinding};
use crate::args::{NatsArgs, ProcessArgs};
use crate::backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// The arguments of `itam log check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Reads every message too: positions, versions, commits, and whether this build can read it.
    #[arg(long)]
    deep: bool,
    /// Lists labels that were given by a former rule and would not be given so today: two that have become one,
    /// placeholders, and unusual spellings. They are valid, and change nothing about the exit code.
    #[arg(long)]
    labels: bool,
    /// How the findings are written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    nats: NatsArgs,
}

/// How the findings are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// Runs `itam log check`. The exit code names the first promise that would not hold.
pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode, Failure> {
    let Checked { findings, labels } = match &args.nats.nats {
        Some(_) => on_nats(&args).await?,
        None => embedded(&args).await?,
    };
    let not_held = findings.iter().filter(|finding| finding.verdict != PromiseVerdict::Held);
    let code = not_held.map(|finding| finding.promise).min().map_or(0, Promise::exit_code);
    match args.output {
        Output::Json => println!("{}", json!({"findings": findings, "labels": labels, "exit_code": code})),
        Output::Text => tell(&findings, labels.as_deref()),
    }
    Ok(ExitCode::from(code))
}

/// What was found.
struct Checked {
    findings: Vec<CheckFinding>,
    /// `None` if nobody asked for them, or they could not be read.
    labels: Option<Vec<LabelFinding>>,
}

impl Checked {
    fn of(findings: Vec<CheckFinding>) -> Self {
        Self { findings, labels: None }
    }

    /// Reads what is in the log, as far as it was asked for.
    async fn read(mut self, log: &dyn LogExport, args: &CheckArgs) -> Result<Self, Failure> {
        if args.deep {
            self.findings.extend(deep::check(log).await?);
        }
        if args.labels {
            self.labels = Some(labels::check(log, &args.process.tenant).await?);
        }
        Ok(self)
    }
}

fn tell(findings: &[CheckFinding], labels: Option<&[LabelFinding]>) {
    for CheckFinding { promise, verdict, detail } in findings {
        let verdict = match verdict {
            PromiseVerdict::Held => "held",
            PromiseVerdict::Broken => "BROKEN",
            PromiseVerdict::Unknown => "UNKNOWN",
        };
        println!("{:<10} {verdict:<8} {detail}", promise.name());
    }
    let Some(labels) = labels else { return };
    for label in labels {
        println!("{:<10} {:<8} {label}", "labels", "look");
    }
    if labels.is_empty() {
        println!("{:<10} {:<8} every label could be given today as it is", "labels", "fine");
    }
}

async fn on_nats(args: &CheckArgs) -> Result<Checked, Failure> {
    let (nats, tenant) = (&args.nats, &args.process.tenant);
    let client = backend::connected(nats).await?;
    // What is not synced always is a finding here, not a refusal.
    let options = JetStreamOptions { require_sync_always: false, ..nats.log_options() };
    let mut findings = check_jetstream(&client, tenant, &options).await.map_err(Failure::Log)?;
    if !args.deep && !args.labels {
        return Ok(Checked::of(findings));
    }
    let unread = match JetStreamLog::connect(client, tenant.clone(), options).await {
        Ok(log) => return Checked::of(findings).read(&log, args).await,
        Err(LogError::Misconfigured(reason)) => reason,
        Err(denied @ LogError::NotPermitted { .. }) => denied.to_string(),
        Err(error) => return Err(Failure::Log(error)),
    };
    let detail = format!("the messages were not read: {unread}");
    findings.push(CheckFinding::unknown(Promise::Complete, detail));
    Ok(Checked::of(findings))
}

async fn embedded(args: &CheckArgs) -> Result<Checked, Failure> {
    let data = &args.process.data;
    let dir = DataDir::look_at(data, &args.process.tenant)?;
    let mut findings = check_files(&dir)?;
    let options = EmbeddedOptions::new(|| SystemClock.now());
    let log = match EmbeddedLog::open(&dir.log(), args.process.tenant.clone(), options) {
        Ok(log) => Arc::new(log),
        Err(LogError::Corrupt(what)) => {
            findings.push(CheckFinding::new(Promise::Complete, false, what));
            return Ok(Checked::of(findings));
        }
        Err(error) => return Err(Failure::Log(error)),
    };
    let head = log.head().await.map_err(Failure::Log)?;
    findings.push(CheckFinding::new(
        Promise::Durable,
        true,
        "every commit is synced to the file before its answer",
    ));
    findings.push(CheckFinding::new(
        Promise::Atomic,
        true,
        "a commit is one transaction, and the last one is whole",
    ));
    let count = format!("the format is known, and there are {head} messages up to position {head}");
    findings.push(CheckFinding::new(Promise::Complete, true, count));
    Checked::of(findings).read(log.as_ref() as &dyn LogExport, args).await
}

/// Whether the directory and what is in it are the owner's alone: what `itam up` refuses, or closes.
fn check_files(dir: &DataDir) -> Result<Vec<CheckFinding>, Failure> {
    let mut findings = vec![check_private(dir.path())];
    for checked in [check_folder(dir.path()), check_way_to(dir.path())] {
        if let Err(refused) = checked {
            findings.push(CheckFinding::new(Promise::Private, false, refused.to_string()));
        }
    }
    let paths = dir.private_paths()?;
    findings.extend(paths.iter().map(|path| check_private(path)));
    Ok(findings)
}

/// Whether nobody but the owner may use a file or directory.
fn check_private(path: &Path) -> CheckFinding {
    let name = path.display();
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => CheckFinding::new(
            Promise::Private,
            false,
            format!("{name} is a symbolic link, which is not followed"),
        ),
        Ok(metadata) => {
            let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
            let mode = metadata.permissions().mode() & 0o777;
            let detail = format!("{name} has mode {mode:03o}, must be {wanted:03o} at most");
            CheckFinding::new(Promise::Private, mode & !wanted == 0, detail)
        }
        Err(error) => CheckFinding::unknown(Promise::Private, format!("{name} cannot be looked at: {error}")),
    }
}
