//! What each event does to an asset's row, its worklists, its timelines and the search.

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::asset::{
    AssetCustodyAccepted, AssetDeployed, AssetDisposed, AssetEvent, AssetHoldPlaced, AssetHoldReleased,
    AssetMaintenanceCompleted, AssetMaintenanceStarted, AssetOrdered, AssetReassigned, AssetRecovered,
    AssetReportedMissing, AssetReserved, AssetRetired, AssetReturned, AssetSanitized, AssetShipped,
    AssetVerified, AssetWrittenOff, Custodian, Stage,
};
use itam_domain::vocabulary::{
    AcceptanceRule, AssetState, DisposalMethod, HoldKind, LossKind, MaintenanceKind, MaintenanceOutcome,
    RetirementCause, SanitizationMethod,
};
use itam_domain::{AggregateKind, AggregateRef, AssetId};
use itam_read_model::{AssetFilters, AssetRecord, Direction, SearchTerm, Snapshot, Worklist};

use crate::support::{
    Register, asset, euro, facts, id, location, location_named, model_named, person, registered, tagged,
    text, with_serial,
};

fn deployed(to: u32, acceptance: AcceptanceRule, due_back_on: Option<NaiveDate>) -> AssetEvent {
    let custodian = Custodian::Person(person(to));
    AssetEvent::Deployed(AssetDeployed { custodian, acceptance, location_id: None, due_back_on })
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, day).expect("day")
}

fn on(register: &Register, worklist: Worklist) -> Vec<AssetId> {
    let page = register.snapshot().now().worklist(worklist, None, 50).expect("worklist");
    page.items.iter().map(AssetRecord::id).collect()
}

#[test]
fn an_asset_is_found_by_id_tag_and_serial_however_they_are_written() {
    let mut register = Register::new();
    let snapshot = register.register(1, with_serial(tagged("LT-001"), "PF3X"));
    let record = snapshot.now().asset(asset(1)).expect("read").expect("known");
    assert_eq!(record.state(), AssetState::InStock);
    assert_eq!((record.version, record.registered.position), (1, 1));
    assert_eq!(snapshot.now().asset_by_tag(" lt-001 ").expect("read"), Some(record.clone()));
    assert_eq!(snapshot.now().asset_by_serial("pf3x").expect("read"), Some(record));
    assert_eq!(snapshot.now().asset_by_tag("LT-00").expect("read"), None);
    assert_eq!(snapshot.now().asset(asset(2)).expect("read"), None);
}

#[test]
fn a_tag_names_its_live_holder_and_else_the_last_one_that_bore_it() {
    let mut register = Register::new();
    let disposed = AssetDisposed {
        method: DisposalMethod::Recycled,
        vendor_id: None,
        proceeds: None,
        certificate_number: None,
    };
    register.register(1, tagged("LT-001"));
    register.on_asset(1, AssetEvent::Disposed(disposed));
    let by_tag = |register: &Register| {
        register.snapshot().now().asset_by_tag("LT-001").expect("read").expect("known").id()
    };
    assert_eq!(by_tag(&register), asset(1));
    register.register(2, tagged("LT-001"));
    assert_eq!(by_tag(&register), asset(2));
}

#[test]
fn custody_shows_since_when_and_leaves_the_worklists_when_it_is_accepted_and_returned() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    let record = register.on_asset(1, deployed(7, AcceptanceRule::Required, Some(day(10))));
    assert_eq!(record.custody_since, Some(record.changed.effective_at));
    assert_eq!(on(&register, Worklist::PendingAcceptances), [asset(1)]);
    assert_eq!(on(&register, Worklist::OverdueReturns { before: day(11) }), [asset(1)]);
    assert_eq!(on(&register, Worklist::OverdueReturns { before: day(10) }), []);
    register.on_asset(1, AssetEvent::CustodyAccepted(AssetCustodyAccepted {}));
    assert_eq!(on(&register, Worklist::PendingAcceptances), []);
    let from = Custodian::Person(person(7));
    let record = register
        .on_asset(1, AssetEvent::Returned(AssetReturned { from, location_id: None, condition: None }));
    assert_eq!((record.custody_since, record.asset.custodian()), (None, None));
    assert_eq!(on(&register, Worklist::OverdueReturns { before: day(30) }), []);
}

