//! Looks at a server, its stream and the user's rights, and changes nothing.

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;

use super::setup::{StreamInfo, deviations, find, wanted_config};
use super::transfer::is_importing;
use super::{JetStreamOptions, api, monitoring, setup};
use crate::check::{Finding, Promise};
use crate::{LogError, Tenant};

/// Where a server tells a user what it may do.
const USER_INFO: &str = "$SYS.REQ.USER.INFO";

/// Checks everything that the promises of the log rest on.
///
/// # Errors
/// [`LogError::Unavailable`] if the server cannot be asked.
pub async fn check_jetstream(
    client: &Client,
    tenant: &Tenant,
    options: &JetStreamOptions,
) -> Result<Vec<Finding>, LogError> {
    let version = client.server_info().version;
    let mut findings = match setup::check_server(client) {
        Ok(()) => vec![Finding::new(Promise::Atomic, true, format!("the server is nats-server {version}"))],
        Err(LogError::Misconfigured(reason)) => vec![Finding::new(Promise::Atomic, false, reason)],
        Err(error) => return Err(error),
    };
    findings.extend(check_sync(options).await);
    if let Some(info) = find(client, &tenant.stream_name()).await? {
        findings.extend(check_stream(tenant, options, &info));
    } else {
        let detail = format!("there is no stream {}", tenant.stream_name());
        findings.push(Finding::new(Promise::Complete, false, detail));
    }
    findings.extend(check_rights(client, tenant).await);
    Ok(findings)
}

async fn check_sync(options: &JetStreamOptions) -> Vec<Finding> {
    if options.monitoring_urls.is_empty() {
        let detail = "no monitoring address is named, so sync_interval cannot be seen: use --nats-monitoring";
        return vec![Finding::unknown(Promise::Durable, detail)];
    }
    let mut findings = Vec::new();
    for url in &options.monitoring_urls {
        findings.push(match monitoring::is_sync_always(url).await {
            Ok(true) => Finding::new(Promise::Durable, true, format!("{url}: sync_interval is always")),
            Ok(false) => Finding::new(Promise::Durable, false, format!("{url}: sync_interval is not always")),
            Err(error) => Finding::unknown(Promise::Durable, format!("{url}/varz cannot be read: {error}")),
        });
    }
    findings
}

fn check_stream(tenant: &Tenant, options: &JetStreamOptions, info: &StreamInfo) -> Vec<Finding> {
    let wanted = wanted_config(tenant, options.replicas);
    let stream = tenant.stream_name();
    let deviations = deviations(&wanted, &info.config);
    let mut findings: Vec<Finding> = deviations
        .iter()
        .map(|deviation| {
            let name = deviation.split(' ').next().unwrap_or_default();
            Finding::new(promise_of(name), false, format!("stream {stream}: {deviation}"))
        })
        .collect();
    for promise in [Promise::Durable, Promise::Atomic, Promise::Complete, Promise::Immutable] {
        if findings.iter().all(|finding| finding.promise != promise) {
            findings.push(Finding::new(promise, true, format!("stream {stream} is set up for it")));
        }
    }
    let state = &info.state;
    let is_whole = state.messages == state.last_seq && state.num_deleted == 0;
    let count = format!("stream {stream}: {} messages, last position {}", state.messages, state.last_seq);
    findings.push(Finding::new(Promise::Complete, is_whole, count));
    if is_importing(&info.config) {
        let detail = format!("stream {stream}: a restore or copy into it was not finished");
        findings.push(Finding::new(Promise::Complete, false, detail));
    }
    findings
}

/// Which promise rests on a setting of the stream.
fn promise_of(setting: &str) -> Promise {
    match setting {
        "storage" | "num_replicas" | "no_ack" | "persist_mode" => Promise::Durable,
        "allow_atomic" => Promise::Atomic,
        "deny_delete"
        | "deny_purge"
        | "allow_rollup_hdrs"
        | "allow_msg_ttl"
        | "allow_msg_counter"
        | "allow_msg_schedules"
        | "sealed"
        | "max_age" => Promise::Immutable,
        _ => Promise::Complete,
    }
}

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

/// A password that is stolen from a service must not be able to rewrite history.
async fn check_rights(client: &Client, tenant: &Tenant) -> Vec<Finding> {
    let answer = api::ask(client, "asking for the user's rights", USER_INFO.to_owned(), Bytes::new()).await;
    let told = answer.ok().and_then(|answer| serde_json::from_slice::<UserInfo>(&answer.payload).ok());
    let Some(UserInfo { data }) = told else {
        let detail = format!("this user may not ask what it may do: allow it to publish to {USER_INFO}");
        return vec![Finding::unknown(Promise::Immutable, detail)];
    };
    let rights = data.permissions.unwrap_or_default().publish;
    let stream = tenant.stream_name();
    let verbs = ["STREAM.UPDATE", "STREAM.PURGE", "STREAM.DELETE", "STREAM.MSG.DELETE"];
    let allowed: Vec<&str> =
        verbs.into_iter().filter(|verb| rights.allow(&format!("$JS.API.{verb}.{stream}"))).collect();
    let who = if data.user.is_empty() { "nobody by name".to_owned() } else { data.user };
    let detail = match allowed.as_slice() {
        [] => format!("user {who:?} may neither update nor purge nor delete stream {stream}"),
        verbs => format!("user {who:?} may use {} on stream {stream}", verbs.join(", ")),
    };
    vec![Finding::new(Promise::Immutable, allowed.is_empty(), detail)]
}

/// Whether a pattern of subjects covers a literal one.
fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
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

    #[test]
    fn every_setting_of_the_stream_has_its_promise() {
        assert_eq!(promise_of("max_msgs"), Promise::Complete);
        assert_eq!(promise_of("deny_purge"), Promise::Immutable);
        assert_eq!(promise_of("storage"), Promise::Durable);
        assert_eq!(promise_of("allow_atomic"), Promise::Atomic);
    }
}
