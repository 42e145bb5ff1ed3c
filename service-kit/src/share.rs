//! Shares: how much of something one identity may hold at once, so that one cannot hold all.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many places each identity holds, and may hold. Clones share them.
#[derive(Debug, Clone)]
pub struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: NonZeroUsize,
    held: Mutex<HashMap<String, usize>>,
}

/// One of the places that an identity may hold at once, held until this is dropped.
#[derive(Debug)]
pub struct SharePermit {
    shares: Shares,
    identity: String,
}

impl Shares {
    /// Lets each identity hold `limit` places.
    #[must_use]
    pub fn new(limit: NonZeroUsize) -> Self {
        Self(Arc::new(Inner { limit, held: Mutex::default() }))
    }

    /// How many places an identity may hold.
    #[must_use]
    pub fn limit(&self) -> NonZeroUsize {
        self.0.limit
    }

    /// A further place for `identity`, unless it holds all that it may.
    #[must_use]
    pub fn take(&self, identity: &str) -> Option<SharePermit> {
        let mut held = self.held();
        match held.get_mut(identity) {
            Some(count) if *count >= self.0.limit.get() => return None,
            Some(count) => *count += 1,
            None => drop(held.insert(identity.to_owned(), 1)),
        }
        Some(SharePermit { shares: self.clone(), identity: identity.to_owned() })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SharePermit {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        match held.get_mut(&self.identity) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.identity)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_identity_has_its_share_and_nothing_is_kept_of_who_holds_none() {
        let shares = Shares::new(NonZeroUsize::new(2).unwrap());
        let mine = [shares.take("me"), shares.take("me")];
        assert!(mine.iter().all(Option::is_some));
        assert!(shares.take("me").is_none());
        let others = shares.take("another");
        assert!(others.is_some());
        drop(mine);
        assert!(shares.take("me").is_some());
        drop(others);
        assert!(shares.held().is_empty());
    }
}
