//! `itam token`: makes, lists and revokes bearer tokens, beside running services too.

use std::sync::Arc;

use clap::{Args, Subcommand};
use itam_domain::format_instant;
use itam_domain::show_hidden_characters;
use itam_service_kit::{Clock, JournalLimits, Metrics, Role, SecurityJournal, SystemClock};
use itam_vault::TokenStore;
use uuid::Uuid;

use crate::args::{NatsArgs, ProcessArgs};
use crate::backend::open_tokens;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::identity::create_token;
use crate::journal;

/// The arguments of `itam token`.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    action: Action,
}

/// Where the tokens are. Given after the action, as with every other tool.
#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    nats: NatsArgs,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Makes a token and prints it, once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may be used for: requester, asset-analyst, asset-manager, procurement-manager,
        /// financial-analyst, compliance-officer, auditor, service or administrator.
        #[arg(long)]
        role: Role,
        /// The person who uses it; her id stands in the events as the actor.
        #[arg(long)]
        person: Option<Uuid>,
        #[command(flatten)]
        place: Place,
    },
    /// Lists the tokens, without their texts.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Revokes a token by its id. Running services take notice within a second.
    Revoke {
        /// The token's id, as `list` shows it.
        id: Uuid,
        #[command(flatten)]
        place: Place,
    },
}

impl Place {
    async fn open(&self) -> Result<Arc<dyn TokenStore>, Failure> {
        let dir = DataDir::open(&self.process.data, &self.process.tenant)?;
        open_tokens(&dir, &self.nats, &self.process.tenant).await
    }

    /// The journal of the data directory, which a service keeps beside it.
    fn journal(&self) -> Result<SecurityJournal, Failure> {
        let dir = DataDir::open(&self.process.data, &self.process.tenant)?;
        journal::open(&dir, "token", JournalLimits::default(), &Metrics::new())
    }
}

/// Runs `itam token`.
pub(crate) async fn run(args: TokenArgs) -> Result<(), Failure> {
    match args.action {
        Action::Create { name, role, person, place } => {
            let (tokens, journal) = (place.open().await?, place.journal()?);
            let token = create_token(tokens.as_ref(), &name, role, person).await?;
            journal::note_created(&journal, &token, role, person);
            println!("{}", token.text);
            Ok(())
        }
        Action::List { place } => list(place.open().await?.as_ref()).await,
        Action::Revoke { id, place } => {
            let (tokens, journal) = (place.open().await?, place.journal()?);
            tokens.revoke(id, SystemClock.now()).await.map_err(Failure::Vault)?;
            journal::note_revoked(&journal, id);
            println!("revoked {id}");
            Ok(())
        }
    }
}

async fn list(tokens: &dyn TokenStore) -> Result<(), Failure> {
    println!("{:36}  {:20}  {:24}  {:24}  name", "id", "role", "created", "revoked");
    for record in tokens.list().await.map_err(Failure::Vault)? {
        let revoked = record.revoked_at.map_or("-".to_owned(), format_instant);
        let created = format_instant(record.created_at);
        let name = show_hidden_characters(&record.name);
        println!("{}  {:20}  {created:24}  {revoked:24}  {name}", record.id, record.role);
    }
    Ok(())
}
