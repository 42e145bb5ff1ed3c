//! What people are found by. Their names are in the vault, which searches them.

use itam_domain::AggregateKind;
use itam_domain::person::PersonStanding;

use crate::kinds::record::definition::{PersonRecord, Record, RecordType};
use crate::kinds::record::describe::{Describe, Description};
use crate::kinds::record::facet::{
    FacetValues, FacetWords, RecordFacet, RecordKind, RecordSort, RecordWorklist,
};
use crate::store::key::{Facet, RecordOrder, sort_instant};

/// Whether a person may be given anything.
pub(crate) static PERSON_STANDING: RecordFacet = RecordFacet {
    code: Facet::PersonStanding,
    name: "standing",
    meaning: "Whether she may be given anything.",
    values: FacetValues::Words(FacetWords::of(PersonStanding::words)),
};
/// The department that a person belongs to.
pub(crate) static PERSON_DEPARTMENT: RecordFacet = RecordFacet {
    code: Facet::PersonDepartment,
    name: "department_id",
    meaning: "The department she belongs to.",
    values: FacetValues::Things(AggregateKind::Department),
};
/// Where a person works.
pub(crate) static PERSON_LOCATION: RecordFacet = RecordFacet {
    code: Facet::PersonLocation,
    name: "location_id",
    meaning: "Where she works.",
    values: FacetValues::Things(AggregateKind::Location),
};

/// People who left. Who asks says whether they still have anything.
pub(crate) static LEAVERS: RecordWorklist = RecordWorklist {
    order: RecordOrder::Leaver,
    name: "leavers",
    meaning: "People who left and still have assets in their custody, the longest unchanged first.",
    ends_before: false,
};

/// What is asked about people.
pub(crate) static PEOPLE: RecordKind = RecordKind {
    kind: AggregateKind::Person,
    name: None,
    default_sort: RecordSort::Created,
    facets: &[&PERSON_STANDING, &PERSON_DEPARTMENT, &PERSON_LOCATION],
    worklists: &[&LEAVERS],
    measures: &[],
    owner: None,
};

impl RecordType for PersonRecord {
    const KIND: AggregateKind = AggregateKind::Person;

    fn of(record: Record) -> Option<Self> {
        if let Record::Person(record) = record { Some(record) } else { None }
    }
}

impl Describe for PersonRecord {
    fn describe(&self, to: &mut Description) {
        let person = &self.item;
        // In the order in which the register learnt of them, whatever day they were added for.
        to.created = 0;
        to.whole.word(&PERSON_STANDING, person.standing.as_str());
        let (department, location) = (person.department_id.map(|id| id.0), person.location_id.map(|id| id.0));
        to.whole.thing(&PERSON_DEPARTMENT, AggregateKind::Department, department);
        to.whole.thing(&PERSON_LOCATION, AggregateKind::Location, location);
        if person.standing != PersonStanding::Active {
            to.waits(&LEAVERS, sort_instant(self.revision.changed.effective_at));
        }
    }
}
