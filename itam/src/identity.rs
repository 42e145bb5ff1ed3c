//! Tokens: who may come in, and the first one.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use itam_service_kit::{
    ActorKind, Admission, AuthenticationFault, Authenticator, Clock, IdSource, Identity, Role, SystemClock,
    SystemIds, generate_token, hash_token,
};
use itam_tools::Failure;
use itam_tools::backend::patiently;
use itam_tools::data_dir::{DataDirError, write_private};
use itam_tools::output::announce;
use itam_vault::{TokenRecord, TokenStore, VaultError};

use crate::token::TokenState;
use crate::use_notes::UseNotes;

/// Looks bearer tokens up in the token store, and holds their ends against the clock.
pub(crate) struct TokenAuthenticator {
    tokens: Arc<dyn TokenStore>,
    uses: UseNotes,
}

impl TokenAuthenticator {
    pub(crate) fn new(tokens: Arc<dyn TokenStore>) -> Self {
        Self { uses: UseNotes::new(Arc::clone(&tokens)), tokens }
    }
}

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(&self, bearer: &str) -> Result<Admission, AuthenticationFault> {
        let found = self.tokens.find_by_hash(&hash_token(bearer)).await;
        let Some(record) = found.map_err(|error| AuthenticationFault(Box::new(error)))? else {
            return Ok(Admission::Unknown);
        };
        let now = SystemClock.now();
        if let Some(end) = record.expires_at.filter(|_| record.has_expired(now)) {
            return Ok(Admission::Expired(end));
        }
        let Some(identity) = identity(&record) else { return Ok(Admission::Unknown) };
        self.uses.note(record.id, now);
        Ok(Admission::Granted(identity))
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

/// The administrator's first token, whose text is shown once.
pub(crate) struct NewToken {
    pub(crate) record: TokenRecord,
    pub(crate) text: String,
}

/// Makes an administrator's token where there is none that is good, and gives it to be shown: whoever may
/// start a service may make one anyway, and nobody else could let an administrator in again.
///
/// The file is written before the token is valid: a crash between the two leaves a file that the
/// next start puts aside, and never a valid token that nobody knows. Waits for a vault that is not
/// ready. A try without an answer may have made the token all the same; so each makes the same one.
pub(crate) async fn first_token(tokens: &dyn TokenStore, path: &Path) -> Result<Option<NewToken>, Failure> {
    let list = async || tokens.list().await.map_err(Failure::Vault);
    let now = SystemClock.now();
    if patiently(list).await?.iter().any(|token| is_administrators(token, now)) {
        return Ok(None);
    }
    let token = generate_token();
    if let Some(aside) = put_aside(path)? {
        let (path, aside) = (path.display(), aside.display());
        tracing::warn!(%path, %aside, "a token of another store was kept here; it is kept aside now");
    }
    write_private(path, token.expose())?;
    let record = first_record(token.expose());
    let create = async || match tokens.create(record.clone()).await {
        Err(VaultError::TokenExists(id)) if id == record.id => Ok(()),
        outcome => outcome.map_err(Failure::Vault),
    };
    patiently(create).await?;
    Ok(Some(NewToken { record, text: token.expose().to_owned() }))
}

/// Renames a file that is in the way of another of its name, if there is one, and gives its new place.
fn put_aside(path: &Path) -> Result<Option<PathBuf>, DataDirError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", SystemClock.now().format("%Y%m%dT%H%M%S%.6fZ")));
    let aside = path.with_file_name(name);
    match itam_files::rename_durably(path, &aside) {
        Ok(()) => Ok(Some(aside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DataDirError::File { path: path.to_owned(), source }),
    }
}

/// Says where the first token is, and shows it once, to a person: what is not a terminal may be a
/// journal, which keeps it and lets others read it.
pub(crate) fn tell_first_token(token: &NewToken, file: &Path) {
    let file = file.display();
    if std::io::stdout().is_terminal() {
        announce(format_args!("administrator's token (shown once, kept in {file}):\n  {}", token.text));
    } else {
        announce(format_args!("administrator's token: in {file}"));
    }
}

/// Says where the administrator's token is, if the file has one that is good, or how to get one.
pub(crate) async fn tell_earlier_token(tokens: &dyn TokenStore, file: &Path) {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let found = tokens.find_by_hash(&hash_token(text.trim())).await;
    let is_good =
        found.is_ok_and(|token| token.is_some_and(|token| is_administrators(&token, SystemClock.now())));
    let file = file.display();
    if is_good {
        announce(format_args!("administrator's token: in {file}"));
    } else {
        announce(format_args!(
            "administrator's token: not in {file}; `itam token create --name NAME --role administrator` makes another"
        ));
    }
}

/// Whether an administrator comes in with it.
fn is_administrators(token: &TokenRecord, now: DateTime<Utc>) -> bool {
    token.role == Role::Administrator.as_str() && TokenState::of(token, now) == TokenState::Active
}

/// It has no end: without it nobody could make another.
fn first_record(token: &str) -> TokenRecord {
    TokenRecord {
        id: SystemIds.next_id(),
        name: "administrator".to_owned(),
        role: Role::Administrator.as_str().to_owned(),
        token_hash: hash_token(token),
        created_at: SystemClock.now(),
        revoked_at: None,
        person_id: None,
        expires_at: None,
        created_by: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use uuid::Uuid;

    use super::*;

    /// A store on a cluster that forms: the first tries get no answer, and the last of them is
    /// stored nevertheless.
    #[derive(Default)]
    struct Forming {
        left: Mutex<u32>,
        stored: Mutex<Vec<TokenRecord>>,
    }

    impl Forming {
        fn patience(&self) -> Result<(), VaultError> {
            let mut left = self.left.lock().expect("no test panics with it");
            if *left == 0 {
                return Ok(());
            }
            *left -= 1;
            Err(VaultError::Unavailable { operation: "writing an entry", source: "timed out".into() })
        }
    }

    #[async_trait]
    impl TokenStore for Forming {
        async fn create(&self, record: TokenRecord) -> Result<(), VaultError> {
            let answered = self.patience();
            let is_lost = *self.left.lock().expect("no test panics with it") > 0;
            if is_lost {
                return answered;
            }
            let mut stored = self.stored.lock().expect("no test panics with it");
            if stored.iter().any(|other| other.id == record.id) {
                return Err(VaultError::TokenExists(record.id));
            }
            stored.push(record);
            answered
        }

        async fn list(&self) -> Result<Vec<TokenRecord>, VaultError> {
            // As the copies that processes keep in memory: they do not know the latest.
            Ok(Vec::new())
        }

        async fn revoke(&self, id: Uuid, _at: DateTime<Utc>) -> Result<(), VaultError> {
            Err(VaultError::UnknownToken(id))
        }

        async fn find_by_hash(&self, _token_hash: &str) -> Result<Option<Arc<TokenRecord>>, VaultError> {
            Ok(None)
        }

        fn find_by_id(&self, _id: Uuid) -> Option<Arc<TokenRecord>> {
            None
        }

        async fn note_use(&self, _id: Uuid, _at: DateTime<Utc>) -> Result<(), VaultError> {
            Ok(())
        }

        async fn last_uses(&self) -> Result<BTreeMap<Uuid, DateTime<Utc>>, VaultError> {
            Ok(BTreeMap::new())
        }
    }

    #[tokio::test]
    async fn the_first_token_waits_for_a_vault_that_is_not_ready_and_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("admin.token");
        let tokens = Forming { left: Mutex::new(4), ..Forming::default() };
        let shown = first_token(&tokens, &path).await.expect("made").expect("shown").text;
        let stored = tokens.stored.into_inner().expect("no test panics with it");
        let hashes: Vec<String> = stored.into_iter().map(|record| record.token_hash).collect();
        assert_eq!(hashes, [hash_token(&shown)]);
        assert_eq!(std::fs::read_to_string(&path).expect("kept").trim(), shown);
    }

    #[tokio::test]
    async fn a_token_of_another_store_is_kept_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("admin.token");
        std::fs::write(&path, "itam_of_another_store\n").expect("written");
        let shown = first_token(&Forming::default(), &path).await.expect("made").expect("shown").text;
        let kept = std::fs::read_dir(folder.path()).expect("the folder");
        let mut texts: Vec<String> = kept
            .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("text"))
            .collect();
        texts.sort_by_key(|text| text.trim() == shown);
        assert_eq!(texts, ["itam_of_another_store\n".to_owned(), format!("{shown}\n")]);
    }
}
