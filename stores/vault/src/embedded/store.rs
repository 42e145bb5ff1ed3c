//! The redb file of the people, and the one place that writes it.

use std::sync::Arc;

use redb::{Database, DatabaseError, ReadableDatabase as _, ReadableTable, TableDefinition};
use uuid::Uuid;

use super::place::VaultPlace;
use crate::error::fault;
use crate::fold::{UsernameClaim, UsernameForms};
use crate::format::{self, PEOPLE};
use crate::{PersonDetails, VaultError};

/// Key: `format`. Value: the format of the file. Written once, read at each start.
const NUMBER_BY_NAME: TableDefinition<'_, &str, u32> = TableDefinition::new("number_by_name");

/// Key: person id. Value: details as stored JSON. What the directory is loaded from.
const DETAILS_BY_PERSON: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("details_by_person");

/// Key: folded user name. Value: person id. Holds user names unique.
const PERSON_BY_USERNAME: TableDefinition<'_, &str, u128> = TableDefinition::new("person_by_username");

/// Key: person id. Their erasure has begun and, if they have no details, is all but done: their
/// bytes are still in the file. Read at each start.
const ERASURE_BY_PERSON: TableDefinition<'_, u128, ()> = TableDefinition::new("erasure_by_person");

/// One change to the persons in the file.
pub(super) enum PersonChange {
    Put(Uuid, PersonDetails, UsernameClaim),
    BeginErasure(Uuid),
    CancelErasure(Uuid),
    Erase(Uuid),
}

/// Everything in the file of the persons.
pub(super) struct PeopleContent {
    pub(super) people: Vec<(Uuid, PersonDetails)>,
    pub(super) erasures: Vec<Uuid>,
}

pub(super) struct PeopleStore {
    place: Arc<VaultPlace>,
    database: Database,
}

impl PeopleStore {
    pub(super) fn open(place: VaultPlace) -> Result<Self, VaultError> {
        let place = Arc::new(place);
        if !place.is_made() {
            Self::make_successor(&place)?;
            place.succeed().map_err(|e| fault("making the people's file", e))?;
        }
        let database = place.open().map_err(|e| opening_error(&place, e))?;
        // A rewrite that a crash cut short; the lock on the file above makes it ours to remove.
        place.remove_successor().map_err(|e| fault("removing a cut-short rewrite", e))?;
        let mut store = Self { place, database };
        store.check_format()?;
        store.finish_erasures()?;
        Ok(store)
    }

    /// Makes a new, empty file beside the one that is in its place.
    fn make_successor(place: &Arc<VaultPlace>) -> Result<Self, VaultError> {
        let database = place.make_successor().map_err(|e| opening_error(place, e))?;
        let store = Self { place: Arc::clone(place), database };
        store.check_format()?;
        Ok(store)
    }

    /// Applies changes in one durable transaction. A change that is refused leaves nothing and
    /// does not touch the others.
    pub(super) fn apply(
        &mut self,
        changes: &[PersonChange],
    ) -> Result<Vec<Result<(), VaultError>>, VaultError> {
        let outcomes = self.commit(changes)?;
        if changes.iter().any(|change| matches!(change, PersonChange::Erase(_))) {
            self.finish_erasures()?;
        }
        Ok(outcomes)
    }

    pub(super) fn load(&self) -> Result<PeopleContent, VaultError> {
        const READING: &str = "reading the people";
        let reading = |error: redb::Error| fault(READING, error);
        let transaction = self.database.begin_read().map_err(|e| reading(e.into()))?;
        let details = transaction.open_table(DETAILS_BY_PERSON).map_err(|e| reading(e.into()))?;
        let mut people = Vec::new();
        for row in details.iter().map_err(|e| reading(e.into()))? {
            let (id, bytes) = row.map_err(|e| reading(e.into()))?;
            people.push((Uuid::from_u128(id.value()), format::decode(PEOPLE, "a person", bytes.value())?));
        }
        let marks = transaction.open_table(ERASURE_BY_PERSON).map_err(|e| reading(e.into()))?;
        let mut erasures = Vec::new();
        for row in marks.iter().map_err(|e| reading(e.into()))? {
            erasures.push(Uuid::from_u128(row.map_err(|e| reading(e.into()))?.0.value()));
        }
        Ok(PeopleContent { people, erasures })
    }

