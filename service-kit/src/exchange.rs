//! Exchanges that are open: of each it is asked again and again whose token it is, and whoever may
//! not go on is cut off.
//!
//! A token is looked up when a request comes in. An answer that streams, or waits, may last for hours
//! after that; so one task of the process looks through the exchanges that are open, asks the
//! authenticator as if each were a new request, and withdraws those for which the answer is another
//! one. A request that is answered at once costs an entry in a table, and no timer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::server::{Connection, Work};
use crate::share::SharePermit;
use crate::{Admission, Authenticator, Identity, Secret, TokenStanding};

/// How often the tokens of open exchanges are looked up again.
const LOOK_AGAIN_EVERY: Duration = Duration::from_millis(250);

/// How long an answer may go on after it was withdrawn, where it ends itself in its own form; after
/// that the body breaks off, or, if the client does not read it, the connection.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(1);

/// For how long a store that does not answer leaves an exchange open that was let in.
const DOUBT: Duration = Duration::from_secs(30);

/// The exchanges of one service that are open.
pub(crate) struct OpenExchanges {
    authenticator: Arc<dyn Authenticator>,
    table: Mutex<HashMap<u64, Arc<Exchange>>>,
    next: AtomicU64,
    is_watched: AtomicBool,
}

/// A request that was authenticated, until its answer is sent.
pub(crate) struct Exchange {
    bearer: Secret,
    pub(crate) identity: Arc<Identity>,
    pub(crate) standing: TokenStanding,
    /// Ends the connection, where it carries this exchange alone.
    connection: Option<Connection>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    withdrawn_at: Option<Instant>,
    in_doubt_since: Option<Instant>,
}

/// Keeps an exchange in the table of the open ones, until it is dropped.
pub(crate) struct OpenExchange {
    pub(crate) exchange: Arc<Exchange>,
    number: u64,
    open: Arc<OpenExchanges>,
    _kept: Kept,
}

/// What an exchange holds for as long as it is open.
pub(crate) struct Kept {
    _place: Option<SharePermit>,
    _work: Option<Work>,
}

impl Kept {
    /// Its place among those of its sender, and that its connection is at work.
    pub(crate) fn new(place: Option<SharePermit>, work: Option<Work>) -> Self {
        Self { _place: place, _work: work }
    }
}

/// What a second look at a token says.
#[derive(Clone, Copy)]
enum Look {
    Same,
    Expired(DateTime<Utc>),
    Other,
    Unknown,
}

impl OpenExchanges {
    pub(crate) fn new(authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            authenticator,
            table: Mutex::default(),
            next: AtomicU64::default(),
            is_watched: AtomicBool::default(),
        }
    }

    pub(crate) fn authenticator(&self) -> &dyn Authenticator {
        self.authenticator.as_ref()
    }

    /// Notes that a request was let in, and begins to watch if it is the first.
    pub(crate) fn enter(
        self: &Arc<Self>,
        bearer: &str,
        identity: Arc<Identity>,
        connection: Option<Connection>,
        kept: Kept,
    ) -> OpenExchange {
        if !self.is_watched.swap(true, Ordering::AcqRel) {
            tokio::spawn(watch(Arc::downgrade(self)));
        }
        let exchange = Arc::new(Exchange {
            bearer: Secret::new(bearer),
            identity,
            standing: TokenStanding::default(),
            connection,
            state: Mutex::default(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Arc::clone(&exchange));
        OpenExchange { exchange, number, open: Arc::clone(self), _kept: kept }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Exchange>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at every open exchange once, and looks each token up once.
    async fn look_again(&self) {
        let exchanges: Vec<_> = self.lock().values().cloned().collect();
        let mut found: HashMap<&str, Option<Admission>> = HashMap::new();
        for exchange in &exchanges {
            if exchange.standing.is_withdrawn() {
                exchange.end_if_stuck();
                continue;
            }
            let bearer = exchange.bearer.expose();
            if !found.contains_key(bearer) {
                found.insert(bearer, self.look_up(bearer).await);
            }
            match found.get(bearer) {
                Some(Some(Admission::Granted(identity))) if *identity == *exchange.identity => {
                    exchange.apply(Look::Same);
                }
                Some(Some(Admission::Expired(at))) => exchange.apply(Look::Expired(*at)),
                Some(Some(_)) => exchange.apply(Look::Other),
                Some(None) | None => exchange.apply(Look::Unknown),
            }
        }
    }

    /// What a token opens now; `None` if that cannot be known.
    async fn look_up(&self, bearer: &str) -> Option<Admission> {
        let found = self.authenticator.authenticate(bearer).await;
        found
            .inspect_err(|fault| {
                let error = crate::error_chain(fault);
                tracing::warn!(%error, "the token of an open exchange cannot be checked now");
            })
            .ok()
    }
}

/// Looks through the open exchanges until there is no service any more.
async fn watch(open: Weak<OpenExchanges>) {
    loop {
        tokio::time::sleep(LOOK_AGAIN_EVERY).await;
        let Some(open) = open.upgrade() else { return };
        open.look_again().await;
    }
}

impl Exchange {
    fn apply(&self, look: Look) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_over = match look {
            Look::Same => {
                state.in_doubt_since = None;
                false
            }
            Look::Expired(_) | Look::Other => true,
            Look::Unknown => now.duration_since(*state.in_doubt_since.get_or_insert(now)) >= DOUBT,
        };
        if is_over {
            state.withdrawn_at = Some(now);
            let expired_at = if let Look::Expired(at) = look { Some(at) } else { None };
            self.standing.withdraw(expired_at);
        }
    }

    /// When an answer that ends itself must have ended.
    fn last_words_until(&self) -> Option<Instant> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.withdrawn_at.map(|at| at + LAST_WORDS)
    }

    /// Ready when the exchange was withdrawn, and the time for its own end is over.
    pub(crate) async fn spoken(&self) {
        self.standing.withdrawn().await;
        if let Some(until) = self.last_words_until() {
            tokio::time::sleep_until(until).await;
        }
    }

    /// An answer that nobody reads cannot tell its end: the connection ends.
    fn end_if_stuck(&self) {
        let is_late = self.last_words_until().is_some_and(|until| Instant::now() >= until);
        if let Some(connection) = self.connection.as_ref().filter(|_| is_late) {
            connection.end();
        }
    }
}

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.open.lock().remove(&self.number);
    }
}
