//! What each row of a file asks for, as commands in the order in which they can be sent.

mod checkout;
mod own_facts;
mod wish;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;

use itam_domain::normalize;
use itam_service_kit::IdSource;
use serde_json::Value;
use uuid::Uuid;

use super::category::{Categories, shown};
use super::field::{Field, FileKind};
use super::import_day::ImportDay;
use super::master::{Directory, EntryIndex, Want};
use super::master_kind::Fields;
use super::master_kind::MasterKind;
use super::reading::{RowReading, department_of, named, person_fields, put};
use super::register::Outgoing;
use super::rivals::RowLabels;
use super::table::{FileRow, Flaw};

pub(crate) use wish::AssetWish;

/// What comes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOutcome {
    Created,
    Updated,
    Unchanged,
}

/// When a command is sent: those of one stage do not rest on one another. Master data starts at
/// 0 and goes up by what it is part of.
pub(crate) type SendingStage = u32;
const PEOPLE: SendingStage = 1_000;
pub(crate) const ASSETS: SendingStage = 1_001;
pub(crate) const CUSTODY: SendingStage = 1_002;
const STATUS: SendingStage = 1_003;

/// One command of a row.
#[derive(Debug)]
pub(crate) struct PlannedCommand {
    pub(crate) stage: SendingStage,
    pub(crate) command: Outgoing,
    /// The master data that it makes or changes, if it does.
    pub(crate) entry: Option<(EntryIndex, RowOutcome)>,
}

/// A fact of an asset that reads differently in the file.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct FactDifference {
    pub(crate) field: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

/// What a row asks for.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) row: FileRow,
    pub(crate) steps: Vec<PlannedCommand>,
    /// The master data that the row refers to: if one of it cannot be made, the row is refused.
    pub(crate) rests_on: Vec<EntryIndex>,
    pub(crate) outcome: RowOutcome,
    pub(crate) changes: Vec<FactDifference>,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) wish: Option<AssetWish>,
}

impl Plan {
    fn new(row: FileRow) -> Self {
        Self {
            row,
            steps: Vec::new(),
            rests_on: Vec::new(),
            outcome: RowOutcome::Unchanged,
            changes: Vec::new(),
            flaw: None,
            wish: None,
        }
    }
}

/// Plans rows. What it has planned for it takes for granted, so that nothing is made twice.
pub(crate) struct Planner<'a> {
    pub(crate) directory: Directory,
    pub(crate) categories: Categories,
    pub(crate) ids: &'a dyn IdSource,
    /// The day of the import: from then on it is as the files say.
    pub(crate) day: ImportDay,
    /// What was said of categories and makers, which are no things of their own here.
    pub(crate) notes: Vec<String>,
    /// The tags and serial numbers of the rows that are in.
    pub(crate) labels: RowLabels,
    /// The first row that named a thing.
    seen: HashMap<(FileKind, String), (Arc<Path>, u64)>,
    /// The stages of master data that is planned for and not yet sent.
    pending: HashMap<Uuid, SendingStage>,
}

/// The most remarks that are kept of one file.
const MAX_NOTES: usize = 50;

impl<'a> Planner<'a> {
    pub(crate) fn new(directory: Directory, ids: &'a dyn IdSource, day: ImportDay) -> Self {
        Self {
            directory,
            categories: Categories::default(),
            ids,
            day,
            notes: Vec::new(),
            labels: RowLabels::default(),
            seen: HashMap::new(),
            pending: HashMap::new(),
        }
    }

    /// Says that everything planned so far was sent.
    pub(crate) fn forget_pending(&mut self) {
        self.pending.clear();
    }

    /// Plans a row. Of an asset's row, what it wishes for is settled later, when it is known
    /// what there is.
    pub(crate) fn plan(&mut self, reading: RowReading<'_>) -> Plan {
        let mut plan = Plan::new(reading.row.clone());
        if let Err(flaw) = self.plan_into(reading, &mut plan) {
            plan.flaw = Some(flaw);
        }
        plan
    }

