//! Logs: fields plus a readable line, as text or JSON, on standard error.

use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why the logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("{filter:?} is not a log filter such as `info` or `info,itam_projector=debug`")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// There is a subscriber already.
    #[error("the logs are set up already")]
    AlreadySet(#[source] TryInitError),
}

/// Text that is not a log format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a log format; use text or json")]
pub struct UnknownLogFormat(String);

/// Sets up the logs of this process. `filter` is in the syntax of `RUST_LOG`.
///
/// # Errors
/// If the filter cannot be read, or the logs are set up already.
pub fn start_logging(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    let env_filter = EnvFilter::try_new(filter)
        .map_err(|source| TelemetryError::Filter { filter: filter.to_owned(), source })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(env_filter)
        .with_ansi(io::stderr().is_terminal())
        // A line that cannot be written is told on the same stream otherwise, which ends who logs it
        // if nobody reads the stream any more.
        .log_internal_errors(false)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => builder.finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).finish().try_init(),
    }
    .map_err(TelemetryError::AlreadySet)
}

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_is_refused_with_an_example_and_a_second_start_too() {
        let error = start_logging(LogFormat::Text, "itam=loud").unwrap_err();
        assert!(error.to_string().contains("itam_projector=debug"));
        start_logging("json".parse().unwrap(), "warn").unwrap();
        let again = start_logging(LogFormat::Text, "warn").unwrap_err();
        assert!(matches!(again, TelemetryError::AlreadySet(_)));
    }

    #[test]
    fn formats_are_read() {
        assert_eq!("text".parse(), Ok(LogFormat::Text));
        assert!("xml".parse::<LogFormat>().unwrap_err().to_string().contains("json"));
    }
}
