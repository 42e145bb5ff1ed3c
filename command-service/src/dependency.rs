//! Which lines of a batch must wait for which.
//!
//! Lines run side by side, but the result is that of running them one after another: a line waits
//! for every earlier one that touches what it touches.

use std::collections::{BTreeSet, HashMap};

use itam_domain::asset::{AssetName, Correction, CustodianName};
use itam_domain::audit_finding::{FindingName, ScanName};
use itam_domain::{AggregateKind, AggregateRef, Command, Tag, Target, normalize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::submission::Submission;

/// Something that lines touch: an id, or a label in normalized form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Touched {
    Id(Uuid),
    Label(String),
}

/// What a line reads and what it may write.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    reads: BTreeSet<Touched>,
    writes: BTreeSet<Touched>,
    sides: Vec<(Contest, Side)>,
    takes_out: bool,
}

/// Where lines may touch the same thing though no field of theirs says so. Lines of the same side
/// go side by side; a line waits for the earlier ones of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Contest {
    /// Naming an asset by its id or by its tag.
    Naming,
    /// Giving an asset's tag or serial number up, or claiming one.
    Labels,
    /// Sending a piece back to its order, or changing an order.
    Orders,
    /// Changing a record of the organization's books of this kind, or adding one.
    Records(AggregateKind),
}

/// A side of a contest. A line of both waits for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
    Both,
}

/// Marks when a line is done; a line is done once its token is cancelled.
pub(crate) type Done = CancellationToken;

/// Who touched what last.
#[derive(Default)]
pub(crate) struct Waits {
    touched: HashMap<Touched, Touchers>,
    contests: HashMap<Contest, Contestants>,
    /// Lines that may take an asset out of another.
    takers: Vec<Done>,
}

#[derive(Default)]
struct Contestants {
    first: Vec<Done>,
    second: Vec<Done>,
}

#[derive(Default)]
struct Touchers {
    writer: Option<Done>,
    readers: Vec<Done>,
}

impl Footprint {
    /// What a submission touches, of which its fields mention `reads`: rather too much than too
    /// little.
    pub(crate) fn of(submission: &Submission, reads: BTreeSet<Touched>) -> Self {
        let mut footprint = Self { reads, ..Self::default() };
        match submission.command.target(submission.command_id) {
            Target::Aggregate(AggregateRef { id, .. }) => footprint.writes.insert(Touched::Id(id)),
            Target::Asset(AssetName::Id(id)) => footprint.writes.insert(Touched::Id(id.0)),
            Target::Asset(AssetName::Tag(tag)) => footprint.writes.insert(label(&tag)),
            Target::Finding(FindingName { scan, .. }) => footprint.writes.insert(scanned(&scan)),
        };
        match &submission.command {
            Command::RegisterAsset(body) => footprint.writes.extend(body.tag.as_ref().map(label)),
            Command::TagAsset(body) => {
                footprint.writes.insert(label(&body.tag));
            }
            // These write what they refer to, and ids that are derived from their own.
            Command::IssuePurchaseOrder(_)
            | Command::AmendPurchaseOrder(_)
            | Command::CancelPurchaseOrder(_)
            | Command::ClosePurchaseOrder(_)
            | Command::CancelAsset(_)
            | Command::CorrectAsset(_) => footprint.writes.append(&mut footprint.reads.clone()),
            Command::ReceiveDelivery(body) => {
                let piece = |index| Touched::Id(submission.command_id.derived_id("asset", index as usize));
                footprint.writes.extend((0..body.quantity.min(1_000)).map(piece));
            }
            _ => {}
        }
        footprint.sides = sides(submission);
        footprint.takes_out = matches!(
            submission.command,
            Command::ReassignAsset(_)
                | Command::ReturnAsset(_)
                | Command::StartMaintenance(_)
                | Command::ReportMissing(_)
        );
        footprint
    }
}

/// Everything that fields mention.
pub(crate) fn mentioned(fields: &Value) -> BTreeSet<Touched> {
    let mut found = BTreeSet::new();
    mentions(fields, &mut found);
    found
}

