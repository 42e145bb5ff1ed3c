//! Who asks: what a bearer token is turned into.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

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

/// Extracts who asks, in handlers behind [`crate::HttpKit`].
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

/// One answer for no token, an unknown one and a revoked one: it tells a stranger nothing.
pub(crate) fn unauthenticated() -> Problem {
    Problem::new(ProblemCode::Unauthenticated, "Send a valid token as `Authorization: Bearer <token>`.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}
