//! The person vault in one redb file. One thread writes, many waiting changes in one transaction.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::place::VaultPlace;
use super::store::{PeopleContent, PeopleStore, PersonChange};
use crate::directory::DirectoryState;
use crate::fold::UsernameClaim;
use crate::{PersonDetails, PersonDirectory, PersonVault, VaultError};

/// The file in the data directory.
const FILE_NAME: &str = "vault.redb";

/// The most changes in one transaction, and in the queue.
const CHANGES_PER_COMMIT: usize = 1000;

/// A [`PersonVault`] in a file that this process alone has open.
#[derive(Debug)]
pub struct EmbeddedPeople {
    directory: Arc<PersonDirectory>,
    /// `None` only while dropping.
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
}

struct Request {
    change: PersonChange,
    reply: oneshot::Sender<Result<(), VaultError>>,
}

impl EmbeddedPeople {
    /// Opens or makes `vault.redb` in `data_dir` and loads it.
    ///
    /// # Errors
    /// [`VaultError::InUse`], [`VaultError::NewerFormat`], [`VaultError::Corrupt`], or a fault.
    pub async fn open(data_dir: &Path) -> Result<Self, VaultError> {
        let place = VaultPlace::File(data_dir.join(FILE_NAME));
        let opening = tokio::task::spawn_blocking(move || {
            let store = PeopleStore::open(place)?;
            let content = store.load()?;
            Ok((store, content))
        });
        let (store, content) =
            opening.await.map_err(|error| VaultError::unavailable("opening the people's file", error))??;
        Self::start(store, content)
    }

    fn start(store: PeopleStore, content: PeopleContent) -> Result<Self, VaultError> {
        let directory = Arc::new(PersonDirectory::default());
        directory.replace(state_of(content));
        let (requests, queue) = mpsc::channel(CHANGES_PER_COMMIT);
        let writer = PeopleWriter { store, directory: Arc::clone(&directory), queue };
        let writer = thread::Builder::new()
            .name("vault-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| VaultError::unavailable("starting the vault's writer", error))?;
        Ok(Self { directory, requests: Some(requests), writer: Some(writer) })
    }

    async fn change(&self, change: PersonChange) -> Result<(), VaultError> {
        let gone = || VaultError::unavailable("writing the people", io::Error::other("the writer is gone"));
        let (reply, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(Request { change, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for EmbeddedPeople {
    /// Waits for the writer, so that the file is free when this returns.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the vault's writer had panicked: this is a bug");
        }
    }
}

#[async_trait]
impl PersonVault for EmbeddedPeople {
    async fn put(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        self.change(PersonChange::Put(id, details.normalized()?, UsernameClaim::Given)).await
    }

    async fn adopt(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        self.change(PersonChange::Put(id, details.normalized()?, UsernameClaim::Adopted)).await
    }

    async fn begin_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        self.change(PersonChange::BeginErasure(id)).await
    }

    async fn cancel_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        self.change(PersonChange::CancelErasure(id)).await
    }

    async fn erase(&self, id: Uuid) -> Result<(), VaultError> {
        self.change(PersonChange::Erase(id)).await
    }

    fn directory(&self) -> Arc<PersonDirectory> {
        Arc::clone(&self.directory)
    }
}

struct PeopleWriter {
    store: PeopleStore,
    directory: Arc<PersonDirectory>,
    queue: mpsc::Receiver<Request>,
}

impl PeopleWriter {
    /// Runs until the vault is dropped.
    fn run(mut self) {
        while let Some(first) = self.queue.blocking_recv() {
            let mut changes = vec![first.change];
            let mut replies = vec![first.reply];
            while changes.len() < CHANGES_PER_COMMIT
                && let Ok(request) = self.queue.try_recv()
            {
                changes.push(request.change);
                replies.push(request.reply);
            }
            let outcomes = self.apply(changes);
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                // Who asked may have gone; the change stands all the same.
                let _ = reply.send(outcome);
            }
        }
    }

    fn apply(&mut self, changes: Vec<PersonChange>) -> Vec<Result<(), VaultError>> {
        let outcomes = match self.store.apply(&changes) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write the people");
                return self.fail_all(changes.len(), &error);
            }
        };
        self.directory.change(|state| {
            for (change, outcome) in changes.into_iter().zip(&outcomes) {
                if outcome.is_ok() {
                    follow(state, change);
                }
            }
        });
        outcomes
    }

    /// Tells everybody the same fault. What was committed before it, if anything, is loaded.
    fn fail_all(&self, count: usize, error: &VaultError) -> Vec<Result<(), VaultError>> {
        if let Ok(content) = self.store.load() {
            self.directory.replace(state_of(content));
        }
        let message = error.to_string();
        let fault = || Err(VaultError::unavailable("writing the people", message.clone()));
        (0..count).map(|_| fault()).collect()
    }
}

fn state_of(content: PeopleContent) -> DirectoryState {
    let mut state = DirectoryState::default();
    for (id, details) in content.people {
        state.put(id, details);
    }
    for id in content.erasures {
        state.begin_erasure(id);
    }
    state
}

fn follow(state: &mut DirectoryState, change: PersonChange) {
    match change {
        PersonChange::Put(id, details, _) => state.put(id, details),
        PersonChange::BeginErasure(id) => state.begin_erasure(id),
        PersonChange::CancelErasure(id) => state.end_erasure(id),
        PersonChange::Erase(id) => {
            state.remove(id);
            state.end_erasure(id);
        }
    }
}
