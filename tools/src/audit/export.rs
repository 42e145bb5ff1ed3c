//! `itam audit export`: stored messages with what proves them, in a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use itam_event_log::{LogReader, StoredMessage};
use itam_files::FileAccess;
use itam_proof::{
    ExportWriter, Frontier, KeptCheckpoint, KeyError, KeyFolder, LedgerError, LedgerReader, TreeError,
    TreeReader, TreeSnapshot,
};
use serde_json::Value;

use super::checkpoint::parse_kept;
use super::leaves::leaf_of;
use super::place::PlaceArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::transfer::positions_bar;

/// How many messages are read together.
const PAGE: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// At least so many positions lie between two checkpoints within an export: enough to say about
/// where a forgery is, and too few to matter.
const CHECKPOINT_EVERY: u64 = 10_000;
/// How an event's line begins.
const EVENT: &[u8] = br#"{"event":{"position":"#;
/// How a header begins.
const HEADER: &[u8] = br#"{"export":"#;

/// The arguments of `itam audit export`.
#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// The new file.
    #[arg(long)]
    out: PathBuf,
    /// The first position.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "resume")]
    from: u64,
    /// The last position; that of the newest checkpoint if not given.
    #[arg(long)]
    to: Option<u64>,
    /// Goes on with a file that was cut off.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs `itam audit export`.
pub(crate) async fn run(args: ExportArgs) -> Result<(), Failure> {
    args.place.logging().start()?;
    let log = args.place.open_log().await?;
    let dir = DataDir::open(&args.place.process.data, args.place.tenant())?;
    let tree = TreeReader::open(&dir.tree()).map_err(|error| match error {
        TreeError::NotBuilt(_) => nothing_sealed(),
        other => other.into(),
    })?;
    let ledger = LedgerReader::open(&dir.ledger()).map_err(|error| match error {
        LedgerError::NotBuilt(_) => nothing_sealed(),
        other => other.into(),
    })?;
    let cover = cover(&ledger, args.to)?;
    let (file, from) = open(&args.out, args.from, args.resume).map_err(cannot_write(&args.out))?;
    let to = args.to.unwrap_or(cover.size);
    if from > to {
        return Err(Failure::Usage(format!("there is nothing to export from {from} to {to}")));
    }
    let export = Export { log: log.as_ref(), tree: tree.snapshot()?, ledger, cover, to };
    let out = Out { file, path: args.out, buffer: Vec::new() };
    let first = export.write(out, from, &KeyFolder::new(&dir.keys())).await?;
    eprintln!("positions {first} to {to} are exported; `itam audit verify` checks them");
    Ok(())
}

struct Export<'a> {
    log: &'a dyn LogReader,
    tree: TreeSnapshot,
    ledger: LedgerReader,
    /// The checkpoint that covers the last position.
    cover: KeptCheckpoint,
    to: u64,
}

/// The file, and what is to be written next.
struct Out {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
}

impl Export<'_> {
    async fn write(&self, mut out: Out, from: u64, keys: &KeyFolder) -> Result<u64, Failure> {
        let cover = parse_kept(&self.cover)?;
        let before = if from == 1 { Frontier::default() } else { self.tree.frontier(from - 1)? };
        let mut export = ExportWriter::begin(&cover.checkpoint().origin, before, &mut out.buffer);
        let statements = match keys.load() {
            Ok(keys) => keys.statements,
            Err(KeyError::Missing(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for statement in &statements {
            export.statement(statement, &mut out.buffer);
        }
        let mut due = self.next_checkpoint(from)?;
        let bar = positions_bar("exported", self.to);
        while export.position() < self.to {
            let messages = self.read(export.position() + 1).await?;
            for message in &messages {
                export.event(&leaf_of(message), &mut out.buffer)?;
                if let Some(kept) = due.take_if(|kept| kept.size == message.position) {
                    export.checkpoint(&parse_kept(&kept)?, Vec::new(), &mut out.buffer)?;
                    due = self.next_checkpoint(kept.size + CHECKPOINT_EVERY)?;
                }
            }
            out.flush()?;
            bar.set_position(export.position());
        }
        bar.finish_and_clear();
        let consistency = self.tree.prove_consistency(self.to, self.cover.size)?;
        export.checkpoint(&cover, consistency, &mut out.buffer)?;
        export.end(&mut out.buffer);
        out.flush()?;
        out.file.sync_all().map_err(cannot_write(&out.path))?;
        Ok(from)
    }

    /// The messages from a position on, each compared with what was sealed.
    async fn read(&self, from: u64) -> Result<Vec<StoredMessage>, Failure> {
        let page = self.log.read(from, PAGE).await.map_err(Failure::Log)?;
        let mut messages = page.messages;
        messages.retain(|message| message.position <= self.to);
        if messages.is_empty() {
            return Err(Failure::NotAsSealed { position: from, found: "it is missing".to_owned() });
        }
        let leaves = self.tree.leaves(from, messages.len() as u64)?;
        for (message, leaf) in messages.iter().zip(leaves) {
            if leaf_of(message).hash() != leaf {
                let found = "another message is there now".to_owned();
                return Err(Failure::NotAsSealed { position: message.position, found });
            }
        }
        Ok(messages)
    }

    /// The first checkpoint of at least so many positions, before the last.
    fn next_checkpoint(&self, size: u64) -> Result<Option<KeptCheckpoint>, Failure> {
        let found = self.ledger.at_least(size, 1)?.pop();
        Ok(found.filter(|kept| kept.size < self.to))
    }
}

impl Out {
    fn flush(&mut self) -> Result<(), Failure> {
        self.file.write_all(&self.buffer).map_err(cannot_write(&self.path))?;
        self.buffer.clear();
        Ok(())
    }
}

/// The checkpoint that covers the last position.
fn cover(ledger: &LedgerReader, to: Option<u64>) -> Result<KeptCheckpoint, Failure> {
    let newest = ledger.newest()?.ok_or_else(nothing_sealed)?;
    let Some(to) = to else { return Ok(newest) };
    let beyond = || {
        let size = newest.size;
        Failure::Usage(format!("position {to} is beyond the newest checkpoint, which covers {size}"))
    };
    ledger.at_least(to, 1)?.pop().ok_or_else(beyond)
}

/// A new file, or the one that was cut off, ready for its next line; and which position that has.
fn open(path: &Path, from: u64, resume: bool) -> io::Result<(File, u64)> {
    if !resume {
        return Ok((itam_files::create_new(path)?, from));
    }
    let mut file = itam_files::open_existing(path, FileAccess::ReadWrite)?;
    let (mut length, mut next) = (0, 1);
    let mut lines = BufReader::with_capacity(1 << 20, &mut file);
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            break;
        }
        length += line.len() as u64;
        if let Some(position) = line.strip_prefix(EVENT).and_then(number) {
            next = position + 1;
        } else if let Some(from) = beginning(&line) {
            next = from;
        }
    }
    file.set_len(length)?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, next))
}

/// The first position that a header names.
fn beginning(line: &[u8]) -> Option<u64> {
    let header = line.starts_with(HEADER).then(|| serde_json::from_slice::<Value>(line).ok())??;
    header["export"]["from"].as_u64()
}

/// The digits at the beginning.
fn number(text: &[u8]) -> Option<u64> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&text[..end]).ok()?.parse().ok()
}

pub(super) fn nothing_sealed() -> Failure {
    Failure::Usage("nothing is sealed yet: run a sealer, or `itam audit checkpoint`".to_owned())
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::File { path, source }
}
