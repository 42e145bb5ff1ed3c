//! The command service inside a process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Args;
use itam_command_service::{
    CommandDesk, DeskSettings, HttpSettings, NatsDoor, Refusal, load_policies, routes,
};
use itam_event_log::{CheckpointStream, Tenant};
use itam_service_kit::{Authenticator, Metrics, Rates, SecurityJournal, SystemClock, SystemIds, error_chain};
use itam_tools::Failure as ToolFailure;
use itam_tools::args::NatsArgs;
use itam_tools::backend::{self, Backend, patiently};
use itam_vault::VaultError;
use tokio_util::sync::CancellationToken;

use crate::door::DoorArgs;
use crate::failure::Failure;
use crate::me;
use crate::token::{self, Register, TokenDesk};

/// How long to wait before what was cut short is settled again, at first, and at most: a minute in all.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(32);

/// How commands are decided.
#[derive(Args, Clone, Debug)]
pub(crate) struct DeskArgs {
    /// The organization's own rules (JSON): who approves how much, how data is removed.
    #[arg(long, env = "ITAM_POLICIES")]
    policies: Option<PathBuf>,
    /// How many aggregates are kept in memory for deciding, about 4 KiB each with their keys; one with
    /// a long history counts for several.
    #[arg(long, env = "ITAM_CACHE_AGGREGATES", default_value_t = 5_000)]
    cache_aggregates: usize,
    #[command(flatten)]
    door: DoorArgs,
}

/// Sets the desk up and settles what a crash left behind.
pub(crate) async fn open_desk(
    backend: &Backend,
    args: &DeskArgs,
    tenant: &Tenant,
    metrics: &Metrics,
    journal: &SecurityJournal,
) -> Result<Arc<CommandDesk>, Failure> {
    let settings = DeskSettings {
        tenant: tenant.clone(),
        policies: load_policies(args.policies.as_deref())?,
        cache_capacity: args.cache_aggregates,
    };
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let (log, people) = (Arc::clone(&backend.log), Arc::clone(&backend.people));
    let desk = CommandDesk::new(log, people, clock, ids, settings, metrics)
        .journal(journal.clone())
        .tokens(Arc::clone(&backend.tokens));
    let settled = settle(async || desk.finish_erasures().await).await?;
    if settled > 0 {
        tracing::warn!(settled, "erasures that were cut short have been settled");
    }
    let revoked = settle(async || desk.finish_departures().await).await?;
    if revoked > 0 {
        tracing::warn!(revoked, "tokens of persons who left were still valid, and are revoked now");
    }
    Ok(Arc::new(desk))
}

/// Making and revoking tokens, and `/v1/me`.
pub(crate) fn token_routes(backend: &Backend, desk: &Arc<CommandDesk>, journal: &SecurityJournal) -> Router {
    let register = Register { commands: Arc::clone(desk), people: backend.people.directory() };
    let tokens = TokenDesk::new(Arc::clone(&backend.tokens), Some(register), journal.clone());
    token::routes(tokens).merge(me::routes(Arc::clone(&backend.tokens), backend.people.directory()))
}

/// Makes the stream of checkpoints, so that who seals need not have the right to make one. The service
/// needs it for nothing else: what the servers do not manage at once is tried again beside it.
pub(crate) async fn make_checkpoint_stream(
    backend: &Backend,
    nats: &NatsArgs,
    tenant: &Tenant,
    shutdown: &CancellationToken,
) {
    let Some(client) = backend.nats.clone() else { return };
    let (tenant, replicas) = (tenant.clone(), nats.nats_replicas);
    let make = async move || {
        CheckpointStream::make(client.clone(), &tenant, replicas).await.map_err(ToolFailure::Log)
    };
    let Err(failure) = make().await else { return };
    tell_unmade(&failure);
    if backend::is_passing(&failure) {
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move {
            if let Err(failure) = patiently(make).await {
                tell_unmade(&failure);
            }
        }));
    }
}

fn tell_unmade(failure: &ToolFailure) {
    let error = error_chain(failure);
    tracing::warn!(%error, "the stream of checkpoints cannot be made; nothing is sealed until it is there");
}

/// Settles what was cut short. A vault or a log that is away for a moment is waited for: a service that
/// ends would leave names and rights where they should be gone.
async fn settle(mut finish: impl AsyncFnMut() -> Result<usize, Refusal>) -> Result<usize, Failure> {
    let mut pause = FIRST_PAUSE;
    loop {
        let refusal = match finish().await {
            Ok(settled) => return Ok(settled),
            Err(refusal) if pause <= LONGEST_PAUSE && is_passing(&refusal) => refusal,
            Err(refusal) => return Err(Failure::CutShort(refusal)),
        };
        let error = error_chain(&refusal);
        tracing::warn!(%error, ?pause, "erasures and departures that were cut short cannot be settled yet; trying again");
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// Whether waiting may help.
fn is_passing(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Unavailable(_) => true,
        Refusal::Vault(error) => matches!(error, VaultError::Unavailable { .. } | VaultError::Contended),
        _ => false,
    }
}

/// The HTTP doors.
pub(crate) fn http(desk: &Arc<CommandDesk>) -> Router {
    routes(Arc::clone(desk), HttpSettings::default())
}

/// The NATS door, if there are servers.
pub(crate) async fn nats_door(
    nats: &NatsArgs,
    args: &DeskArgs,
    desk: &Arc<CommandDesk>,
    authenticator: &Arc<dyn Authenticator>,
    rates: &Rates,
    shutdown: &CancellationToken,
) -> Result<Option<NatsDoor>, Failure> {
    let Some((client, replies)) = Box::pin(args.door.connect(nats)).await? else { return Ok(None) };
    let (desk, authenticator) = (Arc::clone(desk), Arc::clone(authenticator));
    let door = NatsDoor::open(client, desk, authenticator, rates.clone(), replies, shutdown.clone()).await;
    door.map(Some).map_err(Failure::NatsDoor)
}
