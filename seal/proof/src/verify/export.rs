//! Checking an export, line by line, in memory that does not grow with it.

use std::io::{BufRead, Read};

use super::{Known, Reason, VerifyError, attest};
use crate::checkpoint::{Origin, SignedCheckpoint, TreeCheckpoint};
use crate::export::{EndLine, EventLine, ExportLine, FORMAT, HeaderLine, SealedLine};
use crate::statement::KeyStatement;
use crate::trust::Trust;
use crate::trust_error::TrustError;
use crate::{Attested, Frontier, Leaf};

/// The longest line that is read: a message takes a mebibyte, and six times that when every byte
/// of it is escaped.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// What was checked of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportReport {
    /// Which log.
    pub origin: Origin,
    /// The first position.
    pub from: u64,
    /// The last position.
    pub to: u64,
    /// The checkpoints in it, by size.
    pub checkpoints: Vec<Attested>,
}

/// Checks an export: that no position is missing, that each is what the checkpoints were made of,
/// that the checkpoints are signed, and that the file is whole. Several that follow each other may
/// be joined, even if all but the last were cut off after a line.
///
/// Every checkpoint in `known` of a size that the export passes is compared, and those of the
/// export are added.
///
/// # Errors
/// [`VerifyError`], the first thing that is wrong.
pub fn verify_export(
    mut input: impl BufRead,
    trust: &mut Trust,
    known: &mut Known,
) -> Result<ExportReport, VerifyError> {
    let mut check = Check { trust, known, run: None, checkpoints: Vec::new(), is_whole: false };
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let next = check.next();
        let wrong = |position, reason| VerifyError::of_line(number, position, reason);
        let mut limited = (&mut input).take(MAX_LINE_BYTES as u64 + 1);
        limited.read_until(b'\n', &mut bytes).map_err(|error| wrong(Some(next), Reason::Read(error)))?;
        if bytes.is_empty() {
            break;
        }
        if bytes.len() > MAX_LINE_BYTES {
            return Err(wrong(Some(next), Reason::TooLong(MAX_LINE_BYTES)));
        }
        let line: ExportLine<'_> =
            serde_json::from_slice(&bytes).map_err(|error| wrong(Some(next), unreadable(error, &bytes)))?;
        let position = matches!(line, ExportLine::Event(_)).then_some(next);
        check.take(line).map_err(|reason| wrong(position, reason))?;
    }
    check.finish()
}

/// A last line without its end was cut off, whatever it says.
fn unreadable(error: serde_json::Error, line: &[u8]) -> Reason {
    if line.ends_with(b"\n") { Reason::Malformed(error) } else { Reason::Cut }
}

struct Check<'a> {
    trust: &'a mut Trust,
    known: &'a mut Known,
    run: Option<Run>,
    checkpoints: Vec<Attested>,
    /// Whether the last line was read.
    is_whole: bool,
}

/// The run of positions that was read so far.
struct Run {
    origin: Origin,
    /// What was before the first of them.
    before: Frontier,
    frontier: Frontier,
    /// How many events came since the last header.
    events: u64,
    /// The last position that a checkpoint covers, if there was one.
    covered: Option<u64>,
    /// Why the last checkpoint of a former key does not count.
    former: Option<TrustError>,
    /// Whether that checkpoint covers more than is here, so that no event can follow.
    is_closed: bool,
}

