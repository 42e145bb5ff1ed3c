//! The arguments that services and tools share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use itam_event_log::{JetStreamOptions, Tenant};
use itam_nats::{NatsSettings, NatsTls};
use itam_service_kit::{LogFormat, parse_duration};
use itam_vault::jetstream::BucketOptions;
use uuid::Uuid;

use crate::data_dir::{DataDir, DataDirError};
use crate::failure::Failure;
use crate::server::ServerArgs;

/// Where a process keeps its files, and how it logs.
#[derive(Args, Clone, Debug)]
pub struct ProcessArgs {
    /// The data directory; made if it is not there.
    #[arg(long, env = "ITAM_DATA", default_value = "itam-data")]
    pub data: PathBuf,
    /// The organization.
    #[arg(long, env = "ITAM_TENANT", default_value = "main", value_parser = tenant)]
    pub tenant: Tenant,
    /// How it logs.
    #[command(flatten)]
    pub logging: LoggingArgs,
}

/// Where an organization is that a tool works on: with a running service, if one is named, or else in a data
/// directory or on NATS servers.
#[derive(Args, Debug)]
pub struct TargetArgs {
    /// The running service, and who asks it.
    #[command(flatten)]
    pub server: ServerArgs,
    /// The data directory.
    #[command(flatten)]
    pub process: ProcessArgs,
    /// The servers.
    #[command(flatten)]
    pub nats: NatsArgs,
}

impl TargetArgs {
    /// The data directory: one that a service has used, where there are no servers that have the rest.
    ///
    /// # Errors
    /// As [`DataDir::open_used`].
    pub fn data_dir(&self) -> Result<DataDir, DataDirError> {
        let (path, tenant) = (&self.process.data, &self.process.tenant);
        if self.nats.nats.is_some() { DataDir::open(path, tenant) } else { DataDir::open_used(path, tenant) }
    }
}

/// How a process logs.
#[derive(Args, Clone, Debug)]
pub struct LoggingArgs {
    /// How log lines are written.
    #[arg(long, env = "ITAM_LOG_FORMAT", value_enum, default_value_t = LogStyle::Text)]
    log_format: LogStyle,
    /// What is logged, as directives such as `info,itam=debug`.
    #[arg(long, env = "ITAM_LOG", default_value = "info,async_nats=warn")]
    log: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogStyle {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LoggingArgs {
    /// Starts logging, to the standard error stream.
    ///
    /// # Errors
    /// If it was started before, or what is to be logged is not understood.
    pub fn start(&self) -> Result<(), Failure> {
        let format = match self.log_format {
            LogStyle::Text => LogFormat::Text,
            LogStyle::Json => LogFormat::Json,
        };
        Ok(itam_service_kit::start_logging(format, &self.log)?)
    }
}

/// The inboxes of processes that give the servers no name.
const NAMELESS_INBOX: &str = "_INBOX_itam";

/// How the NATS server is reached.
#[derive(Args, Clone, Debug)]
pub struct NatsArgs {
    /// The NATS servers, such as `nats://127.0.0.1:4222`; several with commas between.
    #[arg(long, env = "ITAM_NATS")]
    pub nats: Option<String>,
    /// The user name.
    #[arg(long, env = "ITAM_NATS_USER", requires = "nats_password", requires = "nats")]
    pub nats_user: Option<String>,
    /// The password. Better given by the environment than on the command line.
    #[arg(long, env = "ITAM_NATS_PASSWORD", hide_env_values = true, requires = "nats_user")]
    pub nats_password: Option<String>,
    /// A credentials file.
    #[arg(long, env = "ITAM_NATS_CREDS", conflicts_with = "nats_user", requires = "nats")]
    pub nats_creds: Option<PathBuf>,
    /// The certificate authority (PEM) that the servers' certificates come from; asks for TLS.
    #[arg(long, env = "ITAM_NATS_CA", requires = "nats")]
    pub nats_ca: Option<PathBuf>,
    /// A client certificate (PEM).
    #[arg(long, env = "ITAM_NATS_CERT", requires = "nats_key", requires = "nats")]
    pub nats_cert: Option<PathBuf>,
    /// The client certificate's key (PEM).
    #[arg(long, env = "ITAM_NATS_KEY", requires = "nats_cert")]
    pub nats_key: Option<PathBuf>,
    /// What the subjects begin with on which this user is answered; `_INBOX_<user>`, if not said.
    #[arg(long, env = "ITAM_NATS_INBOX_PREFIX")]
    pub nats_inbox_prefix: Option<String>,
    /// Where the servers' `JetStream` interface is found; `ITAM.API` on servers with the users of
    /// `deploy/nats-permissions.conf`, `$JS.API` where the streams are in the user's own account.
    #[arg(long, env = "ITAM_NATS_API_PREFIX")]
    pub nats_api_prefix: Option<String>,
    /// The servers' monitoring addresses, such as `http://127.0.0.1:8222`, where it is checked that an
    /// acknowledgement means "on disk"; several with commas between.
    #[arg(long, env = "ITAM_NATS_MONITORING", value_delimiter = ',', requires = "nats")]
    pub nats_monitoring: Vec<String>,
    /// On how many servers each message is stored: 1, or 3 in a cluster.
    #[arg(long, env = "ITAM_NATS_REPLICAS", default_value_t = 1)]
    pub nats_replicas: usize,
    /// Refuses to start on servers whose acknowledgement does not mean "on disk".
    #[arg(long, env = "ITAM_PRODUCTION")]
    pub production: bool,
}

impl NatsArgs {
    /// How the servers are reached, if any are named.
    #[must_use]
    pub fn settings(&self) -> Option<NatsSettings> {
        // Servers that ask nobody for a name let everybody read every inbox: ours are at least no target
        // of those who may name a reply subject.
        let nameless = self.nats_user.is_none() && self.nats_creds.is_none();
        let inbox_prefix = self.nats_inbox_prefix.clone();
        Some(NatsSettings {
            servers: self.nats.clone()?,
            user: self.nats_user.clone().zip(self.nats_password.clone()),
            credentials: self.nats_creds.clone(),
            tls: NatsTls {
                authority: self.nats_ca.clone(),
                client: self.nats_cert.clone().zip(self.nats_key.clone()),
            },
            inbox_prefix: inbox_prefix.or_else(|| nameless.then(|| NAMELESS_INBOX.to_owned())),
            api_prefix: self.nats_api_prefix.clone(),
        })
    }

    /// How the log runs on these servers.
    #[must_use]
    pub fn log_options(&self) -> JetStreamOptions {
        JetStreamOptions {
            replicas: self.nats_replicas,
            monitoring_urls: self.nats_monitoring.clone(),
            require_sync_always: self.production,
            ..JetStreamOptions::default()
        }
    }

    /// How a tenant's buckets are made there.
    #[must_use]
    pub fn bucket_options(&self, tenant: &Tenant) -> BucketOptions {
        BucketOptions { tenant: tenant.as_str().to_owned(), replicas: self.nats_replicas }
    }
}

/// Reads a tenant's name.
///
/// # Errors
/// If that is no name.
pub fn tenant(text: &str) -> Result<Tenant, String> {
    Tenant::try_new(text).map_err(|error| error.to_string())
}

/// Reads an id.
///
/// # Errors
/// If that is no UUID.
pub fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| "an id is a UUID, such as 0195a0a5-91a4-7000-8000-3c5ab07e0001".to_owned())
}

/// Reads a duration such as `30s`.
///
/// # Errors
/// If that is no duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}
