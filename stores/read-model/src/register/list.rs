//! Lists of assets: filtered, sorted, by pages.

use crate::kinds::asset::index::tag_key;
use crate::kinds::asset::record::AssetRecord;
use crate::primitive::intersection::Matches;
use crate::primitive::page::{Cursor, Direction, KeyWalk, ListCode, MAX_EXAMINED, MAX_PAGE, Page};
use crate::register::filter::AssetFilters;
use crate::register::past_keys::Index;
use crate::register::past_order::{NextKey, changes, with_past_keys};
use crate::register::view::{Assets, RegisterView};
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{AssetOrder, Ordinal, order_key, trailing_ordinal};
use crate::store::tables::{ASSET_BY_ORDER, ASSET_BY_TAG};

/// Up to this many matches are read and sorted in memory; more are met often enough on the way
/// through the order itself, where what does not match is not read.
pub(crate) const MAX_SORTED: usize = 2_000;

/// Things that were found at once, each with its place in the order of a list.
pub(crate) type Keyed<T> = Vec<(Vec<u8>, T)>;

/// By what a list of assets is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssetSort {
    /// The order in which they entered the register.
    #[default]
    Age,
    /// Their tag, in the form in which tags are compared; those without one last.
    Tag,
    /// Their last change.
    Changed,
}

/// Which assets, in what order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetQuery {
    /// What they are filtered by.
    pub filters: AssetFilters,
    /// By what they are sorted.
    pub sort: AssetSort,
    /// In which direction.
    pub direction: Direction,
}

impl AssetQuery {
    fn code(&self, view: RegisterView<'_>) -> [u8; 2] {
        let list = match self.sort {
            AssetSort::Age => ListCode::AssetsByAge,
            AssetSort::Tag => ListCode::AssetsByTag,
            AssetSort::Changed => ListCode::AssetsByChange,
        };
        view.code(list, self.direction as u8)
    }
}

impl<'a> RegisterView<'a> {
    /// A page of at most `limit` assets (and at most [`MAX_PAGE`]), behind `cursor`. Its cost
    /// depends on the page, not on the register. For an export walk by age, page by page, each on
    /// a snapshot of its own or all on one: nothing that stays the same is met twice or missed.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn list(
        self,
        query: &AssetQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let limit = limit.clamp(1, MAX_PAGE);
        let assets = self.assets()?;
        match query.sort {
            AssetSort::Age => self.list_by_age(&assets, query, cursor, limit),
            AssetSort::Tag | AssetSort::Changed => match self.matches(&assets, query)? {
                Some(matches) if matches.count() <= MAX_SORTED => {
                    self.sorted_page(load_all(&assets, query, &matches)?, query, cursor, limit)
                }
                matches => self.walk_order(&assets, query, matches.as_ref(), cursor, limit),
            },
        }
    }

    fn list_by_age(
        self,
        assets: &Assets<'_>,
        query: &AssetQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let code = query.code(self);
        let unions = query.filters.unions(self.snapshot)?;
        let mut matches = self.intersection(unions, assets, query.direction, MAX_EXAMINED)?;
        let after = cursor.map(|cursor| cursor.ordinal(code)).transpose()?;
        let mut items = Vec::new();
        let next = matches.walk(code, after, |ordinal| {
            let record = assets.proposed(ordinal)?;
            items.extend(record.filter(|record| query.filters.admits(record)));
            Ok(items.len() == limit)
        })?;
        Ok(Page { items, next })
    }

    /// All that the indexes say matches, if they know and can tell in time.
    fn matches(self, assets: &Assets<'_>, query: &AssetQuery) -> Result<Option<Matches>> {
        let unions = query.filters.unions(self.snapshot)?;
        let intersection = self.intersection(unions, assets, Direction::Ascending, MAX_EXAMINED)?;
        if intersection.is_bounded() { intersection.all() } else { Ok(None) }
    }

    fn walk_order(
        self,
        assets: &Assets<'_>,
        query: &AssetQuery,
        matches: Option<&Matches>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let code = query.code(self);
        let after = cursor.map(|cursor| cursor.key(code)).transpose()?;
        let mut next_key = self.order_keys(query, after)?;
        let mut page = Page { items: Vec::new(), next: None };
        for _ in 0..MAX_EXAMINED {
            let Some(key) = next_key()? else {
                page.next = None;
                return Ok(page);
            };
            let ordinal = trailing_ordinal(&key);
            page.next = Some(Cursor::new(code, &key));
            if matches.is_some_and(|matches| !matches.contains(ordinal)) {
                continue;
            }
            let record = assets.proposed(ordinal)?;
            let is_here =
                |record: &AssetRecord| self.moment.is_none() || sort_key(record, ordinal, query.sort) == key;
            page.items.extend(record.filter(|record| query.filters.admits(record) && is_here(record)));
            if page.items.len() == limit {
                break;
            }
        }
        Ok(page)
    }

    /// The keys of the order asked for, as [`sort_key`] gives them.
    fn order_keys(self, query: &AssetQuery, after: Option<&[u8]>) -> Result<NextKey<'a>> {
        let snapshot = self.snapshot;
        if query.sort == AssetSort::Tag {
            let bounds: (&[u8], &[u8]) = (&[], &[0xff; 6]);
            let mut walk = KeyWalk::texts(&snapshot.table(ASSET_BY_TAG)?, bounds, after, query.direction)?;
            let present: NextKey<'a> = Box::new(move || walk.next());
            return match self.moment {
                None => Ok(present),
                Some(_) => with_past_keys(snapshot, Index::Tag, bounds, after, query.direction, present),
            };
        }
        let bounds =
            (order_key(AssetOrder::Changed, 0, 0), order_key(AssetOrder::Changed, u64::MAX, Ordinal::MAX));
        let after = after.map(<[u8; 13]>::try_from).transpose().map_err(|_| ReadModelError::Cursor)?;
        if let Some(moment) = self.moment {
            return Ok(changes(snapshot, moment, after, query.direction));
        }
        let index = snapshot.table(ASSET_BY_ORDER)?;
        let mut walk = KeyWalk::keys(&index, (&bounds.0, &bounds.1), after.as_ref(), query.direction)?;
        Ok(Box::new(move || Ok(walk.next()?.map(|key| key.to_vec()))))
    }

    fn sorted_page(
        self,
        found: Vec<(Ordinal, AssetRecord)>,
        query: &AssetQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let keyed =
            found.into_iter().map(|(ordinal, record)| (sort_key(&record, ordinal, query.sort), record));
        keyed_page(keyed.collect(), query.code(self), query.direction, cursor, limit)
    }
}

