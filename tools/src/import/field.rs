//! The kinds of file that Snipe-IT exports, and what their headers mean.

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
    const ALL: [Self; 7] = [
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

/// A header in the form in which headers are compared: lower case, words separated by one space,
/// punctuation taken for spaces.
pub(crate) fn normalize_header(header: &str) -> String {
    let spaced: String = header.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which kind of file has these (normalized) headers; the error is a sentence.
pub(crate) fn recognize(headers: &[String]) -> Result<FileKind, String> {
    let has = |names: &[&str]| headers.iter().any(|header| names.contains(&header.as_str()));
    if has(&["asset tag", "tag"]) {
        return Ok(FileKind::Asset);
    }
    if has(&["seats"]) {
        return Err("this is a license file; licenses are not imported".to_owned());
    }
    if has(&["qty", "quantity", "item number", "min amount"]) {
        let sentence = "this is a file of accessories, consumables or components, which are counted and not \
                        single assets; they are not imported";
        return Err(sentence.to_owned());
    }
    if has(&["category type"]) {
        return Ok(FileKind::Category);
    }
    if has(&["username", "user name"]) || (has(&["email"]) && has(&["first name", "last name"])) {
        return Ok(FileKind::User);
    }
    if has(&["support email", "support phone", "support url", "warranty lookup url"]) {
        return Ok(FileKind::Manufacturer);
    }
    if has(&["model number", "model no", "fieldset", "eol"]) && has(&["name", "model name", "model"]) {
        return Ok(FileKind::Model);
    }
    if has(&["supplier name", "contact", "contact name"]) {
        return Ok(FileKind::Supplier);
    }
    if has(&["location name", "currency", "parent", "parent name", "parent location"]) {
        return Ok(FileKind::Location);
    }
    Err(unrecognized(headers))
}

fn unrecognized(headers: &[String]) -> String {
    format!(
        "the headers ({}) are not those of a Snipe-IT file that can be imported; an asset file has \"Asset Tag\", \
         a user file \"Username\", a model file \"Model Number\" or \"Fieldset\", a location file \"Currency\" or \
         \"Parent\", a supplier file \"Contact\", a manufacturer file \"Support Email\", a category file \
         \"Category Type\"",
        headers.join(", ")
    )
}

/// What the (normalized) headers mean in a file of this kind; `None` where one is not read. The error is
/// a sentence.
pub(crate) fn fields_of(kind: FileKind, headers: &[String]) -> Result<Vec<Option<Field>>, String> {
    let mut fields: Vec<Option<Field>> = headers.iter().map(|header| field_of(kind, header)).collect();
    let has = |names: &[&str]| headers.iter().any(|header| names.contains(&header.as_str()));
    let name = headers.iter().position(|header| header == "name").filter(|_| kind == FileKind::Asset);
    // Beside columns of a person a name may be hers, and no person's name becomes a fact of an asset.
    let is_beside_person = has(&["email", "username", "user name", "first name", "last name", "full name"]);
    if let Some(index) = name.filter(|_| is_beside_person) {
        if !has(&["item name", "asset name"]) {
            let sentence = "the column Name stands beside columns of a person: say whose name it is, by \
                            --map \"Name=asset name\" or --map \"Name=full name\"";
            return Err(sentence.to_owned());
        }
        fields[index] = Some(Field::FullName);
    }
    Ok(fields)
}

/// Whether a (normalized) header means something in any file.
pub(crate) fn is_header(header: &str) -> bool {
    FileKind::ALL.iter().any(|kind| field_of(*kind, header).is_some())
}

/// What a (normalized) header means in a file of this kind; `None` if it is not read.
fn field_of(kind: FileKind, header: &str) -> Option<Field> {
    match kind {
        FileKind::Asset => asset_field(header),
        FileKind::User => user_field(header),
        FileKind::Model => model_field(header),
        FileKind::Location | FileKind::Supplier => place_field(kind, header),
        FileKind::Manufacturer => {
            ["name", "manufacturer", "manufacturer name"].contains(&header).then_some(Field::Name)
        }
        FileKind::Category => match header {
            "name" | "category" | "category name" => Some(Field::Name),
            "category type" => Some(Field::CategoryType),
            _ => None,
        },
    }
}

fn asset_field(header: &str) -> Option<Field> {
    Some(match header {
        "asset tag" | "tag" => Field::Tag,
        "name" | "item name" | "asset name" => Field::Name,
        "serial" | "serial number" | "serial no" => Field::Serial,
        "model" | "model name" | "asset model" => Field::Model,
        "model number" | "model no" => Field::ModelNumber,
        "manufacturer" => Field::Manufacturer,
        "category" => Field::Category,
        "supplier" | "vendor" => Field::Supplier,
        "company" => Field::Company,
        "department" => Field::Department,
        "project" | "project code" => Field::Project,
        "location" => Field::Location,
        "default location" => Field::DefaultLocation,
        "status" | "status label" | "status name" | "asset status" => Field::Status,
        "order number" | "order" | "purchase order" => Field::OrderNumber,
        "asset notes" | "notes" | "item notes" => Field::Notes,
        "purchase date" | "purchased" => Field::PurchaseDate,
        "purchase cost" | "cost" | "price" => Field::PurchaseCost,
        "currency" => Field::Currency,
        "warranty" | "warranty months" => Field::WarrantyMonths,
        "warranty expires"
        | "warranty expiration"
        | "warranty expiration date"
        | "warranty expiry"
        | "warranty end"
        | "warranty end date"
        | "warranty until" => Field::WarrantyDate,
        "asset eol date" | "eol date" => Field::EndOfLifeDate,
        "byod" => Field::Byod,
        "quantity" | "qty" => Field::Quantity,
        "checkout type" | "checked out to type" => Field::CheckoutType,
        "checkout date" | "last checkout" | "last checkout date" => Field::CheckoutDate,
        "checked out to" | "checkout to" | "assigned to" | "checked out" => Field::CheckedOutTo,
        "checked out to location" | "checkout location" | "checkout to location" => Field::CheckoutLocation,
        "checked out to username"
        | "checkout to username"
        | "checked out to user name"
        | "username"
        | "user name" => Field::Username,
        "checked out to first name" | "checkout to first name" | "first name" => Field::FirstName,
        "checked out to last name" | "checkout to last name" | "last name" => Field::LastName,
        "checked out to full name" | "full name" => Field::FullName,
        "checked out to email" | "checkout to email" | "email" => Field::Email,
        _ => return None,
    })
}

fn user_field(header: &str) -> Option<Field> {
    Some(match header {
        "first name" => Field::FirstName,
        "last name" => Field::LastName,
        "full name" | "name" | "display name" => Field::FullName,
        "email" | "e mail" | "email address" => Field::Email,
        "username" | "user name" => Field::Username,
        "job title" | "title" => Field::JobTitle,
        "employee number" | "employee no" | "employee num" => Field::EmployeeNumber,
        "company" => Field::Company,
        "department" => Field::Department,
        "location" => Field::Location,
        _ => return None,
    })
}

fn model_field(header: &str) -> Option<Field> {
    Some(match header {
        "name" | "model name" | "model" => Field::Name,
        "model number" | "model no" => Field::ModelNumber,
        "manufacturer" => Field::Manufacturer,
        "category" => Field::Category,
        "model notes" | "notes" => Field::Notes,
        "eol" | "eol months" => Field::EndOfLifeMonths,
        _ => return None,
    })
}

fn place_field(kind: FileKind, header: &str) -> Option<Field> {
    if kind == FileKind::Supplier {
        return match header {
            "name" | "supplier" | "supplier name" => Some(Field::Name),
            "notes" => Some(Field::Notes),
            "url" | "website" => Some(Field::Website),
            _ => None,
        };
    }
    Some(match header {
        "name" | "location" | "location name" => Field::Name,
        "parent" | "parent name" | "parent location" => Field::Parent,
        "address" | "address 1" => Field::Address,
        "address2" | "address 2" => Field::Address2,
        "city" => Field::City,
        "state" => Field::State,
        "country" => Field::Country,
        "zip" | "postal code" | "postcode" => Field::Zip,
        "notes" => Field::Notes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> Result<FileKind, String> {
        recognize(&line.split(',').map(normalize_header).collect::<Vec<_>>())
    }

    #[test]
    fn kinds_are_recognized_by_their_headers_however_they_are_written() {
        assert_eq!(kind("Item Name,ASSET_TAG,Model"), Ok(FileKind::Asset));
        assert_eq!(kind("first_name,last_name,E-mail,Username"), Ok(FileKind::User));
        assert_eq!(kind("Name,Category,Model Number,EOL"), Ok(FileKind::Model));
        assert_eq!(kind("name,address,city,currency"), Ok(FileKind::Location));
        assert_eq!(kind("name,address,contact,phone"), Ok(FileKind::Supplier));
        assert_eq!(kind("name,support phone,url"), Ok(FileKind::Manufacturer));
        assert_eq!(kind("name,category type,notes"), Ok(FileKind::Category));
    }

    #[test]
    fn files_of_counted_things_and_unknown_files_are_refused_with_a_sentence() {
        assert!(kind("Name,Seats").expect_err("licenses").contains("license"));
        assert!(kind("Name,QTY,Location").expect_err("counted").contains("counted"));
        assert!(kind("name,address,city").expect_err("either").contains("\"Contact\""));
    }

    #[test]
    fn header_variants_mean_the_same() {
        for header in ["Checked Out To: Username", "checkout_to_username", "User-Name"] {
            let found = field_of(FileKind::Asset, &normalize_header(header));
            assert_eq!(found, Some(Field::Username), "{header}");
        }
        assert_eq!(field_of(FileKind::Asset, &normalize_header("Serial number")), Some(Field::Serial));
        assert_eq!(field_of(FileKind::Asset, "model notes"), None);
    }

    fn fields(line: &str) -> Result<Vec<Option<Field>>, String> {
        fields_of(FileKind::Asset, &line.split(',').map(normalize_header).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_beside_a_person_is_hers_where_the_asset_s_has_a_column_of_its_own_and_else_is_asked_about() {
        let hers = fields("Name,Email,Username,item Name,Asset Tag").expect("clear");
        assert_eq!((hers[0], hers[3]), (Some(Field::FullName), Some(Field::Name)));
        let sentence = fields("Name,Email,Asset Tag").expect_err("whose?");
        assert!(sentence.contains("--map \"Name=asset name\""), "{sentence}");
        let own = fields("Name,Asset Tag,Checked Out To: Username").expect("clear");
        assert_eq!(own[0], Some(Field::Name));
    }
}
