//! `GET /v1/audit/proof/inclusion` and `GET /v1/audit/proof/consistency`.

use axum::extract::State;
use axum::response::Response;
use itam_proof::Hash;
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use super::checkpoint::{SIZE, choose};
use crate::answer::{AnswerHead, to_json};
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::parameters::refuse;
use crate::permission::Query;
use crate::query_parameter::{POSITIONS, ParameterValues, QueryParameter, TakenParameters};
use crate::seal::{beyond, parse, tree_problem};

/// What a proof of inclusion takes.
pub(crate) const INCLUSION: TakenParameters = &[
    &[QueryParameter::required(
        "position",
        "The position that is to be proven.",
        ParameterValues::Number(POSITIONS, 1),
    )],
    SIZE,
];
/// What a proof of consistency takes.
pub(crate) const CONSISTENCY: TakenParameters = &[&[
    QueryParameter::required("from", "The older size.", ParameterValues::Number(POSITIONS, 1)),
    QueryParameter::new(
        "to",
        "The newer size; that of the newest checkpoint, if not said.",
        ParameterValues::Number(POSITIONS, 4711),
    ),
]];

/// That a position is in a checkpoint.
#[derive(Serialize)]
struct InclusionProof {
    position: u64,
    leaf: Hash,
    size: u64,
    root: Hash,
    inclusion: Vec<Hash>,
    checkpoint: String,
}

/// That a history continues an older one.
#[derive(Serialize)]
struct ConsistencyProof {
    from: u64,
    from_root: Hash,
    to: u64,
    to_root: Hash,
    consistency: Vec<Hash>,
}

/// Proves that a position is in the newest checkpoint, or in the one of `size`.
pub(crate) async fn inclusion(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Proofs)?;
    let parameters = &inquiry.parameters;
    parameters.allow(INCLUSION)?;
    let form = inquiry.representation(&[Representation::Json])?;
    let position = parameters.number("position", POSITIONS)?;
    let position = position.ok_or_else(|| refuse("position", "The parameter position is missing."))?;
    let sealed = desk.sealed()?;
    let kept = choose(&sealed, &inquiry)?;
    if position > kept.size {
        return Err(beyond(position, kept.size));
    }
    let problem = |error| tree_problem(&error);
    let proof = InclusionProof {
        position,
        leaf: sealed.tree.leaf(position).map_err(problem)?,
        size: kept.size,
        root: parse(&kept)?.checkpoint().root,
        inclusion: sealed.tree.prove_inclusion(position, kept.size).map_err(problem)?,
        checkpoint: kept.note,
    };
    Ok(AnswerHead::of_position(kept.size).answer(form, to_json(&proof)?))
}

/// Proves that the history of `to` positions continues that of `from`.
pub(crate) async fn consistency(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Proofs)?;
    let parameters = &inquiry.parameters;
    parameters.allow(CONSISTENCY)?;
    let form = inquiry.representation(&[Representation::Json])?;
    let from = parameters.number("from", POSITIONS)?;
    let from = from.ok_or_else(|| refuse("from", "The parameter from is missing."))?;
    let sealed = desk.sealed()?;
    let newest = sealed.newest()?.size;
    let to = parameters.number("to", POSITIONS)?.unwrap_or(newest);
    if let Some(asked) = [from, to].into_iter().find(|asked| *asked > newest) {
        return Err(beyond(asked, newest));
    }
    if from > to {
        return Err(refuse("from", format!("The parameter from is {from}, and to is {to}: less than it.")));
    }
    let problem = |error| tree_problem(&error);
    let proof = ConsistencyProof {
        from,
        from_root: sealed.tree.root(from).map_err(problem)?,
        to,
        to_root: sealed.tree.root(to).map_err(problem)?,
        consistency: sealed.tree.prove_consistency(from, to).map_err(problem)?,
    };
    Ok(AnswerHead::of_position(newest).answer(form, to_json(&proof)?))
}
