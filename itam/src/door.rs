//! The connection by which commands come in over NATS: one of its own, with a user of its own.
//!
//! Whoever asks names the subject of the answer, and the servers let it through with the rights of
//! the connection that answers. So that connection may do nothing else.

use std::path::PathBuf;

use clap::Args;
use itam_command_service::ReplySubjects;
use itam_nats::{NatsClient, NatsSettings};
use itam_tools::Failure;
use itam_tools::args::NatsArgs;

/// How commands come in over NATS.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoorArgs {
    /// The user by which commands are taken over NATS: one that may answer and nothing else.
    #[arg(
        id = "nats_door_user",
        long = "nats-door-user",
        env = "ITAM_NATS_DOOR_USER",
        requires = "nats_door_password"
    )]
    user: Option<String>,
    /// Its password. Better given by the environment than on the command line.
    #[arg(
        id = "nats_door_password",
        long = "nats-door-password",
        env = "ITAM_NATS_DOOR_PASSWORD",
        hide_env_values = true,
        requires = "nats_door_user"
    )]
    password: Option<String>,
    /// Its credentials file.
    #[arg(
        id = "nats_door_creds",
        long = "nats-door-creds",
        env = "ITAM_NATS_DOOR_CREDS",
        conflicts_with = "nats_door_user"
    )]
    credentials: Option<PathBuf>,
    /// What the reply subjects begin with that senders in the door's own account may name; several with
    /// commas between. Others are dropped. Senders in accounts of their own need none.
    #[arg(
        id = "nats_sender_inbox",
        long = "nats-sender-inbox",
        env = "ITAM_NATS_SENDER_INBOX",
        value_delimiter = ','
    )]
    reply_prefixes: Vec<String>,
}

impl DoorArgs {
    /// Connects, and says where answers may go; nothing, if there are no servers or the door stays shut.
    pub(crate) async fn connect(
        &self,
        nats: &NatsArgs,
    ) -> Result<Option<(NatsClient, ReplySubjects)>, Failure> {
        let Some(settings) = nats.settings() else { return Ok(None) };
        let Some(settings) = self.settings(settings, nats.production) else {
            tracing::warn!(
                "commands are not taken over NATS: name a user for that with --nats-door-user or \
                 --nats-door-creds"
            );
            return Ok(None);
        };
        let replies = self.replies(settings.user.is_some() || settings.credentials.is_some());
        Ok(Some((settings.connect().await.map_err(Failure::Nats)?, replies)))
    }

    /// As whom the door connects. In production never as the user that appends.
    fn settings(&self, main: NatsSettings, production: bool) -> Option<NatsSettings> {
        let user = self.user.clone().zip(self.password.clone());
        if user.is_some() || self.credentials.is_some() {
            let credentials = self.credentials.clone();
            return Some(NatsSettings { user, credentials, inbox_prefix: None, ..main });
        }
        let has_name = main.user.is_some() || main.credentials.is_some();
        if production && has_name {
            return None;
        }
        Some(main)
    }

    fn replies(&self, has_name: bool) -> ReplySubjects {
        if !self.reply_prefixes.is_empty() {
            return ReplySubjects::below(&self.reply_prefixes);
        }
        if has_name { ReplySubjects::of_other_accounts() } else { ReplySubjects::default_inboxes() }
    }
}
