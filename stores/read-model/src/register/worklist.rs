//! Worklists of assets: small indexes that hold only the assets that somebody has to see to, the longest
//! waiting first.

use chrono::{DateTime, NaiveDate, Utc};

use crate::kinds::asset::index::orders;
use crate::kinds::asset::record::AssetRecord;
use crate::primitive::intersection::Matches;
use crate::primitive::page::{
    Cursor, Direction, KeyWalk, ListCode, MAX_EXAMINED, MAX_PAGE, MAX_PASSED, Page,
};
use crate::primitive::posting::Union;
use crate::register::list::{Keyed, MAX_SORTED, keyed_page};
use crate::register::past_keys::Index;
use crate::register::past_order::{NextKey, with_past_keys};
use crate::register::view::{Assets, RegisterView};
use crate::store::error::Result;
use crate::store::key::{AssetOrder, Facet, Ordinal, order_key, sort_day, sort_instant, trailing_ordinal};
use crate::store::tables::ASSET_BY_ORDER;

/// A worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worklist {
    /// Deployed and due back before the day given; the longest overdue first.
    OverdueReturns {
        /// Today, as the caller has it.
        before: NaiveDate,
    },
    /// Handed over and not yet confirmed; the longest waiting first.
    PendingAcceptances,
    /// In the custody of somebody who declined it; the longest waiting first.
    DeclinedCustody,
    /// In maintenance; the longest out first.
    InMaintenance,
    /// Missing; the longest missing first.
    Missing,
    /// Reserved; the oldest reservation first.
    Reserved,
    /// On hold; the oldest hold first.
    OnHold,
    /// In stock or deployed, and last seen until an instant; what was not seen for longest first, counted from
    /// registration where nobody ever saw it.
    Unverified {
        /// When it was seen last, at the latest.
        until: DateTime<Utc>,
    },
    /// In stock or deployed, and nobody ever saw it; the longest registered first.
    NeverVerified,
    /// In service, with a warranty that ends from a day on and before another; the first to end first.
    WarrantyEnding {
        /// Today, as the caller has it.
        from: NaiveDate,
        /// The first day that is too far ahead.
        before: NaiveDate,
    },
    /// In service, with an end of life of its own that is before a day; the longest over first.
    EndOfLife {
        /// The first day that is too far ahead.
        before: NaiveDate,
    },
}

/// How many assets are on a worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorklistLength {
    /// How many, or at most how many.
    pub count: u64,
    /// Whether it is exactly as many: of very many that stand in one order at a moment, it is not told which days they
    /// wait for.
    pub is_exact: bool,
}

impl Worklist {
    fn order(self) -> AssetOrder {
        match self {
            Self::OverdueReturns { .. } => AssetOrder::DueBack,
            Self::PendingAcceptances => AssetOrder::PendingAcceptance,
            Self::DeclinedCustody => AssetOrder::DeclinedCustody,
            Self::InMaintenance => AssetOrder::InMaintenance,
            Self::Missing => AssetOrder::Missing,
            Self::Reserved => AssetOrder::Reserved,
            Self::OnHold => AssetOrder::OnHold,
            Self::Unverified { .. } => AssetOrder::Unverified,
            Self::NeverVerified => AssetOrder::NeverVerified,
            Self::WarrantyEnding { .. } => AssetOrder::WarrantyEnd,
            Self::EndOfLife { .. } => AssetOrder::EndOfLife,
        }
    }

    /// The least key of what is on it, and the least behind that. A day that is too late is itself not on it; its
    /// first possible key closes the range.
    fn bounds(self) -> ([u8; 13], [u8; 13]) {
        let order = self.order();
        let low = match self {
            Self::WarrantyEnding { from, .. } => sort_day(from),
            _ => 0,
        };
        let high = match self {
            Self::OverdueReturns { before }
            | Self::WarrantyEnding { before, .. }
            | Self::EndOfLife { before } => order_key(order, sort_day(before), 0),
            Self::Unverified { until } => order_key(order, sort_instant(until).saturating_add(1), 0),
            _ => order_key(order, u64::MAX, Ordinal::MAX),
        };
        (order_key(order, low, 0), high)
    }

    /// Whether all that stand in its order are on it, whatever day they wait for.
    fn is_whole_order(self) -> bool {
        !matches!(
            self,
            Self::OverdueReturns { .. }
                | Self::Unverified { .. }
                | Self::WarrantyEnding { .. }
                | Self::EndOfLife { .. }
        )
    }
}

