//! The assets that bear a label, and those that ever bore it.

use itam_domain::{former_form, normalize};

use crate::kinds::asset::record::AssetRecord;
use crate::primitive::token::clip;
use crate::register::past_keys::Index;
use crate::register::view::RegisterView;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, text_key, trailing_ordinal};
use crate::store::tables::{ASSET_BY_SERIAL, ASSET_BY_TAG, TextSet};

/// The most holders of one tag or serial number that are looked at to find the live one.
const MAX_HOLDERS: usize = 1_000;

/// What is written on an asset.
#[derive(Clone, Copy)]
enum LabelKind {
    Tag,
    Serial,
}

impl LabelKind {
    fn index(self) -> (TextSet, Index) {
        match self {
            Self::Tag => (ASSET_BY_TAG, Index::Tag),
            Self::Serial => (ASSET_BY_SERIAL, Index::Serial),
        }
    }

    /// The text under which the index has what was typed.
    fn text(self, typed: &str) -> String {
        match self {
            Self::Tag => normalize(typed),
            Self::Serial => clip(&normalize(typed)).to_owned(),
        }
    }

    fn of(self, record: &AssetRecord) -> Option<&str> {
        let facts = &record.asset.facts;
        match self {
            Self::Tag => facts.tag.as_ref().map(|tag| tag.0.as_str()),
            Self::Serial => facts.serial.as_ref().map(|serial| serial.0.as_str()),
        }
    }
}

impl RegisterView<'_> {
    /// The asset of a tag, compared as tags are: the live one that holds it, or else the one that
    /// entered the register last among those that bore it to their end. Of several live ones, to which tags were given
    /// that were not the same then, it is the one whose tag is written so.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset_by_tag(self, tag: &str) -> Result<Option<AssetRecord>> {
        self.holder(LabelKind::Tag, tag)
    }

    /// The asset of a serial number, as [`Self::asset_by_tag`]. Serial numbers are unique only
    /// within their maker: of several live ones it is the youngest.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset_by_serial(self, serial: &str) -> Result<Option<AssetRecord>> {
        self.holder(LabelKind::Serial, serial)
    }

    /// Every asset that bears a tag, compared as tags are, the youngest first: at most one of
    /// them is live, but for tags that were not the same when they were given.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn assets_by_tag(self, tag: &str) -> Result<Vec<AssetRecord>> {
        self.holders(LabelKind::Tag, tag, |_| false)
    }

    /// Every asset that bears a serial number, the youngest first. Of a number longer than 64
    /// bytes only the beginning is compared.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn assets_by_serial(self, serial: &str) -> Result<Vec<AssetRecord>> {
        self.holders(LabelKind::Serial, serial, |_| false)
    }

    /// The youngest live one whose label is written so, or else the youngest live one, or else the youngest.
    fn holder(self, label: LabelKind, typed: &str) -> Result<Option<AssetRecord>> {
        let as_written = former_form(typed);
        let is_live = |record: &AssetRecord| !record.asset.is_ended();
        let is_written_so = |record: &AssetRecord| {
            is_live(record) && label.of(record).is_some_and(|label| former_form(label) == as_written)
        };
        let mut found = self.holders(label, typed, is_written_so)?;
        if found.last().is_some_and(is_written_so) {
            return Ok(found.pop());
        }
        let live = found.iter().position(is_live).unwrap_or_default();
        Ok(found.into_iter().nth(live))
    }

    /// Those that bear a label, the youngest first, up to the first that is looked for.
    fn holders(
        self,
        label: LabelKind,
        typed: &str,
        is_wanted: impl Fn(&AssetRecord) -> bool,
    ) -> Result<Vec<AssetRecord>> {
        let text = label.text(typed);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let assets = self.assets()?;
        let mut found = Vec::new();
        for ordinal in self.bearers(label, &text)? {
            let record = assets.proposed(ordinal)?;
            // An index of the present is right; for a moment it only proposes.
            let bears =
                |record: &AssetRecord| label.of(record).is_some_and(|borne| label.text(borne) == text);
            let Some(record) = record.filter(|record| self.moment.is_none() || bears(record)) else {
                continue;
            };
            let is_last = is_wanted(&record);
            found.push(record);
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    /// The assets that the index has under a text, the youngest first; at a moment those too that
    /// it once had.
    fn bearers(self, label: LabelKind, text: &str) -> Result<Vec<Ordinal>> {
        let (table, index) = label.index();
        let (from, to) = (text_key(text, 0), text_key(text, Ordinal::MAX));
        let mut found = Vec::new();
        let table = self.snapshot.table(table)?;
        let range = table.range(from.as_slice()..=to.as_slice()).during(READING)?;
        for entry in range.rev().take(MAX_HOLDERS) {
            let (key, _) = entry.during(READING)?;
            found.push(trailing_ordinal(key.value()));
        }
        if self.moment.is_some() {
            found.extend(
                self.snapshot
                    .past_keys(index, &from, &to, MAX_HOLDERS)?
                    .0
                    .iter()
                    .map(|key| trailing_ordinal(key)),
            );
            found.sort_unstable_by(|one, other| other.cmp(one));
            found.dedup();
        }
        Ok(found)
    }
}