#[test]
fn maintenance_loss_and_holds_are_on_their_worklists_exactly_while_they_last() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    let started = AssetMaintenanceStarted {
        kind: MaintenanceKind::Repair,
        from: None,
        vendor_id: None,
        expected_back_on: Some(day(9)),
        description: None,
    };
    let record = register.on_asset(1, AssetEvent::MaintenanceStarted(started));
    assert_eq!(record.maintenance.expect("maintenance").expected_back_on, Some(day(9)));
    assert_eq!(on(&register, Worklist::InMaintenance), [asset(1)]);
    assert_eq!(on(&register, Worklist::Unverified { until: DateTime::<Utc>::MAX_UTC }), []);
    let completed = AssetMaintenanceCompleted {
        outcome: MaintenanceOutcome::Repaired,
        cost: None,
        condition: None,
        location_id: None,
    };
    assert_eq!(register.on_asset(1, AssetEvent::MaintenanceCompleted(completed)).maintenance, None);
    assert_eq!(on(&register, Worklist::InMaintenance), []);

    let placed = AssetHoldPlaced { hold: HoldKind::Legal, case_number: Some(text("C-9")) };
    let record = register.on_asset(1, AssetEvent::HoldPlaced(placed));
    assert_eq!(record.holds[0].case_number, Some(text("C-9")));
    assert_eq!(on(&register, Worklist::OnHold), [asset(1)]);
    register.on_asset(1, AssetEvent::HoldReleased(AssetHoldReleased { hold: HoldKind::Legal }));
    assert_eq!(on(&register, Worklist::OnHold), []);

    let lost = AssetReportedMissing { loss: LossKind::Lost, from: None, report_number: None };
    register.on_asset(1, AssetEvent::ReportedMissing(lost));
    assert_eq!(on(&register, Worklist::Missing), [asset(1)]);
    let found = AssetRecovered { location_id: location(1), condition: None };
    assert_eq!(register.on_asset(1, AssetEvent::Recovered(found)).loss, None);
    assert_eq!(on(&register, Worklist::Missing), []);
}

#[test]
fn what_is_declined_what_ends_and_what_nobody_saw_is_on_its_worklist_exactly_while_it_is_so() {
    let mut register = Register::new();
    let facts = itam_domain::asset::AssetFacts {
        warranty_until: Some(day(10)),
        end_of_life_on: Some(day(20)),
        ..tagged("LT-001")
    };
    register.register(1, facts);
    let ending = |from, before| Worklist::WarrantyEnding { from: day(from), before: day(before) };
    for (worklist, is_on) in [
        (ending(10, 11), true),
        (ending(9, 10), false),
        (ending(11, 30), false),
        (Worklist::EndOfLife { before: day(20) }, false),
        (Worklist::EndOfLife { before: day(21) }, true),
        (Worklist::NeverVerified, true),
        (Worklist::DeclinedCustody, false),
    ] {
        assert_eq!(on(&register, worklist).len(), usize::from(is_on), "{worklist:?}");
        let length = register.snapshot().now().worklist_length(worklist).expect("length");
        assert_eq!((length.count, length.is_exact), (u64::from(is_on), true), "{worklist:?}");
    }
    register.on_asset(1, deployed(7, AcceptanceRule::Required, None));
    register.on_asset(1, AssetEvent::CustodyDeclined(itam_domain::asset::AssetCustodyDeclined {}));
    assert_eq!(on(&register, Worklist::DeclinedCustody), [asset(1)]);
    let seen = itam_domain::asset::AssetVerified { location_id: None, condition: None, campaign_id: None };
    register.on_asset(1, AssetEvent::Verified(seen));
    assert_eq!(on(&register, Worklist::NeverVerified), []);
    let from = Custodian::Person(person(7));
    register.on_asset(1, AssetEvent::Returned(AssetReturned { from, location_id: None, condition: None }));
    assert_eq!(on(&register, Worklist::DeclinedCustody), []);
    let retired =
        itam_domain::asset::AssetRetired { cause: itam_domain::vocabulary::RetirementCause::Surplus };
    register.on_asset(1, AssetEvent::Retired(retired));
    assert_eq!(
        (on(&register, ending(1, 30)), on(&register, Worklist::EndOfLife { before: day(30) })),
        (vec![], vec![])
    );
}

