//! `itam import`: brings data of other programs into the register, through the API like everyone
//! else. It can be repeated: what is as the file says is left alone.

mod amount;
mod artefact;
mod artefact_tally;
mod category;
mod date;
mod decode;
mod error;
mod field;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod header;
mod http;
mod import_day;
mod likeness;
mod lines;
mod mapping;
mod master;
mod master_kind;
mod measure;
mod plan;
mod reading;
mod recognition;
mod record;
mod register;
mod rejects;
mod renamed;
mod rivals;
mod run;
mod status;
mod summary;
mod survey;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use encoding_rs::Encoding;
use indicatif::ProgressBar;
use itam_domain::Currency;
use itam_domain::show_hidden_characters;
use itam_service_kit::{Clock, SystemClock, SystemIds};

use self::amount::Decimal;
use self::date::DateOrder;
use self::error::ImportError;
use self::http::HttpRegister;
use self::import_day::{ImportDay, NamedZone, time_zone};
use self::mapping::Mapping;
use self::renamed::RenamedHeaders;
use self::run::{Job, import};
use self::status::DeclaredStatus;
use self::summary::ImportSummary;
use self::survey::DeclaredValues;
use self::table::Declared;

/// Some rows were rejected, all others are in.
const SOME_REJECTED: u8 = 2;

/// The arguments of `itam import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// Import CSV files of Snipe-IT, or of any origin whose columns are explained by --map: assets, users,
    /// models, locations, suppliers, manufacturers, categories.
    ///
    /// Each file is recognized by its headers; the order of the arguments does not matter. A blank
    /// cell says nothing and changes nothing. Two-digit years from 69 on are of the last century.
    /// Exit status: 0 all rows are in, 2 some were rejected, 1 the import failed or something has
    /// to be said by an option first.
    #[command(visible_alias = "csv")]
    SnipeIt(SnipeItArgs),
}

#[derive(Debug, Args)]
struct SnipeItArgs {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The address of the service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// The address of the command service, if it is another.
    #[arg(long)]
    commands_server: Option<String>,
    /// The token under which to import.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true)]
    token: String,
    /// The order of day, month and year, where the rows of a column do not tell.
    #[arg(long)]
    date_order: Option<DateOrder>,
    /// The sign before the decimals, where the rows do not tell.
    #[arg(long)]
    decimal: Option<Decimal>,
    /// The sign between cells, such as ";" or "tab", where the headers do not tell.
    #[arg(long)]
    delimiter: Option<String>,
    /// The encoding, such as windows-1252, where it is not UTF-8 and no byte-order mark tells.
    #[arg(long)]
    encoding: Option<String>,
    /// The currency (ISO 4217) of costs that do not name theirs.
    #[arg(long)]
    currency: Option<String>,
    /// The time zone (IANA) of the days in the files, such as Europe/Berlin [default: the machine's].
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<NamedZone>,
    /// What a column means, such as "Asset ID=asset tag"; may be repeated.
    #[arg(long = "map", value_name = "HEADER=MEANING")]
    maps: Vec<String>,
    /// A mapping of a layout that many have, such as netbox-devices, or a file of your own with one such
    /// line for each column, and behind a line [status] one LABEL=MEANING for each status; lines that
    /// begin with # are passed over. "?" lists the names.
    #[arg(long, value_name = "NAME|FILE")]
    mapping: Option<String>,
    /// A column that is not to be read; may be repeated.
    #[arg(long = "skip-column", value_name = "HEADER")]
    skipped: Vec<String>,
    /// What a status label means, such as "Broken=retired"; "Broken=?" lists what it may mean; may
    /// be repeated.
    #[arg(long = "status", value_name = "LABEL=MEANING")]
    statuses: Vec<DeclaredStatus>,
    /// Send nothing and say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// How the summary is written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Where rejected rows go, with the reasons; with several files, their names are added to it
    /// [default: itam-import-rejects.csv; with --dry-run nowhere].
    #[arg(long)]
    rejects: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs `itam import`.
pub async fn run(args: ImportArgs) -> ExitCode {
    let Source::SnipeIt(args) = args.source;
    match snipe_it(&args).await {
        Ok(summary) if summary.rows.rejected > 0 => ExitCode::from(SOME_REJECTED),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

async fn snipe_it(args: &SnipeItArgs) -> Result<ImportSummary, ImportError> {
    let job = args.job()?;
    let commands = args.commands_server.as_ref().unwrap_or(&args.server);
    let register = HttpRegister::try_new(&args.server, commands, args.token.clone())?;
    // Drawn on standard error, and only if that is a terminal.
    let progress = ProgressBar::new(0);
    let summary = import(&job, &register, &SystemIds, &progress).await?;
    let mut out = std::io::stdout().lock();
    let written = match args.output {
        Output::Text => {
            let mut text = Vec::new();
            summary.write_text(&mut text).and_then(|()| {
                out.write_all(show_hidden_characters(&String::from_utf8_lossy(&text)).as_bytes())
            })
        }
        Output::Json => summary.write_json(&mut out),
    };
    written.and_then(|()| out.flush()).map_err(ImportError::Summary)?;
    Ok(summary)
}

impl SnipeItArgs {
    fn job(&self) -> Result<Job, ImportError> {
        let mapping = self.mapping.as_deref().map(Mapping::load).transpose()?.unwrap_or_default();
        let nowhere = PathBuf::from("itam-import-rejects.csv");
        let rejects = self.rejects.clone().or((!self.dry_run).then_some(nowhere));
        Ok(Job {
            files: self.files.clone(),
            declared: Declared {
                encoding: self.encoding.as_deref().map(encoding).transpose()?,
                delimiter: self.delimiter.as_deref().map(delimiter).transpose()?,
                renamed: RenamedHeaders::new(&mapping.columns, &self.maps, &self.skipped)?,
            },
            values: DeclaredValues {
                date_order: self.date_order,
                decimal: self.decimal,
                currency: self.currency.as_deref().map(currency).transpose()?,
                statuses: mapping.statuses.iter().chain(&self.statuses).cloned().collect(),
            },
            dry_run: self.dry_run,
            rejects,
            day: ImportDay::new(SystemClock.now(), self.time_zone.as_ref()),
        })
    }
}

fn encoding(label: &str) -> Result<&'static Encoding, ImportError> {
    let refusal =
        || ImportError::option("encoding", format!("{label:?} is no encoding, such as windows-1252"));
    Encoding::for_label(label.as_bytes()).ok_or_else(refusal)
}

fn delimiter(text: &str) -> Result<u8, ImportError> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => {
                let sentence = format!("{text:?} is not one character, such as \";\" or \"tab\"");
                Err(ImportError::option("delimiter", sentence))
            }
        },
    }
}

fn currency(code: &str) -> Result<Currency, ImportError> {
    Currency::try_new(&code.to_ascii_uppercase())
        .map_err(|error| ImportError::option("currency", error.to_string()))
}

/// The error with its causes, on standard error.
fn report(error: &ImportError) {
    let mut text = format!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    let _ = writeln!(std::io::stderr(), "{}", show_hidden_characters(&text));
}
