//! Audits as of any moment, against a register that never heard of what was not so yet.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::audit_finding::{AuditFindingEvent, FindingCorrected, FindingFact};
use itam_domain::vocabulary::{AuditVerdict, Condition};
use itam_domain::{AggregateRef, Envelope, Event, LocationId};
use itam_read_model::{
    AuditCounts, AuditRecord, AuditStatus, FindingFilters, FindingRecord, LogContent, LogEntry, Moment,
    RecordQuery, RegisterView,
};
use proptest::prelude::*;

use crate::audits::{
    ATTIC, STORE, audit, begun, closed, corrected, kept, listed, of, resolved, scanned, staged, unknown,
    waived,
};
use crate::history::Dice;
use crate::support::walk;
use crate::support::{Register, apply, envelope, id, location, noon, registered};

const ASSETS: u32 = 5;
/// All that happens, happens in these minutes.
const MINUTES: usize = 60;

/// Assets, an audit of those in the store, and what was found: some of it entered late.
fn story(seed: u64, length: u64) -> Vec<Envelope> {
    let mut dice = Dice(seed);
    let mut events: Vec<_> = (1..=ASSETS)
        .map(|number| {
            let place = if number == ASSETS { ATTIC } else { STORE };
            (id(number), registered(kept(&format!("T-{number}"), place, 1_000 * i64::from(number))).into())
        })
        .collect();
    events.extend(begun(None));
    let mut scans: HashMap<u32, (AuditVerdict, u32)> = HashMap::new();
    for _ in 0..length {
        let number = dice.roll(ASSETS + 2);
        let subject = if number < ASSETS { of(number + 1) } else { unknown(&format!("WHO-{number}")) };
        let verdict = AuditVerdict::ALL[dice.roll(4) as usize];
        let scan = scans.get(&number).copied();
        let settles = scan.map_or(verdict, |(verdict, _)| verdict);
        events.push(match (dice.roll(6), scan) {
            (0, _) => resolved(&subject, settles),
            (1, _) => waived(&subject, settles),
            (2 | 3, Some((_, place))) => {
                let other = STORE + ATTIC - place;
                scans.insert(number, (verdict, other));
                corrected(&subject, verdict, (place, other))
            }
            _ => {
                let place = [STORE, ATTIC][dice.roll(2) as usize];
                scans.insert(number, (verdict, place));
                scanned(&subject, verdict, place)
            }
        });
    }
    if dice.roll(2) == 0 {
        events.push(closed());
    }
    let dated = events.into_iter().zip(1..).map(|((id, event), position)| {
        let mut envelope = envelope(position, id, event);
        if dice.roll(3) == 0 {
            envelope.effective_at = noon(0) + TimeDelta::minutes(i64::from(dice.roll(40)));
        }
        envelope
    });
    dated.collect()
}

/// Whether each event counts at a moment: it was known, and what it made of its thing held. A thing is as its
/// last event made it that held, and holds nothing sooner than what came before it.
fn counted(story: &[Envelope], moment: Moment) -> Vec<bool> {
    let mut held: HashMap<AggregateRef, chrono::DateTime<chrono::Utc>> = HashMap::new();
    let mut counts = Vec::new();
    for (envelope, position) in story.iter().zip(1..) {
        let is_about_assets = position <= u64::from(ASSETS);
        let from = held.entry(envelope.aggregate).or_insert(envelope.effective_at);
        *from = envelope.effective_at.max(*from);
        counts.push(is_about_assets || (position <= moment.known_at && *from <= moment.as_of));
    }
    counts
}

/// How a scan reads: the verdict, where the thing was seen, in what condition.
type Reading = (AuditVerdict, Option<LocationId>, Option<Condition>);

/// A scan, minute by minute: how it reads in each, from when on it holds.
struct Reads {
    minutes: Vec<Option<Reading>>,
    last: Reading,
}

fn minute(instant: DateTime<Utc>) -> usize {
    usize::try_from((instant - noon(0)).num_minutes()).expect("no sooner than noon")
}