    fn plan_into(&mut self, reading: RowReading<'_>, plan: &mut Plan) -> Result<(), Flaw> {
        reading.layout.check_form(reading.row)?;
        match reading.layout.kind {
            FileKind::Category => self.category(reading),
            FileKind::Manufacturer => self.manufacturer(reading),
            FileKind::Location => self.location(reading, plan),
            FileKind::Supplier => self.supplier(reading, plan),
            FileKind::Model => self.model(reading, plan),
            FileKind::User => self.user(reading, plan),
            FileKind::Asset => {
                plan.wish = Some(AssetWish::read(self, reading, plan)?);
                Ok(())
            }
        }
    }

    /// The first row that names a thing is taken; a second one would say it differently or twice.
    pub(crate) fn claim(&mut self, reading: RowReading<'_>, field: Field, name: &str) -> Result<(), Flaw> {
        let layout = reading.layout;
        match self.seen.entry((layout.kind, normalize(name))) {
            Entry::Vacant(place) => {
                place.insert((Arc::clone(&layout.path), reading.row.number));
                Ok(())
            }
            Entry::Occupied(first) => {
                let (path, row) = first.get();
                let reason = format!("row {row} of {} has this already", path.display());
                Err(layout.pointed(reading.row, field).flaw(reason))
            }
        }
    }

    /// Refers to a thing by its name, and makes it if there is none.
    pub(crate) fn mention(
        &mut self,
        plan: &mut Plan,
        kind: MasterKind,
        fields: Fields,
        flaw: impl FnOnce(String) -> Flaw,
    ) -> Result<Uuid, Flaw> {
        let id = self.ids.next_id();
        let want = self.directory.mention(kind, fields, id).map_err(flaw)?;
        Ok(self.take(plan, want).1)
    }

    /// Makes a thing what its row says.
    fn define(
        &mut self,
        reading: RowReading<'_>,
        plan: &mut Plan,
        kind: MasterKind,
        fields: Fields,
    ) -> Result<(), Flaw> {
        let id = self.ids.next_id();
        let flaw = |reason: String| reading.missing(Field::Name, &reason);
        let want = self.directory.define(kind, fields, id).map_err(flaw)?;
        plan.outcome = self.take(plan, want).0;
        Ok(())
    }

    fn take(&mut self, plan: &mut Plan, want: Want) -> (RowOutcome, Uuid) {
        let index = want.index();
        let id = self.directory.id(index);
        let kind = self.directory.kind(index);
        if !plan.rests_on.contains(&index) {
            plan.rests_on.push(index);
        }
        let (outcome, fields) = match want {
            Want::Have(_) => return (RowOutcome::Unchanged, id),
            Want::Create(_, fields) => (RowOutcome::Created, fields),
            Want::Change(_, fields) => (RowOutcome::Updated, fields),
        };
        let stage = self.stage(kind, id, &fields);
        self.pending.insert(id, stage);
        let command = self.command(kind.command(), fields);
        plan.steps.push(PlannedCommand { stage, command, entry: Some((index, outcome)) });
        (outcome, id)
    }