fn load_all(
    assets: &Assets<'_>,
    query: &AssetQuery,
    matches: &Matches,
) -> Result<Vec<(Ordinal, AssetRecord)>> {
    let mut found = Vec::new();
    for ordinal in matches.ordinals() {
        let record = assets.proposed(ordinal)?.filter(|record| query.filters.admits(record));
        found.extend(record.map(|record| (ordinal, record)));
    }
    Ok(found)
}

/// The place of an asset in the order asked for: the key under which the order's index has it.
fn sort_key(record: &AssetRecord, ordinal: Ordinal, sort: AssetSort) -> Vec<u8> {
    match sort {
        AssetSort::Age => ordinal.to_be_bytes().to_vec(),
        AssetSort::Tag => tag_key(record, ordinal),
        AssetSort::Changed => order_key(AssetOrder::Changed, record.changed.position, ordinal).to_vec(),
    }
}

/// A page of what was found at once.
pub(crate) fn keyed_page<T>(
    keyed: Keyed<T>,
    code: [u8; 2],
    direction: Direction,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<T>> {
    let after = cursor.map(|cursor| cursor.key(code)).transpose()?;
    Ok(page_behind(keyed, code, direction, after, limit))
}

/// A page of what was found at once and stands behind a key.
pub(crate) fn page_behind<T>(
    mut keyed: Keyed<T>,
    code: [u8; 2],
    direction: Direction,
    after: Option<&[u8]>,
    limit: usize,
) -> Page<T> {
    keyed.sort_unstable_by(|(one, _), (other, _)| match direction {
        Direction::Ascending => one.cmp(other),
        Direction::Descending => other.cmp(one),
    });
    let is_behind = |key: &[u8]| {
        after.is_none_or(|after| match direction {
            Direction::Ascending => key > after,
            Direction::Descending => key < after,
        })
    };
    let mut rest = keyed.into_iter().filter(|(key, _)| is_behind(key));
    let mut page = Page { items: Vec::new(), next: None };
    let mut last = None;
    for (key, record) in rest.by_ref().take(limit) {
        page.items.push(record);
        last = Some(key);
    }
    if rest.next().is_some() {
        page.next = last.map(|key| Cursor::new(code, &key));
    }
    page
}
