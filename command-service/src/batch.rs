//! Batches of commands as NDJSON: one command a line in, one result a line out, in order, in bounded memory.

use std::sync::Arc;

use axum::Error as BodyError;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, Stream};
use futures_util::{FutureExt, StreamExt};
use itam_service_kit::trace::{self, TraceId};
use itam_service_kit::{Allowance, Caller, Problem, ProblemCode, TokenStanding, parse_object};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Answer;
use crate::desk::CommandDesk;
use crate::lines::{Lines, NdjsonLine};
use crate::submission::{Submission, SubmissionHeaders};
use crate::waits::{Dependencies, Waits};

/// Limits of a batch of commands.
#[derive(Clone, Copy, Debug)]
pub struct BatchSettings {
    /// The longest line, in bytes.
    pub max_line_bytes: usize,
    /// How many lines run side by side.
    pub concurrency: usize,
    /// How many lines in a row may be no commands, before no more are taken.
    pub bad_lines_in_a_row: u32,
    /// How many of them one request may have in all.
    pub bad_lines: u32,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self { max_line_bytes: 256 * 1024, concurrency: 1024, bad_lines_in_a_row: 100, bad_lines: 1000 }
    }
}

/// How much of a body is let go by after its last result, in bytes.
const MAX_LET_GO: usize = 16 * 1024 * 1024;

/// A line: a command with what stands around it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineBody {
    command: String,
    #[serde(default)]
    data: Value,
    idempotency_key: Option<String>,
    if_match: Option<u64>,
    correlation_id: Option<String>,
    causation_id: Option<String>,
}

/// The result of a line.
#[derive(Serialize)]
struct LineResult<'a> {
    line: u64,
    status: u16,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    answer: Option<&'a Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

/// Who sends a batch, and how much, and whether still.
pub(crate) struct BatchSender {
    pub(crate) caller: Caller,
    pub(crate) allowance: Allowance,
    pub(crate) standing: TokenStanding,
}

/// How many lines were no commands.
#[derive(Default)]
struct BadLines {
    in_a_row: u32,
    in_all: u32,
}

struct CommandBatch {
    desk: Arc<CommandDesk>,
    sender: BatchSender,
    lines: Lines<BodyError>,
    settings: BatchSettings,
    waits: Waits,
    running: FuturesOrdered<BoxFuture<'static, Bytes>>,
    line: u64,
    has_ended: bool,
    bad: BadLines,
    /// The request's trace id, for the problems of its lines.
    trace_id: Option<TraceId>,
}

/// Runs a stream of lines and gives the stream of their results.
///
/// Lines are read only as results are taken, so a slow client holds no more than
/// [`BatchSettings::concurrency`] lines in memory. A client that goes away stops the reading; lines
/// already running are abandoned or stored, and may be sent again under the same keys.
///
/// Lines that are no commands cost more to answer than to send. After so many of them a last result says
/// that no more are taken, and the rest of the body is let go by, so that a client that sends all before it
/// reads gets to read.
///
/// A sender whose token is valid no more is told so in a last result; lines that had not begun
/// are not carried out.
pub(crate) fn run_batch(
    desk: Arc<CommandDesk>,
    sender: BatchSender,
    body: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
    settings: BatchSettings,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
    let lines = Lines::new(body, settings.max_line_bytes);
    let batch = CommandBatch {
        desk,
        sender,
        lines,
        settings,
        waits: Waits::default(),
        running: FuturesOrdered::new(),
        line: 0,
        has_ended: false,
        bad: BadLines::default(),
        trace_id: trace::current(),
    };
    futures_util::stream::unfold(batch, |mut batch| async move {
        let result = batch.next_result().await?;
        Some((result, batch))
    })
}

