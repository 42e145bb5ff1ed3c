//! What a server did not permit.
//!
//! A server answers an operation that it does not permit with nothing at all, and says so beside it,
//! to the connection. Here the two come together again.

use std::collections::VecDeque;
use std::sync::Arc;

use async_nats::{Event, ServerError};
use tokio::sync::watch;

/// How many denials are kept for those who ask late.
const KEPT: usize = 64;

const SUBSCRIBES: &str = "subscribe to";
const PUBLISH: &str = "Permissions Violation for Publish to ";
const SUBSCRIBE: &str = "Permissions Violation for Subscription to ";

/// A server did not permit something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not permitted: {who} may not {verb} {subject:?} on the NATS servers", who = name(.user))]
pub struct NotPermitted {
    /// The user, empty if it has no name.
    pub user: String,
    /// `publish to` or `subscribe to`.
    pub verb: &'static str,
    /// To what.
    pub subject: String,
}

fn name(user: &str) -> String {
    if user.is_empty() { "this user".to_owned() } else { format!("user {user:?}") }
}

/// The denials of one connection, each with its number.
#[derive(Clone, Debug)]
pub(crate) struct Denials {
    user: Arc<str>,
    told: watch::Sender<VecDeque<(u64, NotPermitted)>>,
}

impl Denials {
    pub(crate) fn of(user: &str) -> Self {
        Self { user: user.into(), told: watch::Sender::new(VecDeque::new()) }
    }

    /// Takes note of an event of the connection, if it is a denial.
    pub(crate) fn note(&self, event: &Event) {
        let Event::ServerError(ServerError::Other(text)) = event else { return };
        let Some((verb, subject)) = read(text) else { return };
        let denial = NotPermitted { user: self.user.to_string(), verb, subject: subject.to_owned() };
        // Whoever publishes is told; a subscription only stays silent.
        if verb == SUBSCRIBES {
            tracing::warn!(%denial, "a subscription was refused");
        }
        self.told.send_modify(|told| {
            let number = told.back().map_or(1, |(number, _)| number + 1);
            if told.len() == KEPT {
                told.pop_front();
            }
            told.push_back((number, denial));
        });
    }

    /// Ends with the first denial from now on that `concerns` takes for its own, or with an earlier one
    /// of a subscription to the inbox, without which no answer comes.
    pub(crate) fn watch(&self, inbox: &str) -> Watch {
        let mut told = self.told.subscribe();
        let last = told.borrow_and_update().back().map_or(0, |(number, _)| *number);
        Watch { told, last, inbox: format!("{inbox}.") }
    }
}

/// Looks out for denials.
pub(crate) struct Watch {
    told: watch::Receiver<VecDeque<(u64, NotPermitted)>>,
    last: u64,
    inbox: String,
}

impl Watch {
    pub(crate) async fn denied(mut self, concerns: impl Fn(&str) -> bool) -> NotPermitted {
        loop {
            let found = self.told.borrow_and_update().iter().find_map(|(number, denial)| {
                let is_inbox = denial.verb == SUBSCRIBES && denial.subject.starts_with(&self.inbox);
                let is_own = *number > self.last && concerns(&denial.subject);
                (is_inbox || is_own).then(|| denial.clone())
            });
            if let Some(denial) = found {
                return denial;
            }
            if self.told.changed().await.is_err() {
                // The connection is gone and says nothing more; whoever waits has a time-out.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// The verb and the subject of a server's complaint, such as
/// `Permissions Violation for Publish to "itam.main.checkpoint"`.
fn read(text: &str) -> Option<(&'static str, &str)> {
    let (verb, rest) = if let Some(rest) = text.strip_prefix(PUBLISH) {
        ("publish to", rest)
    } else {
        (SUBSCRIBES, text.strip_prefix(SUBSCRIBE)?)
    };
    let subject = rest.strip_prefix('"')?;
    let end = subject.find('"')?;
    Some((verb, &subject[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(denials: &Denials, text: &str) {
        denials.note(&Event::ServerError(ServerError::Other(text.to_owned())));
    }

    #[tokio::test]
    async fn a_denial_is_told_to_whoever_tried_it_and_to_nobody_else() {
        let denials = Denials::of("itam-reader");
        told(&denials, "Permissions Violation for Publish to \"itam.main.checkpoint\"");
        let watch = denials.watch("_INBOX_itam-reader");
        told(&denials, "Permissions Violation for Publish to \"itam.main.event.a\"");
        told(&denials, "Slow Consumer");
        told(&denials, "Permissions Violation for Publish to \"itam.main.checkpoint\"");
        let denial = watch.denied(|subject| subject == "itam.main.checkpoint").await;
        assert_eq!(
            denial.to_string(),
            "not permitted: user \"itam-reader\" may not publish to \"itam.main.checkpoint\" on the NATS servers"
        );
        let late = denials.watch("_INBOX_itam-reader").denied(|subject| subject == "itam.main.checkpoint");
        let waited = tokio::time::timeout(std::time::Duration::from_millis(1), late).await;
        assert!(waited.is_err(), "what was denied before is over");
    }

    #[tokio::test]
    async fn without_its_inbox_nobody_is_answered_which_is_told_however_late() {
        let denials = Denials::of("");
        told(&denials, "Permissions Violation for Subscription to \"_INBOX.abc.*\" using queue \"q\"");
        let denial = denials.watch("_INBOX").denied(|_| false).await;
        assert_eq!((denial.verb, denial.subject.as_str()), ("subscribe to", "_INBOX.abc.*"));
    }
}
