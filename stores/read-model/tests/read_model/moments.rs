//! What was true at one instant, as far as was known at another: told by hand.

use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::asset::{
    AcquisitionCosts, AssetCorrected, AssetDeployed, AssetEvent, AssetFacts, AssetReturned, AssetTagged,
    Custodian, FactChange,
};
use itam_domain::vocabulary::{AcceptanceRule, AssetState};
use itam_domain::{Event, Tag};
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, Moment, RegisterView, SearchTerm, Snapshot, SummaryFilters,
    Worklist,
};
use uuid::Uuid;

use crate::support::{
    Register, apply, asset, envelope, euro, facts, id, location, model_named, noon, person, registered,
    tagged, text,
};

/// A register whose events name both of their times.
struct Desk(Register);

impl Desk {
    fn new() -> Self {
        Self(Register::new())
    }

    /// An event that took effect on one day and was recorded on another; says its position.
    fn record(&mut self, id: Uuid, effective: i64, recorded: i64, event: impl Into<Event>) -> u64 {
        let position = self.0.writer.expected();
        let mut envelope = envelope(position, id, event);
        (envelope.effective_at, envelope.recorded_at) = (noon(effective), noon(recorded));
        apply(&mut self.0.writer, envelope);
        self.0.writer.flush().expect("flush");
        position
    }

    fn on_day(&mut self, number: u32, day: i64, event: AssetEvent) -> u64 {
        self.record(id(number), day, day, event)
    }

    fn snapshot(&self) -> Snapshot {
        self.0.snapshot()
    }
}

fn moment(as_of: DateTime<Utc>, known_at: u64) -> Moment {
    Moment { as_of, known_at }
}

fn correction(change: FactChange) -> AssetEvent {
    AssetEvent::Corrected(AssetCorrected { changes: vec![change] })
}

fn new_tag(new: &str) -> AssetEvent {
    correction(FactChange::Tag { old: None, new: Some(Tag(text(new))) })
}

fn deployed_to(number: u32) -> AssetEvent {
    AssetEvent::Deployed(AssetDeployed {
        custodian: Custodian::Person(person(number)),
        acceptance: AcceptanceRule::Required,
        location_id: None,
        due_back_on: None,
    })
}

fn returned_from(number: u32) -> AssetEvent {
    let from = Custodian::Person(person(number));
    AssetEvent::Returned(AssetReturned { from, location_id: None, condition: None })
}

fn the_asset(past: RegisterView<'_>) -> Option<AssetRecord> {
    past.asset(asset(1)).expect("read")
}

fn tag_of(record: &AssetRecord) -> &str {
    record.asset.facts.tag.as_ref().map_or("", |tag| tag.0.as_str())
}

#[test]
fn a_late_entry_changes_the_past_for_those_who_know_of_it_only() {
    let mut desk = Desk::new();
    let entered = desk.on_day(1, 0, registered(tagged("LT-1")));
    let other = desk.on_day(2, 10, registered(tagged("LT-2")));
    let late = desk.record(id(1), 3, 20, deployed_to(7));
    let snapshot = desk.snapshot();
    let state =
        |day, known_at| the_asset(snapshot.at(moment(noon(day), known_at))).map(|record| record.state());
    assert_eq!(state(5, late), Some(AssetState::Deployed), "it is included for whoever knows of it");
    assert_eq!(state(5, other), Some(AssetState::InStock), "nobody knew of it on day 10");
    assert_eq!(state(2, late), Some(AssetState::InStock), "it had not happened by then");
    assert_eq!(state(-1, late), None, "before the first event there was nothing");
    assert_eq!(state(30, entered - 1), None, "before it was known there was nothing");
    assert_eq!(state(30, u64::MAX), Some(AssetState::Deployed), "what is not applied yet adds nothing");
    let held_by = AssetFilters { custodians: vec![Custodian::Person(person(7))], ..AssetFilters::default() };
    let query = AssetQuery { filters: held_by, ..AssetQuery::default() };
    let count = |day, known_at| {
        snapshot.at(moment(noon(day), known_at)).list(&query, None, 9).expect("list").items.len()
    };
    assert_eq!((count(5, late), count(5, other), count(2, late)), (1, 0, 0));
}

#[test]
fn a_correction_without_a_time_replaces_a_wrong_value_for_as_long_as_it_stood() {
    let mut desk = Desk::new();
    let priced =
        |minor| AssetFacts { costs: Some(AcquisitionCosts::of_price(euro(minor))), ..tagged("LT-1") };
    desk.on_day(1, 0, registered(priced(90_000)));
    let before = desk.on_day(1, 2, deployed_to(7));
    let costs = Some(AcquisitionCosts::of_price(euro(9_000)));
    let corrected = desk.on_day(1, 7, correction(FactChange::Costs { old: None, new: costs }));
    let snapshot = desk.snapshot();
    let cost = |day, known_at| {
        let past = snapshot.at(moment(noon(day), known_at));
        let summary = past.summary(&SummaryFilters::default()).expect("summary");
        let total: i128 = summary.acquisition_cost.values().sum();
        let record = the_asset(past).expect("known");
        let own: i128 = record.acquisition_cost().iter().map(|(_, minor)| *minor).sum();
        assert_eq!(own, total, "the summary and the asset agree");
        total
    };
    assert_eq!(cost(3, corrected), 9_000, "day 3 as it is known now: the price was never 900");
    assert_eq!(cost(3, before), 90_000, "day 3 as it was known then");
    assert_eq!(cost(9, corrected), 9_000, "now, as it is known now");
    assert_eq!(cost(9, before), 90_000, "day 9, by a reader who was behind");
}

