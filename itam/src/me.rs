//! `GET /v1/me`: whose token this is, and what it may do.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use itam_domain::CommandName;
use itam_query_service::{Query, Reach, sees_personal_data};
use itam_service_kit::{
    ActorKind, Caller, Clock, Problem, ProblemCode, Role, SystemClock, bearer_of, hash_token, unauthenticated,
};
use itam_vault::{PersonDirectory, TokenStore, VaultError};
use serde::Serialize;
use uuid::Uuid;

use crate::token::TokenRow;

/// The route, for whoever has a valid token.
pub(crate) fn routes(tokens: Arc<dyn TokenStore>, people: Arc<PersonDirectory>) -> Router {
    Router::new().route("/v1/me", get(show)).with_state(Registers { tokens, people })
}

#[derive(Clone)]
struct Registers {
    tokens: Arc<dyn TokenStore>,
    people: Arc<PersonDirectory>,
}

/// The answer of `/v1/me`: who asks.
#[derive(Serialize)]
struct Me {
    actor: String,
    actor_kind: ActorKind,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Oneself>,
    token: TokenRow,
    commands: Vec<MaySend>,
    queries: Vec<MayAsk>,
    sees_personal_data: bool,
}

#[derive(Serialize)]
struct Oneself {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct MaySend {
    command: &'static str,
    about: About,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct MayAsk {
    query: &'static str,
    about: About,
}

/// About what one may send or ask something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum About {
    /// About whatever there is.
    All,
    /// About one's own things.
    Own,
}

impl About {
    fn within(reach: Reach) -> Option<Self> {
        match reach {
            Reach::All => Some(Self::All),
            Reach::Own => Some(Self::Own),
            Reach::None => None,
        }
    }
}

async fn show(
    State(registers): State<Registers>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let hash = hash_token(bearer_of(&headers)?);
    let record = registers.tokens.find_by_hash(&hash).await.map_err(|error| unknown(&error))?;
    // It was there when the request came in.
    let record = record.ok_or_else(unauthenticated)?;
    let uses = registers.tokens.last_uses().await.map_err(|error| unknown(&error))?;
    let (last_use, now) = (uses.get(&record.id).copied(), SystemClock.now());
    let token = TokenRow::new(&record, last_use, Some(&registers.people), now);
    let role = caller.0.role;
    let me = Me {
        actor: caller.0.actor.clone(),
        actor_kind: caller.0.actor_kind,
        role: role.as_str(),
        person: token.person_id.map(|id| Oneself { id, name: token.person_name.clone() }),
        token,
        commands: commands_of(role),
        queries: queries_of(role),
        sees_personal_data: sees_personal_data(role),
    };
    let mut response = Json(me).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn commands_of(role: Role) -> Vec<MaySend> {
    let may_send = |name: CommandName| {
        let about = About::within(itam_domain::reach(role, name))?;
        Some(MaySend { command: name.as_str(), about })
    };
    CommandName::ALL.into_iter().filter_map(may_send).collect()
}

fn queries_of(role: Role) -> Vec<MayAsk> {
    let may_ask = |query: Query| {
        let about = About::within(itam_query_service::reach(role, query))?;
        Some(MayAsk { query: query.as_str(), about })
    };
    Query::ALL.iter().copied().filter_map(may_ask).collect()
}

fn unknown(error: &VaultError) -> Problem {
    Problem::fault(ProblemCode::NotReady, "The token cannot be looked up now.", error)
        .retry_after(std::time::Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_may_do_is_what_the_tables_say() {
        for role in Role::ALL {
            for name in CommandName::ALL {
                let found = commands_of(role).into_iter().find(|may| may.command == name.as_str());
                let about = found.map(|may| may.about);
                assert_eq!(about, About::within(itam_domain::reach(role, name)), "{role} {name:?}");
            }
            for &query in Query::ALL {
                let found = queries_of(role).into_iter().find(|may| may.query == query.as_str());
                let about = found.map(|may| may.about);
                assert_eq!(about, About::within(itam_query_service::reach(role, query)), "{role} {query:?}");
            }
        }
        assert!(commands_of(Role::Auditor).is_empty() && !queries_of(Role::Auditor).is_empty());
        assert!(
            commands_of(Role::Requester).contains(&MaySend { command: "accept-custody", about: About::Own })
        );
    }
}
