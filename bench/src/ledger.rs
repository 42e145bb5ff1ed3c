//! What a log of its own knows of its subjects, so that commits of another log can be stored there.

use std::collections::HashMap;

use itam_event_log::{Commit, Subject, Tenant, Write};

use crate::measure::Outcome;

/// The heads of the subjects of one tenant's log.
pub(crate) struct Ledger {
    tenant: Tenant,
    heads: HashMap<Subject, u64>,
}

impl Ledger {
    /// Of an empty log.
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant, heads: HashMap::new() }
    }

    /// Whose log it is.
    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The same bytes as this log stores them now: on its subjects, expecting its positions.
    pub(crate) fn adopt(&self, commits: &[Commit]) -> Outcome<Vec<Commit>> {
        let adopt = |write: &Write| {
            let rest = write.subject.as_str().splitn(3, '.').nth(2).unwrap_or_default();
            let subject = Subject::try_new(&format!("itam.{}.{rest}", self.tenant))?;
            let expected = self.heads.get(&subject).copied().unwrap_or(0);
            Ok(Write { subject, expected, body: write.body.clone() })
        };
        let commits = commits.iter().map(|commit| {
            let writes = commit.writes.iter().map(adopt);
            Ok(Commit::of(writes.collect::<Outcome<_>>()?))
        });
        commits.collect()
    }

    /// Takes note that commits were stored from a position on, one after the other.
    pub(crate) fn note(&mut self, commits: &[Commit], first: u64) {
        let writes = commits.iter().flat_map(|commit| &commit.writes);
        for (position, write) in (first..).zip(writes) {
            self.heads.insert(write.subject.clone(), position);
        }
    }
}
