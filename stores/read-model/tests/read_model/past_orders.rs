//! The orders of a moment, where they are too long to be sorted at once.

use chrono::TimeDelta;
use itam_domain::Tag;
use itam_domain::asset::{AssetCorrected, AssetEvent, AssetVerified, FactChange};
use itam_read_model::{AssetQuery, AssetSort, Direction, Moment, Worklist};

use crate::support::walk;
use crate::support::{Register, apply, envelope, id, noon, registered, tagged, text};

/// More assets than are sorted at once, so that orders are walked.
const MANY: u32 = 2_300;

/// Many assets, one a minute; then a third is tagged anew and a half is seen again.
fn many() -> Register {
    let mut register = Register::alone();
    let mut on = |number: u32, day: i64, event: AssetEvent| {
        let mut envelope = envelope(register.writer.expected(), id(number), event);
        let at = noon(day) + TimeDelta::minutes(i64::from(number));
        (envelope.effective_at, envelope.recorded_at) = (at, at + TimeDelta::milliseconds(1));
        apply(&mut register.writer, envelope);
    };
    for number in 0..MANY {
        // Tags in another order than age.
        on(number, 0, registered(tagged(&format!("T-{:05}", u64::from(number) * 7_919 % 9_973))));
    }
    for number in (0..MANY).filter(|number| number % 3 == 0) {
        let new = Some(Tag(text(&format!("N-{number:05}"))));
        let changes = vec![FactChange::Tag { old: None, new }];
        on(number, 10, AssetEvent::Corrected(AssetCorrected { changes }));
    }
    for number in (0..MANY).filter(|number| number % 2 == 0) {
        on(
            number,
            20,
            AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None }),
        );
    }
    register.writer.flush().expect("flush");
    register
}

#[test]
fn orders_of_more_than_are_sorted_at_once_are_walked_to_their_end() {
    let register = many();
    let snapshot = register.snapshot();
    let last = u64::from(MANY);
    for (day, known_at) in [(5, u64::MAX), (15, u64::MAX), (30, last), (30, last + 300), (30, u64::MAX)] {
        let past = snapshot.at(Moment { as_of: noon(day), known_at });
        let there = walk(|cursor| past.list(&AssetQuery::default(), cursor, 700).expect("list"));
        assert_eq!(there.len(), MANY as usize);
        for direction in [Direction::Ascending, Direction::Descending] {
            for sort in [AssetSort::Tag, AssetSort::Changed] {
                let mut wanted: Vec<_> = there.iter().collect();
                match sort {
                    AssetSort::Tag => wanted.sort_by_key(|asset| asset.asset.facts.tag.clone()),
                    _ => wanted.sort_by_key(|asset| asset.changed.position),
                }
                if direction == Direction::Descending {
                    wanted.reverse();
                }
                let query = AssetQuery { sort, direction, ..AssetQuery::default() };
                let found = walk(|cursor| past.list(&query, cursor, 700).expect("list"));
                assert!(found.iter().eq(wanted), "by {sort:?}, {direction:?}, on day {day} at {known_at}");
            }
        }
        let mut wanted: Vec<_> = there.iter().collect();
        wanted.sort_by_key(|asset| asset.verified_at.unwrap_or(asset.registered.effective_at));
        let found = walk(|cursor| {
            past.worklist(
                Worklist::Unverified { until: chrono::DateTime::<chrono::Utc>::MAX_UTC },
                cursor,
                700,
            )
            .expect("worklist")
        });
        assert!(found.iter().eq(wanted), "unverified on day {day} at {known_at}");
    }
}
