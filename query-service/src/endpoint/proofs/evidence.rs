//! `GET /v1/assets/{id|tag}/evidence`: the history of one asset with what proves it, in one file.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use itam_domain::AggregateKind;
use itam_proof::{EvidenceWriter, FoldError, Leaf};
use itam_service_kit::{Problem, ProblemCode, Representation};

use super::checkpoint::{SIZE, choose};
use crate::answer::AnswerHead;
use crate::desk::QueryDesk;
use crate::endpoint::asset;
use crate::inquiry::Inquiry;
use crate::permission::Query;
use crate::seal::{beyond, parse, tree_problem};
use crate::stored_event::log_problem;

/// Puts the evidence together, as of the newest checkpoint or the one of `size`.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::History)?;
    inquiry.parameters.allow(&[SIZE])?;
    let form = inquiry.representation(&[Representation::Json])?;
    let id = asset::find(&desk.view(&inquiry).await?, &name)?.id();
    let subject = desk.parts.tenant.event_subject(AggregateKind::Asset.as_str(), id.0);
    let messages = desk.parts.log.load(&subject).await.map_err(|error| log_problem(&error))?;
    let sealed = desk.sealed()?;
    let kept = choose(&sealed, &inquiry)?;
    let size = kept.size;
    if let Some(first) = messages.first().filter(|first| first.position > size) {
        return Err(beyond(first.position, size));
    }
    let mut evidence = EvidenceWriter::begin(id.0, &parse(&kept)?);
    for statement in &desk.seal()?.statements()? {
        evidence.statement(statement);
    }
    for message in messages.iter().take_while(|message| message.position <= size) {
        let position = message.position;
        let leaf = Leaf { position, subject: message.subject.as_str(), body: &message.body };
        let proof = sealed.tree.prove_inclusion(position, size).map_err(|error| tree_problem(&error))?;
        evidence.event(&leaf, proof).map_err(|error| fold_problem(&error))?;
    }
    let file = evidence.end().map_err(|error| fold_problem(&error))?;
    let mut response = AnswerHead::of_position(size).answer(form, file);
    let disposition = format!("attachment; filename=\"evidence-{}-{size}.json\"", id.0);
    let disposition = HeaderValue::try_from(disposition).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// A history that cannot be folded is not shown as evidence.
fn fold_problem(error: &FoldError) -> Problem {
    match error {
        FoldError::Unreadable { .. } => {
            let detail = "The asset's history holds an event that this build cannot read.";
            Problem::fault(ProblemCode::HistoryUnreadable, detail, error)
        }
        other => Problem::internal(other),
    }
}
