//! `itam audit verify`: checks what was exported, with nothing but public keys. No log, no server
//! and no data directory are asked.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use itam_domain::format_instant;
use itam_proof::{
    Attested, KeyPurpose, Known, Trust, VerifierKey, VerifyError, is_statement, verify_checkpoint,
    verify_evidence, verify_export, verify_statement,
};
use itam_service_kit::error_chain;

/// The exit code of a lie, and of what could not be checked.
const WRONG: u8 = 1;
const NOT_CHECKED: u8 = 2;

/// The largest evidence or note that is read: an asset has some hundred events.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// The arguments of `itam audit verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Exports, evidence, and checkpoints or key statements that were kept, in any order.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A public key of the log, or a file of them, one a line.
    #[arg(long = "key", value_name = "VKEY|FILE", required = true)]
    keys: Vec<String>,
    /// A public key of a witness, or a file of them: each must have countersigned.
    #[arg(long = "witness", value_name = "VKEY|FILE")]
    witnesses: Vec<String>,
}

/// What a file is, as its first bytes say. In the order in which files are looked at: what was
/// kept comes first, so that exports can be compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AuditFileKind {
    Note,
    Evidence,
    Export,
}

/// Why no verdict can be given, or which.
enum VerifyStop {
    /// Something is wrong with a file.
    Wrong(PathBuf, Box<VerifyError>),
    /// Something cannot be read or understood.
    NotChecked(String),
}

/// Runs `itam audit verify`. It exits with 1 on the first thing that is wrong, and with 2 if a file
/// or a key could not be read.
pub(crate) fn run(args: &VerifyArgs) -> ExitCode {
    match verify(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(VerifyStop::Wrong(path, error)) => {
            eprintln!("itam: {}: {}", path.display(), error_chain(&error));
            ExitCode::from(WRONG)
        }
        Err(VerifyStop::NotChecked(reason)) => {
            eprintln!("itam: {reason}");
            ExitCode::from(NOT_CHECKED)
        }
    }
}

fn verify(args: &VerifyArgs) -> Result<(), VerifyStop> {
    let mut trust = Trust::new();
    for (texts, kind) in [(&args.keys, KeyPurpose::Log), (&args.witnesses, KeyPurpose::Witness)] {
        for key in read_keys(texts, kind).map_err(VerifyStop::NotChecked)? {
            trust.add(key);
        }
    }
    let mut files = Vec::new();
    for path in &args.files {
        files.push((kind_of(path).map_err(cannot_read(path))?, path));
    }
    files.sort_by_key(|(kind, _)| *kind);
    let is_compared = files.iter().any(|(kind, _)| *kind == AuditFileKind::Export);
    let (mut known, mut kept) = (Known::new(), Vec::new());
    for (kind, path) in &files {
        match kind {
            AuditFileKind::Note => {
                kept.extend(verify_note(path, &mut trust, &mut known)?.map(|found| (path, found)));
            }
            AuditFileKind::Evidence => check_evidence(path, &mut trust, &mut known)?,
            AuditFileKind::Export => check_export(path, &mut trust, &mut known)?,
        }
    }
    if is_compared {
        // What the exports end with covers these, witnesses and all.
        check_compared(&known)?;
    } else {
        for (path, attested) in kept {
            let checked = trust.check_countersigned(&attested);
            checked.map_err(|error| wrong(path, error))?;
        }
    }
    println!("{} checked: nothing is wrong", counted(files.len(), "file"));
    for loss in trust.losses() {
        let (lost, new) = (loss.predecessor().short(), loss.successor().short());
        println!(
            "from {} positions on {new} signs: {lost} was lost, and did not vouch for it",
            loss.from_size()
        );
    }
    if args.witnesses.is_empty() {
        println!("no witness was named: whether others were shown another history, this cannot tell");
    }
    Ok(())
}

fn check_export(path: &Path, trust: &mut Trust, known: &mut Known) -> Result<(), VerifyStop> {
    let file = File::open(path).map_err(cannot_read(path))?;
    let report = verify_export(BufReader::with_capacity(1 << 20, file), trust, known);
    let report = report.map_err(|error| wrong(path, error))?;
    let (from, to) = (report.from, report.to);
    println!("{}: positions {from} to {to} of {} are whole and unaltered", path.display(), report.origin);
    report.checkpoints.iter().for_each(tell);
    let without = |attested: &&Attested| trust.check_countersigned(attested).is_err();
    let without = report.checkpoints.iter().filter(without).count();
    if without > 0 {
        let earlier = counted(without, "earlier checkpoint");
        println!("  {earlier} without every witness that was named; the last one has them, and covers these");
    }
    Ok(())
}

