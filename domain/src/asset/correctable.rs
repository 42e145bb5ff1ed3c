//! The facts of an asset that can be corrected.

use super::facts::AssetFacts;
use super::state::Asset;
use crate::course::Correctable;

/// A fact that can be corrected, with what is corrected along with it.
pub struct CorrectableFact {
    differs: fn(&AssetFacts, &AssetFacts) -> bool,
    copy: fn(&mut AssetFacts, &AssetFacts),
}

macro_rules! fact {
    ($($field:ident)+) => {
        CorrectableFact {
            differs: |one, other| $(one.$field != other.$field)||+,
            copy: |to, from| { $(to.$field.clone_from(&from.$field);)+ },
        }
    };
}

impl CorrectableFact {
    /// Every one.
    pub const ALL: &[Self] = &[
        fact!(model_id kind hardware_kind manufacturer),
        fact!(tag),
        fact!(serial),
        fact!(name),
        fact!(data_bearing),
        fact!(ownership),
        fact!(condition),
        fact!(criticality),
        fact!(data_classification),
        fact!(costs),
        fact!(acquired_on),
        fact!(order_number),
        fact!(vendor_id),
        fact!(warranty_until),
        fact!(end_of_life_on),
        fact!(location_id),
        fact!(department_id),
        fact!(project_id),
        fact!(notes),
    ];

    /// Whether it is not the same in both.
    fn differs(&self, one: &AssetFacts, other: &AssetFacts) -> bool {
        (self.differs)(one, other)
    }

    /// Makes it the same in `to` as in `from`.
    fn copy(&self, to: &mut AssetFacts, from: &AssetFacts) {
        (self.copy)(to, from);
    }
}

impl Correctable for Asset {
    type Fact = &'static CorrectableFact;

    fn differing(&self, other: &Self) -> Vec<Self::Fact> {
        CorrectableFact::ALL.iter().filter(|fact| fact.differs(&self.facts, &other.facts)).collect()
    }

    fn agrees(&self, other: &Self, fact: &Self::Fact) -> bool {
        !fact.differs(&self.facts, &other.facts)
    }

    fn adopt(&mut self, other: &Self, fact: &Self::Fact) {
        fact.copy(&mut self.facts, &other.facts);
    }
}
