//! The facts of an asset that can be corrected.

use super::facts::AssetFacts;

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
    pub const ALL: [Self; 19] = [
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
    #[must_use]
    pub fn differs(&self, one: &AssetFacts, other: &AssetFacts) -> bool {
        (self.differs)(one, other)
    }

    /// Makes it the same in `to` as in `from`.
    pub fn copy(&self, to: &mut AssetFacts, from: &AssetFacts) {
        (self.copy)(to, from);
    }
}