impl CommandBatch {
    /// The next result, reading on while there is room.
    async fn next_result(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            let has_room = !self.has_ended && self.running.len() < self.settings.concurrency;
            if !has_room {
                let result = self.running.next().await;
                if result.is_none() && self.bad.are_too_many(&self.settings) {
                    self.lines.let_go(MAX_LET_GO).await;
                }
                return result.map(Ok);
            }
            tokio::select! {
                biased;
                () = self.sender.standing.withdrawn() => self.end_withdrawn(),
                line = self.lines.next() => match line {
                    Ok(Some(line)) => {
                        // A line counts as a request: one too many waits, and is not refused.
                        tokio::select! {
                            () = self.sender.allowance.take() => self.take(line),
                            () = self.sender.standing.withdrawn() => self.end_withdrawn(),
                        }
                    }
                    Ok(None) => self.has_ended = true,
                    Err(error) => {
                        self.has_ended = true;
                        return Some(Err(error));
                    }
                },
                Some(result) = self.running.next(), if !self.running.is_empty() => return Some(Ok(result)),
            }
        }
    }

    fn end_withdrawn(&mut self) {
        self.end(self.sender.standing.problem());
    }

    /// The result of the line that is not taken any more is the last one.
    fn end(&mut self, problem: Problem) {
        self.has_ended = true;
        self.line += 1;
        let last = self.refuse(self.line, problem);
        self.running.push_back(last);
    }

    fn take(&mut self, line: NdjsonLine) {
        if self.bad.are_too_many(&self.settings) {
            return self.end(self.bad.problem());
        }
        self.line += 1;
        if self.line.is_multiple_of(4 * self.settings.concurrency as u64) {
            self.waits.sweep();
        }
        let number = self.line;
        let job = match self.prepare(number, line) {
            Ok(job) => {
                self.bad.in_a_row = 0;
                job
            }
            Err(problem) => {
                self.bad.in_a_row += 1;
                self.bad.in_all += 1;
                self.refuse(number, problem)
            }
        };
        self.running.push_back(job);
    }

    /// Starts on a line, if it is a command that its sender may send.
    fn prepare(&mut self, number: u64, line: NdjsonLine) -> Result<BoxFuture<'static, Bytes>, Problem> {
        let submission = self.read_line(line)?;
        let dependencies = self.waits.enter(&submission.touches);
        let (caller, standing) = (self.sender.caller.clone(), self.sender.standing.clone());
        let line = PreparedLine { number, caller, standing, submission, dependencies };
        let job = traced(self.trace_id, run(Arc::clone(&self.desk), line));
        // Spawned, so that lines go on while the client is slow to take results.
        let task = tokio::spawn(job);
        let answered = async move {
            task.await.unwrap_or_else(|_| {
                let detail =
                    "The command failed by a defect of the service; send it again under the same key.";
                refused(number, &Problem::new(ProblemCode::Internal, detail))
            })
        };
        Ok(traced(self.trace_id, answered).boxed())
    }

    fn refuse(&self, number: u64, problem: Problem) -> BoxFuture<'static, Bytes> {
        traced(self.trace_id, async move { refused(number, &problem) }).boxed()
    }

    fn read_line(&self, line: NdjsonLine) -> Result<Submission, Problem> {
        match line {
            NdjsonLine::TooLong => {
                let limit = self.settings.max_line_bytes;
                let detail = format!("The line is longer than the {limit} bytes that a line may have.");
                Err(Problem::new(ProblemCode::LineTooLong, detail))
            }
            NdjsonLine::Text(text) if text.trim_ascii().is_empty() => {
                let detail = "The line is blank: every line holds one command.";
                Err(Problem::new(ProblemCode::MalformedJson, detail))
            }
            NdjsonLine::Text(text) => self.read(&text),
        }
    }

    fn read(&self, text: &[u8]) -> Result<Submission, Problem> {
        let line: LineBody = parse_object(text)?;
        let circumstances = SubmissionHeaders {
            idempotency_key: line.idempotency_key,
            expected_version: line.if_match,
            correlation_id: line.correlation_id,
            causation_id: line.causation_id,
        };
        let fields = if line.data.is_null() { Value::Object(serde_json::Map::new()) } else { line.data };
        let desk = &self.desk;
        let submission = Submission::of_fields(
            desk.tenant().as_str(),
            &line.command,
            fields,
            circumstances,
            &self.sender.caller,
            || desk.fresh_id(),
        );
        let note = |problem: &Problem| desk.note_refusal(problem, &line.command, Some(&self.sender.caller.0));
        submission.inspect_err(note)
    }
}

impl BadLines {
    fn are_too_many(&self, settings: &BatchSettings) -> bool {
        self.in_a_row >= settings.bad_lines_in_a_row || self.in_all >= settings.bad_lines
    }

    fn problem(&self) -> Problem {
        let Self { in_a_row, in_all } = self;
        let detail = format!(
            "{in_all} lines are no commands that you may send, {in_a_row} of them at the end: no more lines are \
             taken. What was answered stands; nothing of this line and those behind it was carried out."
        );
        Problem::new(ProblemCode::TooManyBadLines, detail)
            .with("bad_lines", *in_all)
            .with("bad_lines_in_a_row", *in_a_row)
    }
}

/// A line that was read and understood.
struct PreparedLine {
    number: u64,
    caller: Caller,
    standing: TokenStanding,
    submission: Submission,
    dependencies: Dependencies,
}

async fn run(desk: Arc<CommandDesk>, prepared: PreparedLine) -> Bytes {
    let PreparedLine { number: line, caller, standing, submission, mut dependencies } = prepared;
    let _left = dependencies.left_when_dropped();
    dependencies.wait().await;
    let outcome = loop {
        if standing.is_withdrawn() {
            return refused(line, &standing.problem());
        }
        let outcome = desk.execute(&submission).await;
        if !dependencies.wait_if_refused(&outcome).await {
            break outcome;
        }
    };
    match outcome {
        Ok(answer) => encode(&LineResult {
            line,
            status: 201,
            replayed: Some(answer.replayed),
            answer: Some(&answer),
            problem: None,
        }),
        Err(refusal) => {
            let problem = Problem::from(refusal);
            desk.note_refusal(&problem, submission.command.name(), Some(&caller.0));
            refused(line, &problem)
        }
    }
}

/// Runs in the scope of the request's trace id, which a task or a stream does not inherit.
async fn traced<F: Future>(trace_id: Option<TraceId>, future: F) -> F::Output {
    match trace_id {
        Some(id) => trace::scope(id, future).await,
        None => future.await,
    }
}

fn refused(line: u64, problem: &Problem) -> Bytes {
    encode(&LineResult {
        line,
        status: problem.code().status().as_u16(),
        answer: None,
        replayed: None,
        problem: Some(problem.to_value()),
    })
}

fn encode(result: &LineResult<'_>) -> Bytes {
    let mut bytes = serde_json::to_vec(result).expect("a result has only JSON values");
    bytes.push(b'\n');
    Bytes::from(bytes)
}