#[test]
fn a_correction_leaves_alone_what_was_right_when_it_was_said() {
    let mut desk = Desk::new();
    desk.on_day(1, 0, registered(AssetFacts { location_id: Some(location(1)), ..tagged("LT-1") }));
    let mut back = AssetReturned { from: Custodian::Person(person(7)), location_id: None, condition: None };
    back.location_id = Some(location(2));
    desk.on_day(1, 4, AssetEvent::Returned(back));
    desk.on_day(1, 8, correction(FactChange::Location { old: Some(location(2)), new: Some(location(3)) }));
    let snapshot = desk.snapshot();
    let place = |day| {
        let record = the_asset(snapshot.at(moment(noon(day), u64::MAX))).expect("known");
        record.asset.facts.location_id
    };
    assert_eq!(place(5), Some(location(3)), "it was never at the second place");
    assert_eq!(place(1), Some(location(1)), "that it came from the first was no error");
}

#[test]
fn a_corrected_value_is_corrected_again() {
    let mut desk = Desk::new();
    let first = desk.on_day(1, 0, registered(tagged("A")));
    let second = desk.on_day(1, 5, new_tag("B"));
    let third = desk.on_day(1, 9, new_tag("C"));
    let snapshot = desk.snapshot();
    for (known_at, tag) in [(first, "A"), (second, "B"), (third, "C")] {
        let past = snapshot.at(moment(noon(1), known_at));
        assert_eq!(the_asset(past).as_ref().map(tag_of), Some(tag));
        assert!(past.asset_by_tag(tag).expect("read").is_some(), "{tag} is found by who knew of it");
        for other in ["A", "B", "C"].into_iter().filter(|other| *other != tag) {
            assert_eq!(past.asset_by_tag(other).expect("read"), None, "{other} was not its tag");
        }
    }
}

#[test]
fn a_correction_with_a_time_of_its_own_holds_from_that_time_on() {
    let mut desk = Desk::new();
    desk.on_day(1, 0, registered(tagged("A")));
    desk.on_day(1, 6, deployed_to(7));
    desk.record(id(1), 4, 10, new_tag("B"));
    desk.record(id(2), 0, 0, registered(tagged("X")));
    desk.record(id(2), 5, 10, new_tag("Y"));
    let snapshot = desk.snapshot();
    let tags = |day| {
        let past = snapshot.at(moment(noon(day), u64::MAX));
        [1, 2].map(|number| {
            let record = past.asset(asset(number)).expect("read").expect("known");
            tag_of(&record).to_owned()
        })
    };
    assert_eq!(tags(3), ["A", "X"], "before the time that the corrections name");
    assert_eq!(tags(4), ["B", "X"], "it reaches back behind what happened since");
    assert_eq!(tags(5), ["B", "Y"]);
    assert_eq!(tags(7), ["B", "Y"]);
}

#[test]
fn what_an_asset_was_once_called_finds_it_at_that_moment() {
    let mut desk = Desk::new();
    desk.record(facts().model_id.0, 0, 0, model_named("ThinkPad"));
    desk.on_day(1, 1, registered(AssetFacts { name: Some(text("web server")), ..facts() }));
    let (tag, serial) = (Tag(text("OLD-77")), None);
    desk.on_day(1, 2, AssetEvent::Tagged(AssetTagged { tag, serial, location_id: None }));
    let before = desk.on_day(1, 3, deployed_to(7));
    desk.on_day(1, 4, new_tag("NEW-1"));
    desk.record(facts().model_id.0, 5, 5, model_named("MacBook"));
    let snapshot = desk.snapshot();
    let finds = |past: RegisterView<'_>, word: &str| {
        let terms = [SearchTerm { text: word.to_owned(), custodians: Vec::new() }];
        past.search(&terms, &AssetFilters::default(), None, 9).expect("search").assets.len()
    };
    let (then, now) = (snapshot.at(moment(noon(3), before)), snapshot.at(moment(noon(9), u64::MAX)));
    for (word, in_the_past, at_present) in [
        ("old-77", 1, 0),
        ("77", 1, 0),
        ("new-1", 0, 1),
        ("thinkpad", 1, 0),
        ("macbook", 0, 1),
        ("web", 1, 1),
    ] {
        assert_eq!((finds(then, word), finds(now, word)), (in_the_past, at_present), "{word}");
    }
    assert!(then.asset_by_tag("OLD-77").expect("read").is_some());
    assert!(now.asset_by_tag("OLD-77").expect("read").is_none());
    let model = then.find::<itam_read_model::ModelRecord>(facts().model_id.0).expect("read").expect("known");
    assert_eq!(model.item.definition.name.as_str(), "ThinkPad");
}

