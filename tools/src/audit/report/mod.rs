//! `itam audit report`: what a period of the history, and the journal beside it, have to tell an
//! auditor. The same period gives the same report, whoever makes it and when.

mod actors;
mod checkpoints;
mod csv_form;
mod findings;
mod html_form;
mod journal_and_tokens;
mod json_form;
mod ledger;
mod log_pass;
mod parked;
mod period;
mod section;
mod walk;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use data_encoding::HEXLOWER;
use itam_domain::format_instant;
use itam_event_log::LogReader;
use itam_projector::{ProjectorOptions, replay};
use itam_proof::{Frontier, KeyPurpose, Trust};
use itam_read_model::{ReadModel, ReadModelError, ReadModelOptions, SCHEMA_VERSION};
use itam_service_kit::{Clock, SystemClock};

use crate::args::duration;
use crate::audit::leaves::leaf_of;
use crate::audit::moment::NamedMoment;
use crate::audit::place::PlaceArgs;
use crate::audit::verify::read_keys;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use checkpoints::{Checkpoints, VerifyingKeys};
use findings::Findings;
use ledger::Ledger;
use log_pass::LogPass;
use parked::ParkedEvents;
use period::Period;
use section::{ReportHead, Section, WRONG};
use walk::{LogWalk, WalkStep};

/// The exit code of a report that was written and says that something is wrong.
const FOUND: u8 = 3;

/// The arguments of `itam audit report`.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Where the period begins: a day (UTC), an instant (RFC 3339), or a position; at the beginning, if
    /// not said.
    #[arg(long)]
    from: Option<NamedMoment>,
    /// Where it ends: the day's end, the instant, or the position is still in it; now, if not said.
    #[arg(long)]
    to: Option<NamedMoment>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The file to write, which must not be there yet; else the standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// An entry counts as backdated if it was recorded so much later than it took effect, such as 24h.
    #[arg(long, default_value = "24h", value_parser = duration)]
    backdated_over: Duration,
    /// Does not replay the history: the report names no hash of the read model, and of the parked events
    /// those alone that cannot be read.
    #[arg(long)]
    no_replay: bool,
    /// The checkpoints; if not said, those in the directory of --data, or else, for a log on servers,
    /// those of the stream beside it.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    /// A public key of the log, or a file of them, one a line: what it signed is verified.
    #[arg(long = "key", value_name = "VKEY|FILE")]
    keys: Vec<String>,
    /// A public key of a witness, or a file of them: each must have countersigned.
    #[arg(long = "witness", value_name = "VKEY|FILE")]
    witnesses: Vec<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON document.
    Json,
    /// One table of all sections, told apart by its first column.
    Csv,
    /// A page that stands for itself, to read and to print.
    Html,
}

/// Runs `itam audit report`.
pub(crate) async fn run(args: ReportArgs) -> Result<ExitCode, Failure> {
    args.place.logging().start()?;
    if let Some(path) = args.out.as_ref().filter(|path| path.exists()) {
        return Err(Failure::Usage(format!("{} is there already: nothing is overwritten", path.display())));
    }
    let mut keys = args.keys()?;
    let mut findings = Findings::new().map_err(written)?;
    let dir = DataDir::unchecked(&args.place.process.data);
    checkpoints::follow(&mut keys, &dir, &mut findings)?;
    let log: Arc<dyn LogReader> = args.place.open_log().await?;
    let period = Period::find(args.from, args.to, log.as_ref(), SystemClock.now()).await?;
    let origin = journal_and_tokens::origin(log.as_ref(), args.place.tenant()).await?;
    let ledger = Ledger::find(args.checkpoints.as_deref(), &dir, &args.place, &mut findings).await?;
    let mut checkpoints = Checkpoints::new(ledger, period, origin.clone(), keys)?;
    let parked = ParkedEvents::new(&dir.parked_releases())?;
    let mut pass = LogPass::new(args.backdated_over, parked).map_err(written)?;
    let gaps = read(log.as_ref(), period, &mut pass, &mut checkpoints, &mut findings).await?;

    let actors = actors::actors(&args.place, &period, pass.actors()).await?;
    let (mut sections, unreadable) = pass.sections().map_err(written)?;
    let (hash, parked) = if args.no_replay {
        let note = "Those that this build cannot read. Without a replay nobody knows what cannot be applied.";
        ("not computed: it was not to be replayed".to_owned(), unreadable.section(note))
    } else if gaps > 0 {
        let note = "Those that this build cannot read. What has gaps cannot be replayed.";
        ("not computed: positions are missing".to_owned(), unreadable.section(note))
    } else {
        replayed(Arc::clone(&log), args.place.tenant().as_str(), &period, &dir).await?
    };
    sections.push(parked);
    sections.push(actors);
    sections.push(journal_and_tokens::refusals(&args.place, &period)?);
    sections.push(journal_and_tokens::permission_changes(&args.place, &period).await?);

    let mut head = ReportHead::default();
    head.add("verdict", verdict(&findings, checkpoints.are_all_verified()));
    args.describe(&mut head, &period, origin);
    head.add("gaps", gaps);
    checkpoints.summary().into_iter().for_each(|(name, value)| head.add(name, value));
    head.add("read_model_hash", hash);
    head.add("read_model_schema", SCHEMA_VERSION);
    sections.extend(checkpoints.sections());
    let (count, first) = (findings.count(), findings.first().map(str::to_owned));
    sections.insert(0, findings.section());
    write(&args, &head, &mut sections)?;
    let Some(first) = first else { return Ok(ExitCode::SUCCESS) };
    eprintln!("itam: the report is written, and tells what is wrong ({count} in all): {first}");
    Ok(ExitCode::from(FOUND))
}

