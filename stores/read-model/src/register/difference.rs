//! What differs between two moments.

use itam_domain::AssetId;

use crate::kinds::asset::record::AssetRecord;
use crate::primitive::intersection::Things;
use crate::primitive::page::{Cursor, Direction, ListCode, MAX_EXAMINED, MAX_PAGE, Page};
use crate::register::heading::Heading;
use crate::register::moment::Moment;
use crate::register::version::Versions;
use crate::store::error::Result;
use crate::store::snapshot::Snapshot;

/// An asset that differs between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetDifference {
    /// Which asset.
    pub id: AssetId,
    /// What it was at the first moment; `None` if it was not in the register.
    pub before: Option<AssetRecord>,
    /// What it was at the second.
    pub after: Option<AssetRecord>,
    /// The positions of the events that made the difference: those that count at one of the moments
    /// only, because they were known or had taken effect at that one.
    pub positions: Vec<u64>,
}

const CODE: [u8; 2] = [ListCode::Differences as u8, 0];

impl Snapshot {
    /// A page of at most `limit` assets that differ between two moments, by age. Looking is
    /// bounded, so that a page may hold fewer and still have a `next`.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn diff(
        &self,
        from: Moment,
        to: Moment,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetDifference>> {
        let after = cursor.map(|cursor| cursor.ordinal(CODE)).transpose()?;
        let (before, behind) = (self.at(from).assets()?, self.at(to).assets()?);
        let versions = Versions::open(self.transaction())?;
        let mut page = Page { items: Vec::new(), next: None };
        let mut next = after.map_or(Some(0), |after| after.checked_add(1));
        for _ in 0..MAX_EXAMINED {
            let found = next.map(|next| before.seek(next, Direction::Ascending)).transpose()?.flatten();
            let Some(ordinal) = found else {
                page.next = None;
                return Ok(page);
            };
            next = ordinal.checked_add(1);
            page.next = Some(Cursor::new(CODE, &ordinal.to_be_bytes()));
            let headings = versions.headings(ordinal)?.into_iter();
            let between = headings.filter(|heading| lies_between(heading, from, to));
            let positions: Vec<u64> = between.map(|heading| heading.position).collect();
            if positions.is_empty() {
                continue;
            }
            let (before, after) = (before.find(ordinal)?, behind.find(ordinal)?);
            let id = before.as_ref().or(after.as_ref()).map(AssetRecord::id);
            if let Some(id) = id.filter(|_| before != after) {
                page.items.push(AssetDifference { id, before, after, positions });
            }
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                break;
            }
        }
        Ok(page)
    }
}

/// Whether an event counts at one of two moments only: because it was known or had taken effect at
/// one of them, or spoke of one of them.
fn lies_between(heading: &Heading, from: Moment, to: Moment) -> bool {
    let speaks_from = heading.reach.since().unwrap_or(heading.effective);
    let counts = |moment: Moment| {
        let is_known = heading.position <= moment.known_at;
        [heading.effective, speaks_from].map(|instant| is_known && instant <= moment.as_of_ms())
    };
    counts(from) != counts(to)
}