#[test]
fn a_worklist_holds_who_was_on_it() {
    let mut desk = Desk::new();
    for number in 1..=3 {
        desk.on_day(number, 0, registered(tagged(&format!("LT-{number}"))));
        desk.on_day(number, i64::from(number), deployed_to(number));
    }
    desk.on_day(2, 6, returned_from(2));
    let late = desk.record(id(1), 4, 9, returned_from(1));
    let snapshot = desk.snapshot();
    let waiting = |day, known_at| {
        let past = snapshot.at(moment(noon(day), known_at));
        let first = past.worklist(Worklist::PendingAcceptances, None, 1).expect("worklist");
        let mut found = first.items;
        if let Some(cursor) = &first.next {
            assert!(snapshot.now().worklist(Worklist::PendingAcceptances, Some(cursor), 9).is_err());
            found.extend(
                past.worklist(Worklist::PendingAcceptances, Some(cursor), 9).expect("worklist").items,
            );
        }
        let numbers = found.iter().map(|record| record.asset.custodian());
        numbers.collect::<Vec<_>>()
    };
    let held = |numbers: &[u32]| -> Vec<_> {
        numbers.iter().map(|number| Some(Custodian::Person(person(*number)))).collect()
    };
    assert_eq!(waiting(5, late), held(&[2, 3]));
    assert_eq!(waiting(5, late - 1), held(&[1, 2, 3]), "the late return was not known");
    assert_eq!(waiting(8, late), held(&[3]));
    assert_eq!(waiting(1, late), held(&[1]));
}

#[test]
fn an_instant_names_what_was_known_by_then() {
    let mut desk = Desk::new();
    let start = noon(0);
    let mut stored = Vec::new();
    for minute in 0..700_i64 {
        let position = desk.0.writer.expected();
        let mut envelope =
            envelope(position, id(u32::try_from(minute % 5).expect("small")), registered(facts()));
        // The clock of the log is set back once in a while.
        let at = start + TimeDelta::minutes(if minute % 100 == 99 { minute - 50 } else { minute });
        (envelope.recorded_at, envelope.effective_at) = (at, at);
        stored.push(at);
        apply(&mut desk.0.writer, envelope);
        if minute % 37 == 0 {
            desk.0.writer.flush().expect("flush");
        }
    }
    desk.0.writer.flush().expect("flush");
    let snapshot = desk.snapshot();
    let known = |instant| snapshot.position_at(instant).expect("read");
    assert_eq!(known(start - TimeDelta::milliseconds(1)), 0);
    for (index, at) in stored.iter().enumerate() {
        // The last position before which, or at which, nothing later than the instant was stored.
        let latest = stored.iter().scan(DateTime::<Utc>::MIN_UTC, |latest, at| {
            *latest = (*latest).max(*at);
            Some(*latest)
        });
        let wanted = latest.take_while(|latest| latest <= at).count() as u64;
        assert_eq!(known(*at), wanted, "at the time of position {}", index + 1);
    }
    assert_eq!(known(start + TimeDelta::days(9)), 700);
    assert_eq!(snapshot.first_effective().expect("read"), Some(start));
}

#[test]
fn two_moments_differ_in_what_happened_and_in_what_became_known_between_them() {
    let mut desk = Desk::new();
    let first = desk.on_day(1, 0, registered(tagged("A")));
    let second = desk.on_day(2, 1, registered(tagged("B")));
    let third = desk.on_day(1, 5, deployed_to(7));
    let fourth = desk.record(id(2), 2, 9, deployed_to(8));
    desk.on_day(3, 12, registered(tagged("C")));
    let snapshot = desk.snapshot();
    let differences = |from, to| {
        let page = snapshot.diff(from, to, None, 9).expect("diff");
        assert_eq!(page.next, None);
        page.items.into_iter().map(|item| (item.id, item.positions)).collect::<Vec<_>>()
    };
    let (early, middle) = (moment(noon(3), third), moment(noon(6), third));
    assert_eq!(differences(early, middle), [(asset(1), vec![third])], "the world went on");
    let informed = moment(noon(3), fourth);
    assert_eq!(differences(early, informed), [(asset(2), vec![fourth])], "something became known");
    let beginning = moment(noon(-1), 0);
    let entered = differences(beginning, early);
    assert_eq!(entered, [(asset(1), vec![first]), (asset(2), vec![second])]);
    let page = snapshot.diff(beginning, moment(noon(20), u64::MAX), None, 2).expect("diff");
    assert_eq!(page.items.iter().map(|item| item.before.is_some()).collect::<Vec<_>>(), [false, false]);
    let rest = snapshot.diff(beginning, moment(noon(20), u64::MAX), page.next.as_ref(), 2).expect("diff");
    assert_eq!(rest.items.iter().map(|item| item.id).collect::<Vec<_>>(), [asset(3)]);
}
