//! `itam log copy`: a history goes from an embedded log to `JetStream`, or back.

use std::path::PathBuf;

use clap::Args;
use itam_event_log::Tenant;

use crate::args::{NatsArgs, tenant};
use crate::backend::Backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::transfer::{Barred, CHUNK, Intake, TransferSource, TransferTarget, positions_bar};

/// The arguments of `itam log copy`.
#[derive(Args, Debug)]
pub(crate) struct CopyArgs {
    /// Where the history is: `nats` for the servers of --nats, else a data directory, on which no
    /// service may run.
    #[arg(long, value_name = "DIR|nats")]
    from: PathBuf,
    /// Where it shall go, which must be empty: `nats`, or a data directory. On NATS a copy that
    /// was cut goes on where it ended; in a directory it begins anew.
    #[arg(long, value_name = "DIR|nats")]
    to: PathBuf,
    /// Leaves the person vault and the tokens where they are: persons have no names then, and new
    /// tokens must be made.
    #[arg(long)]
    log_only: bool,
    /// The organization.
    #[arg(long, env = "ITAM_TENANT", default_value = "main", value_parser = tenant)]
    tenant: Tenant,
    #[command(flatten)]
    nats: NatsArgs,
}

/// Runs `itam log copy`.
pub(crate) async fn run(args: CopyArgs) -> Result<(), Failure> {
    let is_nats = |place: &PathBuf| place.as_os_str() == "nats";
    if is_nats(&args.from) == is_nats(&args.to) {
        let advice = "one of --from and --to must be `nats`, the other a data directory; use `itam backup` \
                      and `itam restore` for a copy of the same kind";
        return Err(Failure::Usage(advice.to_owned()));
    }
    if args.nats.nats.is_none() {
        return Err(Failure::Usage("name the NATS servers with --nats".to_owned()));
    }
    let tenant = &args.tenant;
    let (source, target) = if is_nats(&args.from) {
        (
            TransferSource::on_nats(&args.nats, tenant).await?,
            TransferTarget::in_directory(&args.to, tenant).await?,
        )
    } else {
        let backend = Backend::embedded(&DataDir::open_with_log(&args.from, tenant)?, tenant).await?;
        (TransferSource::of(&backend), TransferTarget::on_nats(&args.nats, tenant).await?)
    };
    let mut intake = Intake::begin(target, tenant.clone(), Barred::default()).await?;
    copy_history(&source, &mut intake).await?;
    if !args.log_only {
        intake.people(source.people()).await?;
        intake.tokens(source.tokens().await.map_err(Failure::Vault)?).await?;
    }
    let summary = intake.finish().await?;
    println!("copied tenant {tenant}: {summary}");
    let head = source.log.head().await.map_err(Failure::Log)?;
    if head != summary.head {
        println!("ATTENTION: the source has gone on to position {head}: stop its services and copy again");
    }
    Ok(())
}

/// Copies until nothing new is there.
async fn copy_history(source: &TransferSource, intake: &mut Intake) -> Result<(), Failure> {
    let bar = positions_bar("copying", source.log.head().await.map_err(Failure::Log)?);
    loop {
        let from = intake.hash().messages + 1;
        let records = source.log.export(from, CHUNK).await.map_err(Failure::Log)?;
        if records.is_empty() {
            bar.finish_and_clear();
            return Ok(());
        }
        intake.records(&records).await?;
        bar.set_position(intake.hash().messages);
    }
}
