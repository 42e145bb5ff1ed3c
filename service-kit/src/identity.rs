//! Who asks: bearer tokens are turned into identities at the door.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::{Problem, ProblemCode, Role};

/// Who asks, as an event will name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A stable, opaque id: of the person, or of the token where no person stands behind it.
    pub actor: String,
    /// What kind of actor that is.
    pub actor_kind: ActorKind,
    /// The name of the token, for logs and people.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What kind of actor stands behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A human being, named by person id.
    Person,
    /// A program, or a token that is bound to no person.
    Service,
}

impl ActorKind {
    /// The kind as it stands in the envelope of an event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }
}

/// Says whose token a bearer token is.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The identity behind the token in plain text; `None` if it is unknown or revoked.
    ///
    /// # Errors
    /// If it cannot be known now: the request is then answered 503, never let through.
    async fn authenticate(&self, bearer: &str) -> Result<Option<Identity>, AuthenticationFault>;
}

/// The token store cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("the tokens cannot be looked up")]
pub struct AuthenticationFault(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A plain function is an authenticator that never faults.
#[async_trait]
impl<F> Authenticator for F
where
    F: Fn(&str) -> Option<Identity> + Send + Sync + 'static,
{
    async fn authenticate(&self, bearer: &str) -> Result<Option<Identity>, AuthenticationFault> {
        Ok(self(bearer))
    }
}

/// Extracts who asks, in handlers behind [`authenticate`].
#[derive(Debug, Clone)]
pub struct Caller(pub Arc<Identity>);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unauthenticated)
    }
}

impl Caller {
    /// The refusal for a role that may not do `action`, such as a command's name.
    ///
    /// # Errors
    /// `forbidden`, unless `permitted` holds for the caller's role.
    pub fn require(&self, action: &str, permitted: impl FnOnce(Role) -> bool) -> Result<(), Problem> {
        let role = self.0.role;
        if permitted(role) {
            return Ok(());
        }
        let detail = format!("The role {role} may not use {action}.");
        Err(Problem::new(ProblemCode::Forbidden, detail).with("role", role.as_str()).with("action", action))
    }
}

/// Middleware: lets a request through with a known bearer token, and notes the [`Caller`].
///
/// The token is taken from the `Authorization` header only; a query parameter would end in logs.
///
/// # Errors
/// `unauthenticated`; `not-ready` if the token store cannot be asked.
pub async fn authenticate(
    State(authenticator): State<Arc<dyn Authenticator>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let bearer = bearer_of(request.headers()).ok_or_else(unauthenticated)?;
    let identity = authenticator.authenticate(bearer).await.map_err(|fault| {
        Problem::fault(ProblemCode::NotReady, "The token cannot be checked now.", &fault)
            .retry_after(Duration::from_secs(1))
    })?;
    let identity = identity.ok_or_else(unauthenticated)?;
    let caller = Caller(Arc::new(identity));
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    // For those around this who tell whom they answered.
    response.extensions_mut().insert(caller);
    Ok(response)
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); the scheme in any case.
fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// One answer for no token, an unknown one and a revoked one: it tells a stranger nothing.
fn unauthenticated() -> Problem {
    Problem::new(ProblemCode::Unauthenticated, "Send a valid token as `Authorization: Bearer <token>`.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;

    use super::*;
    use crate::testing::{body_json, send, send_with};

    fn auditor(bearer: &str) -> Option<Identity> {
        (bearer == "good").then(|| Identity {
            actor: "t-1".into(),
            actor_kind: ActorKind::Service,
            name: "nightly audit".into(),
            role: Role::Auditor,
        })
    }

    struct Broken;

    #[async_trait]
    impl Authenticator for Broken {
        async fn authenticate(&self, _bearer: &str) -> Result<Option<Identity>, AuthenticationFault> {
            Err(AuthenticationFault("the store is away".into()))
        }
    }

    fn router(authenticator: Arc<dyn Authenticator>) -> Router {
        let read = async |caller: Caller| caller.0.name.clone();
        let write = async |caller: Caller| {
            caller.require("deploy-asset", |role| role == Role::Administrator).map(|()| "done")
        };
        Router::new()
            .route("/read", get(read))
            .route("/write", get(write))
            .route_layer(from_fn_with_state(authenticator, authenticate))
    }

    #[tokio::test]
    async fn a_known_token_is_let_through_and_named() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let response = send_with(
                &router(Arc::new(auditor)),
                "/read",
                &[("authorization", &format!("{scheme} good"))],
            )
            .await;
            assert_eq!(response.status(), 200, "{scheme}");
        }
    }

    #[tokio::test]
    async fn no_token_and_a_wrong_token_get_the_same_401() {
        let router = router(Arc::new(auditor));
        let none = send(&router, "/read").await;
        assert_eq!(none.headers()["www-authenticate"], "Bearer");
        let none = body_json(none).await;
        assert_eq!(none["status"], 401);
        for wrong in ["Bearer bad", "Basic good", "good", "Bearer ", "Bearer"] {
            let response = send_with(&router, "/read", &[("authorization", wrong)]).await;
            assert_eq!(body_json(response).await, none, "{wrong}");
        }
        assert_eq!(send(&router, "/read?token=good").await.status(), 401);
    }

    #[tokio::test]
    async fn a_role_that_may_not_gets_403_with_the_facts() {
        let response =
            send_with(&router(Arc::new(auditor)), "/write", &[("authorization", "Bearer good")]).await;
        assert_eq!(response.status(), 403);
        let problem = body_json(response).await;
        assert_eq!((&problem["role"], &problem["action"]), (&"auditor".into(), &"deploy-asset".into()));
    }

    #[tokio::test]
    async fn a_token_store_that_cannot_answer_lets_nobody_through() {
        let response =
            send_with(&router(Arc::new(Broken)), "/read", &[("authorization", "Bearer good")]).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
