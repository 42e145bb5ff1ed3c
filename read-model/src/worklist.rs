//! The worklists: small indexes that hold only the assets that somebody has to see to, in the
//! order that matters to her.

use chrono::NaiveDate;

use crate::asset_record::AssetRecord;
use crate::error::Result;
use crate::key::{Order, Ordinal, order_key, sort_day, trailing_ordinal};
use crate::page::{Cursor, Direction, ListCode, MAX_PAGE, Page, Walk};
use crate::snapshot::Snapshot;
use crate::tables::ASSET_BY_ORDER;

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
    /// In maintenance; the longest out first.
    InMaintenance,
    /// Missing; the longest missing first.
    Missing,
    /// Reserved; the oldest reservation first.
    Reserved,
    /// On hold; the oldest hold first.
    OnHold,
    /// In stock or deployed; whoever was not seen for longest first, counted from registration
    /// where nobody ever saw it.
    Unverified,
}

impl Worklist {
    fn order(self) -> Order {
        match self {
            Self::OverdueReturns { .. } => Order::DueBack,
            Self::PendingAcceptances => Order::PendingAcceptance,
            Self::InMaintenance => Order::InMaintenance,
            Self::Missing => Order::Missing,
            Self::Reserved => Order::Reserved,
            Self::OnHold => Order::OnHold,
            Self::Unverified => Order::Unverified,
        }
    }
}

impl Snapshot {
    /// A page of a worklist, of at most `limit` assets, behind `cursor`.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn worklist(
        &self,
        worklist: Worklist,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let order = worklist.order();
        let code = [ListCode::Worklist as u8, order as u8];
        let low = order_key(order, 0, 0);
        let high = match worklist {
            Worklist::OverdueReturns { before } => order_key(order, sort_day(before), 0),
            _ => order_key(order, u64::MAX, Ordinal::MAX),
        };
        let after = cursor.map(|cursor| cursor.sized_key::<13>(code)).transpose()?;
        let index = self.table(ASSET_BY_ORDER)?;
        let mut walk = Walk::keys(&index, (&low, &high), after.as_ref(), Direction::Ascending)?;
        let assets = self.assets()?;
        let mut page = Page { items: Vec::new(), next: None };
        while let Some(key) = walk.next()? {
            // The day given is itself not overdue; its first possible key closes the range.
            if key == high && matches!(worklist, Worklist::OverdueReturns { .. }) {
                break;
            }
            page.items.push(assets.load(trailing_ordinal(&key))?);
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                page.next = Some(Cursor::new(code, &key));
                break;
            }
        }
        Ok(page)
    }
}
