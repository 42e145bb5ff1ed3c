//! Who asks: what a bearer token is turned into.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::{ActorKind, Problem, ProblemCode, Role};

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

/// Whose a bearer token is, or why it is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is this identity's.
    Granted(Identity),
    /// It ended at this instant.
    Expired(DateTime<Utc>),
    /// It is unknown or revoked.
    Unknown,
}

impl Admission {
    /// The identity that is let in.
    ///
    /// # Errors
    /// `unauthenticated`. Whoever has an expired token is told when it ended; whoever has none, an unknown
    /// or a revoked one is told the same.
    pub fn into_identity(self) -> Result<Identity, Problem> {
        match self {
            Self::Granted(identity) => Ok(identity),
            Self::Expired(at) => Err(expired(at)),
            Self::Unknown => Err(unauthenticated()),
        }
    }
}

/// Says whose token a bearer token is.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// What the token in plain text opens now.
    ///
    /// # Errors
    /// If it cannot be known now: the request is then answered 503, never let through.
    async fn authenticate(&self, bearer: &str) -> Result<Admission, AuthenticationFault>;

    /// Who asks with a token, by HTTP or NATS.
    ///
    /// # Errors
    /// `unauthenticated`; `not-ready` if the token cannot be checked now.
    async fn identify(&self, bearer: &str) -> Result<Identity, Problem> {
        let admission = self.authenticate(bearer).await.map_err(|fault| {
            Problem::fault(ProblemCode::NotReady, "The token cannot be checked now.", &fault)
                .retry_after(Duration::from_secs(1))
        })?;
        admission.into_identity()
    }
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
    async fn authenticate(&self, bearer: &str) -> Result<Admission, AuthenticationFault> {
        Ok(self(bearer).map_or(Admission::Unknown, Admission::Granted))
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

/// The answer to an expired token. Only who has the token learns that it was one.
pub(crate) fn expired(at: DateTime<Utc>) -> Problem {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let challenge = "Bearer error=\"invalid_token\", error_description=\"The token has expired\"";
    Problem::new(ProblemCode::Unauthenticated, format!("The token expired at {at}; ask for a new one."))
        .with("reason", "expired")
        .with("expired_at", at)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// One answer for no token, an unknown one and a revoked one: it tells a stranger nothing.
#[must_use]
pub fn unauthenticated() -> Problem {
    Problem::new(ProblemCode::Unauthenticated, "Send a valid token as `Authorization: Bearer <token>`.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}
