//! Whether a user may do more than a service needs: asked of the server, which changes nothing.
//!
//! A password that is stolen from a service must not be able to rewrite history, to read others'
//! answers, or to have the servers write in its name.

use bytes::Bytes;
use itam_nats::{API_PREFIX, NatsClient};
use serde::Deserialize;

use super::api;
use crate::Tenant;
use crate::check::{CheckFinding, Promise};

/// Where a server tells a user what it may do.
const USER_INFO: &str = "$SYS.REQ.USER.INFO";

/// What no service does to any of our streams.
const FORBIDDEN: [&str; 19] = [
    "STREAM.UPDATE.@",
    "STREAM.PURGE.@",
    "STREAM.DELETE.@",
    "STREAM.SNAPSHOT.@",
    "STREAM.RESTORE.@",
    "STREAM.PEER.REMOVE.@",
    "STREAM.LEADER.STEPDOWN.@",
    "CONSUMER.CREATE.@",
    "CONSUMER.CREATE.@.a",
    "CONSUMER.CREATE.@.a.b",
    "CONSUMER.DURABLE.CREATE.@.a",
    "CONSUMER.DELETE.@.a",
    "CONSUMER.PAUSE.@.a",
    "CONSUMER.RESET.@.a",
    "CONSUMER.UNPIN.@.a",
    "CONSUMER.LEADER.STEPDOWN.@.a",
    "CONSUMER.MSG.NEXT.@.a",
    "CONSUMER.LIST.@",
    "CONSUMER.INFO.@.a",
];

/// What no service does to an account or a server.
const FORBIDDEN_BESIDE: [&str; 6] = [
    "META.LEADER.STEPDOWN",
    "SERVER.REMOVE",
    "ACCOUNT.PURGE.a",
    "STREAM.CREATE.other",
    "STREAM.UPDATE.other",
    "STREAM.DELETE.other",
];

#[derive(Deserialize)]
struct UserInfo {
    data: User,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    user: String,
    permissions: Option<Permissions>,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    publish: Rights,
    #[serde(default)]
    subscribe: Rights,
    /// The right to answer on whatever subject a request names.
    #[serde(default)]
    responses: Option<serde::de::IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Rights {
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
}

impl Rights {
    fn allow(&self, subject: &str) -> bool {
        let is_in = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, subject));
        (self.allow.is_empty() || is_in(&self.allow)) && !is_in(&self.deny)
    }
}

/// One finding for each right that is too wide, or one that says that none is.
pub(super) async fn check(client: &NatsClient, tenant: &Tenant) -> Vec<CheckFinding> {
    let answer = api::ask(client, "asking for the user's rights", USER_INFO.to_owned(), Bytes::new()).await;
    let told = answer.ok().and_then(|answer| serde_json::from_slice::<UserInfo>(&answer.payload).ok());
    let Some(UserInfo { data }) = told else {
        let detail = format!("this user may not ask what it may do: allow it to publish to {USER_INFO}");
        return vec![CheckFinding::unknown(Promise::Immutable, detail)];
    };
    let who = if data.user.is_empty() { "nobody by name".to_owned() } else { data.user };
    let mut wide = too_wide(&data.permissions.unwrap_or_default(), tenant, client);
    if client.is_in_the_streams_account() {
        let why = "shares an account with the streams, so that the servers answer it into any of them";
        wide.insert(0, why.to_owned());
    }
    if wide.is_empty() {
        let detail = format!("user {who:?} may do nothing that a service does not need");
        return vec![CheckFinding::new(Promise::Immutable, true, detail)];
    }
    let finding = |right| CheckFinding::new(Promise::Immutable, false, format!("user {who:?} {right}"));
    wide.into_iter().map(finding).collect()
}

fn too_wide(rights: &Permissions, tenant: &Tenant, client: &NatsClient) -> Vec<String> {
    let mut wide = Vec::new();
    for subject in unpublishable(rights, tenant, client) {
        if rights.publish.allow(&subject) {
            wide.push(format!("may publish to {subject}"));
        }
    }
    for subject in unsubscribable(rights, tenant, client) {
        if rights.subscribe.allow(&subject) {
            wide.push(format!("may subscribe to {subject}"));
        }
    }
    if rights.responses.is_some() {
        wide.push("may answer on whatever subject a request names (allow_responses)".to_owned());
    }
    wide
}

/// Our streams, of which the people's alone may lose single messages: that is how a person is erased.
pub(super) fn streams(tenant: &Tenant) -> [String; 4] {
    let bucket = |kind: &str| format!("KV_ITAM_{tenant}_{kind}");
    [tenant.stream_name(), tenant.checkpoint_stream_name(), bucket("people"), bucket("tokens")]
}