impl Check<'_> {
    /// The position that should come next.
    fn next(&self) -> u64 {
        self.run.as_ref().map_or(1, |run| run.frontier.size().saturating_add(1))
    }

    fn take(&mut self, line: ExportLine<'_>) -> Result<(), Reason> {
        match line {
            ExportLine::Export(header) => self.begin(header),
            ExportLine::Event(event) => {
                let (run, known) = self.open()?;
                run.event(&event, known)
            }
            ExportLine::Statement(note) => {
                self.open()?;
                let statement = KeyStatement::parse(&note).map_err(|_| Reason::Statement)?;
                Ok(self.trust.follow(&statement)?)
            }
            ExportLine::Checkpoint(sealed) => self.checkpoint(&sealed),
            ExportLine::End(end) => {
                self.open()?.0.check_end(&end)?;
                self.is_whole = true;
                Ok(())
            }
        }
    }

    /// Compares the positions so far with a checkpoint. One of a former key must agree, and proves
    /// nothing.
    fn checkpoint(&mut self, sealed: &SealedLine<'_>) -> Result<(), Reason> {
        self.open()?;
        let attested = match attest(&sealed.note, self.trust, self.known) {
            Ok(attested) => attested,
            Err(Reason::Trust(former @ TrustError::FormerKey { .. })) => {
                let signed = SignedCheckpoint::parse(&sealed.note)?;
                let run = self.open()?.0;
                run.compare(signed.checkpoint(), sealed)?;
                run.former = Some(former);
                return Ok(());
            }
            Err(reason) => return Err(reason),
        };
        let TreeCheckpoint { origin, size, root, .. } = &attested.checkpoint;
        let run = self.open()?.0;
        run.compare(&attested.checkpoint, sealed)?;
        run.covered = Some(run.frontier.size());
        self.known.compute(origin, *size, *root)?;
        self.checkpoints.push(attested);
        Ok(())
    }

    /// The positions so far, if there can be more.
    fn open(&mut self) -> Result<(&mut Run, &mut Known), Reason> {
        if self.is_whole {
            return Err(Reason::Misplaced("the export ended before this line"));
        }
        let run = self.run.as_mut().ok_or(Reason::Misplaced("this is not the beginning of an export"))?;
        Ok((run, self.known))
    }

    /// Starts, or goes on after a part that ended or was cut off.
    fn begin(&mut self, header: HeaderLine<'_>) -> Result<(), Reason> {
        if header.format != FORMAT {
            return Err(Reason::Format(header.format));
        }
        let malformed = || Reason::Misplaced("the header does not say where the export begins");
        let origin = Origin::parse(&header.origin).ok_or_else(malformed)?;
        let before = header.from.checked_sub(1).ok_or_else(malformed)?;
        let frontier = Frontier::from_peaks(before, header.peaks).ok_or_else(malformed)?;
        self.is_whole = false;
        let Some(run) = &mut self.run else {
            let before = frontier.clone();
            let (events, covered, former, is_closed) = (0, None, None, false);
            self.run = Some(Run { origin, before, frontier, events, covered, former, is_closed });
            return Ok(());
        };
        if before != run.frontier.size() {
            return Err(Reason::Gap { expected: run.frontier.size() + 1, found: header.from });
        }
        if origin != run.origin || frontier != run.frontier {
            return Err(Reason::Joint);
        }
        (run.events, run.is_closed) = (0, false);
        Ok(())
    }

    /// The last checkpoint stands for all before it; those need no countersignature. Without its own,
    /// it is said how far the witness's word goes.
    fn check_countersigned(&self, before: u64) -> Result<(), VerifyError> {
        let Some(last) = self.checkpoints.last() else { return Ok(()) };
        let Err(error) = self.trust.check_countersigned(last) else { return Ok(()) };
        let mut vouched = self.checkpoints.iter().rev();
        let vouched = vouched.find(|attested| self.trust.check_countersigned(attested).is_ok());
        let covered = vouched.map_or(before, |attested| attested.checkpoint.size);
        Err(VerifyError::of_file(Reason::NotVouched { from: covered + 1, source: error }))
    }

    fn finish(self) -> Result<ExportReport, VerifyError> {
        let next = self.next();
        let Some(run) = &self.run else {
            return Err(VerifyError::of_file(Reason::Cut));
        };
        if !self.is_whole {
            return Err(VerifyError::of_position(next, Reason::Cut));
        }
        for frontier in [&run.before, &run.frontier] {
            let computed = self.known.compute(&run.origin, frontier.size(), frontier.root());
            computed.map_err(|reason| VerifyError::of_position(frontier.size(), reason))?;
        }
        self.check_countersigned(run.before.size())?;
        let (from, to) = (run.before.size() + 1, run.frontier.size());
        Ok(ExportReport { origin: run.origin.clone(), from, to, checkpoints: self.checkpoints })
    }
}

impl Run {
    fn event(&mut self, event: &EventLine<'_>, known: &mut Known) -> Result<(), Reason> {
        if self.is_closed {
            return Err(Reason::Misplaced("an event stands behind a checkpoint that covers it"));
        }
        let expected = self.frontier.size().saturating_add(1);
        if event.position != expected {
            return Err(Reason::Gap { expected, found: event.position });
        }
        let body = event.body.bytes().ok_or(Reason::Body)?;
        let leaf = Leaf { position: event.position, subject: &event.subject, body: &body }.hash();
        if leaf != event.leaf {
            return Err(Reason::Edited);
        }
        if expected == 1 && Origin::of_log(self.origin.tenant(), leaf) != self.origin {
            return Err(Reason::Origin(self.origin.to_string()));
        }
        self.frontier.push(leaf);
        self.events += 1;
        if known.asks_for(&self.origin, expected) {
            known.compute(&self.origin, expected, self.frontier.root())?;
        }
        Ok(())
    }

    /// Whether the positions so far are those of a checkpoint.
    fn compare(&mut self, checkpoint: &TreeCheckpoint, sealed: &SealedLine<'_>) -> Result<(), Reason> {
        if checkpoint.origin != self.origin {
            return Err(Reason::Misplaced("the checkpoint is of another log"));
        }
        let to = self.frontier.size();
        if !self.frontier.is_continued_by(checkpoint.size, checkpoint.root, &sealed.consistency) {
            let from = (self.covered.unwrap_or(self.before.size()) + 1).min(to);
            return Err(Reason::Differs { from, to, size: checkpoint.size });
        }
        self.is_closed |= checkpoint.size > to;
        Ok(())
    }

    fn check_end(&mut self, end: &EndLine) -> Result<(), Reason> {
        let to = self.frontier.size();
        if (end.events, end.to) != (self.events, to) {
            return Err(Reason::Count { said: end.events, found: self.events });
        }
        match (self.covered, self.former.take()) {
            (Some(covered), _) if covered == to => Ok(()),
            (_, Some(former)) => Err(former.into()),
            (Some(covered), None) => Err(Reason::NotCovered { from: covered + 1, to }),
            (None, None) => Err(Reason::NoCheckpoint),
        }
    }
}