fn check_evidence(path: &Path, trust: &mut Trust, known: &mut Known) -> Result<(), VerifyStop> {
    let file = read(path).map_err(cannot_read(path))?;
    let report = verify_evidence(&file, trust, known);
    let report = report.map_err(|error| wrong(path, error))?;
    println!(
        "{}: {} of asset/{} are in the log {}, at {}; they make of it what is shown: {}",
        path.display(),
        counted(report.positions.len() - report.aliens.len(), "event"),
        report.asset,
        report.origin,
        ranges(&report.positions),
        report.state["state"].as_str().unwrap_or_default(),
    );
    if !report.aliens.is_empty() {
        println!("  alien to it, proven and believed by nobody: {}", ranges(&report.aliens));
    }
    tell(&report.checkpoint);
    Ok(())
}

fn wrong(path: &Path, error: impl Into<VerifyError>) -> VerifyStop {
    VerifyStop::Wrong(path.to_owned(), Box::new(error.into()))
}

/// Checks a key statement, or a checkpoint, which is given back.
fn verify_note(path: &Path, trust: &mut Trust, known: &mut Known) -> Result<Option<Attested>, VerifyStop> {
    let file = read(path).map_err(cannot_read(path))?;
    // One that was scanned from paper or pasted often has lost the end of its last line.
    let note = format!("{}\n", String::from_utf8_lossy(&file).trim_end_matches('\n'));
    if is_statement(&note) {
        let statement = verify_statement(&note, trust).map_err(|error| wrong(path, error))?;
        let (old, new) = (statement.predecessor().short(), statement.successor().short());
        println!("{}: from {} on {new} signs, no longer {old}", path.display(), statement.from_size());
        return Ok(None);
    }
    let attested = verify_checkpoint(&note, trust, known).map_err(|error| wrong(path, error))?;
    println!("{}: a checkpoint of {} that was kept", path.display(), attested.checkpoint.origin);
    tell(&attested);
    Ok(Some(attested))
}

/// Says who stands for a checkpoint.
fn tell(attested: &Attested) {
    let (checkpoint, attestation) = (&attested.checkpoint, &attested.attestation);
    let made_at = format_instant(checkpoint.made_at);
    let signers: Vec<String> = attestation.signers.iter().map(VerifierKey::short).collect();
    println!("  checkpoint of {}, made {made_at}, signed by {}", checkpoint.size, signers.join(" and "));
    for given in &attestation.countersignatures {
        println!("    countersigned by {} at {}", given.witness.short(), format_instant(given.time));
    }
    if attestation.unknown > 0 {
        println!("    {} of others, not looked at", counted(attestation.unknown, "signature"));
    }
}

/// With an export at hand, each kept checkpoint must have been compared with it.
fn check_compared(known: &Known) -> Result<(), VerifyStop> {
    let open: Vec<String> =
        known.not_compared().map(|(origin, size)| format!("{size} of {origin}")).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(VerifyStop::NotChecked(format!(
        "no export passes the checkpoints of {}: give one that begins before and goes on behind them",
        open.join(", ")
    )))
}

fn kind_of(path: &Path) -> io::Result<AuditFileKind> {
    let mut start = Vec::new();
    File::open(path)?.take(32).read_to_end(&mut start)?;
    let Some(rest) = start.strip_prefix(b"{") else { return Ok(AuditFileKind::Note) };
    Ok(if rest.trim_ascii_start().starts_with(b"\"evidence\"") {
        AuditFileKind::Evidence
    } else {
        AuditFileKind::Export
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_FILE_BYTES} bytes")));
    }
    fs::read(path)
}

/// The keys themselves, and those in files; or what is no key.
pub(super) fn read_keys(texts: &[String], kind: KeyPurpose) -> Result<Vec<VerifierKey>, String> {
    let mut keys = Vec::new();
    for text in texts {
        if let Ok(key) = text.parse::<VerifierKey>() {
            keys.push(key);
            continue;
        }
        let path = Path::new(text);
        if !path.exists() {
            return Err(format!("{text:?} is neither a public key nor a file of them"));
        }
        let lines = fs::read_to_string(path).map_err(|error| format!("cannot read {text}: {error}"))?;
        for line in lines.split_whitespace() {
            keys.push(line.parse().map_err(|error| format!("{text}: {error}"))?);
        }
    }
    match keys.iter().find(|key| key.kind() != kind) {
        Some(key) if kind == KeyPurpose::Log => {
            Err(format!("{} is a witness's key: give it with --witness", key.short()))
        }
        Some(key) => Err(format!("{} is a log's key: give it with --key", key.short())),
        None => Ok(keys),
    }
}

fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> VerifyStop {
    let path = path.display().to_string();
    move |error| VerifyStop::NotChecked(format!("cannot read {path}: {error}"))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Positions, with runs drawn together.
fn ranges(positions: &[u64]) -> String {
    let positions: BTreeSet<u64> = positions.iter().copied().collect();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for position in positions {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == position => *last = position,
            _ => runs.push((position, position)),
        }
    }
    let run = |(first, last): &(u64, u64)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_positions_are_drawn_together() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1–3, 7, 9–10");
        assert_eq!(ranges(&[5]), "5");
    }
}