/// What a service has no reason to publish to; each subject stands for its kind.
fn unpublishable(rights: &Permissions, tenant: &Tenant, client: &NatsClient) -> Vec<String> {
    let mut prefixes = vec![API_PREFIX];
    if client.api_prefix() != API_PREFIX {
        prefixes.push(client.api_prefix());
    }
    let mut subjects = Vec::new();
    for prefix in prefixes {
        for stream in streams(tenant) {
            subjects.extend(FORBIDDEN.map(|verb| format!("{prefix}.{}", verb.replace('@', &stream))));
            if !stream.ends_with("_people") {
                subjects.push(format!("{prefix}.STREAM.MSG.DELETE.{stream}"));
            }
        }
        subjects.extend(FORBIDDEN_BESIDE.map(|verb| format!("{prefix}.{verb}")));
    }
    for stream in streams(tenant) {
        subjects.push(format!("$JS.ACK.{stream}.a.1.1.1.1.0"));
    }
    subjects.extend(others_inboxes(client));
    subjects.extend(["$SYS.REQ.SERVER.PING", "$SYS.REQ.CLAIMS.UPDATE"].map(str::to_owned));
    let event = event_of(tenant);
    let outside = format!("itam.{tenant}.other");
    // Whoever appends has no need to send commands, and whoever may write below the tenant at large
    // writes what it will.
    if rights.publish.allow(&event) {
        subjects.push(format!("itam.{tenant}.command.a"));
    }
    if rights.publish.allow(&outside) {
        subjects.extend([event, tenant.checkpoint_subject().as_str().to_owned()]);
    }
    // Whoever makes a stream may have the server copy what it stores to any subject.
    if !rights.publish.allow(&event_of(tenant)) {
        let made = streams(tenant).map(|stream| format!("{}.STREAM.CREATE.{stream}", client.api_prefix()));
        subjects.extend(made);
    }
    subjects.push(outside);
    subjects
}

/// A subject that stands for all events.
fn event_of(tenant: &Tenant) -> String {
    format!("itam.{tenant}.event.a.a")
}

/// What a service has no reason to listen to.
fn unsubscribable(rights: &Permissions, tenant: &Tenant, client: &NatsClient) -> Vec<String> {
    let mut subjects = others_inboxes(client);
    subjects.push(event_of(tenant));
    subjects.push(format!("$KV.ITAM_{tenant}_tokens.t.a"));
    subjects.extend(["$JS.API.INFO", "$JS.ACK.a", "$SYS.a", "_R_.a.b"].map(str::to_owned));
    // Commands carry tokens: only the door hears them, which appends nothing.
    if rights.publish.allow(&event_of(tenant)) {
        subjects.push(format!("itam.{tenant}.command.a"));
    }
    subjects
}

/// Inboxes that are not this user's own.
fn others_inboxes(client: &NatsClient) -> Vec<String> {
    let own = format!("{}.", client.inbox_prefix());
    let some = ["_INBOX.a.b", "_INBOX_other.a.b"].map(str::to_owned);
    some.into_iter().filter(|inbox| !inbox.starts_with(&own)).collect()
}

/// Whether a pattern of subjects covers a literal one.
fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    // A right to subscribe may be for one group only, whose name stands behind a blank.
    for wanted in pattern.split(' ').next().unwrap_or_default().split('.') {
        match (wanted, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_as_the_server_reads_them() {
        let subject = "$JS.API.STREAM.DELETE.ITAM_main";
        for (pattern, is_covered) in [
            (">", true),
            ("$JS.API.>", true),
            ("$JS.API.STREAM.*.ITAM_main", true),
            ("$JS.API.STREAM.DELETE.ITAM_main", true),
            ("$JS.API.STREAM.DELETE", false),
            ("$JS.API.STREAM.*", false),
            ("$JS.API.STREAM.DELETE.ITAM_main.>", false),
            ("$JS.API.STREAM.INFO.ITAM_main", false),
        ] {
            assert_eq!(matches(pattern, subject), is_covered, "{pattern}");
        }
        let everything = Rights::default();
        assert!(everything.allow(subject));
        let but_one = Rights { allow: Vec::new(), deny: vec!["$JS.API.STREAM.DELETE.>".to_owned()] };
        assert!(!but_one.allow(subject) && but_one.allow("$JS.API.STREAM.PURGE.ITAM_main"));
    }
}
