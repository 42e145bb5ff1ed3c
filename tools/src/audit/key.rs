//! `itam audit key`: the keys that sign checkpoints and countersign them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use itam_event_log::LogReader;
use itam_proof::{
    KeptCheckpoint, KeyError, KeyFolder, KeyPurpose, LedgerError, LedgerReader, Origin, SignedCheckpoint,
    SigningKey, Trust, VerifierKey,
};
use itam_service_kit::random_seed;

use super::leaves::leaf_of;
use super::place::PlaceArgs;
use crate::args::ProcessArgs;
use crate::backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::sealing::newest_in_stream;

/// The arguments of `itam audit key`.
#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Makes the key of a log before its sealer does, or a witness's key; prints the public key.
    Create {
        /// Makes the key of a witness of this name, such as witness.example.com/audit, not a log's.
        #[arg(long, requires = "out")]
        witness: Option<String>,
        /// The new file of a witness's secret key.
        #[arg(long, requires = "witness")]
        out: Option<PathBuf>,
        #[command(flatten)]
        place: Box<PlaceArgs>,
    },
    /// Replaces a log's key, beside a running sealer too; prints the key statement.
    Rotate {
        #[command(flatten)]
        process: ProcessArgs,
    },
    /// Puts a new key in the place of one that is lost for good, and goes on with the same log; prints
    /// the statement that says so, which every export shows from then on.
    Replace {
        /// The public key of the lost one, as it was handed over.
        #[arg(long, value_name = "VKEY")]
        lost: VerifierKey,
        #[command(flatten)]
        place: Box<PlaceArgs>,
    },
    /// Shows the public key that signs now.
    Show {
        /// Also shows the first key and the statements that lead from it to this one.
        #[arg(long)]
        chain: bool,
        /// A file with a secret key, such as a witness's, and not the log's.
        #[arg(long, conflicts_with = "chain")]
        file: Option<PathBuf>,
        #[command(flatten)]
        process: ProcessArgs,
    },
}

/// Runs `itam audit key`.
pub(crate) async fn run(args: KeyArgs) -> Result<(), Failure> {
    match args.action {
        Action::Create { witness: Some(name), out: Some(out), .. } => {
            let key = SigningKey::from_seed(&name, KeyPurpose::Witness, &random_seed())?;
            key.save_new(&out)?;
            println!("{}", key.public());
        }
        Action::Create { place, .. } => create(&place).await?,
        Action::Rotate { process } => rotate(&process)?,
        Action::Replace { lost, place } => replace(&lost, &place).await?,
        Action::Show { file: Some(file), .. } => println!("{}", SigningKey::load(&file)?.public()),
        Action::Show { chain, process, .. } => show(&process, chain)?,
    }
    Ok(())
}

/// The key has the log's name, which is in its first message.
async fn create(place: &PlaceArgs) -> Result<(), Failure> {
    place.logging().start()?;
    let log = place.open_log().await?;
    let origin = origin_of(log.as_ref(), place.tenant().as_str()).await?;
    let dir = DataDir::open(&place.process.data, place.tenant())?;
    if let Some(kept) = newest(&dir)? {
        return Err(Failure::Usage(format!(
            "a checkpoint of {} positions was signed with another key: put that back into {}, or, if it is \
             lost, replace it by `itam audit key replace`",
            kept.size,
            dir.keys().display()
        )));
    }
    println!("{}", KeyFolder::new(&dir.keys()).create(&origin, &random_seed())?);
    Ok(())
}

/// Which log it is.
async fn origin_of(log: &dyn LogReader, tenant: &str) -> Result<Origin, Failure> {
    let page = log.read(1, std::num::NonZeroUsize::MIN).await.map_err(Failure::Log)?;
    let empty = || Failure::Usage("the log is empty: its key is named after its first message".to_owned());
    let first = page.messages.first().ok_or_else(empty)?;
    Ok(Origin::of_log(tenant, leaf_of(first).hash()))
}

fn rotate(process: &ProcessArgs) -> Result<(), Failure> {
    let dir = DataDir::open(&process.data, &process.tenant)?;
    let keys = KeyFolder::new(&dir.keys());
    // Nothing is signed from here on, so that the newest checkpoint stays the newest.
    let held = keys.hold()?;
    let signed = newest(&dir)?.map_or(0, |kept| kept.size);
    let statement = held.rotate(signed + 1, &random_seed())?;
    print!("{}", statement.encode());
    let (old, new) = (statement.predecessor().short(), statement.successor());
    eprintln!("from {} positions on, {new} signs, no longer {old}", statement.from_size());
    eprintln!(
        "whoever trusts the old key learns this from every export; after a theft, hand the new key over"
    );
    Ok(())
}

/// The new key signs from behind the newest checkpoint on, wherever that is kept, and only if the
/// lost key has signed it.
async fn replace(lost: &VerifierKey, place: &PlaceArgs) -> Result<(), Failure> {
    place.logging().start()?;
    let dir = DataDir::open(&place.process.data, place.tenant())?;
    let mut kept: Vec<String> = newest(&dir)?.into_iter().map(|kept| kept.note).collect();
    if place.nats.nats.is_some() {
        let client = backend::connected(&place.nats).await?;
        kept.extend(newest_in_stream(client, place.tenant(), place.nats.nats_replicas).await?);
    }
    let keys = KeyFolder::new(&dir.keys());
    let held = keys.hold()?;
    let mut trust = Trust::new();
    trust.add(lost.clone());
    for statement in keys.statements()? {
        trust.follow(&statement).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let mut signed = None;
    for note in kept {
        let checkpoint = SignedCheckpoint::parse(&note).map_err(|error| Failure::Usage(error.to_string()))?;
        checkpoint.verify(&trust).map_err(|error| Failure::Usage(error.to_string()))?;
        signed = signed.max(Some(checkpoint.checkpoint().size));
    }
    let nothing = || Failure::Usage("nothing is signed yet: a lost key needs no replacement".to_owned());
    let statement = held.replace_lost(lost, signed.ok_or_else(nothing)? + 1, &random_seed())?;
    print!("{}", statement.encode());
    eprintln!("from {} positions on, {} signs", statement.from_size(), statement.successor());
    eprintln!("hand this key over to everybody who verifies: the lost one does not vouch for it");
    Ok(())
}

/// The newest checkpoint of a data directory.
fn newest(dir: &DataDir) -> Result<Option<KeptCheckpoint>, Failure> {
    match LedgerReader::open(&dir.ledger()) {
        Ok(ledger) => Ok(ledger.newest()?),
        Err(LedgerError::NotBuilt(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn show(process: &ProcessArgs, chain: bool) -> Result<(), Failure> {
    let folder = process.data.join("keys");
    let keys = match KeyFolder::new(&folder).load() {
        Err(KeyError::Missing(_)) => {
            let folder = folder.display();
            return Err(Failure::Usage(format!(
                "there is no key in {folder}: the sealer makes one when the log has a first message, or \
                 `itam audit key create`"
            )));
        }
        loaded => loaded?,
    };
    if chain {
        println!("{}\n", keys.first());
        keys.statements.iter().for_each(|statement| println!("{}", statement.encode()));
    }
    println!("{}", keys.key.public());
    Ok(())
}