    /// After itself, if it is made in the same breath, and after what it is part of.
    fn stage(&self, kind: MasterKind, id: Uuid, fields: &Fields) -> SendingStage {
        if kind == MasterKind::Person {
            return PEOPLE;
        }
        let parent = fields.get("parent_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let before = [Some(id), parent].into_iter().flatten();
        let last = before.filter_map(|id| self.pending.get(&id)).max();
        last.map_or(0, |stage| stage.saturating_add(1))
    }

    pub(crate) fn command(&self, name: &'static str, data: Fields) -> Outgoing {
        Outgoing { name, key: self.ids.next_id(), data }
    }

    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn category(&mut self, reading: RowReading<'_>) -> Result<(), Flaw> {
        let name = reading.own_name()?;
        self.claim(reading, Field::Name, &name)?;
        let cell = reading.cell(Field::CategoryType)?;
        let said = cell.map_or("", |cell| cell.text);
        let flaw = |reason: String| reading.missing(Field::CategoryType, &reason);
        let kinds = self.categories.enter(&name, said).map_err(flaw)?;
        self.note(format!("category {name:?} is taken for {}", shown(kinds)));
        Ok(())
    }

    fn manufacturer(&mut self, reading: RowReading<'_>) -> Result<(), Flaw> {
        let name = reading.own_name()?;
        self.claim(reading, Field::Name, &name)?;
        self.note("makers are kept as the names that models carry: there is nothing to store".to_owned());
        Ok(())
    }

    fn location(&mut self, reading: RowReading<'_>, plan: &mut Plan) -> Result<(), Flaw> {
        let name = reading.own_name()?;
        let parent = reading.short(Field::Parent)?;
        let notes = reading.notes()?;
        let country = reading.short(Field::Country)?;
        let parts = [Field::Address, Field::Address2, Field::Zip, Field::City, Field::State];
        let mut address = Vec::new();
        for part in parts {
            address.extend(reading.note(part)?);
        }
        self.claim(reading, Field::Name, &name)?;
        let mut fields = Fields::new();
        put(&mut fields, "name", Some(name));
        put(&mut fields, "country", country.map(|country| country.to_uppercase()));
        put(&mut fields, "notes", notes);
        put(&mut fields, "address", (!address.is_empty()).then(|| address.join(", ")));
        if let Some(parent) = parent {
            let flaw = |reason: String| reading.missing(Field::Parent, &reason);
            let id = self.mention(plan, MasterKind::Location, named(parent), flaw)?;
            put(&mut fields, "parent_id", Some(id.to_string()));
        }
        self.define(reading, plan, MasterKind::Location, fields)
    }

    fn supplier(&mut self, reading: RowReading<'_>, plan: &mut Plan) -> Result<(), Flaw> {
        let name = reading.own_name()?;
        let mut fields = named(name.clone());
        put(&mut fields, "website", reading.short(Field::Website)?);
        put(&mut fields, "notes", reading.notes()?);
        self.claim(reading, Field::Name, &name)?;
        self.define(reading, plan, MasterKind::Vendor, fields)
    }

    fn model(&mut self, reading: RowReading<'_>, plan: &mut Plan) -> Result<(), Flaw> {
        let name = reading.own_name()?;
        let months = reading.months(Field::EndOfLifeMonths)?;
        let notes = reading.notes()?;
        let mut fields = self.model_fields(reading, name)?;
        put(&mut fields, "end_of_life_months", months);
        put(&mut fields, "notes", notes);
        let part = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = [part("manufacturer"), part("name"), part("model_number")].join("\n");
        self.claim(reading, Field::Name, &key)?;
        self.define(reading, plan, MasterKind::Model, fields)
    }

    /// The fields that tell one model from another, and its kind.
    pub(crate) fn model_fields(&mut self, reading: RowReading<'_>, name: String) -> Result<Fields, Flaw> {
        let mut fields = named(name);
        put(&mut fields, "manufacturer", reading.short(Field::Manufacturer)?);
        put(&mut fields, "model_number", reading.label(Field::ModelNumber)?);
        let category = reading.short(Field::Category)?;
        let kinds = self.categories.kinds(category.as_deref().unwrap_or_default());
        if let Some(category) = category {
            self.note(format!("category {category:?} is taken for {}", shown(kinds)));
        }
        put(&mut fields, "kind", Some(kinds.0.as_str()));
        put(&mut fields, "hardware_kind", kinds.1.map(itam_domain::vocabulary::HardwareKind::as_str));
        Ok(fields)
    }

    fn user(&mut self, reading: RowReading<'_>, plan: &mut Plan) -> Result<(), Flaw> {
        let mut fields = person_fields(reading)?.ok_or_else(|| {
            let reason = "neither a user name nor a mail address tells who this is";
            reading.missing(Field::Username, reason)
        })?;
        put(&mut fields, "employee_number", reading.label(Field::EmployeeNumber)?);
        put(&mut fields, "job_title", reading.short(Field::JobTitle)?);
        let (location, department) = (reading.short(Field::Location)?, department_of(reading)?);
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let who = if text("username").is_empty() { text("email") } else { text("username") };
        self.claim(reading, Field::Username, who)?;
        if let Some(location) = location {
            let flaw = |reason: String| reading.missing(Field::Location, &reason);
            let id = self.mention(plan, MasterKind::Location, named(location), flaw)?;
            put(&mut fields, "location_id", Some(id.to_string()));
        }
        if let Some((field, department)) = department {
            let flaw = |reason: String| reading.missing(field, &reason);
            let id = self.mention(plan, MasterKind::Department, named(department), flaw)?;
            put(&mut fields, "department_id", Some(id.to_string()));
        }
        self.define(reading, plan, MasterKind::Person, fields)
    }
}