impl ReportArgs {
    /// The keys that were given.
    fn keys(&self) -> Result<VerifyingKeys, Failure> {
        let logs = read_keys(&self.keys, KeyPurpose::Log).map_err(Failure::Usage)?;
        let witnesses = read_keys(&self.witnesses, KeyPurpose::Witness).map_err(Failure::Usage)?;
        let mut trust = Trust::new();
        logs.iter().chain(&witnesses).for_each(|key| trust.add(key.clone()));
        Ok(VerifyingKeys { trust, logs, witnesses })
    }

    /// What makes the report one that can be made again.
    fn describe(&self, head: &mut ReportHead, period: &Period, origin: String) {
        let from = (self.from.is_some()).then(|| format_instant(period.from));
        let messages = period.messages();
        head.add("tenant", self.place.tenant().as_str());
        head.add("log", origin);
        head.add("from", from);
        head.add("to", format_instant(period.to));
        head.add("first_position", (messages > 0).then_some(period.first));
        head.add("last_position", period.last);
        head.add("messages", messages);
        head.add("backdated_over_s", self.backdated_over.as_secs());
    }
}

fn verdict(findings: &Findings, are_all_verified: bool) -> String {
    match findings.count() {
        0 if are_all_verified => "nothing is wrong".to_owned(),
        0 => "nothing that could be checked is wrong".to_owned(),
        1 => format!("{WRONG}: 1 finding"),
        count => format!("{WRONG}: {count} findings"),
    }
}

/// Reads the log once, from its beginning to the end of the period, and on to the checkpoint that
/// covers it. Says how many positions are missing.
async fn read(
    log: &dyn LogReader,
    period: Period,
    pass: &mut LogPass,
    checkpoints: &mut Checkpoints,
    findings: &mut Findings,
) -> Result<u64, Failure> {
    let head = log.head().await.map_err(Failure::Log)?;
    let mut walk = LogWalk::new(log, 1, period.last.max(checkpoints.end()).min(head));
    let mut tree = Some(Frontier::default());
    while let Some(step) = walk.step().await? {
        let messages = match step {
            WalkStep::Messages(messages) => messages,
            WalkStep::Missing { position, why } => {
                tree = None;
                let missing = format!("position {position} cannot be read: {why}");
                findings.add(position, missing).map_err(written)?;
                continue;
            }
        };
        for message in &messages {
            if let Some(tree) = &mut tree {
                tree.push(leaf_of(message).hash());
            }
            if period.has(message.position) {
                pass.take(message)?;
            }
            while checkpoints.is_due(message.position) {
                checkpoints.compare(tree.as_ref().map(Frontier::root), findings)?;
            }
        }
    }
    checkpoints.finish(head, findings)?;
    Ok(walk.gaps())
}

/// The canonical hash of the read model as of the end of the period, and what is parked in it.
async fn replayed(
    log: Arc<dyn LogReader>,
    tenant: &str,
    period: &Period,
    dir: &DataDir,
) -> Result<(String, Section), Failure> {
    let folder = tempfile::tempdir().map_err(written)?;
    let model = ReadModel::in_process(folder.path(), ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let report = replay(log, model.clone(), tenant, &options, period.last, |_| {}).await;
    let report = report.map_err(Failure::Projector)?;
    let mut parked = ParkedEvents::new(&dir.parked_releases())?;
    parked.push_all(&model.snapshot().map_err(unreadable)?, period)?;
    let note = "They are in the log, and in no read model of this build: it cannot read or apply them.";
    Ok((HEXLOWER.encode(&report.hash), parked.section(note)))
}

fn unreadable(error: ReadModelError) -> Failure {
    Failure::File { path: PathBuf::from("the replayed read model"), source: io::Error::other(error) }
}

fn write(args: &ReportArgs, head: &ReportHead, sections: &mut [Section]) -> Result<(), Failure> {
    let Some(path) = &args.out else {
        return write_to(&mut BufWriter::new(io::stdout().lock()), args.format, head, sections)
            .map_err(written);
    };
    let failed = |source| Failure::File { path: path.clone(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // It gets its name when it is whole.
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut writer = BufWriter::new(file);
    write_to(&mut writer, args.format, head, sections).map_err(failed)?;
    let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path).map_err(|error| failed(error.error))?;
    let folder = fs::File::open(folder).map_err(failed)?;
    folder.sync_all().map_err(failed)
}

fn write_to(
    writer: &mut impl Write,
    format: Format,
    head: &ReportHead,
    sections: &mut [Section],
) -> io::Result<()> {
    match format {
        Format::Json => json_form::write(writer, head, sections)?,
        Format::Csv => csv_form::write(writer, head, sections)?,
        Format::Html => html_form::write(writer, head, sections)?,
    }
    writer.flush()
}

fn written(source: io::Error) -> Failure {
    Failure::File { path: PathBuf::from("the report"), source }
}
