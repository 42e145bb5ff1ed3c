//! The log's keys in the data directory.

use std::path::Path;

use itam_proof::{KeyError, KeyFolder, Origin};
use itam_sealer::{KeyRing, Keys};
use itam_service_kit::random_seed;

/// A folder of keys.
pub(super) struct FolderKeys(KeyFolder);

impl FolderKeys {
    pub(super) fn new(folder: &Path) -> Self {
        Self(KeyFolder::new(folder))
    }
}

impl KeyRing for FolderKeys {
    fn keys(&self, origin: &Origin) -> Result<Keys, KeyError> {
        let keys = self.0.load_for(origin)?;
        let trust = keys.trust();
        Ok(Keys { signers: vec![keys.key], trust })
    }

    fn create(&self, origin: &Origin) -> Result<Keys, KeyError> {
        let public = self.0.create(origin, &random_seed())?;
        eprintln!("public key of this log, for those who verify it: {public}");
        self.keys(origin)
    }
}
