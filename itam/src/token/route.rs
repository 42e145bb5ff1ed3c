//! `/v1/tokens`: making, listing and revoking tokens where a process holds the log.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use itam_service_kit::{Caller, JsonBody, Problem, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::{MadeToken, TokenDesk, TokenWish};
use super::expiry::Expiry;
use super::row::TokenRow;

/// The routes: lists for auditors, the rest for the administrator.
pub(crate) fn routes(desk: TokenDesk) -> Router {
    Router::new()
        .route("/v1/tokens", get(list).post(create))
        .route("/v1/tokens/{token}", delete(revoke))
        .with_state(Arc::new(desk))
}

/// What a token is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateToken {
    name: String,
    role: RoleName,
    #[serde(default)]
    person_id: Option<Uuid>,
    #[serde(default)]
    expires: Expiry,
}

/// A role by its name, refused with the names of all.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct RoleName(Role);

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = || Role::ALL.map(Role::as_str).join(", ");
        text.parse().map(Self).map_err(|_| format!("{text:?} is no role; the roles are {}", all()))
    }
}

/// A new token with its text, which is shown this once.
#[derive(Serialize)]
struct Created {
    token: String,
    #[serde(flatten)]
    row: TokenRow,
}

#[derive(Serialize)]
struct Tokens {
    items: Vec<TokenRow>,
}

async fn list(State(desk): State<Arc<TokenDesk>>, caller: Caller) -> Result<Response, Problem> {
    caller.require("the list of tokens", |role| matches!(role, Role::Administrator | Role::Auditor))?;
    let items = desk.list().await?;
    Ok(unstored(Json(Tokens { items }).into_response()))
}

async fn create(
    State(desk): State<Arc<TokenDesk>>,
    caller: Caller,
    JsonBody(wanted): JsonBody<CreateToken>,
) -> Result<Response, Problem> {
    caller.require("create-token", |role| role == Role::Administrator)?;
    let CreateToken { name, role: RoleName(role), person_id, expires } = wanted;
    let created_by = Some(caller.0.actor.clone());
    let wish = TokenWish { name, role, person: person_id, expiry: expires, created_by };
    let MadeToken { row, text } =
        desk.make(wish).await.map_err(|refusal| Problem::from(refusal).in_action("create-token"))?;
    tracing::info!(actor = caller.0.actor, token.id = %row.id, "a token was made");
    let created = Created { token: text.expose().to_owned(), row };
    Ok(unstored((StatusCode::CREATED, Json(created)).into_response()))
}

async fn revoke(
    State(desk): State<Arc<TokenDesk>>,
    caller: Caller,
    Path(token): Path<Uuid>,
) -> Result<Response, Problem> {
    caller.require("revoke-token", |role| role == Role::Administrator)?;
    let row = desk.revoke(token, Some(&caller.0.actor)).await?;
    tracing::info!(actor = caller.0.actor, token.id = %token, "a token was revoked");
    Ok(unstored(Json(row).into_response()))
}

/// A token's text, and names of people, are kept by nobody on the way.
fn unstored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
