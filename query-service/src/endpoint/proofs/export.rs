//! `GET /v1/audit/export`: stored messages with what proves them, for `itam audit verify`.

use std::collections::VecDeque;
use std::io;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream::try_unfold;
use itam_event_log::StoredMessage;
use itam_proof::{ExportWriter, KeptCheckpoint, Leaf, SignedCheckpoint};
use itam_service_kit::{Problem, Representation};

use crate::answer::AnswerHead;
use crate::desk::QueryDesk;
use crate::export;
use crate::inquiry::Inquiry;
use crate::parameters::refuse;
use crate::permission::Query;
use crate::query_parameter::{POSITIONS, ParameterValues, QueryParameter, TakenParameters};
use crate::read_ahead::ReadAhead;
use crate::seal::{SealedLog, beyond, parse, tree_problem};

/// What a sealed export takes.
pub(crate) const EXPORT: TakenParameters = &[&[
    QueryParameter::new("from", "The first position; 1, if not said.", ParameterValues::Number(POSITIONS, 1)),
    QueryParameter::new(
        "to",
        "The last position; that of the newest checkpoint, if not said.",
        ParameterValues::Number(POSITIONS, 4711),
    ),
]];
/// How many checkpoints are read ahead.
const CHECKPOINTS: usize = 100;

/// An export on its way.
struct SealedExport {
    desk: QueryDesk,
    sealed: SealedLog,
    writer: ExportWriter,
    /// The last position of the export.
    to: u64,
    /// The checkpoint at its end, which covers all of it.
    last: SignedCheckpoint,
    /// Checkpoints within it that are to come.
    within: VecDeque<KeptCheckpoint>,
    /// What was written and not given away: at first, the head.
    lines: Vec<u8>,
    read_ahead: ReadAhead,
}

/// Streams the positions from `from` to `to`, with every checkpoint among them and the newest at the
/// end. Whoever has one that was cut goes on with the position after the last.
pub(crate) async fn export(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Proofs)?;
    let parameters = &inquiry.parameters;
    parameters.allow(EXPORT)?;
    let form = inquiry.representation(&[Representation::Ndjson])?;
    let sealed = desk.sealed()?;
    let newest = sealed.newest()?;
    let from = parameters.number("from", POSITIONS)?.unwrap_or(1);
    let to = parameters.number("to", POSITIONS)?.unwrap_or(newest.size);
    if let Some(asked) = [from, to].into_iter().find(|asked| *asked > newest.size) {
        return Err(beyond(asked, newest.size));
    }
    if from > to {
        return Err(refuse("from", format!("The parameter from is {from}, and to is {to}: less than it.")));
    }
    let last = parse(&newest)?;
    let before = sealed.tree.frontier(from - 1).map_err(|error| tree_problem(&error))?;
    let mut lines = Vec::new();
    let writer = ExportWriter::begin(&last.checkpoint().origin, before, &mut lines);
    for statement in desk.seal()?.statements()? {
        writer.statement(&statement, &mut lines);
    }
    let place = desk.begin_export(&inquiry.caller)?;
    let (head, stall) = (AnswerHead::of_position(newest.size), desk.parts.limits.stall);
    let export = SealedExport {
        desk,
        sealed,
        writer,
        to,
        last,
        within: VecDeque::new(),
        lines,
        read_ahead: ReadAhead::new(),
    };
    let chunks = try_unfold(Some(export), async |export| match export {
        Some(export) => export.chunk().await.map(Some),
        None => Ok(None),
    });
    Ok(head.answer(form, export::body(chunks, place, stall)))
}

impl SealedExport {
    async fn chunk(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let from = self.writer.position() + 1;
        let page =
            self.desk.parts.log.read(from, self.read_ahead.messages()).await.map_err(io::Error::other)?;
        self.read_ahead.learn(&page);
        if page.messages.is_empty() {
            return Err(io::Error::other(format!("position {from} is missing from the log")));
        }
        let to = self.to;
        for message in page.messages.iter().take_while(|message| message.position <= to) {
            self.write(message)?;
        }
        let mut lines = std::mem::take(&mut self.lines);
        if self.writer.position() < self.to {
            return Ok((lines.into(), Some(self)));
        }
        let size = self.last.checkpoint().size;
        if size > self.to {
            let proof = self.sealed.tree.prove_consistency(self.to, size).map_err(io::Error::other)?;
            self.writer.checkpoint(&self.last, proof, &mut lines).map_err(io::Error::other)?;
        }
        self.writer.end(&mut lines);
        Ok((lines.into(), None))
    }

    /// Writes a message, and the checkpoint that ends with it, if one does. A log that is not what
    /// was sealed breaks the export off there.
    fn write(&mut self, message: &StoredMessage) -> io::Result<()> {
        let StoredMessage { position, subject, body, .. } = message;
        let leaf = Leaf { position: *position, subject: subject.as_str(), body };
        self.writer.event(&leaf, &mut self.lines).map_err(io::Error::other)?;
        if self.within.is_empty() {
            self.within = self.sealed.at_least(*position, CHECKPOINTS).map_err(io::Error::other)?.into();
        }
        if self.within.front().is_some_and(|kept| kept.size == *position)
            && let Some(kept) = self.within.pop_front()
        {
            let signed = SignedCheckpoint::parse(&kept.note).map_err(io::Error::other)?;
            self.writer.checkpoint(&signed, Vec::new(), &mut self.lines).map_err(io::Error::other)?;
        }
        Ok(())
    }
}