#[test]
fn a_written_off_asset_still_tells_how_it_was_lost() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    let lost = AssetReportedMissing { loss: LossKind::Stolen, from: None, report_number: Some(text("P-4")) };
    register.on_asset(1, AssetEvent::ReportedMissing(lost));
    let record = register.on_asset(1, AssetEvent::WrittenOff(AssetWrittenOff {}));
    assert_eq!(record.state(), AssetState::Disposed);
    assert_eq!(record.disposal.expect("disposal").method, None);
    assert_eq!(record.loss.expect("loss").report_number, Some(text("P-4")));
}

#[test]
fn transit_keeps_what_the_asset_was_when_it_left() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    register.on_asset(1, AssetEvent::Retired(AssetRetired { cause: RetirementCause::EndOfLife }));
    let shipped =
        AssetShipped { destination_id: location(2), carrier: Some(text("DHL")), tracking_number: None };
    let record = register.on_asset(1, AssetEvent::Shipped(shipped));
    assert_eq!(record.settled_stage(), &Stage::Retired);
    assert_eq!(record.retirement.expect("retirement").cause, RetirementCause::EndOfLife);
    assert_eq!(record.transit.expect("transit").carrier, Some(text("DHL")));
}

#[test]
fn reservation_sanitization_order_and_disposal_are_kept_with_their_records() {
    let mut register = Register::new();
    let ordered = AssetOrdered { facts: Box::new(facts()), expected_on: Some(day(3)) };
    let record = register.on_asset(1, AssetEvent::Ordered(ordered));
    assert_eq!((record.state(), record.expected_on), (AssetState::OnOrder, Some(day(3))));
    register.register(2, tagged("LT-002"));
    let reserved = AssetReserved { reserved_for: Custodian::Person(person(1)), until: Some(day(5)) };
    let record = register.on_asset(2, AssetEvent::Reserved(reserved));
    assert_eq!(record.reserved_since, Some(record.changed.effective_at));
    assert_eq!(on(&register, Worklist::Reserved), [asset(2)]);
    let sanitized = AssetSanitized {
        method: SanitizationMethod::Purge,
        tool: Some(text("nvme format")),
        certificate_number: None,
        vendor_id: None,
    };
    let record = register.on_asset(2, AssetEvent::Sanitized(sanitized));
    assert_eq!(record.sanitized.expect("record").tool, Some(text("nvme format")));
    let disposed = AssetDisposed {
        method: DisposalMethod::Sold,
        vendor_id: None,
        proceeds: Some(euro(50)),
        certificate_number: None,
    };
    let record = register.on_asset(2, AssetEvent::Disposed(disposed));
    assert_eq!(record.disposal.expect("disposal").proceeds, Some(euro(50)));
    assert_eq!(on(&register, Worklist::Reserved), []);
}

#[test]
fn whoever_was_not_seen_for_longest_is_first_to_be_verified() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    register.register(2, tagged("LT-002"));
    assert_eq!(on(&register, Worklist::Unverified { until: DateTime::<Utc>::MAX_UTC }), [asset(1), asset(2)]);
    let record = register.on_asset(
        1,
        AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None }),
    );
    assert_eq!(record.verified_at, Some(record.changed.effective_at));
    assert_eq!(on(&register, Worklist::Unverified { until: DateTime::<Utc>::MAX_UTC }), [asset(2), asset(1)]);
}

