//! Everything that ever bore a label.

use itam_domain::normalize;

use crate::asset_record::AssetRecord;
use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, text_key, trailing_ordinal};
use crate::snapshot::{MAX_HOLDERS, READING, Snapshot};
use crate::tables::{ASSET_BY_SERIAL, ASSET_BY_TAG, TextSet};
use crate::token::clip;

impl Snapshot {
    /// Every asset that bears a tag, compared as tags are, the youngest first: at most one of
    /// them is live.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn assets_by_tag(&self, tag: &str) -> Result<Vec<AssetRecord>> {
        self.holders(ASSET_BY_TAG, &normalize(tag))
    }

    /// Every asset that bears a serial number, the youngest first. Of a number longer than 64
    /// bytes only the beginning is compared.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn assets_by_serial(&self, serial: &str) -> Result<Vec<AssetRecord>> {
        self.holders(ASSET_BY_SERIAL, clip(&normalize(serial)))
    }

    fn holders(&self, table: TextSet, text: &str) -> Result<Vec<AssetRecord>> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let (from, to) = (text_key(text, 0), text_key(text, Ordinal::MAX));
        let index = self.table(table)?;
        let range = index.range(from.as_slice()..=to.as_slice()).map_err(ReadModelError::store(READING))?;
        let assets = self.assets()?;
        let mut found = Vec::new();
        for entry in range.rev().take(MAX_HOLDERS) {
            let (key, _) = entry.map_err(ReadModelError::store(READING))?;
            found.push(assets.load(trailing_ordinal(key.value()))?);
        }
        Ok(found)
    }
}
