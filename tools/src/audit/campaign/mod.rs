//! `itam audit scan`, `settle` and `waive`: what is sent in bulk to a physical audit that runs, through the
//! API like everyone else. Each can be repeated: what was sent before changes nothing.

mod row;
mod scan;
mod sender;
mod server;
mod settle;
mod settlement;
mod table;
mod waive;

use clap::Args;
use uuid::Uuid;

use server::AuditServer;

use crate::args::id;

pub(super) use scan::ScanArgs;
pub(super) use settle::SettleArgs;
pub(super) use waive::WaiveArgs;

pub(super) use scan::run as scan;
pub(super) use settle::run as settle;
pub(super) use waive::run as waive;

/// Which audit, where it is kept, and as whom.
#[derive(Args, Debug)]
struct CampaignArgs {
    /// The audit.
    #[arg(long, value_parser = id)]
    campaign: Uuid,
    /// The address of the service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// The address of the command service, if it is another.
    #[arg(long)]
    commands_server: Option<String>,
    /// The token under which to work.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true)]
    token: String,
}

impl CampaignArgs {
    fn server(&self) -> AuditServer {
        let commands = self.commands_server.as_deref().unwrap_or(&self.server);
        AuditServer::new(&self.server, commands, &self.token)
    }
}