#[test]
fn a_reassignment_stands_in_both_custodians_timelines() {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    register.on_asset(1, deployed(1, AcceptanceRule::NotRequired, None));
    let (from, to) = (Custodian::Person(person(1)), Custodian::Person(person(2)));
    let reassigned = AssetReassigned {
        from,
        to,
        acceptance: AcceptanceRule::NotRequired,
        location_id: None,
        due_back_on: None,
    };
    register.on_asset(1, AssetEvent::Reassigned(reassigned));
    let snapshot = register.snapshot();
    let timeline = |kind, id, direction| {
        snapshot.timeline(AggregateRef::new(kind, id), None, direction, 10).expect("timeline")
    };
    assert_eq!(timeline(AggregateKind::Asset, id(1), Direction::Ascending), [1, 2, 3]);
    assert_eq!(timeline(AggregateKind::Person, person(1).0, Direction::Ascending), [2, 3]);
    assert_eq!(timeline(AggregateKind::Person, person(2).0, Direction::Ascending), [3]);
    let subject = AggregateRef::new(AggregateKind::Asset, id(1));
    assert_eq!(snapshot.timeline(subject, Some(3), Direction::Descending, 1).expect("timeline"), [2]);
}

#[test]
fn an_event_of_a_thing_that_never_came_to_be_is_parked_and_stops_nothing() {
    let mut register = Register::new();
    let snapshot = register.apply([
        (id(9), AssetEvent::CustodyAccepted(AssetCustodyAccepted {})),
        (id(1), registered(tagged("LT-001"))),
    ]);
    assert_eq!(snapshot.parked_count().expect("count"), 1);
    let parked = snapshot.parked(0, 10).expect("parked");
    assert_eq!((parked[0].0, parked[0].1.event_type.as_str()), (1, "asset.custody_accepted"));
    assert!(snapshot.now().asset(asset(1)).expect("read").is_some());
    assert_eq!(snapshot.applied().position, 2);
}

fn found(snapshot: &Snapshot, terms: &[&str]) -> Vec<AssetId> {
    let terms: Vec<_> =
        terms.iter().map(|term| SearchTerm { text: (*term).to_owned(), custodians: Vec::new() }).collect();
    let page = snapshot.now().search(&terms, &AssetFilters::default(), None, 50).expect("search");
    assert!(page.is_complete && page.next.is_none());
    page.assets.iter().map(AssetRecord::id).collect()
}

#[test]
fn a_search_finds_by_the_beginning_of_every_term_in_asset_model_and_location() {
    let mut register = Register::new();
    register.apply([(id(900_001), model_named("ThinkPad T14"))]);
    register.apply([(location(1).0, location_named("Berlin Mitte"))]);
    let named = itam_domain::asset::AssetFacts {
        name: Some(text("Straßen-Server")),
        location_id: Some(location(1)),
        ..with_serial(tagged("LT-00042"), "PF3X-77")
    };
    register.register(1, named);
    let snapshot = register.register(2, tagged("LT-00043"));
    assert_eq!(found(&snapshot, &["lt-0004"]), [asset(1), asset(2)]);
    assert_eq!(found(&snapshot, &["00042"]), [asset(1)]);
    assert_eq!(found(&snapshot, &["STRASSEN"]), [asset(1)]);
    assert_eq!(found(&snapshot, &["think", "berl"]), [asset(1)]);
    assert_eq!(found(&snapshot, &["think", "lyon"]), []);
    assert_eq!(found(&snapshot, &["lenovo"]), [asset(1), asset(2)]);
    assert_eq!(found(&snapshot, &["pf3x", "t14"]), [asset(1)]);
    assert_eq!(found(&snapshot, &["inkpad"]), []);
    let renamed = register.apply([(id(900_001), model_named("EliteBook"))]);
    assert_eq!(found(&renamed, &["think"]), []);
    assert_eq!(found(&renamed, &["elite"]), [asset(1), asset(2)]);
}

