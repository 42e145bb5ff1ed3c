//! Events that could not be applied.

use crate::store::error::{ReadModelError, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

/// Why an event was not applied. Applying goes on behind it; a build that knows more builds the
/// read model anew and takes it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Its wire name, as far as it could be read.
    pub event_type: String,
    /// Why it was not applied.
    pub reason: String,
    /// When the log stored it.
    pub seen_at: DateTime<Utc>,
}

impl Parked {
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self)
            .map_err(|error| ReadModelError::Damaged(format!("a parked event: {error}")))?;
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let Some((&VERSION, row)) = bytes.split_first() else {
            return Err(ReadModelError::Damaged("a parked event of unknown version".to_owned()));
        };
        serde_json::from_slice(row)
            .map_err(|error| ReadModelError::Damaged(format!("a parked event: {error}")))
    }
}
