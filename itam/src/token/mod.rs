//! `itam token`: makes, lists and revokes bearer tokens, beside running services too.

mod desk;
mod expiry;
mod route;
mod row;

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use itam_command_service::{CommandDesk, DeskSettings, Refusal};
use itam_domain::{Policies, show_hidden_characters};
use itam_event_log::LogError;
use itam_service_kit::{JournalLimits, Metrics, Role, SystemClock, SystemIds};
use itam_vault::VaultError;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::journal;

pub(crate) use desk::{KnownPeople, TokenDesk};
pub(crate) use route::routes;
pub(crate) use row::{TokenRow, TokenState};

use desk::TokenWish;
use expiry::Expiry;
use itam_tools::Failure as ToolFailure;
use itam_tools::args::{TargetArgs, id};
use itam_tools::backend::{Backend, open_tokens};
use itam_tools::data_dir::DataDir;
use itam_tools::server::ServiceClient;

/// The arguments of `itam token`.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Makes a token and prints it, once.
    Create {
        /// What it is for; not the name of a person, which could not be erased there.
        #[arg(long)]
        name: String,
        /// What it may be used for: requester, asset-analyst, asset-manager, procurement-manager,
        /// financial-analyst, compliance-officer, auditor, service or administrator.
        #[arg(long)]
        role: Role,
        /// The person who uses it; her id stands in the events as the actor. She must be known and active.
        /// Beside a service on an embedded log, --server must be named.
        #[arg(long, value_parser = id)]
        person: Option<Uuid>,
        /// When it ends: after a span such as 90d, at an instant such as 2027-03-31T12:00:00Z, or never. In a
        /// year, if not said; within ten years.
        #[arg(long, default_value = "365d")]
        expires: Expiry,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Lists the tokens, without their texts.
    List {
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Revokes a token by its id. Running services take notice within a second.
    Revoke {
        /// The token's id, as `list` shows it.
        #[arg(value_parser = id)]
        id: Uuid,
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// The tokens alone, which several processes may use at once.
async fn tokens(target: &TargetArgs) -> Result<TokenDesk, Failure> {
    let dir = target.data_dir()?;
    let tokens = open_tokens(&dir, &target.nats, &target.process.tenant).await?;
    token_desk(&dir, tokens, None)
}

/// The tokens with the register of people, which takes the log.
async fn tokens_with_register(target: &TargetArgs) -> Result<TokenDesk, Failure> {
    let tenant = &target.process.tenant;
    let dir = target.data_dir()?;
    let opened = Backend::find(&dir, &target.nats, tenant, Duration::ZERO).await;
    let backend = opened.map_err(|failure| match failure {
        ToolFailure::Log(LogError::InUse(_)) | ToolFailure::Vault(VaultError::InUse(_)) => in_use(),
        other => other,
    })?;
    let settings = DeskSettings { tenant: tenant.clone(), policies: Policies::default(), cache_capacity: 1 };
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let people = backend.people.directory();
    let commands = CommandDesk::new(backend.log, backend.people, clock, ids, settings, &Metrics::new());
    let register = KnownPeople { commands: Arc::new(commands), people };
    token_desk(&dir, backend.tokens, Some(register))
}

/// Notes go to the journal of the data directory, which a service keeps beside it.
fn token_desk(
    dir: &DataDir,
    tokens: Arc<dyn itam_vault::TokenStore>,
    register: Option<KnownPeople>,
) -> Result<TokenDesk, Failure> {
    let journal = journal::open(dir, "token", JournalLimits::default(), &Metrics::new())?;
    Ok(TokenDesk::new(tokens, register, journal))
}

/// A process has the embedded log, and knows alone who is in it.
fn in_use() -> ToolFailure {
    ToolFailure::Usage(
        "a running service has the log, so nobody can see here whether there is such a person: let it make the \
         token, with --server URL and its administrator's token in ITAM_TOKEN"
            .to_owned(),
    )
}

/// Runs `itam token`.
pub(crate) async fn run(args: TokenArgs) -> Result<(), Failure> {
    match args.action {
        Action::Create { name, role, person, expires, target } => {
            let wish = TokenWish { name, role, person, expiry: expires, created_by: None };
            println!("{}", create(&target, wish).await?);
            Ok(())
        }
        Action::List { target } => {
            let rows = match target.server.named() {
                Some(server) => server.json(server.request(Method::GET, "/v1/tokens")).await?["items"].take(),
                None => json!(tokens(&target).await?.list().await.map_err(refused)?),
            };
            show(&rows);
            Ok(())
        }
        Action::Revoke { id, target } => {
            match target.server.named() {
                Some(server) => {
                    server.send(server.request(Method::DELETE, &format!("/v1/tokens/{id}"))).await?;
                }
                None => {
                    tokens(&target).await?.revoke(id, None).await.map_err(refused)?;
                }
            }
            println!("revoked {id}");
            Ok(())
        }
    }
}

/// The text of a new token.
async fn create(target: &TargetArgs, wish: TokenWish) -> Result<String, Failure> {
    if let Some(server) = target.server.named() {
        return ask(&server, &wish).await;
    }
    let desk =
        if wish.person.is_some() { tokens_with_register(target).await? } else { tokens(target).await? };
    let made = desk.make(wish).await.map_err(refused)?;
    Ok(made.text.expose().to_owned())
}

async fn ask(server: &ServiceClient, wish: &TokenWish) -> Result<String, Failure> {
    let mut body = json!({"name": wish.name, "role": wish.role.as_str(), "expires": wish.expiry.to_string()});
    if let Some(person) = wish.person {
        body["person_id"] = json!(person);
    }
    let made = server.json(server.request(Method::POST, "/v1/tokens").json(&body)).await?;
    made["token"].as_str().map(str::to_owned).ok_or_else(|| {
        let address = server.address();
        ToolFailure::Usage(format!("{address} does not answer as a service that makes tokens")).into()
    })
}

/// A refusal as the command line says it.
fn refused(refusal: Refusal) -> Failure {
    let failure = match refusal {
        Refusal::Rejected(rejection) => match &rejection.pointer {
            Some(pointer) if !pointer.is_empty() => {
                ToolFailure::Usage(format!("{}: {}", pointer.trim_start_matches('/'), rejection.detail))
            }
            _ => ToolFailure::Usage(rejection.detail),
        },
        Refusal::Vault(error) => ToolFailure::Vault(error),
        other => return Failure::Register(other),
    };
    failure.into()
}

/// The columns of the list: field, heading, width.
const COLUMNS: [(&str, &str, usize); 9] = [
    ("id", "id", 36),
    ("role", "role", 20),
    ("state", "state", 8),
    ("created_at", "created", 24),
    ("expires_at", "expires", 24),
    ("revoked_at", "revoked", 24),
    ("last_used_at", "last used", 24),
    ("person_id", "person", 36),
    ("created_by", "made by", 36),
];

fn show(rows: &Value) {
    let line = |cell: &dyn Fn(&str, &str) -> String, name: &str| {
        let cells = COLUMNS.iter().map(|(field, heading, width)| format!("{:width$}", cell(field, heading)));
        format!("{}  {name}", cells.collect::<Vec<_>>().join("  "))
    };
    println!("{}", line(&|_, heading| heading.to_owned(), "name"));
    for row in rows.as_array().into_iter().flatten() {
        let cell = |field: &str, _: &str| row[field].as_str().unwrap_or("-").to_owned();
        println!("{}", line(&cell, &show_hidden_characters(row["name"].as_str().unwrap_or_default())));
    }
}
