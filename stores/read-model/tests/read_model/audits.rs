//! Physical audits: the freeze, the findings, the counts.

use itam_domain::asset::{
    AcquisitionCosts, AssetCorrected, AssetEvent, AssetFacts, AssetVerified, FactChange,
};
use itam_domain::audit_campaign::{AuditCampaignEvent, AuditClosed, AuditPlanned, AuditScope, AuditStarted};
use itam_domain::audit_finding::{
    AuditFindingEvent, FindingCorrected, FindingFact, FindingResolved, FindingScanned, FindingSubject,
    FindingWaived,
};
use itam_domain::vocabulary::{AuditVerdict, Condition, FindingResolution};
use itam_domain::{AggregateKind, AuditCampaignId, AuditFindingId, Corrected, Event, Tag};
use itam_read_model::{
    AuditCounts, AuditRecord, AuditStatus, FacetValue, FindingFilters, FindingRecord, RecordFilters,
    RecordKind, RecordQuery, RegisterView, Snapshot,
};
use uuid::Uuid;

use crate::support::{Register, apply, asset, envelope, euro, id, location, noon, open_at, tagged, text};

pub(crate) const STORE: u32 = 1;
pub(crate) const ATTIC: u32 = 2;

pub(crate) fn audit() -> AuditCampaignId {
    AuditCampaignId(id(700_001))
}

pub(crate) fn kept(tag: &str, location_number: u32, minor: i64) -> AssetFacts {
    let costs = Some(AcquisitionCosts::of_price(euro(minor)));
    AssetFacts { location_id: Some(location(location_number)), costs, ..tagged(tag) }
}

fn scope() -> Box<AuditScope> {
    Box::new(AuditScope { location_ids: vec![location(STORE)], ..AuditScope::default() })
}

pub(crate) fn begun(as_of: Option<&str>) -> [(Uuid, Event); 2] {
    let as_of = as_of.map(|day| day.parse().expect("a day"));
    let planned = AuditPlanned { name: text("Store 2026"), scope: scope(), as_of, lead_id: None };
    let started = AuditStarted { scope: scope(), as_of };
    [AuditCampaignEvent::Planned(planned), AuditCampaignEvent::Started(started)]
        .map(|event| (audit().0, event.into()))
}

fn finding_id(subject: &FindingSubject) -> Uuid {
    AuditFindingId::of(audit(), subject).0
}

pub(crate) fn of(number: u32) -> FindingSubject {
    FindingSubject::Asset(asset(number))
}

pub(crate) fn unknown(tag: &str) -> FindingSubject {
    FindingSubject::Tag(Tag(text(tag)))
}

pub(crate) fn scanned(subject: &FindingSubject, verdict: AuditVerdict, seen_at: u32) -> (Uuid, Event) {
    let scan = FindingScanned {
        campaign_id: audit(),
        subject: subject.clone(),
        verdict,
        expected_location_id: None,
        location_id: Some(location(seen_at)),
        condition: None,
        scanned_by: None,
    };
    (finding_id(subject), AuditFindingEvent::Scanned(scan).into())
}

pub(crate) fn resolved(subject: &FindingSubject, verdict: AuditVerdict) -> (Uuid, Event) {
    let resolution = FindingResolution::Explained;
    let data = FindingResolved { campaign_id: audit(), subject: subject.clone(), verdict, resolution };
    (finding_id(subject), AuditFindingEvent::Resolved(data).into())
}

pub(crate) fn waived(subject: &FindingSubject, verdict: AuditVerdict) -> (Uuid, Event) {
    let data = FindingWaived { campaign_id: audit(), subject: subject.clone(), verdict };
    (finding_id(subject), AuditFindingEvent::Waived(data).into())
}

/// What was seen of a thing was seen elsewhere.
pub(crate) fn corrected(
    subject: &FindingSubject,
    verdict: AuditVerdict,
    (old, new): (u32, u32),
) -> (Uuid, Event) {
    let location = Corrected { old: Some(location(old)), new: Some(location(new)) };
    let condition = Corrected { old: None, new: Some(Condition::Good) };
    let changes = vec![FindingFact::Location(location), FindingFact::Condition(condition)];
    let data = FindingCorrected { campaign_id: audit(), subject: subject.clone(), verdict, changes };
    (finding_id(subject), AuditFindingEvent::Corrected(data).into())
}

/// An end with a result that nobody counted.
pub(crate) fn closed() -> (Uuid, Event) {
    let result = AuditClosed { expected: 3, found: 2, found_elsewhere: 0, missing: 1, unexpected: 0 };
    (audit().0, AuditCampaignEvent::Closed(result).into())
}

fn counts(snapshot: &Snapshot) -> AuditCounts {
    snapshot.now().audit(audit()).expect("read").expect("the audit").1
}

