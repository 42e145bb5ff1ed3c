//! Looks at a server, its stream and the user's rights, and changes nothing.

use std::collections::BTreeMap;
use std::fmt::Display;

use itam_nats::NatsClient;

use super::setup::{StreamInfo, deviations, find, is_importing, wanted_config};
use super::{JetStreamOptions, ReplicaWatch, checkpoints, monitoring, rights, setup};
use crate::check::{CheckFinding, Promise};
use crate::{LogError, Tenant};

/// Checks everything that the promises of the log rest on.
///
/// # Errors
/// [`LogError::Unavailable`] if the server cannot be asked.
pub async fn check_jetstream(
    client: &NatsClient,
    tenant: &Tenant,
    options: &JetStreamOptions,
) -> Result<Vec<CheckFinding>, LogError> {
    let version = client.server_info().version;
    let mut findings = match setup::check_server(client) {
        Ok(()) => {
            vec![CheckFinding::new(Promise::Atomic, true, format!("the server is nats-server {version}"))]
        }
        Err(LogError::Misconfigured(reason)) => vec![CheckFinding::new(Promise::Atomic, false, reason)],
        Err(error) => return Err(error),
    };
    findings.extend(check_sync(options).await);
    let stream = tenant.stream_name();
    match find(client, &stream).await {
        Ok(Some(info)) => findings.extend(check_stream(tenant, options, &info)),
        Ok(None) => {
            let detail = format!("there is no stream {stream}");
            findings.push(CheckFinding::new(Promise::Complete, false, detail));
        }
        // What a door or a sender may not look at, those who read the log check; its rights are checked all the same.
        Err(error @ LogError::NotPermitted { .. }) => {
            findings.push(unseen(Promise::Complete, &stream, &error));
        }
        // What is in the way is the replicas' to tell.
        Err(LogError::Unavailable { source, .. }) => {
            findings.push(unseen(Promise::Complete, &stream, &source));
        }
        Err(error) => return Err(error),
    }
    findings.extend(check_checkpoints(client, tenant, options).await?);
    findings.extend(check_replicas(client, tenant, options).await);
    findings.extend(rights::check(client, tenant).await);
    Ok(findings)
}

/// That a stream cannot be looked at, and why.
fn unseen(promise: Promise, stream: &str, why: &dyn Display) -> CheckFinding {
    CheckFinding::unknown(promise, format!("stream {stream} cannot be looked at: {why}"))
}

/// The stream of checkpoints, if this user may look at it. Where none was made, nothing is sealed.
async fn check_checkpoints(
    client: &NatsClient,
    tenant: &Tenant,
    options: &JetStreamOptions,
) -> Result<Vec<CheckFinding>, LogError> {
    let stream = tenant.checkpoint_stream_name();
    let info = match find(client, &stream).await {
        Ok(Some(info)) => info,
        Ok(None) | Err(LogError::NotPermitted { .. }) => return Ok(Vec::new()),
        Err(LogError::Unavailable { source, .. }) => {
            return Ok(vec![unseen(Promise::Immutable, &stream, &source)]);
        }
        Err(error) => return Err(error),
    };
    let wanted = checkpoints::wanted_config(&stream, &tenant.checkpoint_subject(), options.replicas);
    let deviations = deviations(&wanted, &info.config);
    let broken =
        |deviation| CheckFinding::new(Promise::Immutable, false, format!("stream {stream}: {deviation}"));
    if deviations.is_empty() {
        let detail = format!("stream {stream} is set up for it");
        return Ok(vec![CheckFinding::new(Promise::Immutable, true, detail)]);
    }
    Ok(deviations.into_iter().map(broken).collect())
}

/// Every copy with which something is wrong that lasts, which takes 5 s to tell; and those that are whole.
async fn check_replicas(
    client: &NatsClient,
    tenant: &Tenant,
    options: &JetStreamOptions,
) -> Vec<CheckFinding> {
    let mut watch = ReplicaWatch::new(client.clone(), tenant, &options.monitoring_urls);
    let faults = watch.look_twice().await;
    let is_whole = |(stream, server): &(String, String)| {
        faults.iter().all(|lasting| (&lasting.fault.stream, &lasting.fault.server) != (stream, server))
    };
    let mut servers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (stream, server) in watch.copies().into_iter().filter(is_whole) {
        servers.entry(stream).or_default().push(server);
    }
    let told = |(stream, servers): (String, Vec<String>)| {
        CheckFinding::new(
            Promise::Durable,
            true,
            format!("stream {stream} is whole on {}", servers.join(", ")),
        )
    };
    let wrong =
        faults.iter().map(|lasting| CheckFinding::new(Promise::Durable, false, lasting.fault.to_string()));
    wrong.chain(servers.into_iter().map(told)).collect()
}

async fn check_sync(options: &JetStreamOptions) -> Vec<CheckFinding> {
    if options.monitoring_urls.is_empty() {
        let detail = "no monitoring address is named, so sync_interval cannot be seen: use --nats-monitoring";
        return vec![CheckFinding::unknown(Promise::Durable, detail)];
    }
    let mut findings = Vec::new();
    for url in &options.monitoring_urls {
        findings.push(match monitoring::is_sync_always(url).await {
            Ok(true) => CheckFinding::new(Promise::Durable, true, format!("{url}: sync_interval is always")),
            Ok(false) => {
                CheckFinding::new(Promise::Durable, false, format!("{url}: sync_interval is not always"))
            }
            Err(error) => {
                CheckFinding::unknown(Promise::Durable, format!("{url}/varz cannot be read: {error}"))
            }
        });
    }
    findings
}

fn check_stream(tenant: &Tenant, options: &JetStreamOptions, info: &StreamInfo) -> Vec<CheckFinding> {
    let wanted = wanted_config(tenant, options.replicas);
    let stream = tenant.stream_name();
    let deviations = deviations(&wanted, &info.config);
    let mut findings: Vec<CheckFinding> = deviations
        .iter()
        .map(|deviation| {
            let name = deviation.split(' ').next().unwrap_or_default();
            CheckFinding::new(promise_of(name), false, format!("stream {stream}: {deviation}"))
        })
        .collect();
    for promise in [Promise::Durable, Promise::Atomic, Promise::Complete, Promise::Immutable] {
        if findings.iter().all(|finding| finding.promise != promise) {
            findings.push(CheckFinding::new(promise, true, format!("stream {stream} is set up for it")));
        }
    }
    let state = &info.state;
    let is_whole = state.messages == state.last_seq && state.num_deleted == 0;
    let count = format!("stream {stream}: {} messages, last position {}", state.messages, state.last_seq);
    findings.push(CheckFinding::new(Promise::Complete, is_whole, count));
    if is_importing(&info.config) {
        let detail = format!("stream {stream}: a restore or copy into it was not finished");
        findings.push(CheckFinding::new(Promise::Complete, false, detail));
    }
    findings
}

/// Which promise rests on a setting of the stream.
fn promise_of(setting: &str) -> Promise {
    match setting {
        "storage" | "num_replicas" | "no_ack" | "persist_mode" | "compression" => Promise::Durable,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_stream_has_its_promise() {
        assert_eq!(promise_of("max_msgs"), Promise::Complete);
        assert_eq!(promise_of("deny_purge"), Promise::Immutable);
        assert_eq!(promise_of("storage"), Promise::Durable);
        assert_eq!(promise_of("allow_atomic"), Promise::Atomic);
    }
}
