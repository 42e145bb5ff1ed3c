//! A server of the same make as the query service, with an endpoint that returns a constant: what
//! HTTP, authentication and limits cost by themselves.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use itam_service_kit::{
    ActorKind, Authenticator, HttpKit, Identity, Metrics, Role, ServerSettings, hash_token, serve,
    shutdown_on_signal,
};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::load::{Connection, Target};
use crate::measure::{Outcome, failure};

const TOKEN: &str = "constant";

/// Serves `body` at `/constant` until it is asked to stop. What the subcommand of that name does,
/// so that the server is a process of its own, as the query service is.
pub(crate) async fn run(listen: &str, body: Vec<u8>) -> Outcome<()> {
    let shutdown = shutdown_on_signal()?;
    let listener = TcpListener::bind(listen).await?;
    let body = Bytes::from(body);
    let expected = hash_token(TOKEN);
    let authenticate = move |bearer: &str| {
        (hash_token(bearer) == expected).then(|| Identity {
            actor: "bench".to_owned(),
            actor_kind: ActorKind::Service,
            name: "bench".to_owned(),
            role: Role::Auditor,
        })
    };
    let authenticator: Arc<dyn Authenticator> = Arc::new(authenticate);
    let answer = async move || ([(header::CONTENT_TYPE, "application/json")], body.clone());
    let constant = Router::new().route("/constant", get(answer));
    let router = HttpKit::new(Metrics::new(), authenticator).wrap(constant, Router::new());
    serve(listener, router, ServerSettings::default(), shutdown).await?;
    Ok(())
}

/// The server as a process, killed when it is dropped.
pub(crate) struct ConstantServer {
    /// Where it listens.
    pub(crate) target: Target,
    _child: Child,
}

impl ConstantServer {
    /// Starts it with a body.
    pub(crate) async fn start(body: &[u8]) -> Outcome<Self> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), body)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["constant-server", "--listen", &address, "--body"]);
        let child = command.arg(file.path()).kill_on_drop(true).spawn()?;
        let target = Target { address, token: TOKEN.to_owned() };
        for _ in 0..500 {
            if let Ok(mut connection) = Connection::open(&target).await {
                connection.succeed(&target.get("/constant")).await?;
                return Ok(Self { target, _child: child });
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Err(failure("the constant server does not listen"))
    }
}
