//! The authentication of requests: a bearer token is turned into an identity, and looked at again for as long as the
//! answer goes on.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::exchange::{Kept, OpenExchanges};
use crate::identity::unauthenticated;
use crate::server::Connection;
use crate::standing::watched;
use crate::{Authenticator, Caller, Problem, ProblemCode, Rates, SecurityJournal};

/// What requests are authenticated with, and watched by while the answer lasts.
#[derive(Clone)]
pub(crate) struct Authentication {
    open: Arc<OpenExchanges>,
    rates: Rates,
    journal: Option<SecurityJournal>,
}

impl Authentication {
    pub(crate) fn new(
        authenticator: Arc<dyn Authenticator>,
        rates: Rates,
        journal: Option<SecurityJournal>,
    ) -> Self {
        Self { open: Arc::new(OpenExchanges::new(authenticator)), rates, journal }
    }
}

/// Middleware: lets a request through with a known bearer token, and notes the [`Caller`]. Whatever
/// the handler does, it ends when the token is valid for this route no more.
///
/// The token is taken from the `Authorization` header only; a query parameter would end in logs.
///
/// # Errors
/// `unauthenticated`; `malformed-request` if there are several tokens; `not-ready` if the token store
/// cannot be asked; `too-many-requests` if the sender has as many in progress as it may.
pub(crate) async fn authenticate(
    State(authentication): State<Authentication>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let bearer = bearer_of(request.headers())?;
    let caller = Caller(Arc::new(authentication.open.authenticator().identify(bearer).await?));
    let place = match authentication.rates.begin(&caller) {
        Ok(place) => place,
        Err(problem) => return Ok(of_caller(problem.into_response(), caller)),
    };
    let work = request.extensions().get::<Connection>().map(Connection::work);
    let connection = connection_of(&request);
    let open = authentication.open.enter(bearer, Arc::clone(&caller.0), connection, Kept::new(place, work));
    let standing = open.exchange.standing.clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    request.extensions_mut().insert(caller.clone());
    request.extensions_mut().insert(standing.clone());
    let response = tokio::select! {
        response = next.run(request) => {
            let route = route.as_ref().map_or("none", MatchedPath::as_str);
            watched(open, authentication.journal, format!("{method} {route}"), response)
        }
        () = standing.withdrawn() => standing.problem().into_response(),
    };
    Ok(of_caller(response, caller))
}

/// Tells those around this whom they answered.
fn of_caller(mut response: Response, caller: Caller) -> Response {
    response.extensions_mut().insert(caller);
    response
}

/// The connection of a request, if it carries this request alone at a time.
fn connection_of(request: &Request) -> Option<Connection> {
    let is_alone = request.version() < Version::HTTP_2;
    request.extensions().get::<Connection>().filter(|_| is_alone).cloned()
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); the scheme in any case.
///
/// Of two, a proxy may have looked at the one and this service at the other: nobody's are taken.
///
/// # Errors
/// `unauthenticated`, also where there is none; `malformed-request` of several.
pub fn bearer_of(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(unauthenticated)?;
    if values.next().is_some() {
        let detail = "The header Authorization stands there more than once: send one token.";
        return Err(Problem::new(ProblemCode::MalformedRequest, detail));
    }
    bearer_in(value.to_str().map_err(|_| unauthenticated())?)
}

/// The bearer token in the value of a header `Authorization` (RFC 6750 section 2.1), by whichever door it
/// came.
///
/// # Errors
/// `unauthenticated` if there is none.
pub fn bearer_in(authorization: &str) -> Result<&str, Problem> {
    let (scheme, token) = authorization.split_once(' ').ok_or_else(unauthenticated)?;
    let token = token.trim();
    let is_one = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    if is_one { Ok(token) } else { Err(unauthenticated()) }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;

    use super::*;
    use crate::testing::{body_json, send, send_with};
    use crate::{ActorKind, Admission, AuthenticationFault, Identity, Role};

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
        async fn authenticate(&self, _bearer: &str) -> Result<Admission, AuthenticationFault> {
            Err(AuthenticationFault("the store is away".into()))
        }
    }

    fn router(authenticator: Arc<dyn Authenticator>) -> Router {
        let read = async |caller: Caller| caller.0.name.clone();
        let write = async |caller: Caller| {
            caller.require("deploy-asset", |role| role == Role::Administrator).map(|()| "done")
        };
        Router::new().route("/read", get(read)).route("/write", get(write)).route_layer(from_fn_with_state(
            Authentication::new(authenticator, Rates::default(), None),
            authenticate,
        ))
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
    async fn two_tokens_are_nobodys() {
        let both = [("authorization", "Bearer good"), ("authorization", "Bearer good")];
        let response = send_with(&router(Arc::new(auditor)), "/read", &both).await;
        assert_eq!(response.status(), 400);
        assert_eq!(body_json(response).await["code"], "malformed-request");
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
