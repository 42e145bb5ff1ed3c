//! `itam audit key`: the keys that sign checkpoints and countersign them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use itam_event_log::LogReader;
use itam_proof::{KeyError, KeyFolder, KeyKind, LedgerError, LedgerReader, Origin, SigningKey};
use itam_service_kit::random_seed;

use super::leaves::leaf_of;
use super::place::PlaceArgs;
use crate::args::ProcessArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;

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
            let key = SigningKey::from_seed(&name, KeyKind::Witness, &random_seed())?;
            key.save_new(&out)?;
            println!("{}", key.public());
        }
        Action::Create { place, .. } => create(&place).await?,
        Action::Rotate { process } => rotate(&process)?,
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
    let newest = match LedgerReader::open(&dir.ledger()) {
        Ok(ledger) => ledger.newest()?.map_or(0, |kept| kept.size),
        Err(LedgerError::NotBuilt(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    let statement = KeyFolder::new(&dir.keys()).rotate(newest + 1, &random_seed())?;
    print!("{}", statement.encode());
    let (old, new) = (statement.predecessor().short(), statement.successor());
    eprintln!("from {} positions on, {new} signs, no longer {old}", statement.from_size());
    eprintln!(
        "whoever trusts the old key learns this from every export; after a theft, hand the new key over"
    );
    Ok(())
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
