//! The stream as the log needs it: made if it is missing, compared if it is there.

use itam_nats::NatsClient;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{self, ApiError};
use crate::{LogError, Tenant};

/// The oldest server that keeps what the log promises: before it, a power cut left torn batches.
const OLDEST_SERVER: (i64, i64, i64) = (2, 15, 1);
const OPERATION: &str = "setting up the stream";
/// Says in the stream's metadata that none of its blocks was ever compressed, which the setting does not say:
/// blocks that are there stay as they are when it changes. Set where the stream is made, and nowhere else.
const BLOCKS_MARK: &str = "itam-blocks";
/// Says in the stream's metadata that a history is being taken over.
const IMPORT_MARK: &str = "itam-import";
/// Why a replicated stream that is, or may have been, compressed is refused.
const COMPRESSED: &str = ": replicas of a compressed stream break, and can lose everything";
/// What an operator does about it, where it is the log.
const WAY_OUT: &str = "; stop the services, back up (`itam backup --nats`), delete the stream and the buckets of \
    people and tokens as the servers' administrator, and restore (`itam restore --nats`)";

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

/// Whether a history is being taken over into a stream of this configuration.
pub(super) fn is_importing(config: &Value) -> bool {
    !config["metadata"][IMPORT_MARK].is_null()
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
        "metadata": { BLOCKS_MARK: "plain" },
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
    for (name, wanted_here) in wanted.as_object().into_iter().flatten() {
        if name == "metadata" || name == "compression" {
            continue;
        }
        let found = &found[name];
        let same = match (wanted_here, found) {
            (Value::Bool(false), Value::Null) => true,
            (Value::Number(number), Value::Null) => number.as_u64() == Some(0),
            (Value::Array(wanted), Value::Array(found)) => {
                wanted.len() == found.len() && wanted.iter().all(|subject| found.contains(subject))
            }
            _ => wanted_here == found,
        };
        if !same {
            deviations.push(format!("{name} is {found}, must be {wanted_here}"));
        }
    }
    deviations.extend(compressed(wanted, found));
    // Acknowledged means on disk: this newer setting would acknowledge before it.
    if found["persist_mode"] == "async" {
        deviations.push("persist_mode is \"async\", must be \"default\"".to_owned());
    }
    deviations
}

/// How a stream is compressed, or may have been, on more than one server. One replica keeps a stream that
/// an older build had compressed.
fn compressed(wanted: &Value, found: &Value) -> Option<String> {
    let is_replicated = |config: &Value| config["num_replicas"].as_u64() > Some(1);
    if !is_replicated(wanted) && !is_replicated(found) {
        return None;
    }
    let (compression, mark) = (&found["compression"], &found["metadata"][BLOCKS_MARK]);
    let (wanted_mark, way_out) = match &wanted["metadata"][BLOCKS_MARK] {
        Value::Null => (&Value::Null, ""),
        wanted_mark => (wanted_mark, WAY_OUT),
    };
    if compression != "none" && !compression.is_null() {
        return Some(format!("compression is {compression}, must be \"none\"{COMPRESSED}{way_out}"));
    }
    let is_marked = wanted_mark.is_null() || mark == wanted_mark;
    (!is_marked).then(|| {
        format!(
            "compression is \"none\" now, but {BLOCKS_MARK} in metadata is {mark}, must be {wanted_mark}: an older build \
             had its blocks compressed, or nobody knows{COMPRESSED}{way_out}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_8_every_deviation_is_named_with_the_value_wanted() {
        let tenant = Tenant::try_new("main").unwrap();
        let wanted = wanted_config(&tenant, 3);
        assert_eq!(deviations(&wanted, &wanted), Vec::<String>::new());
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

    #[test]
    fn what_is_or_was_compressed_is_refused_on_several_servers_and_kept_on_one() {
        let tenant = Tenant::try_new("main").unwrap();
        let wanted = wanted_config(&tenant, 3);
        let changed = |name: &str, value: Value| {
            let mut found = wanted.clone();
            found[name] = value;
            found
        };
        let now = changed("compression", json!("s2"));
        let once = changed("metadata", json!({ "_nats.ver": "2.15.1" }));
        for (found, words) in [(&now, "compression is \"s2\""), (&once, "itam-blocks in metadata is null")] {
            let told = deviations(&wanted, found).join("; ");
            assert!(told.contains(words) && told.contains("itam restore"), "{told}");
            let mut single = found.clone();
            single["num_replicas"] = json!(1);
            assert_eq!(deviations(&wanted_config(&tenant, 1), &single), Vec::<String>::new());
            // Also to a process that was told of one server.
            let told = deviations(&wanted_config(&tenant, 1), found).join("; ");
            assert!(told.contains(words), "{told}");
        }
        let marked = changed("metadata", json!({ "itam-blocks": "plain", "_nats.ver": "2.15.1" }));
        assert_eq!(deviations(&wanted, &marked), Vec::<String>::new());
    }
}
