//! Tokens: who may come in, and the first one.

use std::sync::Arc;

use async_trait::async_trait;
use itam_service_kit::{
    ActorKind, AuthenticationFault, Authenticator, Clock, IdSource, Identity, Role, SystemClock, SystemIds,
    generate_token, hash_token,
};
use itam_vault::{TokenRecord, TokenStore};
use uuid::Uuid;

use crate::data_dir::{DataDir, write_private};
use crate::failure::Failure;

/// Looks bearer tokens up in the token store.
pub(crate) struct TokenAuthenticator(pub(crate) Arc<dyn TokenStore>);

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(&self, bearer: &str) -> Result<Option<Identity>, AuthenticationFault> {
        let found = self.0.find_by_hash(&hash_token(bearer)).await;
        let record = found.map_err(|error| AuthenticationFault(Box::new(error)))?;
        Ok(record.and_then(|record| identity(&record)))
    }
}

/// The identity of a token; none if its role is unknown to this build.
fn identity(record: &TokenRecord) -> Option<Identity> {
    let role: Role = record.role.parse().ok()?;
    let (actor, actor_kind) = match record.person_id {
        Some(person) => (person.to_string(), ActorKind::Person),
        None => (record.id.to_string(), ActorKind::Service),
    };
    Some(Identity { actor, actor_kind, name: record.name.clone(), role })
}

/// A new token, whose text is shown once and kept nowhere.
pub(crate) async fn create_token(
    tokens: &dyn TokenStore,
    name: &str,
    role: Role,
    person_id: Option<Uuid>,
) -> Result<String, Failure> {
    let token = generate_token();
    let record = record(token.expose(), name, role, person_id);
    tokens.create(record).await.map_err(Failure::Vault)?;
    Ok(token.expose().to_owned())
}

/// Makes the administrator's token where no token was ever made, and gives it to be shown.
///
/// The file is written before the token is valid: a crash between the two leaves a file that the
/// next start replaces, and never a valid token that nobody knows.
pub(crate) async fn first_token(tokens: &dyn TokenStore, dir: &DataDir) -> Result<Option<String>, Failure> {
    if !tokens.list().await.map_err(Failure::Vault)?.is_empty() {
        return Ok(None);
    }
    let token = generate_token();
    write_private(&dir.admin_token(), token.expose())?;
    let record = record(token.expose(), "administrator", Role::Administrator, None);
    tokens.create(record).await.map_err(Failure::Vault)?;
    Ok(Some(token.expose().to_owned()))
}

fn record(token: &str, name: &str, role: Role, person_id: Option<Uuid>) -> TokenRecord {
    TokenRecord {
        id: SystemIds.next_id(),
        name: name.to_owned(),
        role: role.as_str().to_owned(),
        token_hash: hash_token(token),
        created_at: SystemClock.now(),
        revoked_at: None,
        person_id,
    }
}
