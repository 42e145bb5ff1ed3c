//! Clients that register assets at once, as many as they can, and remember what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use itam_tests::{Answer, Client, eventually};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::installation::id_of;
use crate::organization::laptop;

/// One command and what it was answered, if it was.
pub(crate) struct Attempt {
    pub(crate) key: String,
    pub(crate) answer: Option<Value>,
}

/// Writers at work.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    writers: Vec<JoinHandle<Vec<Attempt>>>,
}

impl Load {
    /// Starts writers that stop at the first command without an answer. The keys of their commands
    /// begin with `prefix`.
    pub(crate) fn start(client: &Client, model: &str, prefix: &str, writers: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let start = |writer: usize| {
            let (client, model, is_over) = (client.clone(), model.to_owned(), Arc::clone(&is_over));
            let prefix = format!("{prefix}w{writer}");
            tokio::spawn(async move { write(&client, &model, &prefix, &is_over).await })
        };
        Self { writers: (0..writers).map(start).collect(), is_over }
    }

    /// Ends it and gives everything that was attempted.
    pub(crate) async fn end(self) -> Vec<Attempt> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut attempts = Vec::new();
        for writer in self.writers {
            attempts.extend(writer.await.expect("a writer ends in order"));
        }
        attempts
    }
}

async fn write(client: &Client, model: &str, prefix: &str, is_over: &AtomicBool) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    // Ends with the test's word, or with the first command that is not answered.
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let key = format!("{prefix}-{number}");
        let answer = try_register(client, model, &key).await;
        let is_answered = answer.is_some();
        let answer = answer.map(|answer| {
            assert_eq!(answer.status, 201, "{key}: {}", answer.text);
            answer.json()
        });
        attempts.push(Attempt { key, answer });
        if !is_answered {
            break;
        }
    }
    attempts
}

/// Registers the asset of a key: its tag is the key too. `None` if there is no answer.
pub(crate) async fn try_register(client: &Client, model: &str, key: &str) -> Option<Answer> {
    let request = client.request(reqwest::Method::POST, "/v1/commands/register-asset");
    let request = request.header("Idempotency-Key", key).json(&laptop(model, key));
    client.try_send(request).await.ok()
}

/// Registers the asset of a key, again and again under the same key until it is taken. Whoever is
/// told to come back must be told when.
pub(crate) async fn register_at_last(client: &Client, model: &str, key: &str) -> Registered {
    let answer = eventually("the command is taken", || {
        let attempt = try_register(client, model, key);
        async move {
            let answer = attempt.await?;
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some(), "no Retry-After: {}", answer.text);
                return None;
            }
            assert_eq!(answer.status, 201, "{}", answer.text);
            Some(answer)
        }
    });
    let answer = answer.await;
    let is_replayed = answer.header("idempotency-replayed") == Some("true");
    Registered { id: id_of(&answer.json()), is_replayed }
}

/// What came of a command in the end.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) is_replayed: bool,
}
