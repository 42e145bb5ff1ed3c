//! What a sealer keeps in the data directory, and the stream of checkpoints beside the log.

use std::path::Path;

use itam_event_log::{CheckpointStream, Tenant};
use itam_nats::NatsClient;
use itam_proof::{KeyError, KeyFolder, Origin};
use itam_sealer::{CurrentKeys, KeyRing, SealerFiles};
use itam_service_kit::random_seed;

use crate::data_dir::DataDir;
use crate::failure::Failure;

/// Where a sealer keeps its files.
#[must_use]
pub fn files(dir: &DataDir) -> SealerFiles {
    SealerFiles { tree: dir.tree(), checkpoints: dir.ledger() }
}

/// The keys that a sealer signs with.
#[must_use]
pub fn keys(dir: &DataDir) -> impl KeyRing {
    FolderKeys::new(&dir.keys())
}

/// The newest note of a tenant's stream of checkpoints.
pub(crate) async fn newest_in_stream(
    client: NatsClient,
    tenant: &Tenant,
    replicas: usize,
) -> Result<Option<String>, Failure> {
    let stream = CheckpointStream::connect(client, tenant, replicas).await.map_err(Failure::Log)?;
    let newest = stream.newest().await.map_err(Failure::Log)?;
    Ok(newest.map(|message| String::from_utf8_lossy(&message.body).into_owned()))
}

/// A folder of keys.
struct FolderKeys(KeyFolder);

impl FolderKeys {
    fn new(folder: &Path) -> Self {
        Self(KeyFolder::new(folder))
    }
}

impl KeyRing for FolderKeys {
    fn keys(&self, origin: &Origin) -> Result<CurrentKeys, KeyError> {
        let keys = self.0.load_for(origin)?;
        let trust = keys.trust();
        Ok(CurrentKeys { signers: vec![keys.key], trust })
    }

    fn create(&self, origin: &Origin) -> Result<CurrentKeys, KeyError> {
        let public = self.0.create(origin, &random_seed())?;
        eprintln!("public key of this log, for those who verify it: {public}");
        self.keys(origin)
    }
}
