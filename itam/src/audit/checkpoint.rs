//! `itam audit checkpoint`: seals a log that no sealer watches, and signs what it is now.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;
use itam_event_log::LogReader;
use itam_proof::{
    Checkpoint, KeptCheckpoint, KeyFolder, LedgerError, LedgerWriter, Origin, SignedCheckpoint, TreeError,
    TreeReader, TreeWriter,
};
use itam_service_kit::{Clock, SystemClock, random_seed};

use super::leaves::leaf_of;
use super::place::PlaceArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::transfer::positions_bar;

/// How many messages are read and sealed together.
const PAGE: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// The arguments of `itam audit checkpoint`.
#[derive(Args, Debug)]
pub(crate) struct CheckpointArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs `itam audit checkpoint`.
pub(crate) async fn run(args: CheckpointArgs) -> Result<(), Failure> {
    args.place.logging().start()?;
    let log = args.place.open_log().await?;
    let dir = DataDir::open(&args.place.process.data, args.place.tenant())?;
    let tenant = args.place.tenant().as_str();
    let mut tree = TreeWriter::open(&dir.tree(), tenant).map_err(of_tree)?;
    let ledger = LedgerWriter::open(&dir.ledger()).map_err(of_ledger)?;
    seal(log.as_ref(), &mut tree).await?;
    if tree.size() == 0 {
        return Err(Failure::Usage("the log is empty: there is nothing to sign".to_owned()));
    }
    print!("{}", sign(&tree, &ledger, &dir.keys(), tenant)?);
    Ok(())
}

/// Brings the tree to the end of the log.
async fn seal(log: &dyn LogReader, tree: &mut TreeWriter) -> Result<(), Failure> {
    check_last(log, tree).await?;
    let head = log.head().await.map_err(Failure::Log)?;
    let bar = positions_bar("sealed", head);
    while tree.size() < head {
        let page = log.read(tree.size() + 1, PAGE).await.map_err(Failure::Log)?;
        if page.messages.is_empty() {
            break;
        }
        tree.append(page.messages.iter().map(|message| leaf_of(message).hash()))?;
        bar.set_position(tree.size());
    }
    bar.finish_and_clear();
    Ok(())
}

/// Checks that the log still has what was sealed last. All of it is compared when it is exported.
async fn check_last(log: &dyn LogReader, tree: &TreeWriter) -> Result<(), Failure> {
    let last = tree.size();
    if last == 0 {
        return Ok(());
    }
    let page = log.read(last, NonZeroUsize::MIN).await.map_err(Failure::Log)?;
    let sealed = tree.reader().snapshot()?.leaf(last)?;
    let found = match page.messages.first() {
        Some(message) if leaf_of(message).hash() == sealed => return Ok(()),
        Some(_) => "another message is there now".to_owned(),
        None => format!("the log ends at {}", page.head),
    };
    Err(Failure::NotAsSealed { position: last, found })
}

/// Signs what is sealed, unless that was done; gives the note.
fn sign(tree: &TreeWriter, ledger: &LedgerWriter, keys: &Path, tenant: &str) -> Result<String, Failure> {
    let reader = tree.reader();
    if let Some(kept) = ledger.reader().newest()? {
        check_continues(&reader, &kept)?;
        if kept.size == tree.size() {
            return Ok(kept.note);
        }
    }
    let origin = Origin::of_log(tenant, reader.snapshot()?.leaf(1)?);
    let keys = KeyFolder::new(keys).load_or_create(&origin, random_seed)?;
    let (size, root, made_at) = (tree.size(), tree.root(), SystemClock.now());
    let signed = SignedCheckpoint::sign(Checkpoint { origin, size, root, made_at }, &[&keys.key])?;
    let note = signed.encode();
    ledger.add(size, &note)?;
    Ok(note)
}

/// Checks that the tree continues what was signed last.
fn check_continues(tree: &TreeReader, kept: &KeptCheckpoint) -> Result<(), Failure> {
    let (snapshot, size) = (tree.snapshot()?, kept.size);
    if snapshot.size() >= size && snapshot.root(size)? == parse_kept(kept)?.checkpoint().root {
        return Ok(());
    }
    let found = "the log up to there is not what was signed".to_owned();
    Err(Failure::NotAsSealed { position: size, found })
}

/// Reads a checkpoint that is kept.
pub(super) fn parse_kept(kept: &KeptCheckpoint) -> Result<SignedCheckpoint, Failure> {
    let size = kept.size;
    SignedCheckpoint::parse(&kept.note)
        .map_err(|error| Failure::Usage(format!("the checkpoint of {size} that is kept: {error}")))
}

fn of_tree(error: TreeError) -> Failure {
    match error {
        TreeError::InUse(path) => is_sealed(&path),
        other => other.into(),
    }
}

fn of_ledger(error: LedgerError) -> Failure {
    match error {
        LedgerError::InUse(path) => is_sealed(&path),
        other => other.into(),
    }
}

fn is_sealed(path: &Path) -> Failure {
    let path = path.display();
    Failure::Usage(format!("{path} is kept by a running sealer: ask that, by GET /v1/audit/checkpoint"))
}