/// The audits of a list, each with what it counted.
pub(crate) fn listed(view: RegisterView<'_>, query: &RecordQuery) -> Vec<(AuditRecord, AuditCounts)> {
    let records = view.records::<AuditRecord>(query, None, 10).expect("read").items.into_iter();
    records.map(|record| (record.clone(), view.audit_counts(&record).expect("read"))).collect()
}

/// The audits of a stage.
pub(crate) fn staged(status: AuditStatus) -> RecordQuery {
    let facet = RecordKind::of(AggregateKind::AuditCampaign).and_then(|kind| kind.facet("stage"));
    let value = FacetValue::Word(status.as_str());
    RecordQuery {
        filters: RecordFilters::default().with(facet.expect("stages"), [value]),
        ..RecordQuery::default()
    }
}

fn findings(snapshot: &Snapshot, verdict: AuditVerdict, is_resolved: bool) -> Vec<FindingRecord> {
    let filters = FindingFilters { verdict, is_resolved, location: None };
    snapshot.now().findings(audit(), filters, None, 100).expect("read").items
}

/// Three assets in the store, one in the attic; the audit of the store has begun.
fn begin(register: &mut Register) -> Snapshot {
    for (number, place) in [(1, STORE), (2, STORE), (3, STORE), (4, ATTIC)] {
        register.register(number, kept(&format!("T-{number}"), place, 1_000 * i64::from(number)));
    }
    register.apply(begun(None))
}

#[test]
fn the_freeze_expects_what_the_scope_admits_and_nothing_later_changes_that() {
    let mut register = Register::new();
    let snapshot = begin(&mut register);
    let euros = |minor: i128| vec![(euro(1).currency(), minor)];
    assert_eq!(
        counts(&snapshot),
        AuditCounts {
            expected: 3,
            expected_cost: euros(6_000),
            missing_cost: euros(6_000),
            by_verdict: [(0, 0), (0, 0), (3, 0), (0, 0)],
        }
    );
    let moved = AssetVerified { location_id: Some(location(ATTIC)), condition: None, campaign_id: None };
    register.on_asset(1, AssetEvent::Verified(moved));
    let snapshot = register.register(5, kept("T-5", STORE, 1));
    assert_eq!(counts(&snapshot).expected, 3);
    let first = &findings(&snapshot, AuditVerdict::Missing, false)[0];
    assert_eq!(first.subject, of(1));
    assert_eq!(first.expected.as_ref().expect("expected").location_id, Some(location(STORE)));
}

#[test]
fn each_thing_stands_under_its_last_verdict_and_counts_once() {
    let mut register = Register::new();
    begin(&mut register);
    let snapshot = register.apply([
        scanned(&of(1), AuditVerdict::Found, STORE),
        scanned(&of(2), AuditVerdict::Found, STORE),
        scanned(&of(2), AuditVerdict::FoundElsewhere, ATTIC),
        scanned(&of(4), AuditVerdict::Unexpected, STORE),
        scanned(&unknown("WHO"), AuditVerdict::Unexpected, STORE),
        waived(&of(3), AuditVerdict::Missing),
        resolved(&unknown("WHO"), AuditVerdict::Unexpected),
    ]);
    let counted = counts(&snapshot);
    assert_eq!(counted.by_verdict, [(0, 1), (1, 0), (0, 1), (1, 1)]);
    assert_eq!((counted.expected, counted.unresolved()), (3, 2));
    assert_eq!(counted.missing_cost, [(euro(1).currency(), 3_000)]);
    let elsewhere = &findings(&snapshot, AuditVerdict::FoundElsewhere, false)[0];
    assert_eq!(elsewhere.scan.as_ref().expect("seen").location_id, Some(location(ATTIC)));
    let label = &findings(&snapshot, AuditVerdict::Unexpected, true)[0];
    assert_eq!((&label.subject, label.id.0), (&unknown("WHO"), finding_id(&unknown("WHO"))));
    let settled = label.settlement.as_ref().expect("settled");
    assert_eq!(settled.resolution, Some(FindingResolution::Explained));
    assert_eq!(
        findings(&snapshot, AuditVerdict::Missing, true)[0].settlement.as_ref().expect("waived").resolution,
        None
    );
    assert_eq!(findings(&snapshot, AuditVerdict::Missing, false), []);
}

#[test]
fn a_scan_opens_again_what_was_settled() {
    let mut register = Register::new();
    begin(&mut register);
    let snapshot = register
        .apply([waived(&of(1), AuditVerdict::Missing), scanned(&of(1), AuditVerdict::FoundElsewhere, ATTIC)]);
    assert_eq!(counts(&snapshot).by_verdict, [(0, 0), (1, 0), (2, 0), (0, 0)]);
}

