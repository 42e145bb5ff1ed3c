//! The arguments that several services share.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use itam_service_kit::{
    JournalLimits, Limits, Metrics, Rate, Rates, ServerSettings, TlsError, TlsFiles, parse_size,
};
use itam_tools::args::duration;

use crate::listen::ListenAddress;

/// The smallest `--max-headers`, in bytes.
const SMALLEST_HEAD: usize = 8 * 1024;

/// How a service is reached over HTTP.
#[derive(Args, Clone, Debug)]
pub(crate) struct HttpArgs {
    /// The address to listen on, such as localhost:8080; :8080 is every IPv4 address of this host, [::]:8080
    /// every address.
    #[arg(long, env = "ITAM_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    /// The certificate chain (PEM); turns on TLS.
    #[arg(long, env = "ITAM_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key (PEM).
    #[arg(long, env = "ITAM_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The largest request body that is read whole, such as 1MiB.
    #[arg(long, env = "ITAM_MAX_BODY", default_value = "1MiB", value_parser = size)]
    max_body: usize,
    /// The longest time a request may take, such as 30s.
    #[arg(long, env = "ITAM_REQUEST_TIMEOUT", default_value = "30s", value_parser = span)]
    request_timeout: Duration,
    /// How many requests are worked on at once.
    #[arg(long, env = "ITAM_MAX_REQUESTS", default_value = "4096", value_parser = count)]
    max_requests: NonZeroUsize,
    /// How many of them, and of streams that go on, may be one token's; 0 for no limit.
    #[arg(long, env = "ITAM_MAX_REQUESTS_PER_TOKEN", default_value_t = 1024)]
    max_requests_per_token: usize,
    /// How many requests, and lines of streamed commands, a token may send a second in the long
    /// run; 0 for no limit.
    #[arg(long, env = "ITAM_RATE", default_value_t = 100_000)]
    rate: u32,
    /// How many it may send at once after a rest; as many as in a second, if not said.
    #[arg(long, env = "ITAM_RATE_BURST")]
    rate_burst: Option<u32>,
    /// The longest pause within a body that is being sent, such as 1m.
    #[arg(long, env = "ITAM_BODY_IDLE", default_value = "1m", value_parser = span)]
    body_idle: Duration,
    /// The longest time for a request's head and for a TLS handshake, and for which a connection
    /// may be idle.
    #[arg(long, env = "ITAM_HEADER_TIMEOUT", default_value = "1m", value_parser = span)]
    header_timeout: Duration,
    /// The largest head of a request, such as 64KiB; 8KiB at least.
    #[arg(long, env = "ITAM_MAX_HEADERS", default_value = "64KiB", value_parser = head_size)]
    max_headers: usize,
    /// How many connections are open at once. Where all are at work, further ones are only answered
    /// /livez and /readyz.
    #[arg(long, env = "ITAM_MAX_CONNECTIONS", default_value = "4096", value_parser = count)]
    max_connections: NonZeroUsize,
    /// How many of them may come from one address of another host; 0 for no limit. Raise it for a
    /// reverse proxy on another host; one on this host has no limit.
    #[arg(long, env = "ITAM_MAX_CONNECTIONS_PER_PEER", default_value_t = 1024)]
    max_connections_per_peer: usize,
    /// An address of its own for /metrics, which --listen does not answer then.
    #[arg(long, env = "ITAM_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<ListenAddress>,
    /// How long requests in flight may take to finish after a stop was asked for.
    #[arg(long, env = "ITAM_GRACE", default_value = "10s", value_parser = duration)]
    grace: Duration,
    /// How many entries of each kind the security journal keeps: changes of tokens, refusals of those
    /// who are known, refusals of strangers.
    #[arg(long, env = "ITAM_JOURNAL_ENTRIES", default_value_t = 100_000, value_parser = value_parser!(u64).range(1..))]
    journal_entries: u64,
    /// For how many days it keeps them.
    #[arg(long, env = "ITAM_JOURNAL_DAYS", default_value_t = 90, value_parser = value_parser!(u32).range(1..))]
    journal_days: u32,
}

impl HttpArgs {
    /// The limits on requests.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.max_body,
            request_timeout: self.request_timeout,
            concurrent_requests: self.max_requests.get(),
            body_idle: self.body_idle,
        }
    }

    /// How fast each token may send, over HTTP and NATS together.
    pub(crate) fn rates(&self, metrics: &Metrics) -> Rates {
        let rate = NonZeroU32::new(self.rate).map(|per_second| {
            let burst = self.rate_burst.and_then(NonZeroU32::new).unwrap_or(per_second);
            Rate { per_second, burst }
        });
        let rates = Rates::new(rate, metrics);
        match NonZeroUsize::new(self.max_requests_per_token) {
            Some(limit) => rates.in_progress(limit),
            None => rates,
        }
    }

    /// How much the security journal keeps.
    pub(crate) fn journal(&self) -> JournalLimits {
        JournalLimits { entries: self.journal_entries, days: self.journal_days }
    }

    /// Whether the TLS files can be used, before anybody is told where the service is.
    pub(crate) fn check_tls(&self) -> Result<(), TlsError> {
        self.server().tls.as_ref().map_or(Ok(()), TlsFiles::check)
    }

    /// How the server treats connections.
    pub(crate) fn server(&self) -> ServerSettings {
        let tls = self.tls_cert.clone().zip(self.tls_key.clone());
        ServerSettings {
            tls: tls.map(|(certificates, key)| TlsFiles { certificates, key }),
            connections: self.max_connections.get(),
            connections_per_peer: self.max_connections_per_peer,
            header_timeout: self.header_timeout,
            header_bytes: self.max_headers,
            grace: self.grace,
        }
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls_cert.is_some() { "https" } else { "http" }
    }
}

/// Reads a size such as `1MiB`.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let bytes = parse_size(text).map_err(|error| error.to_string())?;
    usize::try_from(bytes).map_err(|_| format!("{text} is too large"))
}

/// Reads the size of a head: the server's own buffer is no smaller.
fn head_size(text: &str) -> Result<usize, String> {
    match size(text)? {
        bytes if bytes < SMALLEST_HEAD => Err("a head of 8KiB must be taken: name that, or more".to_owned()),
        bytes => Ok(bytes),
    }
}

/// Reads a number that is at least one.
fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a whole number of 1 or more, such as 4096".to_owned())
}

/// Reads a duration that leaves some time.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let span = duration(text)?;
    if span.is_zero() { Err("that leaves no time: name 1ms or more".to_owned()) } else { Ok(span) }
}
