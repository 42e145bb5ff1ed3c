//! What headers mean, by the kind of file. The first header of a meaning is the one that it is called by.

use super::field::{Field, FileKind};

/// The headers that are understood in a file of this kind, in their normalized form.
pub(crate) fn headers_of(kind: FileKind) -> &'static [(&'static str, Field)] {
    match kind {
        FileKind::Asset => ASSET,
        FileKind::User => USER,
        FileKind::Model => MODEL,
        FileKind::Location => LOCATION,
        FileKind::Supplier => SUPPLIER,
        FileKind::Manufacturer => MANUFACTURER,
        FileKind::Category => CATEGORY,
    }
}

/// What a (normalized) header means in a file of this kind; `None` if it is not read.
pub(crate) fn field_of(kind: FileKind, header: &str) -> Option<Field> {
    headers_of(kind).iter().find(|(known, _)| *known == header).map(|(_, field)| *field)
}

/// Whether a (normalized) header means something in any file.
pub(crate) fn is_header(header: &str) -> bool {
    FileKind::ALL.iter().any(|kind| field_of(*kind, header).is_some())
}

/// Headers of files of assets.
const ASSET: &[(&str, Field)] = &[
    ("asset tag", Field::Tag),
    ("tag", Field::Tag),
    ("name", Field::Name),
    ("item name", Field::Name),
    ("asset name", Field::Name),
    ("serial", Field::Serial),
    ("serial number", Field::Serial),
    ("serial no", Field::Serial),
    ("model", Field::Model),
    ("model name", Field::Model),
    ("asset model", Field::Model),
    ("model number", Field::ModelNumber),
    ("model no", Field::ModelNumber),
    ("manufacturer", Field::Manufacturer),
    ("category", Field::Category),
    ("supplier", Field::Supplier),
    ("vendor", Field::Supplier),
    ("company", Field::Company),
    ("department", Field::Department),
    ("project", Field::Project),
    ("project code", Field::Project),
    ("location", Field::Location),
    ("default location", Field::DefaultLocation),
    ("status", Field::Status),
    ("status label", Field::Status),
    ("status name", Field::Status),
    ("asset status", Field::Status),
    ("order number", Field::OrderNumber),
    ("order", Field::OrderNumber),
    ("purchase order", Field::OrderNumber),
    ("asset notes", Field::Notes),
    ("notes", Field::Notes),
    ("item notes", Field::Notes),
    ("purchase date", Field::PurchaseDate),
    ("purchased", Field::PurchaseDate),
    ("purchase cost", Field::PurchaseCost),
    ("cost", Field::PurchaseCost),
    ("price", Field::PurchaseCost),
    ("currency", Field::Currency),
    ("warranty", Field::WarrantyMonths),
    ("warranty months", Field::WarrantyMonths),
    ("warranty expires", Field::WarrantyDate),
    ("warranty expiration", Field::WarrantyDate),
    ("warranty expiration date", Field::WarrantyDate),
    ("warranty expiry", Field::WarrantyDate),
    ("warranty end", Field::WarrantyDate),
    ("warranty end date", Field::WarrantyDate),
    ("warranty until", Field::WarrantyDate),
    ("asset eol date", Field::EndOfLifeDate),
    ("eol date", Field::EndOfLifeDate),
    ("byod", Field::Byod),
    ("quantity", Field::Quantity),
    ("qty", Field::Quantity),
    ("checkout type", Field::CheckoutType),
    ("checked out to type", Field::CheckoutType),
    ("checkout date", Field::CheckoutDate),
    ("last checkout", Field::CheckoutDate),
    ("last checkout date", Field::CheckoutDate),
    ("checked out to", Field::CheckedOutTo),
    ("checkout to", Field::CheckedOutTo),
    ("assigned to", Field::CheckedOutTo),
    ("checked out", Field::CheckedOutTo),
    ("checked out to location", Field::CheckoutLocation),
    ("checkout location", Field::CheckoutLocation),
    ("checkout to location", Field::CheckoutLocation),
    ("checked out to username", Field::Username),
    ("checkout to username", Field::Username),
    ("checked out to user name", Field::Username),
    ("username", Field::Username),
    ("user name", Field::Username),
    ("checked out to first name", Field::FirstName),
    ("checkout to first name", Field::FirstName),
    ("first name", Field::FirstName),
    ("checked out to last name", Field::LastName),
    ("checkout to last name", Field::LastName),
    ("last name", Field::LastName),
    ("checked out to full name", Field::FullName),
    ("full name", Field::FullName),
    ("checked out to email", Field::Email),
    ("checkout to email", Field::Email),
    ("email", Field::Email),
];

/// Headers of files of users.
const USER: &[(&str, Field)] = &[
    ("first name", Field::FirstName),
    ("last name", Field::LastName),
    ("full name", Field::FullName),
    ("name", Field::FullName),
    ("display name", Field::FullName),
    ("email", Field::Email),
    ("e mail", Field::Email),
    ("email address", Field::Email),
    ("username", Field::Username),
    ("user name", Field::Username),
    ("job title", Field::JobTitle),
    ("title", Field::JobTitle),
    ("employee number", Field::EmployeeNumber),
    ("employee no", Field::EmployeeNumber),
    ("employee num", Field::EmployeeNumber),
    ("company", Field::Company),
    ("department", Field::Department),
    ("location", Field::Location),
];

/// Headers of files of models.
const MODEL: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("model name", Field::Name),
    ("model", Field::Name),
    ("model number", Field::ModelNumber),
    ("model no", Field::ModelNumber),
    ("manufacturer", Field::Manufacturer),
    ("category", Field::Category),
    ("model notes", Field::Notes),
    ("notes", Field::Notes),
    ("eol", Field::EndOfLifeMonths),
    ("eol months", Field::EndOfLifeMonths),
];

/// Headers of files of locations.
const LOCATION: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("location", Field::Name),
    ("location name", Field::Name),
    ("parent", Field::Parent),
    ("parent name", Field::Parent),
    ("parent location", Field::Parent),
    ("address", Field::Address),
    ("address 1", Field::Address),
    ("address2", Field::Address2),
    ("address 2", Field::Address2),
    ("city", Field::City),
    ("state", Field::State),
    ("country", Field::Country),
    ("zip", Field::Zip),
    ("postal code", Field::Zip),
    ("postcode", Field::Zip),
    ("notes", Field::Notes),
];

/// Headers of files of suppliers.
const SUPPLIER: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("supplier", Field::Name),
    ("supplier name", Field::Name),
    ("notes", Field::Notes),
    ("url", Field::Website),
    ("website", Field::Website),
];

/// Headers of files of manufacturers.
const MANUFACTURER: &[(&str, Field)] =
    &[("name", Field::Name), ("manufacturer", Field::Name), ("manufacturer name", Field::Name)];

/// Headers of files of categories.
const CATEGORY: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("category", Field::Name),
    ("category name", Field::Name),
    ("category type", Field::CategoryType),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_name::normalize_header;

    #[test]
    fn header_variants_mean_the_same() {
        for header in ["Checked Out To: Username", "checkout_to_username", "User-Name"] {
            let found = field_of(FileKind::Asset, &normalize_header(header));
            assert_eq!(found, Some(Field::Username), "{header}");
        }
        assert_eq!(field_of(FileKind::Asset, &normalize_header("Serial number")), Some(Field::Serial));
        assert_eq!(field_of(FileKind::Asset, "model notes"), None);
    }
}
