//! The settings of a bucket: as it is made, and what is refused.

use async_nats::jetstream::stream::{Compression, Config, DiscardPolicy, StorageType};

use crate::VaultError;

/// How many values of a key the server keeps. Only what is still there can be shredded: a value
/// that the server itself drops stays readable on its disk. So earlier values are kept just until
/// they are shredded.
const VALUES_PER_KEY: i64 = 64;

/// As `nats kv add` makes it, but with atomic batches, and with deletion, which erasure needs.
pub(super) fn configuration(name: &str, replicas: usize) -> Config {
    Config {
        name: format!("KV_{name}"),
        description: Some("itam: erasable facts beside the log".to_owned()),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: VALUES_PER_KEY,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: replicas,
        max_messages: -1,
        max_bytes: -1,
        allow_rollup: true,
        allow_direct: true,
        deny_delete: false,
        allow_atomic_publish: true,
        compression: Some(Compression::None),
        ..Config::default()
    }
}

/// Refuses a bucket that does not keep what a vault needs.
pub(super) fn check(name: &str, config: &Config) -> Result<(), VaultError> {
    let refuse = |reason: &str| Err(VaultError::Misconfigured(format!("bucket {name}: {reason}")));
    if !config.allow_atomic_publish {
        return refuse("atomic batches are off, or the server is older than 2.12");
    }
    if config.deny_delete {
        return refuse("deletion is denied, so nothing could be erased");
    }
    if config.max_messages_per_subject != VALUES_PER_KEY {
        return refuse("it must have history 64, so that earlier values can be shredded");
    }
    if config.republish.is_some() {
        return refuse("what is stored in it is published, so that others read it");
    }
    if config.mirror.is_some() || config.sources.as_ref().is_some_and(|sources| !sources.is_empty()) {
        return refuse("it is filled from another stream");
    }
    let is_compressed = config.compression.as_ref().is_some_and(|how| *how != Compression::None);
    if is_compressed && config.num_replicas > 1 {
        return refuse("it is compressed, and replicas of a compressed stream break and can lose everything");
    }
    if config.storage != StorageType::File {
        return refuse("it is kept in memory only");
    }
    Ok(())
}
