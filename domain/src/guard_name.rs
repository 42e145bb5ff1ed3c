//! The guards that bear a name of their own: of sets whose writers come one after another.

/// A set of aggregates that a rule spans, so that its writers must come one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GuardName {
    /// The tree of locations: no location is part of itself.
    LocationTree,
    /// The tree of departments.
    DepartmentTree,
    /// The tree of assets that are in other assets' custody: no asset is in its own.
    CustodyTree,
}

impl GuardName {
    /// The subject token.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocationTree => "location-tree",
            Self::DepartmentTree => "department-tree",
            Self::CustodyTree => "custody-tree",
        }
    }
}
