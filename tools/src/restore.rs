//! `itam restore`: a backup becomes the log, the people and the tokens of an empty place.

use std::path::PathBuf;

use clap::Args;
use itam_domain::format_instant;
use uuid::Uuid;

use crate::args::{NatsArgs, ProcessArgs, id};
use crate::backup::{Backup, BackupPiece};
use crate::failure::Failure;
use crate::transfer::{Barred, Intake, TransferTarget, positions_bar};

/// The arguments of `itam restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long)]
    from: PathBuf,
    /// Checks the backup, and restores nothing.
    #[arg(long)]
    check: bool,
    /// A person who was erased after the backup was made, and whose name shall not come back. May
    /// be given several times. Her tokens are revoked. Send `erase-person` for her again afterwards.
    #[arg(long, value_name = "ID", value_parser = id)]
    without_person: Vec<Uuid>,
    /// Revokes every token of the backup: those that were revoked since it was made would let people in
    /// again. The next start makes a new one for the administrator.
    #[arg(long)]
    revoke_tokens: bool,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    nats: NatsArgs,
}

/// Runs `itam restore`.
///
/// # Errors
/// If the backup is damaged, the place is not empty, or cannot be used.
pub async fn run(args: RestoreArgs) -> Result<(), Failure> {
    let tenant = &args.process.tenant;
    if args.check {
        let Backup { header, end, .. } = &Backup::open(&args.from)?;
        println!(
            "the backup is whole: tenant {}, made {} by itam {}, {} messages up to position {}, {} people, {} \
             tokens, history {}",
            header.tenant,
            format_instant(header.created_at),
            header.itam_version,
            end.messages,
            header.head,
            end.people,
            end.tokens,
            end.history_hash
        );
        return Ok(());
    }
    let mut backup = Backup::open(&args.from)?.of(tenant)?;
    let target = match &args.nats.nats {
        Some(_) => TransferTarget::on_nats(&args.nats, tenant).await?,
        None => TransferTarget::in_directory(&args.process.data, tenant).await?,
    };
    let persons = args.without_person.iter().copied().collect();
    let barred = Barred { persons, tokens: args.revoke_tokens, since: backup.header.created_at };
    let mut intake = Intake::begin(target, tenant.clone(), barred).await?;
    let bar = positions_bar("restoring", backup.header.head);
    while let Some(piece) = backup.next()? {
        match piece {
            BackupPiece::Records(records) => intake.records(&records).await?,
            BackupPiece::People(people) => intake.people(people).await?,
            BackupPiece::Tokens(tokens) => intake.tokens(tokens).await?,
        }
        bar.set_position(intake.hash().messages);
    }
    bar.finish_and_clear();
    let summary = intake.finish().await?;
    println!("restored tenant {tenant}: {summary}");
    if summary.good_tokens > 0 {
        println!(
            "ATTENTION: {} tokens are as good as when the backup was made, also those that were revoked since: look at \
             `itam token list`, and revoke what was revoked; or restore with --revoke-tokens.",
            summary.good_tokens
        );
    }
    if args.nats.nats.is_none() {
        println!(
            "A backup holds neither the log's signing keys nor its checkpoints: before the first start, copy keys/, \
             checkpoints.redb and parked-releases.ndjson of the former data directory into {}, where there are any.",
            args.process.data.display()
        );
    }
    Ok(())
}
