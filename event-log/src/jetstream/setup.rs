//! The stream as the log needs it: made if it is missing, compared if it is there.

use itam_nats::NatsClient;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::transfer::{IMPORT_MARK, is_importing};
use crate::{LogError, Tenant};

/// The oldest server that keeps what the log promises: before it, a power cut left torn batches.
const OLDEST_SERVER: (i64, i64, i64) = (2, 15, 1);
const OPERATION: &str = "setting up the stream";
/// What an operator does about a compressed stream: blocks that are there stay compressed when the setting changes.
const COMPRESSED: &str = ": three replicas of a compressed stream can lose everything; back it up \
    (`itam backup --nats`), delete it as the servers' administrator, and restore it (`itam restore --nats`)";

/// What the server says of a stream.
#[derive(Deserialize)]
pub(super) struct StreamInfo {
    pub(super) config: Value,
    #[serde(default)]
    pub(super) state: StreamState,
}

#[derive(Default, Deserialize)]
pub(super) struct StreamState {
    #[serde(default)]
    pub(super) messages: u64,
    #[serde(default)]
    pub(super) num_deleted: u64,
    #[serde(default)]
    pub(super) last_seq: u64,
}

/// Refuses servers that store batches as separate messages or tear them.
pub(super) fn check_server(client: &NatsClient) -> Result<(), LogError> {
    let (major, minor, patch) = OLDEST_SERVER;
    // A client that is still connecting for the first time knows of no server yet.
    let version = client.server_info().version;
    if version.is_empty() {
        let source = "no server has answered yet".into();
        return Err(LogError::Unavailable { operation: OPERATION, source });
    }
    if client.is_server_compatible(major, minor, patch) {
        return Ok(());
    }
    Err(LogError::Misconfigured(format!(
        "the server is nats-server {version}: {major}.{minor}.{patch} or newer is needed, because \
         older ones tear or lose commits"
    )))
}

/// Makes the tenant's stream if it is missing, and compares what the server says it is with what
/// the log needs.
pub(super) async fn ensure_stream(
    client: &NatsClient,
    tenant: &Tenant,
    replicas: usize,
) -> Result<(), LogError> {
    let stream = tenant.stream_name();
    let found = ensure(client, &stream, &wanted_config(tenant, replicas)).await?;
    refuse_half(&stream, &found)
}

/// Refuses to read where there is no stream, or half of a history.
pub(super) async fn require_stream(client: &NatsClient, tenant: &Tenant) -> Result<(), LogError> {
    let stream = tenant.stream_name();
    let missing = || LogError::Misconfigured(format!("there is no stream {stream}"));
    let found = find(client, &stream).await?.ok_or_else(missing)?;
    refuse_half(&stream, &found.config)
}

fn refuse_half(stream: &str, config: &Value) -> Result<(), LogError> {
    if is_importing(config) {
        return Err(LogError::Misconfigured(format!(
            "stream {stream} holds half of a history that was to be restored or copied: run that again"
        )));
    }
    Ok(())
}

/// Makes a stream if it is missing, without looking at one that is there.
pub(super) async fn make(client: &NatsClient, stream: &str, wanted: &Value) -> Result<(), LogError> {
    match ask_to_create(client, stream, wanted).await? {
        Err(error) if error.err_code != ApiError::STREAM_NAME_IN_USE => {
            Err(LogError::Unavailable { operation: OPERATION, source: error.into() })
        }
        _ => Ok(()),
    }
}

/// Makes a stream if it is missing, compares it with what is wanted, and gives what it is.
pub(super) async fn ensure(client: &NatsClient, stream: &str, wanted: &Value) -> Result<Value, LogError> {
    let found = match find(client, stream).await? {
        Some(info) => info.config,
        None => create(client, stream, wanted).await?,
    };
    compare(stream, wanted, &found)?;
    Ok(found)
}

fn compare(stream: &str, wanted: &Value, found: &Value) -> Result<(), LogError> {
    let deviations = deviations(wanted, found);
    if deviations.is_empty() {
        return Ok(());
    }
    Err(LogError::Misconfigured(format!("stream {stream}: {}", deviations.join("; "))))
}

/// Makes the tenant's stream with the mark of an import, or finds it with the mark, or sets the
/// mark on one that is empty.
pub(super) async fn begin_import(
    client: &NatsClient,
    tenant: &Tenant,
    replicas: usize,
) -> Result<(), LogError> {
    let stream = tenant.stream_name();
    let wanted = wanted_config(tenant, replicas);
    let Some(found) = find(client, &stream).await? else {
        let mut marked = wanted.clone();
        marked["metadata"][IMPORT_MARK] = json!("unfinished");
        return compare(&stream, &wanted, &create(client, &stream, &marked).await?);
    };
    compare(&stream, &wanted, &found.config)?;
    if is_importing(&found.config) {
        return Ok(());
    }
    let last = found.state.last_seq;
    if last > 0 {
        return Err(LogError::Misconfigured(format!(
            "stream {stream} is not empty: its last position is {last}"
        )));
    }
    let mut marked = found.config;
    marked["metadata"][IMPORT_MARK] = json!("unfinished");
    update(client, &stream, &marked).await
}

