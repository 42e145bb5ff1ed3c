//! How the servers are reached, and as whom.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::{ConnectOptions, ServerAddr};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};

use crate::denial::Denials;
use crate::{API_PREFIX, INBOX_PREFIX, NatsClient};

/// How often a server is asked for a sign of life. One that gives none to three in a row, as a process that was
/// stopped does, is left for another: after 8 seconds.
const PING_EVERY: Duration = Duration::from_secs(2);
/// How long a server may take to welcome a client.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// How the servers are reached, and as whom.
#[derive(Clone, Debug, Default)]
pub struct NatsSettings {
    /// Their addresses, with commas between.
    pub servers: String,
    /// Name and password.
    pub user: Option<(String, String)>,
    /// A credentials file.
    pub credentials: Option<PathBuf>,
    /// The files of TLS.
    pub tls: NatsTls,
    /// What the subjects begin with on which this user is answered; by default `_INBOX_<user>`, or
    /// `_INBOX` if it has no name.
    pub inbox_prefix: Option<String>,
    /// Where the `JetStream` interface is; by default `$JS.API`.
    pub api_prefix: Option<String>,
}

/// The files of TLS.
#[derive(Clone, Debug, Default)]
pub struct NatsTls {
    /// The authority that the servers' certificates come from; asks for TLS.
    pub authority: Option<PathBuf>,
    /// A client certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// There is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The addresses are none.
    #[error("{servers:?} is not a list of NATS addresses such as nats://127.0.0.1:4222")]
    Address {
        /// What was given.
        servers: String,
        /// What is wrong with it.
        #[source]
        source: io::Error,
    },
    /// A file cannot be used.
    #[error("cannot read {path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A prefix cannot begin subjects.
    #[error("{0:?} cannot begin subjects: use letters, digits, `-`, `_`, `$` and dots between them")]
    Prefix(String),
    /// The servers refuse.
    #[error("cannot connect to the NATS servers")]
    Refused(#[source] async_nats::ConnectError),
}

impl NatsSettings {
    /// Connects. Servers that are away are waited for, by the client in the background.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(&self) -> Result<NatsClient, ConnectError> {
        let addresses: Vec<ServerAddr> = self
            .servers
            .split(',')
            .map(|server| server.trim().parse())
            .collect::<Result<_, io::Error>>()
            .map_err(|source| ConnectError::Address { servers: self.servers.clone(), source })?;
        let (inbox, api) = (prefix(&self.inbox_prefix())?, prefix(self.api_prefix())?);
        let denials = Denials::of(self.user.as_ref().map_or("", |(name, _)| name));
        let noted = denials.clone();
        let options = self.options().await?.custom_inbox_prefix(&inbox).event_callback(move |event| {
            noted.note(&event);
            std::future::ready(())
        });
        let client = options.connect(addresses).await.map_err(ConnectError::Refused)?;
        Ok(NatsClient::new(client, &api, &inbox, denials))
    }

    fn api_prefix(&self) -> &str {
        self.api_prefix.as_deref().unwrap_or(API_PREFIX)
    }

    /// What the subjects begin with on which this user is answered.
    #[must_use]
    pub fn inbox_prefix(&self) -> String {
        let of_user = || match &self.user {
            Some((name, _)) if is_token(name) => format!("{INBOX_PREFIX}_{name}"),
            _ => INBOX_PREFIX.to_owned(),
        };
        self.inbox_prefix.clone().unwrap_or_else(of_user)
    }

    async fn options(&self) -> Result<ConnectOptions, ConnectError> {
        self.tls.check()?;
        let mut options = match &self.credentials {
            Some(path) => {
                let read = ConnectOptions::with_credentials_file(path).await;
                read.map_err(|source| ConnectError::File { path: path.clone(), source })?
            }
            None => ConnectOptions::new(),
        };
        if let Some((name, password)) = &self.user {
            options = options.user_and_password(name.clone(), password.clone());
        }
        if let Some(authority) = &self.tls.authority {
            options = options.add_root_certificates(authority.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.tls.client {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let options = options.ping_interval(PING_EVERY).connection_timeout(CONNECT_WITHIN);
        Ok(options.name("itam").retry_on_initial_connect())
    }
}

impl NatsTls {
    /// Looks at the files now: a client that cannot read them would try for ever.
    fn check(&self) -> Result<(), ConnectError> {
        let certificates =
            self.authority.iter().chain(self.client.iter().map(|(certificate, _)| certificate));
        for path in certificates {
            let mut found = CertificateDer::pem_file_iter(path).map_err(unreadable(path))?;
            found.next().unwrap_or(Err(pem::Error::NoItemsFound)).map_err(unreadable(path))?;
        }
        if let Some((_, key)) = &self.client {
            PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
        }
        Ok(())
    }
}

fn unreadable(path: &Path) -> impl FnOnce(pem::Error) -> ConnectError {
    let path = path.to_owned();
    move |source| ConnectError::File { path, source: io::Error::other(source) }
}

/// A prefix that is literal: tokens with dots between.
fn prefix(text: &str) -> Result<String, ConnectError> {
    if text.split('.').all(|token| is_token(token.strip_prefix('$').unwrap_or(token))) {
        return Ok(text.to_owned());
    }
    Err(ConnectError::Prefix(text.to_owned()))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_an_inbox_of_its_own_unless_it_is_told_another() {
        let of = |name: &str| NatsSettings {
            user: Some((name.to_owned(), String::new())),
            ..NatsSettings::default()
        };
        assert_eq!(of("itam-command").inbox_prefix(), "_INBOX_itam-command");
        assert_eq!(of("anybody.>").inbox_prefix(), "_INBOX", "it would name others' inboxes");
        assert_eq!(NatsSettings::default().inbox_prefix(), "_INBOX");
        let told = NatsSettings { inbox_prefix: Some("_IN.me".to_owned()), ..of("itam-command") };
        assert_eq!(told.inbox_prefix(), "_IN.me");
    }

    #[test]
    fn a_prefix_is_literal() {
        for text in ["_INBOX", "$JS.API", "ITAM.API", "_INBOX_itam-door"] {
            assert!(prefix(text).is_ok(), "{text}");
        }
        for text in ["", ">", "a.*", "a..b", "a b", "$", "a."] {
            assert!(prefix(text).is_err(), "{text}");
        }
    }
}
