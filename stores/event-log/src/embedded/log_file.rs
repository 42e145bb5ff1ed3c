//! The file of the embedded log while it is open, and between: redb takes nothing more after the
//! disk has failed it once, be it for want of space, so the file is closed and opened again.

use std::sync::{Arc, PoisonError, RwLock};

use redb::Database;

use super::open;
use super::place::LogPlace;
use crate::{LogError, Tenant};

/// The file of one tenant's log.
pub(super) struct LogFile {
    place: LogPlace,
    tenant: Tenant,
    cache_bytes: usize,
    state: RwLock<State>,
}

enum State {
    Open(Arc<Database>),
    /// The disk failed; it is going to be opened again.
    Closed,
    /// It came back without what was acknowledged.
    Lost(String),
}

impl LogFile {
    /// Opens or makes the file and returns it with the last position.
    pub(super) fn open(
        place: LogPlace,
        tenant: &Tenant,
        cache_bytes: usize,
    ) -> Result<(Self, u64), LogError> {
        let (database, last) = open::open(&place, tenant, cache_bytes)?;
        let state = RwLock::new(State::Open(Arc::new(database)));
        Ok((Self { place, tenant: tenant.clone(), cache_bytes, state }, last))
    }

    /// The database, for one transaction: whoever holds it keeps the file from being opened again.
    pub(super) fn database(&self) -> Result<Arc<Database>, LogError> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(database) => Ok(Arc::clone(database)),
            State::Closed => Err(LogError::Unavailable {
                operation: "using the embedded log",
                source: "the disk has failed, and the file is going to be opened again".into(),
            }),
            State::Lost(what) => Err(LogError::Corrupt(what.clone())),
        }
    }

    /// Closes the file as soon as nobody reads it.
    pub(super) fn close(&self) {
        self.go_to(State::Closed);
    }

    /// Opens the file again. Its end must not lie before `acknowledged`.
    pub(super) fn reopen(&self, acknowledged: u64) -> Result<u64, LogError> {
        let (database, last) = open::open(&self.place, &self.tenant, self.cache_bytes)?;
        if last < acknowledged {
            let what =
                format!("after the disk failed the log ends at {last}, but {acknowledged} was acknowledged");
            self.go_to(State::Lost(what.clone()));
            return Err(LogError::Corrupt(what));
        }
        self.go_to(State::Open(Arc::new(database)));
        Ok(last)
    }

    fn go_to(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