    fn commit(&self, changes: &[PersonChange]) -> Result<Vec<Result<(), VaultError>>, VaultError> {
        const WRITING: &str = "writing the people";
        let transaction = self.database.begin_write().map_err(|e| fault(WRITING, e))?;
        let outcomes = {
            let mut tables = Tables::open(&transaction).map_err(|e| fault(WRITING, e))?;
            let outcomes: Result<Vec<_>, redb::Error> =
                changes.iter().map(|change| tables.apply(change)).collect();
            outcomes.map_err(|e| fault(WRITING, e))?
        };
        transaction.commit().map_err(|e| fault(WRITING, e))?;
        Ok(outcomes)
    }

    fn check_format(&self) -> Result<(), VaultError> {
        const CHECKING: &str = "checking the format of the people's file";
        let checking = |error: redb::Error| fault(CHECKING, error);
        let transaction = self.database.begin_write().map_err(|e| checking(e.into()))?;
        {
            let mut numbers = transaction.open_table(NUMBER_BY_NAME).map_err(|e| checking(e.into()))?;
            let found = numbers.get("format").map_err(|e| checking(e.into()))?.map(|number| number.value());
            format::check(PEOPLE, "the people's file", found.unwrap_or(PEOPLE))?;
            numbers.insert("format", PEOPLE).map_err(|e| checking(e.into()))?;
            Tables::open(&transaction).map_err(checking)?;
        }
        transaction.commit().map_err(|e| checking(e.into()))
    }

    /// Puts away the bytes of erased rows, which their pages still have: only a new file has not.
    /// A mark without details says that there are some; also after a crash.
    fn finish_erasures(&mut self) -> Result<(), VaultError> {
        let PeopleContent { people, erasures } = self.load()?;
        let is_there = |id: &Uuid| people.binary_search_by_key(id, |(id, _)| *id).is_ok();
        let (begun, done): (Vec<_>, Vec<_>) = erasures.into_iter().partition(is_there);
        if done.is_empty() {
            return Ok(());
        }
        self.rewrite(PeopleContent { people, erasures: begun })
    }

    /// Writes `content` into a new file and puts it in place of the old one.
    fn rewrite(&mut self, content: PeopleContent) -> Result<(), VaultError> {
        const REWRITING: &str = "rewriting the people's file after an erasure";
        let new = Self::make_successor(&self.place)?;
        let people = content
            .people
            .into_iter()
            .map(|(id, details)| PersonChange::Put(id, details, UsernameClaim::Adopted));
        let changes: Vec<_> =
            people.chain(content.erasures.into_iter().map(PersonChange::BeginErasure)).collect();
        new.commit(&changes)?.into_iter().collect::<Result<(), _>>()?;
        self.place.succeed().map_err(|e| fault(REWRITING, e))?;
        *self = new;
        Ok(())
    }
}

/// The tables of one write transaction.
struct Tables<'txn> {
    details: redb::Table<'txn, u128, &'static [u8]>,
    usernames: redb::Table<'txn, &'static str, u128>,
    erasures: redb::Table<'txn, u128, ()>,
}

