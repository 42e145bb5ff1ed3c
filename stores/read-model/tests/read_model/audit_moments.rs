//! Audits as of any moment, against a register that never heard of what was not so yet.

use std::collections::HashMap;

use chrono::TimeDelta;
use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AggregateRef, Envelope};
use itam_read_model::{
    AuditCounts, AuditRecord, AuditStatus, FindingFilters, FindingRecord, LogContent, LogEntry, Moment,
    RecordQuery, RegisterView,
};
use proptest::prelude::*;

use crate::audits::{
    ATTIC, STORE, audit, begun, closed, kept, listed, of, resolved, scanned, staged, unknown, waived,
};
use crate::history::Dice;
use crate::past_laws::walk;
use crate::support::{Register, apply, envelope, id, location, noon, registered};

const ASSETS: u32 = 5;

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
    for _ in 0..length {
        let subject = match dice.roll(ASSETS + 2) {
            number if number < ASSETS => of(number + 1),
            other => unknown(&format!("WHO-{other}")),
        };
        let verdict = AuditVerdict::ALL[dice.roll(4) as usize];
        events.push(match dice.roll(4) {
            0 => resolved(&subject, verdict),
            1 => waived(&subject, verdict),
            _ => scanned(&subject, verdict, [STORE, ATTIC][dice.roll(2) as usize]),
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
            for ((envelope, counts), position) in story.iter().zip(counted(&story, moment)).zip(1..) {
                if counts {
                    apply(&mut plain.writer, envelope.clone());
                } else {
                    let (stored_at, content) = (envelope.recorded_at, LogContent::Skipped);
                    plain.writer.apply(LogEntry { position, stored_at, body: b"", content }).expect("apply");
                }
            }
            plain.writer.flush().expect("flush");
            prop_assert_eq!(seen(full.at(moment)), seen(plain.snapshot().now()), "{:?}", moment);
        }
    }
}