impl RegisterView<'_> {
    /// A page of a worklist, of at most `limit` assets, behind `cursor`.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn worklist(
        self,
        worklist: Worklist,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let order = worklist.order();
        let code = self.code(ListCode::Worklist, order as u8);
        let (low, high) = worklist.bounds();
        let assets = self.assets()?;
        let listed = self.listed(order, &assets)?;
        if let Some(listed) = listed.as_ref().filter(|listed| listed.count() <= MAX_SORTED) {
            let keyed = keyed(order, &assets, listed, (&low, &high))?;
            return keyed_page(keyed, code, Direction::Ascending, cursor, limit.clamp(1, MAX_PAGE));
        }
        let after = cursor.map(|cursor| cursor.sized_key::<13>(code)).transpose()?;
        let mut next_key = self.worklist_keys((&low, &high), after.as_ref())?;
        let mut page = Page { items: Vec::new(), next: None };
        let mut examined = 0;
        for _ in 0..MAX_PASSED {
            let is_listed = |key: &Vec<u8>| key.as_slice() < high.as_slice();
            let Some(key) = next_key()?.filter(is_listed) else {
                page.next = None;
                return Ok(page);
            };
            page.next = Some(Cursor::new(code, &key));
            let ordinal = trailing_ordinal(&key);
            if listed.as_ref().is_some_and(|listed| !listed.contains(ordinal)) {
                continue;
            }
            let is_on_it = |record: &AssetRecord| self.moment.is_none() || stands_at(record, &key);
            page.items.extend(assets.proposed(ordinal)?.filter(is_on_it));
            examined += 1;
            if page.items.len() == limit.clamp(1, MAX_PAGE) || examined == MAX_EXAMINED {
                break;
            }
        }
        Ok(page)
    }

    /// How many assets are on a worklist.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn worklist_length(self, worklist: Worklist) -> Result<WorklistLength> {
        let (order, (low, high)) = (worklist.order(), worklist.bounds());
        let assets = self.assets()?;
        if let Some(listed) = self.listed(order, &assets)? {
            if worklist.is_whole_order() {
                return Ok(WorklistLength { count: listed.count() as u64, is_exact: true });
            }
            if listed.count() <= MAX_SORTED {
                let count = keyed(order, &assets, &listed, (&low, &high))?.len() as u64;
                return Ok(WorklistLength { count, is_exact: true });
            }
            return Ok(WorklistLength { count: listed.count() as u64, is_exact: false });
        }
        let index = self.snapshot.table(ASSET_BY_ORDER)?;
        let mut walk = KeyWalk::keys(&index, (&low, &high), None, Direction::Ascending)?;
        // Keys alone are read, and as many as there are assets at most.
        let mut count = 0;
        while walk.next()?.is_some_and(|key| key.as_slice() < high.as_slice()) {
            count += 1;
        }
        Ok(WorklistLength { count, is_exact: true })
    }

    /// All assets that were on a worklist at a moment. The present has them in their order, and
    /// needs no list of them.
    fn listed(self, order: AssetOrder, assets: &Assets<'_>) -> Result<Option<Matches>> {
        if self.moment.is_none() {
            return Ok(None);
        }
        let unions = vec![Union::of(Facet::Worklist, order as u32)];
        self.intersection(unions, assets, Direction::Ascending, MAX_EXAMINED)?.all()
    }

    /// The keys of a worklist, among them all that it had at the moment.
    fn worklist_keys(
        self,
        (low, high): (&[u8; 13], &[u8; 13]),
        after: Option<&[u8; 13]>,
    ) -> Result<NextKey<'static>> {
        let index = self.snapshot.table(ASSET_BY_ORDER)?;
        let mut walk = KeyWalk::keys(&index, (low, high), after, Direction::Ascending)?;
        let present: NextKey<'static> = Box::new(move || Ok(walk.next()?.map(|key| key.to_vec())));
        if self.moment.is_none() {
            return Ok(present);
        }
        let after = after.map(<[u8; 13]>::as_slice);
        let (bounds, direction) = ((low.as_slice(), high.as_slice()), Direction::Ascending);
        with_past_keys(self.snapshot, Index::Order, bounds, after, direction, present)
    }
}

/// The assets of a worklist whose keys lie from `low` to before `high`.
fn keyed(
    order: AssetOrder,
    assets: &Assets<'_>,
    listed: &Matches,
    (low, high): (&[u8; 13], &[u8; 13]),
) -> Result<Keyed<AssetRecord>> {
    let mut keyed = Keyed::new();
    for ordinal in listed.ordinals() {
        let Some(record) = assets.find(ordinal)? else { continue };
        let key = orders(&record).into_iter().find(|(other, _)| *other == order);
        let key = key.map(|(order, sort)| order_key(order, sort, ordinal));
        let key = key.filter(|key| (low..high).contains(&key));
        keyed.extend(key.map(|key| (key.to_vec(), record)));
    }
    Ok(keyed)
}

/// Whether an asset stands on a worklist under this key.
fn stands_at(record: &AssetRecord, key: &[u8]) -> bool {
    let ordinal = trailing_ordinal(key);
    orders(record).into_iter().any(|(order, sort)| order_key(order, sort, ordinal) == key)
}