#[test]
fn a_search_finds_by_how_people_type_by_the_end_of_a_serial_number_and_by_kind() {
    let mut register = Register::new();
    register.apply([(id(900_001), model_named("日本語ノート"))]);
    register.apply([(location(1).0, location_named("İstanbul Şişli"))]);
    let named = itam_domain::asset::AssetFacts {
        name: Some(text("Müller-Lüdenscheidt")),
        location_id: Some(location(1)),
        ..with_serial(tagged("BÜRO-42"), "5CG1234XYZ")
    };
    let snapshot = register.register(1, named);
    for typed in [
        "muller",
        "MÜLLER",
        "mu\u{308}ller",
        "ludens",
        "istanbul",
        "İSTANBUL",
        "sisli",
        "ノート",
        "語ノ",
        "ﾉｰﾄ",
        "日本",
        "buro",
        "büro-4",
        "4xyz",
        "1234xyz",
        "lap",
        "laptop",
    ] {
        assert_eq!(found(&snapshot, &[typed]), [asset(1)], "{typed}");
    }
    for typed in ["uller", "xyz", "34xy", "ート", "hard", "phone"] {
        assert_eq!(found(&snapshot, &[typed]), [], "{typed}");
    }
}

#[test]
fn of_two_tags_that_have_become_the_same_each_is_found_as_it_is_written() {
    let mut register = Register::new();
    register.register(1, tagged("LT 1"));
    register.register(2, tagged("LT  1"));
    let snapshot = register.register(3, tagged("ＬＴ １"));
    for (typed, number) in [("lt 1", 1), ("LT  1", 2), ("ｌｔ １", 3), ("LT\u{a0}1", 3)] {
        let holder = snapshot.now().asset_by_tag(typed).expect("read").expect("one holds it");
        assert_eq!(holder.id(), asset(number), "{typed}");
    }
    assert_eq!(snapshot.now().assets_by_tag("lt\u{3000}1").expect("read").len(), 3);
}

#[test]
fn a_search_puts_the_exact_label_first_and_takes_custodians_from_its_caller() {
    let mut register = Register::new();
    register.register(1, tagged("A1-B"));
    register.register(2, tagged("A1"));
    let snapshot = register.apply([(id(1), deployed(7, AcceptanceRule::NotRequired, None))]);
    assert_eq!(found(&snapshot, &["a1"]), [asset(2), asset(1)]);
    let term = SearchTerm { text: "miller".to_owned(), custodians: vec![Custodian::Person(person(7))] };
    let page = snapshot.now().search(&[term], &AssetFilters::default(), None, 50).expect("search");
    assert_eq!(page.assets.iter().map(AssetRecord::id).collect::<Vec<_>>(), [asset(1)]);
}

#[test]
fn a_broad_search_says_that_it_is_not_complete_and_a_filter_narrows_it() {
    let mut register = Register::new();
    let many = (1..=2_500).map(|number| (id(number), registered(tagged(&format!("LT-{number:05}")))));
    register.apply(many);
    let snapshot = register.apply([(id(2_400), deployed(7, AcceptanceRule::NotRequired, None))]);
    let term = |text: &str| SearchTerm { text: text.to_owned(), custodians: Vec::new() };
    let page = snapshot.now().search(&[term("lt")], &AssetFilters::default(), None, 10).expect("search");
    assert_eq!((page.assets.len(), page.is_complete), (10, false));
    let page = snapshot
        .now()
        .search(&[term("lt"), term("02400")], &AssetFilters::default(), None, 10)
        .expect("search");
    assert_eq!((page.assets.len(), page.is_complete), (1, true));
}
