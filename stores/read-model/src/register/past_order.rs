//! The orders in which assets stood at a moment: keys in the order asked for, among them all that
//! stood in it then. Whoever walks them asks the row whether it has the key at the moment.

use crate::primitive::page::{Direction, KeyWalk};
use crate::register::chronicle::{ChronicleLine, RUN};
use crate::register::moment::Moment;
use crate::register::past_keys::{Index, past_key};
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{AssetOrder, Ordinal, number_at, order_key};
use crate::store::snapshot::Snapshot;
use crate::store::tables::FORMER_KEY;

/// Gives the keys of an order, one by one.
pub(crate) type NextKey<'a> = Box<dyn FnMut() -> Result<Option<Vec<u8>>> + 'a>;

/// Joins the keys that an index has to those that it once had.
pub(crate) fn with_past_keys<'a>(
    snapshot: &Snapshot,
    index: Index,
    (low, high): (&[u8], &[u8]),
    after: Option<&[u8]>,
    direction: Direction,
    mut present: NextKey<'a>,
) -> Result<NextKey<'a>> {
    let (low, high) = (past_key(index, low), past_key(index, high));
    let after = after.map(|after| past_key(index, after));
    let table = snapshot.table(FORMER_KEY)?;
    let mut past = KeyWalk::texts(&table, (&low, &high), after.as_deref(), direction)?;
    let mut next_past_key = move || {
        Ok::<_, ReadModelError>(past.next()?.map(|mut key| {
            key.remove(0);
            key
        }))
    };
    let (mut one, mut other) = (present()?, next_past_key()?);
    Ok(Box::new(move || {
        let comes_first = match (&one, &other) {
            (None, _) => false,
            (_, None) => true,
            (Some(one), Some(other)) => match direction {
                Direction::Ascending => one <= other,
                Direction::Descending => one >= other,
            },
        };
        if one == other {
            other = next_past_key()?;
        }
        if comes_first {
            Ok(std::mem::replace(&mut one, present()?))
        } else {
            Ok(std::mem::replace(&mut other, next_past_key()?))
        }
    }))
}

/// The order of changes: the events up to the moment, by position. Between them stand keys of no
/// asset, so that a long way without an event that counts is no single step.
pub(crate) fn changes(
    snapshot: &Snapshot,
    moment: Moment,
    after: Option<[u8; 13]>,
    direction: Direction,
) -> NextKey<'_> {
    let as_of = moment.as_of_ms();
    let known_at = moment.known_at.min(snapshot.applied().position);
    let after = after.map(|key| number_at(&key, 1));
    let is_behind = move |line: &ChronicleLine| {
        line.position <= known_at
            && after.is_none_or(|after| match direction {
                Direction::Ascending => line.position > after,
                Direction::Descending => line.position < after,
            })
    };
    let mut run = match direction {
        Direction::Ascending => after.map_or(0, |after| after / RUN),
        Direction::Descending => after.unwrap_or(known_at).min(known_at) / RUN,
    };
    let mut keys = Vec::new().into_iter();
    let mut is_over = false;
    Box::new(move || {
        if let Some(key) = keys.next() {
            return Ok(Some(key));
        }
        if is_over || run * RUN > known_at {
            return Ok(None);
        }
        let mut lines = snapshot.run(run)?;
        lines.retain(is_behind);
        if direction == Direction::Descending {
            lines.reverse();
        }
        let milestone = lines.last().map_or(run * RUN, |line| line.position);
        let mut found: Vec<Vec<u8>> = Vec::new();
        for line in lines {
            if let Some((ordinal, _)) = line.change.filter(|(_, effective)| *effective <= as_of) {
                found.push(order_key(AssetOrder::Changed, line.position, ordinal).to_vec());
            }
        }
        found.push(order_key(AssetOrder::Changed, milestone, Ordinal::MAX).to_vec());
        keys = found.into_iter();
        match direction {
            Direction::Ascending => run += 1,
            Direction::Descending => match run.checked_sub(1) {
                Some(before) => run = before,
                None => is_over = true,
            },
        }
        Ok(keys.next())
    })
}