/// Takes the mark away.
pub(super) async fn finish_import(client: &NatsClient, tenant: &Tenant) -> Result<(), LogError> {
    let stream = tenant.stream_name();
    let missing = || LogError::Corrupt(format!("stream {stream} has gone"));
    let mut config = find(client, &stream).await?.ok_or_else(missing)?.config;
    if let Some(metadata) = config["metadata"].as_object_mut() {
        metadata.remove(IMPORT_MARK);
    }
    update(client, &stream, &config).await
}

/// The stream as it is, if it is there.
pub(super) async fn find(client: &NatsClient, stream: &str) -> Result<Option<StreamInfo>, LogError> {
    let subject = client.api(&format!("STREAM.INFO.{stream}"));
    match api::request::<StreamInfo>(client, OPERATION, subject, &Value::Null).await? {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.err_code == ApiError::STREAM_NOT_FOUND => Ok(None),
        Err(source) => Err(LogError::Unavailable { operation: OPERATION, source: source.into() }),
    }
}

async fn update(client: &NatsClient, stream: &str, config: &Value) -> Result<(), LogError> {
    let subject = client.api(&format!("STREAM.UPDATE.{stream}"));
    let answer = api::request::<StreamInfo>(client, OPERATION, subject, config).await?;
    answer.map(drop).map_err(|source| LogError::Unavailable { operation: OPERATION, source: source.into() })
}

async fn create(client: &NatsClient, stream: &str, wanted: &Value) -> Result<Value, LogError> {
    match ask_to_create(client, stream, wanted).await? {
        Ok(info) => Ok(info.config),
        Err(error) if error.code >= 500 || error.err_code == ApiError::NO_PEERS => {
            Err(LogError::Unavailable { operation: OPERATION, source: error.into() })
        }
        Err(error) => Err(LogError::Misconfigured(format!("stream {stream} cannot be made: {error}"))),
    }
}

async fn ask_to_create(
    client: &NatsClient,
    stream: &str,
    wanted: &Value,
) -> Result<Result<StreamInfo, ApiError>, LogError> {
    let subject = client.api(&format!("STREAM.CREATE.{stream}"));
    api::request(client, OPERATION, subject, wanted).await
}

/// Every setting that the log's promises rest on.
pub(super) fn wanted_config(tenant: &Tenant, replicas: usize) -> Value {
    json!({
        "name": tenant.stream_name(),
        "subjects": tenant.subject_trees(),
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        // With S2 and three replicas, nats-server 2.15.1 loses whole streams after a few kills.
        "compression": "none",
        "num_replicas": replicas,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": -1,
        "max_consumers": -1,
        "max_age": 0,
        "allow_atomic": true,
        "allow_direct": true,
        "deny_delete": true,
        "deny_purge": true,
        "allow_rollup_hdrs": false,
        "allow_msg_ttl": false,
        "allow_msg_counter": false,
        "allow_msg_schedules": false,
        "discard_new_per_subject": false,
        "no_ack": false,
        "sealed": false,
        "first_seq": 0,
        "republish": null,
        "mirror": null,
        "sources": null,
        "subject_transform": null,
    })
}

/// What differs, each with the value found and the value wanted. A server leaves out what is
/// false, zero or null.
pub(super) fn deviations(wanted: &Value, found: &Value) -> Vec<String> {
    let mut deviations = Vec::new();
    let is_replicated = wanted["num_replicas"].as_u64() > Some(1);
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        let found = &found[name];
        let same = match (wanted, found) {
            (Value::Bool(false), Value::Null) => true,
            (Value::Number(number), Value::Null) => number.as_u64() == Some(0),
            (Value::Array(wanted), Value::Array(found)) => {
                wanted.len() == found.len() && wanted.iter().all(|subject| found.contains(subject))
            }
            // One replica keeps a stream that an older build had compressed.
            (Value::String(_), Value::String(found)) if name == "compression" && !is_replicated => {
                found == "s2" || found == "none"
            }
            _ => wanted == found,
        };
        if !same {
            let way_out = if name == "compression" { COMPRESSED } else { "" };
            deviations.push(format!("{name} is {found}, must be {wanted}{way_out}"));
        }
    }
    // Acknowledged means on disk: this newer setting would acknowledge before it.
    if found["persist_mode"] == "async" {
        deviations.push("persist_mode is \"async\", must be \"default\"".to_owned());
    }
    deviations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_8_every_deviation_is_named_with_the_value_wanted() {
        let tenant = Tenant::try_new("main").unwrap();
        let wanted = wanted_config(&tenant, 3);
        assert_eq!(deviations(&wanted, &wanted), Vec::<String>::new());
        let mut compressed = wanted.clone();
        compressed["compression"] = json!("s2");
        assert!(deviations(&wanted, &compressed)[0].contains("itam restore"));
        compressed["num_replicas"] = json!(1);
        assert_eq!(deviations(&wanted_config(&tenant, 1), &compressed), Vec::<String>::new());
        let mut found = wanted.clone();
        found["max_msgs"] = json!(10);
        found["allow_atomic"] = Value::Null;
        found["subjects"] = json!(["itam.main.>"]);
        found["persist_mode"] = json!("async");
        let text = deviations(&wanted, &found).join("; ");
        for part in [
            "max_msgs is 10, must be -1",
            "allow_atomic is null, must be true",
            "subjects is [\"itam.main.>\"], must be [\"itam.main.event.>\"",
            "persist_mode",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
