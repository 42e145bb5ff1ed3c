//! Which kind of file it is, by its headers.

use super::field::{Field, FileKind};
use super::header::field_of;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_name::normalize_header;

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