impl<'txn> Tables<'txn> {
    fn open(transaction: &'txn redb::WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            details: transaction.open_table(DETAILS_BY_PERSON)?,
            usernames: transaction.open_table(PERSON_BY_USERNAME)?,
            erasures: transaction.open_table(ERASURE_BY_PERSON)?,
        })
    }

    /// The outer error is a fault, the inner one a refusal.
    fn apply(&mut self, change: &PersonChange) -> Result<Result<(), VaultError>, redb::Error> {
        match change {
            PersonChange::Put(id, details, claim) => self.put(*id, details, *claim),
            PersonChange::BeginErasure(id) => {
                if self.details.get(id.as_u128())?.is_none() {
                    return Ok(Err(VaultError::UnknownPerson(*id)));
                }
                self.erasures.insert(id.as_u128(), ())?;
                Ok(Ok(()))
            }
            PersonChange::CancelErasure(id) => {
                self.erasures.remove(id.as_u128())?;
                Ok(Ok(()))
            }
            PersonChange::Erase(id) => {
                self.release_username(*id)?;
                if self.details.remove(id.as_u128())?.is_some() {
                    self.erasures.insert(id.as_u128(), ())?;
                }
                Ok(Ok(()))
            }
        }
    }

    fn put(
        &mut self,
        id: Uuid,
        details: &PersonDetails,
        claim: UsernameClaim,
    ) -> Result<Result<(), VaultError>, redb::Error> {
        if self.erasures.get(id.as_u128())?.is_some() {
            return Ok(Err(VaultError::ErasurePending(id)));
        }
        let forms = details.username.as_deref().map(UsernameForms::of);
        let mut claimed = Vec::new();
        for form in forms.iter().flat_map(UsernameForms::all) {
            let is_former = forms.as_ref().is_some_and(|forms| forms.former == form);
            match self.other_holder(form, id, claim)? {
                None => claimed.push(form),
                // What was adopted has the form of the former rule, and what is free beside it.
                Some(_) if claim == UsernameClaim::Adopted && !is_former => {}
                Some(holder) => return Ok(Err(VaultError::UsernameTaken { holder })),
            }
        }
        self.release_username(id)?;
        for form in claimed {
            self.usernames.insert(form, id.as_u128())?;
        }
        self.details.insert(id.as_u128(), format::encode(PEOPLE, details).as_slice())?;
        Ok(Ok(()))
    }

    /// Whoever else holds a form of a user name. A form that an adopted name took beside its own gives way to
    /// the name of which it is the own.
    fn other_holder(&self, form: &str, id: Uuid, claim: UsernameClaim) -> Result<Option<Uuid>, redb::Error> {
        let Some(holder) = self.usernames.get(form)?.map(|holder| Uuid::from_u128(holder.value())) else {
            return Ok(None);
        };
        if holder == id {
            return Ok(None);
        }
        let own = self.username(holder)?.map(|username| UsernameForms::of(&username).former);
        let gives_way = claim == UsernameClaim::Adopted && own.is_some_and(|own| own != form);
        Ok((!gives_way).then_some(holder))
    }

    fn release_username(&mut self, id: Uuid) -> Result<(), redb::Error> {
        let Some(username) = self.username(id)? else { return Ok(()) };
        for form in UsernameForms::of(&username).all() {
            if self.usernames.get(form)?.is_some_and(|holder| holder.value() == id.as_u128()) {
                self.usernames.remove(form)?;
            }
        }
        Ok(())
    }

    fn username(&self, id: Uuid) -> Result<Option<String>, redb::Error> {
        let Some(bytes) = self.details.get(id.as_u128())?.map(|bytes| bytes.value().to_vec()) else {
            return Ok(None);
        };
        // A row that cannot be read was refused at the start, when everything was loaded.
        let details = format::decode::<PersonDetails>(PEOPLE, "a person", &bytes);
        Ok(details.ok().and_then(|details| details.username))
    }
}

fn opening_error(place: &VaultPlace, error: DatabaseError) -> VaultError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => VaultError::InUse(place.name()),
        DatabaseError::Storage(redb::StorageError::Corrupted(_)) | DatabaseError::UpgradeRequired(_) => {
            VaultError::Corrupt { what: "the people's file", source: error.into() }
        }
        other => fault("opening the people's file", other),
    }
}