#[test]
fn findings_are_paged_and_picked_by_where_they_were_seen_or_expected() {
    let mut register = Register::new();
    begin(&mut register);
    let snapshot = register.snapshot();
    let all = FindingFilters { verdict: AuditVerdict::Missing, is_resolved: false, location: None };
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let page = snapshot.now().findings(audit(), all, cursor.as_ref(), 1).expect("read");
        seen.extend(page.items.into_iter().map(|finding| finding.subject));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [of(1), of(2), of(3)]);
    let other = FindingFilters { is_resolved: true, ..all };
    let first = snapshot.now().findings(audit(), all, None, 1).expect("read").next;
    assert!(snapshot.now().findings(audit(), other, first.as_ref(), 1).is_err(), "another list's cursor");
    for (place, count) in [(STORE, 3), (ATTIC, 0)] {
        let filters = FindingFilters { location: Some(location(place)), ..all };
        assert_eq!(snapshot.now().findings(audit(), filters, None, 10).expect("read").items.len(), count);
    }
}

#[test]
fn a_result_that_differs_from_what_was_counted_is_a_contradiction() {
    for (expected, is_contradicted) in [(3, false), (2, true)] {
        let mut register = Register::new();
        begin(&mut register);
        register.apply([1, 2].map(|number| scanned(&of(number), AuditVerdict::Found, STORE)));
        register.apply([waived(&of(3), AuditVerdict::Missing)]);
        let closed = AuditClosed { expected, found: 2, found_elsewhere: 0, missing: 1, unexpected: 0 };
        let snapshot = register.apply([(audit().0, AuditCampaignEvent::Closed(closed))]);
        let (record, counted) = snapshot.now().audit(audit()).expect("read").expect("the audit");
        assert_eq!(record.status(), AuditStatus::Closed);
        assert_eq!(record.is_contradicted(&counted), is_contradicted);
        assert_eq!(listed(snapshot.now(), &staged(AuditStatus::Closed)), [(record, counted)]);
    }
}

#[test]
fn what_belongs_to_no_audit_that_began_is_parked() {
    let mut register = Register::new();
    register.register(1, kept("T-1", STORE, 1));
    let [planned, _] = begun(None);
    register.apply([planned]);
    let snapshot = register.apply([scanned(&of(1), AuditVerdict::Found, STORE)]);
    assert_eq!(snapshot.parked_count().expect("read"), 1);
    assert_eq!(counts(&snapshot), AuditCounts::default());
}

/// The asset was in the attic until the second day; what moved it was recorded late, and where it had
/// been before was corrected later still.
#[test]
fn a_count_against_a_past_day_expects_what_is_now_known_of_that_day() {
    for (day, expected) in [("2026-01-01", 0), ("2026-01-02", 0), ("2026-01-03", 1), ("2026-01-04", 0)] {
        let mut register = Register::new();
        let mut entered = envelope(1, id(1), crate::support::registered(kept("T-1", ATTIC, 1)));
        entered.effective_at = noon(0);
        let seen = |place| {
            AssetEvent::Verified(AssetVerified {
                location_id: Some(location(place)),
                condition: None,
                campaign_id: None,
            })
        };
        let mut moved = envelope(2, id(1), seen(9));
        moved.effective_at = noon(2);
        let change = FactChange::Location { old: Some(location(9)), new: Some(location(STORE)) };
        let corrected = envelope(3, id(1), AssetEvent::Corrected(AssetCorrected { changes: vec![change] }));
        let mut back = envelope(4, id(1), seen(ATTIC));
        back.effective_at = noon(3);
        for event in [entered, moved, corrected, back] {
            apply(&mut register.writer, event);
        }
        let snapshot = register.apply(begun(Some(day)));
        assert_eq!(counts(&snapshot).expected, expected, "{day}");
    }
}

#[test]
fn a_rebuild_finds_the_same_however_it_is_cut() {
    let story = || {
        let mut story: Vec<(Uuid, Event)> = (1..=40)
            .map(|number| {
                let facts = kept(&format!("T-{number}"), if number % 3 == 0 { ATTIC } else { STORE }, 7);
                (id(number), crate::support::registered(facts).into())
            })
            .collect();
        story.extend(begun(None));
        for number in 1..=40 {
            let verdict = [AuditVerdict::Found, AuditVerdict::FoundElsewhere][number as usize % 2];
            let verdict = if number % 3 == 0 { AuditVerdict::Unexpected } else { verdict };
            story.push(scanned(&of(number), verdict, STORE));
            if number % 4 == 0 {
                story.push(resolved(&of(number), verdict));
            }
        }
        story
    };
    let hash_of = |cut: usize| {
        let dir = tempfile::tempdir().expect("temp dir");
        let (model, mut writer) = open_at(dir.path());
        for (number, (id, event)) in (1..).zip(story()) {
            apply(&mut writer, envelope(number, id, event));
            if usize::try_from(number).expect("small").is_multiple_of(cut) {
                writer.flush().expect("flush");
            }
        }
        writer.flush().expect("flush");
        let snapshot = model.snapshot().expect("snapshot");
        assert_eq!(counts(&snapshot).expected, 27);
        snapshot.dump_hash().expect("hash")
    };
    let at_once = hash_of(1_000);
    for cut in [1, 3, 17] {
        assert_eq!(hash_of(cut), at_once, "{cut} events a flush");
    }
}
