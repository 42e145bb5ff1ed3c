//! The view that one answer is made from, consistent in itself: the register, the names, and what day it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::asset::Custodian;
use itam_domain::{AggregateKind, AssetId, PersonId};
use itam_read_model::{Moment, ReadModelError, Snapshot};
use itam_service_kit::Problem;
use itam_vault::{PersonDetails, PersonDirectory};
use uuid::Uuid;

use crate::moment::{AnswerMoment, MomentRow};
use crate::names::{NameBook, ShownName};
use crate::read_problem::read_problem;
use itam_read_model::RegisterView;

/// Tells what a token is called, by its id.
pub type TokenNames = dyn Fn(Uuid) -> Option<Arc<str>> + Send + Sync;

/// Who can have acted: persons, and tokens that are tied to none.
#[derive(Clone)]
pub(crate) struct Actors {
    pub(crate) people: Arc<PersonDirectory>,
    pub(crate) tokens: Arc<TokenNames>,
}

/// One consistent view for one answer.
pub(crate) struct AnswerView {
    pub(crate) snapshot: Arc<Snapshot>,
    /// The position of the log that answers show.
    position: u64,
    /// The moment that the answer is about, if it is not the present.
    pub(crate) then: Option<AnswerMoment>,
    /// What days are counted by: the moment, or now.
    now: DateTime<Utc>,
    /// Whether the caller sees more of persons than their names.
    pub(crate) sees_personal_data: bool,
    actors: Actors,
    names: Arc<NameBook>,
    asked_for_people: Arc<AtomicBool>,
}

impl AnswerView {
    /// The present.
    pub(crate) fn new(
        snapshot: Arc<Snapshot>,
        now: DateTime<Utc>,
        sees_personal_data: bool,
        actors: Actors,
        names: Arc<NameBook>,
    ) -> Self {
        let (position, asked_for_people) = (snapshot.applied().position, Arc::default());
        Self { snapshot, position, then: None, now, sees_personal_data, actors, names, asked_for_people }
    }

    /// The same register at a moment, with the names of then.
    pub(crate) fn at(&self, then: AnswerMoment) -> Self {
        Self {
            snapshot: Arc::clone(&self.snapshot),
            position: self.position,
            then: Some(then),
            now: then.as_of,
            sees_personal_data: self.sees_personal_data,
            actors: self.actors.clone(),
            names: Arc::default(),
            asked_for_people: Arc::clone(&self.asked_for_people),
        }
    }

    pub(crate) fn register(&self) -> RegisterView<'_> {
        match &self.then {
            None => self.snapshot.now(),
            Some(then) => self.snapshot.at(then.moment),
        }
    }

    /// The moment in an answer's body.
    pub(crate) fn moment_row(&self) -> Option<MomentRow> {
        self.then.as_ref().map(AnswerMoment::row)
    }

    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The same register as far as a projection has come, which answers show.
    pub(crate) fn up_to(self, position: u64) -> Self {
        Self { position, ..self }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// The whole days from an instant until now; 0 if it is to come.
    pub(crate) fn days_since(&self, instant: DateTime<Utc>) -> i64 {
        (self.now - instant).num_days().max(0)
    }

    pub(crate) fn name(&self, kind: AggregateKind, id: Uuid) -> Result<Option<ShownName>, ReadModelError> {
        let load = || match (self.then, name_in(self.register(), kind, id)?) {
            // What a thing was called before it was defined is what it was called first: an asset
            // may be older in the world than its model's entry in the register.
            (Some(then), None) => {
                let known = Moment { as_of: DateTime::<Utc>::MAX_UTC, ..then.moment };
                name_in(self.snapshot.at(known), kind, id)
            }
            (_, name) => Ok(name),
        };
        self.names.find(self.position(), (kind, id), load)
    }

    pub(crate) fn name_if(
        &self,
        kind: AggregateKind,
        id: Option<Uuid>,
    ) -> Result<Option<ShownName>, ReadModelError> {
        id.map_or(Ok(None), |id| self.name(kind, id))
    }

    pub(crate) fn person_name(&self, id: PersonId) -> Option<ShownName> {
        self.person(id).map(ShownName::Person)
    }

    pub(crate) fn person(&self, id: PersonId) -> Option<Arc<PersonDetails>> {
        self.asked_for_people.store(true, Ordering::Relaxed);
        self.actors.people.find(id.0)
    }

    /// Whether what was made of this view names persons, or would if they had names. Names are the
    /// vault's and those of today, at every moment: an erased name is in no answer.
    pub(crate) fn has_asked_for_people(&self) -> bool {
        self.asked_for_people.load(Ordering::Relaxed)
    }

    /// What actors are called: the name of a person, or of a token that is tied to nobody. Whoever was
    /// erased has none.
    pub(crate) fn actor_name(&self, actor: &str) -> Option<ShownName> {
        let id = Uuid::try_parse(actor).ok()?;
        self.person_name(PersonId(id)).or_else(|| (self.actors.tokens)(id).map(ShownName::Thing))
    }

    pub(crate) fn custodian_name(&self, custodian: Custodian) -> Result<Option<ShownName>, ReadModelError> {
        match custodian {
            Custodian::Person(id) => Ok(self.person_name(id)),
            Custodian::Department(id) => self.name(AggregateKind::Department, id.0),
            Custodian::Location(id) => self.name(AggregateKind::Location, id.0),
            Custodian::Asset(id) => self.name(AggregateKind::Asset, id.0),
        }
    }
}

fn name_in(
    register: RegisterView<'_>,
    kind: AggregateKind,
    id: Uuid,
) -> Result<Option<Arc<str>>, ReadModelError> {
    let name = if kind == AggregateKind::Asset {
        let facts = register.asset(AssetId(id))?.map(|record| record.asset.facts);
        facts.and_then(|facts| facts.tag.map(|tag| tag.0).or(facts.name))
    } else {
        register.defined_name(kind, id)?
    };
    Ok(name.map(|name| Arc::from(name.as_str())))
}

/// Asks a view what may take long, such as what is counted out at a moment, beside the threads that answer.
pub(crate) async fn off_thread<T: Send + 'static>(
    view: AnswerView,
    ask: impl FnOnce(&AnswerView) -> Result<T, ReadModelError> + Send + 'static,
) -> Result<(AnswerView, T), Problem> {
    let asking = tokio::task::spawn_blocking(move || ask(&view).map(|found| (view, found)));
    let found = asking.await.map_err(|error| Problem::internal(&error))?;
    found.map_err(|error| read_problem(&error))
}