fn mentions(value: &Value, found: &mut BTreeSet<Touched>) {
    match value {
        Value::String(text) => {
            found.insert(match Uuid::try_parse(text) {
                Ok(id) => Touched::Id(id),
                Err(_) => Touched::Label(normalize(text)),
            });
        }
        Value::Array(items) => items.iter().for_each(|item| mentions(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| mentions(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn sides(submission: &Submission) -> Vec<(Contest, Side)> {
    let mut sides = Vec::new();
    let created = submission.command_id.created_id();
    match submission.command.target(submission.command_id) {
        Target::Asset(AssetName::Id(_)) => sides.push((Contest::Naming, Side::First)),
        Target::Asset(AssetName::Tag(_)) => sides.push((Contest::Naming, Side::Second)),
        Target::Aggregate(AggregateRef { kind, id }) => {
            let is_change = |is_new: bool| if is_new { Side::First } else { Side::Both };
            match kind {
                // Which thing a finding is about is not seen from its id.
                AggregateKind::AuditFinding => sides.push((Contest::Naming, Side::Both)),
                AggregateKind::AssetModel
                | AggregateKind::Location
                | AggregateKind::Vendor
                | AggregateKind::Department => {
                    sides.push((Contest::Records(kind), is_change(id == created)));
                }
                AggregateKind::PurchaseOrder => sides.push((Contest::Orders, Side::First)),
                AggregateKind::Asset
                | AggregateKind::Requisition
                | AggregateKind::Person
                | AggregateKind::AuditCampaign => {}
            }
        }
        Target::Finding(FindingName { scan, .. }) => match scan {
            ScanName::Asset(AssetName::Id(_)) => sides.push((Contest::Naming, Side::First)),
            ScanName::Asset(AssetName::Tag(_)) => sides.push((Contest::Naming, Side::Second)),
            ScanName::Serial(_) => {
                sides.extend([(Contest::Naming, Side::Both), (Contest::Labels, Side::Both)]);
            }
        },
    }
    match &submission.command {
        Command::RegisterAsset(body) if body.tag.is_some() || body.serial.is_some() => {
            sides.push((Contest::Labels, Side::First));
        }
        Command::TagAsset(_) => sides.push((Contest::Labels, Side::First)),
        Command::ReceiveDelivery(body) if body.serials.is_some() => {
            sides.push((Contest::Labels, Side::First));
        }
        Command::WriteOffAsset(_) | Command::DisposeAsset(_) | Command::VoidAsset(_) => {
            sides.push((Contest::Labels, Side::Second));
        }
        Command::CancelAsset(_) => {
            sides.extend([(Contest::Labels, Side::Second), (Contest::Orders, Side::Second)]);
        }
        Command::CorrectAsset(body) if body.corrections.iter().any(changes_label) => {
            sides.push((Contest::Labels, Side::Both));
        }
        _ => {}
    }
    let custodian = match &submission.command {
        Command::DeployAsset(body) => Some(&body.custodian),
        Command::ReassignAsset(body) => Some(&body.custodian),
        Command::ReserveAsset(body) => Some(&body.reserved_for),
        _ => None,
    };
    match custodian {
        Some(CustodianName::Asset(AssetName::Id(_))) => sides.push((Contest::Naming, Side::First)),
        Some(CustodianName::Asset(AssetName::Tag(_))) => sides.push((Contest::Naming, Side::Second)),
        _ => {}
    }
    sides
}

/// The maker is part of what a serial number is unique within, so the model counts too.
fn changes_label(correction: &Correction) -> bool {
    matches!(correction, Correction::Tag(_) | Correction::Serial(_) | Correction::ModelId(_))
}

fn scanned(scan: &ScanName) -> Touched {
    match scan {
        ScanName::Asset(AssetName::Id(id)) => Touched::Id(id.0),
        ScanName::Asset(AssetName::Tag(tag)) => label(tag),
        ScanName::Serial(label) => Touched::Label(normalize(label.serial.0.as_str())),
    }
}

fn label(tag: &Tag) -> Touched {
    Touched::Label(tag.normalized())
}

impl Waits {
    /// The lines that a line must wait for, and a mark for those that will wait for it.
    pub(crate) fn enter(&mut self, footprint: &Footprint) -> (Vec<Done>, Done) {
        let done = Done::new();
        let mut waits_for = Vec::new();
        for touched in footprint.reads.difference(&footprint.writes) {
            // What nobody wrote in this batch is the common case, and costs no entry.
            if let Some(touchers) = self.touched.get_mut(touched) {
                waits_for.extend(touchers.writer.clone());
                touchers.readers.push(done.clone());
            } else {
                let touchers = Touchers { writer: None, readers: vec![done.clone()] };
                self.touched.insert(touched.clone(), touchers);
            }
        }
        for touched in &footprint.writes {
            let touchers = self.touched.entry(touched.clone()).or_default();
            waits_for.append(&mut touchers.readers);
            waits_for.extend(touchers.writer.replace(done.clone()));
        }
        for (contest, side) in &footprint.sides {
            let contestants = self.contests.entry(*contest).or_default();
            if *side != Side::First {
                waits_for.extend_from_slice(&contestants.first);
            }
            if *side != Side::Second {
                waits_for.extend_from_slice(&contestants.second);
            }
        }
        // A line enters after it has looked at all, since it may stand on both sides of a contest.
        for (contest, side) in &footprint.sides {
            let contestants = self.contests.entry(*contest).or_default();
            if *side != Side::First {
                contestants.second.push(done.clone());
            }
            if *side != Side::Second {
                contestants.first.push(done.clone());
            }
        }
        if footprint.takes_out {
            self.takers.push(done.clone());
        }
        waits_for.retain(|earlier| !earlier.is_cancelled());
        (waits_for, done)
    }

    /// The lines so far that may take an asset out of another and are not done. Which other is seen
    /// from no field, so nobody waits for them but who finds that something is still in.
    pub(crate) fn takers(&self) -> Vec<Done> {
        self.takers.iter().filter(|taker| !taker.is_cancelled()).cloned().collect()
    }

    /// Forgets lines that are done, to bound the memory.
    pub(crate) fn sweep(&mut self) {
        self.touched.retain(|_, touchers| {
            touchers.readers.retain(|reader| !reader.is_cancelled());
            touchers.writer.take_if(|writer| writer.is_cancelled());
            touchers.writer.is_some() || !touchers.readers.is_empty()
        });
        self.takers.retain(|taker| !taker.is_cancelled());
        for Contestants { first, second } in self.contests.values_mut() {
            first.retain(|line| !line.is_cancelled());
            second.retain(|line| !line.is_cancelled());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(reads: &[&str], writes: &[&str]) -> Footprint {
        let set = |names: &[&str]| names.iter().map(|name| Touched::Label((*name).to_owned())).collect();
        Footprint { reads: set(reads), writes: set(writes), ..Footprint::default() }
    }

    #[test]
    fn a_line_waits_for_earlier_writers_of_what_it_reads_and_readers_of_what_it_writes() {
        let mut waits = Waits::default();
        let (first, defined) = waits.enter(&footprint(&[], &["model"]));
        assert!(first.is_empty());
        let (second, registered) = waits.enter(&footprint(&["model"], &["a"]));
        assert_eq!(second.len(), 1);
        let (third, _) = waits.enter(&footprint(&["model"], &["b"]));
        assert_eq!(third.len(), 1, "two readers do not wait for each other");
        let (fourth, _) = waits.enter(&footprint(&[], &["model"]));
        assert_eq!(fourth.len(), 3, "the writer and both readers");
        defined.cancel();
        registered.cancel();
        assert!(waits.enter(&footprint(&["a"], &[])).0.is_empty());
    }

    #[test]
    fn the_two_sides_of_a_contest_wait_for_each_other_and_not_among_themselves() {
        let mut waits = Waits::default();
        let mut enter = |side| {
            let footprint = Footprint { sides: vec![(Contest::Naming, side)], ..Footprint::default() };
            waits.enter(&footprint)
        };
        let (none, by_id) = enter(Side::First);
        assert!(none.is_empty());
        assert!(enter(Side::First).0.is_empty());
        let (both_by_id, _) = enter(Side::Second);
        assert_eq!(both_by_id.len(), 2);
        by_id.cancel();
        assert_eq!(enter(Side::Both).0.len(), 2, "one of each side is not done");
    }

    #[test]
    fn what_is_done_is_forgotten() {
        let mut waits = Waits::default();
        let (_, done) = waits.enter(&footprint(&["x"], &["y"]));
        waits.sweep();
        assert_eq!(waits.touched.len(), 2);
        done.cancel();
        waits.sweep();
        assert!(waits.touched.is_empty());
    }
}
