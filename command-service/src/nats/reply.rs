//! On which subjects a request may want its answer.

use itam_nats::INBOX_PREFIX;

/// What the reply subjects of senders in other accounts begin with; a server makes them, and lets no
/// client name one.
const OF_OTHER_ACCOUNTS: &str = "_R_";

/// On which subjects a request may want its answer: below these prefixes, and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplySubjects(Vec<String>);

impl ReplySubjects {
    /// Below each of these prefixes, such as `_INBOX_sender`.
    #[must_use]
    pub fn below(prefixes: &[String]) -> Self {
        Self(prefixes.iter().map(|prefix| format!("{prefix}.")).collect())
    }

    /// For a connection whose user is in an account of its own: what servers make of the reply subjects
    /// of other accounts.
    #[must_use]
    pub fn of_other_accounts() -> Self {
        Self::below(&[OF_OTHER_ACCOUNTS.to_owned()])
    }

    /// For servers that know no users: the inboxes that clients make by default, which none of ours are.
    #[must_use]
    pub fn default_inboxes() -> Self {
        Self::below(&[OF_OTHER_ACCOUNTS.to_owned(), INBOX_PREFIX.to_owned()])
    }

    /// Whether an answer may go there.
    pub(super) fn admit(&self, subject: &str) -> bool {
        self.0.iter().any(|prefix| subject.strip_prefix(prefix.as_str()).is_some_and(is_literal))
    }
}

/// Tokens with dots between, and no wildcard among them.
fn is_literal(subject: &str) -> bool {
    let is_token = |token: &str| {
        !token.is_empty() && token != "*" && token != ">" && !token.chars().any(char::is_whitespace)
    };
    subject.split('.').all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_to_an_inbox_of_a_sender_and_nowhere_else() {
        let inboxes = ReplySubjects::default_inboxes();
        for subject in ["_INBOX.a", "_INBOX.a.b", "_R_.a.b"] {
            assert!(inboxes.admit(subject), "{subject}");
        }
        for subject in [
            "itam.main.event.asset.a",
            "itam.main.key.tag.a",
            "itam.main.guard.a",
            "itam.main.checkpoint",
            "itam.main.command.deploy-asset",
            "$KV.ITAM_main_tokens.t.a",
            "$JS.API.STREAM.DELETE.ITAM_main",
            "$JS.ACK.ITAM_main.a",
            "ITAM.API.STREAM.DELETE.ITAM_main",
            "$SRV.PING",
            "$SYS.REQ.USER.INFO",
            "_INBOX_itam-command.a",
            "_INBOX",
            "_INBOX.",
            "_INBOX.>",
            "_INBOX.a.*",
            "_INBOX..a",
            "_INBOX.a b",
            "",
        ] {
            assert!(!inboxes.admit(subject), "{subject}");
        }
        assert!(!ReplySubjects::of_other_accounts().admit("_INBOX.a"));
        assert!(ReplySubjects::below(&["_INBOX_sender".to_owned()]).admit("_INBOX_sender.billing.1"));
    }
}
