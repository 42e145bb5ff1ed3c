//! The kinds of file that can be imported, and what their columns can say.

/// A kind of Snipe-IT file that can be imported, in the order in which files are taken: what
/// others refer to comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileKind {
    Category,
    Manufacturer,
    Location,
    Supplier,
    Model,
    User,
    Asset,
}

impl FileKind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Category,
        Self::Manufacturer,
        Self::Location,
        Self::Supplier,
        Self::Model,
        Self::User,
        Self::Asset,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Manufacturer => "manufacturer",
            Self::Location => "location",
            Self::Supplier => "supplier",
            Self::Model => "model",
            Self::User => "user",
            Self::Asset => "asset",
        }
    }
}

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    Name,
    Tag,
    Serial,
    Model,
    ModelNumber,
    Manufacturer,
    Category,
    CategoryType,
    Supplier,
    Company,
    Department,
    Project,
    Location,
    DefaultLocation,
    Status,
    Parent,
    OrderNumber,
    Notes,
    PurchaseDate,
    PurchaseCost,
    Currency,
    WarrantyMonths,
    WarrantyDate,
    EndOfLifeDate,
    EndOfLifeMonths,
    Byod,
    Quantity,
    CheckoutType,
    CheckoutDate,
    CheckoutLocation,
    CheckedOutTo,
    Username,
    FirstName,
    LastName,
    FullName,
    Email,
    JobTitle,
    EmployeeNumber,
    Address,
    Address2,
    City,
    State,
    Country,
    Zip,
    Website,
}
