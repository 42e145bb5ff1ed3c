//! `itam sealer`: the sealer as a process of its own, on `JetStream`.

use clap::Args;
use itam_service_kit::Readiness;
use itam_tools::args::{NatsArgs, ProcessArgs};

use super::{Place, SealArgs, guard, readiness, routes, start};
use crate::args::HttpArgs;
use crate::failure::Failure;
use crate::service::{self, Service};
use crate::services;

/// The arguments of `itam sealer`.
#[derive(Args, Debug)]
pub(crate) struct SealerArgs {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    nats: NatsArgs,
    #[command(flatten)]
    seal: SealArgs,
}

/// Runs `itam sealer`.
pub(crate) async fn run(args: SealerArgs) -> Result<(), Failure> {
    let begun = services::start("sealer", &args.process, &args.http, &args.nats).await?;
    let listener = service::listen(&args.http).await?;
    let place = Place {
        backend: &begun.backend,
        dir: &begun.dir,
        tenant: &args.process.tenant,
        replicas: args.nats.nats_replicas,
    };
    let sealing = Some(start(&place, &args.seal, &begun.metrics, begun.shutdown.clone())?);
    let service = Service {
        protected: routes(sealing.as_ref()),
        api: include_str!("../../../schemas/openapi/projector.json"),
        rates: args.http.rates(&begun.metrics),
        metrics: begun.metrics,
        readiness: begun.replicas.readiness(readiness(sealing.as_ref(), Readiness::new()), false),
        authenticator: begun.authenticator,
        journal: Some(begun.journal),
        historic: None,
    };
    let serving = service::run(listener, service, &args.http, begun.shutdown.clone());
    guard(sealing, serving, begun.shutdown).await
}
