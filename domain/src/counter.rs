//! What is counted across subjects: what an audit found, say, or seats that are taken, or pieces in stock.
//!
//! Each thing that counts for something has a subject of its own, so that nothing stands in the way of a hundred who
//! store such things; but a rule about all of them together must see their sum as it is when it is stored. So what is
//! counted stands on lanes, each a guard's subject. Who stores a thing counts on one lane, chosen by its command's id,
//! and who ends the counting counts on all of them. What a thing counts for is a function of its state
//! ([`Counted`]), and a lane changes by the difference of before and after, so no command can forget it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::aggregate::{Aggregate, AggregateRef};
use crate::ids::CommandId;

/// A sort of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKind {
    /// What the subjects of its lanes begin with.
    pub token: &'static str,
    /// How many lanes there are. One waits for another with one chance in so many, and who ends the counting writes so
    /// many.
    pub lanes: u8,
    /// The numbers that it counts, in the order of their names.
    pub numbers: &'static [&'static str],
}

/// One lane of what is counted for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterName {
    /// What it is counted for.
    pub of: AggregateRef,
    /// What is counted.
    pub what: &'static CounterKind,
    /// Which lane.
    pub lane: u8,
}

/// What a lane counts: differences, which may be below zero, since what is counted on one lane may be counted off
/// another. The sum over all lanes is what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<&'static str, i64>);

/// What a thing counts for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) of: AggregateRef,
    pub(crate) what: &'static CounterKind,
    pub(crate) counts: Counts,
}

impl CounterKind {
    /// All lanes of what is counted for a thing.
    pub fn all(&'static self, of: impl Into<AggregateRef>) -> impl Iterator<Item = CounterName> {
        let of = of.into();
        (0..self.lanes).map(move |lane| CounterName { of, what: self, lane })
    }

    /// The lane on which a command counts: any would do, if only a retry takes the same.
    #[must_use]
    pub fn lane(&'static self, of: impl Into<AggregateRef>, command: CommandId) -> CounterName {
        let number = command.derived_id("lane", 0).as_bytes()[15];
        CounterName { of: of.into(), what: self, lane: number.checked_rem(self.lanes).unwrap_or(0) }
    }

    /// Nothing of any number.
    #[must_use]
    pub fn nothing(&self) -> Counts {
        Counts(self.numbers.iter().map(|number| (*number, 0)).collect())
    }

    /// What a stored lane counts; `None` if it does not say so of each number.
    #[must_use]
    pub fn read(&self, stored: &Value) -> Option<Counts> {
        let read = |number: &&'static str| Some((*number, stored.get(*number)?.as_i64()?));
        Some(Counts(self.numbers.iter().map(read).collect::<Option<_>>()?))
    }
}

impl CounterName {
    /// The subject token.
    #[must_use]
    pub fn token(self) -> String {
        format!("{}-{}-{}", self.what.token, self.of.id, self.lane)
    }
}

impl Counts {
    /// So many of each number.
    pub(crate) fn of(numbers: impl IntoIterator<Item = (&'static str, i64)>) -> Self {
        Self(numbers.into_iter().collect())
    }

    /// How many of a number.
    #[must_use]
    pub fn get(&self, number: &str) -> i64 {
        self.0.get(number).copied().unwrap_or(0)
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        self.with(other, i64::saturating_add)
    }

    /// The difference of two.
    #[must_use]
    pub fn minus(self, other: &Self) -> Self {
        self.with(other, i64::saturating_sub)
    }

    fn with(mut self, other: &Self, of: fn(i64, i64) -> i64) -> Self {
        for (number, count) in &other.0 {
            let sum = self.0.entry(number).or_default();
            *sum = of(*sum, *count);
        }
        self
    }
}

impl Aggregate {
    /// What it counts for, if it does for anything.
    pub(crate) fn counted(&self) -> Option<Counted> {
        if let Self::AuditFinding(finding) = self { Some(finding.counted()) } else { None }
    }

    /// What is counted for it, as long as something may be.
    pub(crate) fn counting(&self) -> Option<&'static CounterKind> {
        if let Self::AuditCampaign(campaign) = self { campaign.counting() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::ids::PurchaseOrderId;

    /// Seats, as a license would have them.
    const SEATS: CounterKind = CounterKind { token: "seats", lanes: 4, numbers: &["held", "taken"] };
    static SEATS_OF: CounterKind = SEATS;

    #[test]
    fn a_command_counts_on_the_same_lane_however_often_it_is_sent() {
        let of = PurchaseOrderId(Uuid::from_u128(7));
        let lanes: Vec<CounterName> = SEATS_OF.all(of).collect();
        let lane_of = |n: u128| SEATS_OF.lane(of, CommandId(Uuid::from_u128(n)));
        assert!((0..100).all(|n| lanes.contains(&lane_of(n)) && lane_of(n) == lane_of(n)));
        assert_eq!(lanes.len(), 4);
        assert_eq!(lanes[3].token(), "seats-00000000-0000-0000-0000-000000000007-3");
    }

    #[test]
    fn counts_add_up_over_lanes_of_which_one_is_below_zero() {
        let one = Counts::of([("held", 10), ("taken", 3)]);
        let other = SEATS.nothing().minus(&Counts::of([("taken", 1)]));
        assert_eq!(other.get("taken"), -1);
        assert_eq!(one.plus(&other), Counts::of([("held", 10), ("taken", 2)]));
        let most = Counts::of([("held", i64::MAX)]);
        assert_eq!(most.clone().plus(&most), most);
    }

    #[test]
    fn a_stored_lane_says_how_many_of_each_number_or_is_none() {
        let counts = Counts::of([("held", 2), ("taken", -1)]);
        let stored = serde_json::to_value(&counts).expect("numbers");
        assert_eq!((&stored, SEATS.read(&stored)), (&json!({"held": 2, "taken": -1}), Some(counts)));
        assert_eq!(
            SEATS.read(&json!({"held": 2, "taken": 0, "more": "x"})),
            Some(Counts::of([("held", 2), ("taken", 0)]))
        );
        for garbage in [json!({"held": 2}), json!({"held": 2, "taken": "1"}), json!([]), json!(null)] {
            assert_eq!(SEATS.read(&garbage), None, "{garbage}");
        }
    }
}