/// The events of a story that are no corrections, as they read at a moment: what a correction that was known by then
/// found wrong is right for as long as it stood.
fn as_read(story: &[Envelope], moment: Moment) -> Vec<Option<Envelope>> {
    let known = story.len().min(usize::try_from(moment.known_at).expect("small"));
    let mut held: HashMap<AggregateRef, usize> = HashMap::new();
    let mut scans: HashMap<usize, Reads> = HashMap::new();
    let mut scan_of: Vec<Option<usize>> = Vec::new();
    let mut latest: HashMap<AggregateRef, usize> = HashMap::new();
    for (index, envelope) in story.iter().enumerate() {
        let from = held.entry(envelope.aggregate).or_default();
        *from = minute(envelope.effective_at).max(*from);
        match &envelope.event {
            Event::AuditFinding(AuditFindingEvent::Scanned(scan)) => {
                let reading = (scan.verdict, scan.location_id, scan.condition);
                let minutes = (0..MINUTES).map(|minute| (minute >= *from).then_some(reading)).collect();
                scans.insert(index, Reads { minutes, last: reading });
                latest.insert(envelope.aggregate, index);
            }
            Event::AuditFinding(AuditFindingEvent::Corrected(correction)) if index < known => {
                let scan =
                    scans.get_mut(&latest[&envelope.aggregate]).expect("what is corrected was scanned");
                let is_own = envelope.effective_at != envelope.recorded_at;
                let since = if is_own { minute(envelope.effective_at) } else { 0 };
                scan.correct(since, correction);
            }
            _ => {}
        }
        scan_of.push(latest.get(&envelope.aggregate).copied());
    }
    let read = story.iter().zip(scan_of).map(|(envelope, scan)| {
        let reads = scan.and_then(|scan| scans[&scan].minutes[minute(moment.as_of).min(MINUTES - 1)]);
        let mut envelope = envelope.clone();
        if let (Event::AuditFinding(event), Some((verdict, location, condition))) =
            (&mut envelope.event, reads)
        {
            match event {
                AuditFindingEvent::Scanned(scan) => {
                    (scan.verdict, scan.location_id, scan.condition) = (verdict, location, condition);
                }
                AuditFindingEvent::Resolved(data) => data.verdict = verdict,
                AuditFindingEvent::Waived(data) => data.verdict = verdict,
                AuditFindingEvent::Corrected(_) => return None,
            }
        }
        Some(envelope)
    });
    read.collect()
}

impl Reads {
    fn correct(&mut self, since: usize, correction: &FindingCorrected) {
        let (wrong, mut right) = (self.last, self.last);
        for fact in &correction.changes {
            match fact {
                FindingFact::Location(fact) => (right.0, right.1) = (correction.verdict, fact.new),
                FindingFact::Condition(fact) => right.2 = fact.new,
                FindingFact::ScannedBy(_) => {}
            }
        }
        // Each fact by itself, back from the end for as long as it reads what was wrong.
        let behind = |minutes: &[Option<Reading>], is_wrong: &dyn Fn(&Reading) -> bool| {
            let of = |reading: &&Option<Reading>| reading.as_ref().is_some_and(is_wrong);
            MINUTES - minutes.iter().rev().take_while(of).count()
        };
        let placed = behind(&self.minutes, &|reading| reading.1 == wrong.1);
        let conditioned = behind(&self.minutes, &|reading| reading.2 == wrong.2);
        for (minute, reading) in self.minutes.iter_mut().enumerate().skip(since) {
            let Some(reading) = reading else { continue };
            if minute >= placed && right.1 != wrong.1 {
                (reading.0, reading.1) = (right.0, right.1);
            }
            if minute >= conditioned && right.2 != wrong.2 {
                reading.2 = right.2;
            }
        }
        self.last = right;
    }
}

type Seen = (Option<(AuditRecord, AuditCounts)>, Vec<(AuditRecord, AuditCounts)>, Vec<Vec<FindingRecord>>);

/// Everything that can be asked about audits.
fn seen(view: RegisterView<'_>) -> Seen {
    let mut lists = Vec::new();
    let queries = AuditStatus::ALL.iter().map(|status| staged(*status));
    for query in std::iter::once(RecordQuery::default()).chain(queries) {
        lists.extend(listed(view, &query));
    }
    let mut findings = Vec::new();
    for verdict in AuditVerdict::ALL.iter().copied() {
        for (is_resolved, place) in [(false, None), (true, None), (false, Some(STORE)), (true, Some(ATTIC))] {
            let filters = FindingFilters { verdict, is_resolved, location: place.map(location) };
            let found = walk(|cursor| view.findings(audit(), filters, cursor, 2).expect("read"));
            findings.push(found);
        }
    }
    (view.audit(audit()).expect("read"), lists, findings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_audit_at_a_moment_is_as_if_nothing_else_had_been_said(seed: u64, length in 0_u64..30) {
        let story = story(seed, length);
        let mut register = Register::new();
        for (envelope, position) in story.iter().zip(0_u64..) {
            apply(&mut register.writer, envelope.clone());
            if (seed ^ position).is_multiple_of(3) {
                register.writer.flush().expect("flush");
            }
        }
        register.writer.flush().expect("flush");
        let full = register.snapshot();
        let mut dice = Dice(seed);
        for _ in 0..12 {
            let as_of = noon(0) + TimeDelta::minutes(i64::from(dice.roll(45)));
            let known_at = u64::from(dice.roll(45));
            let moment = Moment { as_of, known_at };
            let mut plain = Register::new();
            let read = as_read(&story, moment).into_iter().zip(counted(&story, moment));
            for ((told, (read, counts)), position) in story.iter().zip(read).zip(1..) {
                if let Some(envelope) = read.filter(|_| counts) {
                    apply(&mut plain.writer, envelope);
                } else {
                    let (stored_at, content) = (told.recorded_at, LogContent::Skipped);
                    plain.writer.apply(LogEntry { position, stored_at, body: b"", content }).expect("apply");
                }
            }
            plain.writer.flush().expect("flush");
            prop_assert_eq!(seen(full.at(moment)), seen(plain.snapshot().now()), "{:?}", moment);
        }
    }
}
