//! Noting when tokens were used last, without making a request wait for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use itam_service_kit::error_chain;
use itam_vault::{TokenStore, USE_NOTED_EVERY, VaultError};
use uuid::Uuid;

/// What this process has noted of the uses of tokens.
pub(crate) struct UseNotes {
    tokens: Arc<dyn TokenStore>,
    /// When this process last had a use noted, by token.
    noted: Mutex<HashMap<Uuid, DateTime<Utc>>>,
    /// Whether this process may only read tokens, and so keeps no notes.
    is_reader: Arc<AtomicBool>,
}

impl UseNotes {
    pub(crate) fn new(tokens: Arc<dyn TokenStore>) -> Self {
        Self { tokens, noted: Mutex::default(), is_reader: Arc::default() }
    }

    /// Notes a use in the background, unless this process had one noted within the last minutes. After a
    /// note that failed, the next one is tried when it is due.
    pub(crate) fn note(&self, token: Uuid, at: DateTime<Utc>) {
        if self.is_reader.load(Ordering::Relaxed) || !self.is_due(token, at) {
            return;
        }
        let (tokens, is_reader) = (Arc::clone(&self.tokens), Arc::clone(&self.is_reader));
        tokio::spawn(async move {
            match tokens.note_use(token, at).await {
                Ok(()) => {}
                Err(VaultError::NotPermitted { .. }) => {
                    if !is_reader.swap(true, Ordering::Relaxed) {
                        tracing::info!(
                            "this process may only read tokens: it keeps no notes of their last use"
                        );
                    }
                }
                Err(error) => {
                    let error = error_chain(&error);
                    tracing::warn!(token.id = %token, %error, "the last use of a token could not be noted");
                }
            }
        });
    }

    fn is_due(&self, token: Uuid, at: DateTime<Utc>) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        match noted.get(&token) {
            Some(last) if (at - *last).abs() < USE_NOTED_EVERY => false,
            _ => {
                noted.insert(token, at);
                true
            }
        }
    }
}
