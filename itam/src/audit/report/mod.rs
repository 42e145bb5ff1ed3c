//! `itam audit report`: what a period of the history, and the journal beside it, have to tell an
//! auditor. The same period gives the same report, whoever makes it and when.

mod beside;
mod csv_form;
mod html_form;
mod json_form;
mod log_pass;
mod period;
mod section;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use data_encoding::HEXLOWER;
use itam_domain::format_instant;
use itam_event_log::LogReader;
use itam_projector::{ProjectorOptions, replay};
use itam_read_model::{ReadModel, ReadModelOptions, SCHEMA_VERSION};
use itam_service_kit::{Clock, SystemClock, parse_duration};

use crate::audit::moment::Moment;
use crate::audit::place::PlaceArgs;
use crate::failure::Failure;
use log_pass::LogPass;
use period::Period;
use section::{Head, Section};

/// The arguments of `itam audit report`.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Where the period begins: a day (UTC), an instant (RFC 3339), or a position.
    #[arg(long)]
    from: Moment,
    /// Where it ends: the day's end, the instant, or the position is still in it.
    #[arg(long)]
    to: Moment,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The file to write, which must not be there yet; else the standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// An entry counts as backdated if it was recorded so much later than it took effect, such as 24h.
    #[arg(long, default_value = "24h", value_parser = duration)]
    backdated_over: Duration,
    /// Replays the history up to the end of the period, and names the hash of the read model there.
    #[arg(long)]
    with_hash: bool,
    /// The checkpoints; those in the directory of --data, if not said.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
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

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// Runs `itam audit report`.
pub(crate) async fn run(args: ReportArgs) -> Result<(), Failure> {
    args.place.logging().start()?;
    if let Some(path) = args.out.as_ref().filter(|path| path.exists()) {
        return Err(Failure::Usage(format!("{} is there already: nothing is overwritten", path.display())));
    }
    let log: Arc<dyn LogReader> = args.place.open_log().await?;
    let period = Period::find(args.from, args.to, log.as_ref(), SystemClock.now()).await?;
    let mut pass = LogPass::new(args.backdated_over).map_err(written)?;
    pass.read(log.as_ref(), &period).await?;
    let mut sections = pass.sections().map_err(written)?;
    sections.push(beside::refusals(&args.place, &period)?);
    sections.push(beside::permission_changes(&args.place, &period).await?);
    let (checkpoints, covering) = beside::checkpoints(args.checkpoints.as_deref(), &args.place, &period)?;
    sections.push(checkpoints);
    let mut head = head(&args, &period, log.as_ref()).await?;
    head.add("checkpoint", covering);
    if args.with_hash {
        let hash = hash(Arc::clone(&log), args.place.tenant().as_str(), period.last).await?;
        head.add("read_model_hash", hash);
        head.add("read_model_schema", SCHEMA_VERSION.to_string());
    } else {
        head.add("read_model_hash", "not computed: ask for it with --with-hash");
    }
    write(&args, &head, &mut sections)
}

/// What makes the report one that can be made again.
async fn head(args: &ReportArgs, period: &Period, log: &dyn LogReader) -> Result<Head, Failure> {
    let mut head = Head::default();
    head.add("tenant", args.place.tenant().as_str());
    head.add("log", beside::origin(log, args.place.tenant()).await?);
    head.add("from", format_instant(period.from));
    head.add("to", format_instant(period.to));
    head.add("first_position", period.first.to_string());
    head.add("last_position", period.last.to_string());
    head.add("messages", period.messages().to_string());
    head.add("gaps", "none: every position was read, one after another");
    head.add("backdated_over_s", args.backdated_over.as_secs().to_string());
    Ok(head)
}

/// The canonical hash of the read model as of the end of the period.
async fn hash(log: Arc<dyn LogReader>, tenant: &str, until: u64) -> Result<String, Failure> {
    if until == 0 {
        return Ok("none: nothing had happened".to_owned());
    }
    let folder = tempfile::tempdir().map_err(written)?;
    let model = ReadModel::in_process(folder.path(), ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let report = replay(log, model, tenant, &options, until, |_| {}).await.map_err(Failure::Projector)?;
    Ok(HEXLOWER.encode(&report.hash))
}

fn write(args: &ReportArgs, head: &Head, sections: &mut [Section]) -> Result<(), Failure> {
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
    head: &Head,
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
