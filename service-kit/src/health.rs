//! `/livez` and `/readyz`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;

use crate::{Problem, ProblemCode};

/// Why a part of the service is not ready, in a sentence.
pub type NotReady = String;

type Check = Arc<dyn Fn() -> Result<(), NotReady> + Send + Sync>;
type HealthNote = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What must hold before a service takes requests. Checks only look at what is already known in
/// memory, so that a probe costs nothing.
#[derive(Clone, Default)]
pub struct Readiness {
    checks: Vec<(&'static str, Check)>,
    notes: Vec<HealthNote>,
}

impl Readiness {
    /// No checks: always ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a named check.
    #[must_use]
    pub fn check(
        mut self,
        name: &'static str,
        check: impl Fn() -> Result<(), NotReady> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push((name, Arc::new(check)));
        self
    }

    /// Adds what is said beside "ready": what somebody must see to, though the service serves.
    #[must_use]
    pub fn note(mut self, note: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        self.notes.push(Arc::new(note));
        self
    }

    /// Runs every check.
    ///
    /// # Errors
    /// `not-ready` with the name and reason of each that fails.
    pub fn verify(&self) -> Result<(), Problem> {
        let reasons: serde_json::Map<_, _> = self
            .checks
            .iter()
            .filter_map(|(name, check)| check().err().map(|reason| ((*name).to_owned(), reason.into())))
            .collect();
        if reasons.is_empty() {
            return Ok(());
        }
        let names = reasons.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        Err(Problem::new(ProblemCode::NotReady, format!("Not ready: {names}."))
            .with("reasons", reasons)
            .retry_after(Duration::from_secs(1)))
    }

    /// `ready`, and a line for each note.
    fn report(&self) -> String {
        let notes = self.notes.iter().flat_map(|note| note());
        notes.fold("ready\n".to_owned(), |report, note| report + "warning: " + &note + "\n")
    }

    /// `/livez` (the process answers) and `/readyz` (every check holds).
    pub fn routes(self) -> Router {
        Router::new()
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(async move || self.verify().map(|()| self.report())))
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::testing::{body_json, body_text, send};

    #[tokio::test]
    async fn ready_follows_the_checks_and_says_why_not() {
        let up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&up);
        let log = move || {
            if seen.load(Ordering::Relaxed) { Ok(()) } else { Err("no connection".to_owned()) }
        };
        let router = Readiness::new().check("disk", || Ok(())).check("log", log).routes();

        let response = send(&router, "/readyz").await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(body_json(response).await["reasons"], serde_json::json!({"log": "no connection"}));
        assert_eq!(send(&router, "/livez").await.status(), 200);

        up.store(true, Ordering::Relaxed);
        assert_eq!(send(&router, "/readyz").await.status(), 200);
    }

    #[tokio::test]
    async fn what_is_noted_is_said_and_takes_nothing_out_of_service() {
        let readiness = Readiness::new().note(|| vec!["server n2: not heard".to_owned()]);
        let response = send(&readiness.routes(), "/readyz").await;
        assert_eq!(response.status(), 200);
        assert_eq!(body_text(response).await, "ready\nwarning: server n2: not heard\n");
    }
}
