//! `itam parked`: lists, tries again and releases events that a projector could not apply.

mod routes;

pub(crate) use routes::routes;

use std::time::Duration;

use clap::{Args, Subcommand};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::failure::Failure;

/// How often a running projector is asked how far it got.
const LOOK: Duration = Duration::from_millis(300);

/// The arguments of `itam parked`.
#[derive(Args, Debug)]
pub(crate) struct ParkedArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Lists them, released ones too.
    List {
        /// One JSON document, instead of a table.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Tries all of them again, by building the read model anew while queries go on.
    Retry {
        #[command(flatten)]
        server: Server,
    },
    /// Notes that events were looked at and may stay unapplied: they are listed still, and counted
    /// apart.
    Release {
        /// The position of an event; may be given several times.
        #[arg(long = "position", required = true)]
        positions: Vec<u64>,
        /// Why; kept with who and when.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        server: Server,
    },
}

/// The projector.
#[derive(Args, Debug)]
struct Server {
    /// A running `itam up` or `itam projector`.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// The administrator's token.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true, default_value = "", hide_default_value = true)]
    token: String,
}

impl Server {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/v1/projector{path}", self.server.trim_end_matches('/'));
        reqwest::Client::new().request(method, url).bearer_auth(&self.token)
    }

    /// Sends a request; the answer's JSON, if it has any.
    async fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let server = &self.server;
        let silent = |error: reqwest::Error| Failure::Usage(format!("{server} does not answer: {error}"));
        let response = request.send().await.map_err(silent)?;
        let status = response.status();
        let body: Value = serde_json::from_str(&response.text().await.map_err(silent)?).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let place = body["errors"][0]["detail"].as_str().unwrap_or_default();
        let detail = body["detail"].as_str().unwrap_or_default();
        Err(Failure::Usage(format!("{server} answered {status}: {detail} {place}").trim_end().to_owned()))
    }
}

/// Runs `itam parked`.
pub(crate) async fn run(args: ParkedArgs) -> Result<(), Failure> {
    match args.action {
        Action::List { json, server } => list(&server, json).await,
        Action::Retry { server } => retry(&server).await,
        Action::Release { positions, reason, server } => {
            let body = json!({"positions": positions, "reason": reason});
            let released = server.send(server.request(Method::POST, "/parked/release").json(&body)).await?;
            tell(released["items"].as_array().map(Vec::as_slice).unwrap_or_default());
            Ok(())
        }
    }
}

/// All pages.
async fn all(server: &Server) -> Result<Vec<Value>, Failure> {
    let (mut items, mut from) = (Vec::new(), Some(1));
    while let Some(first) = from {
        let page =
            server.send(server.request(Method::GET, &format!("/parked?from={first}&limit=1000"))).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        from = page["next"].as_u64();
    }
    Ok(items)
}

async fn list(server: &Server, as_json: bool) -> Result<(), Failure> {
    let items = all(server).await?;
    if as_json {
        println!("{}", json!({ "items": items }));
    } else {
        tell(&items);
    }
    Ok(())
}

fn tell(items: &[Value]) {
    println!("{:>10}  {:24}  {:24}  reason", "position", "type", "stored");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for item in items {
        let (name, stored) = (text(&item["type"]), text(&item["stored_at"]));
        println!("{:>10}  {name:24}  {stored:24}  {}", item["position"], text(&item["reason"]));
        let release = &item["release"];
        if !release.is_null() {
            let (by, at, why) = (text(&release["by"]), text(&release["at"]), text(&release["reason"]));
            println!("{:>10}  released {at} by {by}: {why}", "");
        }
    }
}

async fn retry(server: &Server) -> Result<(), Failure> {
    let before = all(server).await?.len();
    server.send(server.request(Method::POST, "/parked/retry")).await?;
    // It begins within a moment, or is over before it is seen: so the looking has a bound at its start.
    let mut was_seen = false;
    for look in 0_u32.. {
        let status = server.send(server.request(Method::GET, "")).await?;
        if let Some(trouble) = status["trouble"].as_str() {
            return Err(Failure::Usage(trouble.to_owned()));
        }
        match status["rebuild"].is_null() {
            false => was_seen = true,
            true if was_seen || look > 3 => break,
            true => {}
        }
        tokio::time::sleep(LOOK).await;
    }
    let after = all(server).await?.len();
    println!("tried again: {before} were parked, {after} are");
    Ok(())
}
