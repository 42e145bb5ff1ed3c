//! One consistent view for one answer: the register, the names, and what day it is.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::asset::Custodian;
use itam_domain::{AggregateKind, PersonId};
use itam_read_model::{ReadModelError, Snapshot};
use itam_service_kit::{Problem, ProblemCode};
use itam_vault::{PersonDetails, PersonDirectory};
use std::time::Duration;
use uuid::Uuid;

use crate::cursor;
use crate::names::{Name, NameBook};

/// One consistent view for one answer.
pub(crate) struct View {
    pub(crate) snapshot: Snapshot,
    pub(crate) now: DateTime<Utc>,
    /// Whether the caller sees more of persons than their names.
    pub(crate) sees_personal_data: bool,
    pub(crate) people: Arc<PersonDirectory>,
    pub(crate) names: Arc<NameBook>,
}

impl View {
    pub(crate) fn position(&self) -> u64 {
        self.snapshot.applied().position
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// The whole days from an instant until now; 0 if it is to come.
    pub(crate) fn days_since(&self, instant: DateTime<Utc>) -> i64 {
        (self.now - instant).num_days().max(0)
    }

    pub(crate) fn name(&self, kind: AggregateKind, id: Uuid) -> Result<Option<Name>, ReadModelError> {
        self.names.find(&self.snapshot, kind, id)
    }

    pub(crate) fn name_if(
        &self,
        kind: AggregateKind,
        id: Option<Uuid>,
    ) -> Result<Option<Name>, ReadModelError> {
        id.map_or(Ok(None), |id| self.name(kind, id))
    }

    pub(crate) fn person_name(&self, id: PersonId) -> Option<Name> {
        self.person(id).map(Name::Person)
    }

    pub(crate) fn person(&self, id: PersonId) -> Option<Arc<PersonDetails>> {
        self.people.find(id.0)
    }

    /// What actors are called: the name of a person, nothing for a token.
    pub(crate) fn actor_name(&self, actor: &str) -> Option<Name> {
        self.person_name(PersonId(Uuid::try_parse(actor).ok()?))
    }

    pub(crate) fn custodian_name(&self, custodian: Custodian) -> Result<Option<Name>, ReadModelError> {
        match custodian {
            Custodian::Person(id) => Ok(self.person_name(id)),
            Custodian::Department(id) => self.name(AggregateKind::Department, id.0),
            Custodian::Location(id) => self.name(AggregateKind::Location, id.0),
            Custodian::Asset(id) => self.name(AggregateKind::Asset, id.0),
        }
    }
}

/// The problem of a read model that does not answer.
pub(crate) fn read_problem(error: &ReadModelError) -> Problem {
    match error {
        ReadModelError::Cursor => cursor::invalid(),
        ReadModelError::NotBuilt(_) => {
            let detail = "The read model is not there yet: it is being built or repaired.";
            Problem::fault(ProblemCode::NotReady, detail, error).retry_after(Duration::from_secs(1))
        }
        other => Problem::internal(other),
    }
}
