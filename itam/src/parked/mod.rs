//! `itam parked`: lists, tries again and releases events that a projector could not apply.

mod routes;

pub(crate) use routes::routes;

use clap::{Args, Subcommand};
use itam_domain::show_hidden_characters;
use itam_tools::Failure;
use itam_tools::server::{ServerArgs, ServiceClient};
use reqwest::Method;
use serde_json::{Value, json};

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
        server: ServerArgs,
    },
    /// Tries all of them again, by building the read model anew while queries go on.
    Retry {
        #[command(flatten)]
        server: ServerArgs,
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
        server: ServerArgs,
    },
}

/// Runs `itam parked`.
pub(crate) async fn run(args: ParkedArgs) -> Result<(), Failure> {
    match args.action {
        Action::List { json, server } => list(&server.named_or_here(), json).await,
        Action::Retry { server } => retry(&server.named_or_here()).await,
        Action::Release { positions, reason, server } => {
            let server = server.named_or_here();
            let body = json!({"positions": positions, "reason": reason});
            let request = server.request(Method::POST, "/v1/projector/parked/release").json(&body);
            let released = server.json(request).await?;
            tell(released["items"].as_array().map(Vec::as_slice).unwrap_or_default());
            Ok(())
        }
    }
}

/// All pages.
async fn all(server: &ServiceClient) -> Result<Vec<Value>, Failure> {
    let (mut items, mut from) = (Vec::new(), Some(1));
    while let Some(first) = from {
        let path = format!("/v1/projector/parked?from={first}&limit=1000");
        let page = server.json(server.request(Method::GET, &path)).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        from = page["next"].as_u64();
    }
    Ok(items)
}

async fn list(server: &ServiceClient, as_json: bool) -> Result<(), Failure> {
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
    let text = |value: &Value| show_hidden_characters(value.as_str().unwrap_or("-")).into_owned();
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

async fn retry(server: &ServiceClient) -> Result<(), Failure> {
    let before = all(server).await?.len();
    server.send(server.request(Method::POST, "/v1/projector/parked/retry")).await?;
    server.follow_rebuild(|_| {}).await?;
    let after = all(server).await?.len();
    println!("tried again: {before} were parked, {after} are");
    Ok(())
}
