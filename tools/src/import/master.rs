//! Master data: the things that assets refer to. They are found by name, and made when a file
//! mentions one that does not exist.

use std::collections::HashMap;

use itam_domain::normalize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::master_kind::{Fields, MasterKind};
use super::register::id_of;

/// Which entry of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntryIndex(usize);

#[derive(Debug)]
struct MasterEntry {
    kind: MasterKind,
    id: Uuid,
    fields: Fields,
    fault: Option<String>,
}

/// Who bears a name.
#[derive(Debug, Clone, Copy)]
enum Bearer {
    One(usize),
    Several,
}

/// All master data that is known.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    entries: Vec<MasterEntry>,
    bearers: HashMap<(MasterKind, String), Bearer>,
    /// The persons of each name, which several may bear.
    called: HashMap<String, Vec<usize>>,
}

/// What to do so that a thing is as a file says.
#[derive(Debug)]
pub(crate) enum Want {
    /// Nothing.
    Have(EntryIndex),
    /// Send its command with these fields: a new thing.
    Create(EntryIndex, Fields),
    /// Send its command with these fields: it reads differently.
    Change(EntryIndex, Fields),
}

impl Want {
    pub(crate) fn index(&self) -> EntryIndex {
        match self {
            Self::Have(index) | Self::Create(index, _) | Self::Change(index, _) => *index,
        }
    }
}

impl Directory {
    /// Enters a row of the query service. A row without an id is passed over.
    pub(crate) fn enter(&mut self, kind: MasterKind, row: &Map<String, Value>) {
        let Some(id) = id_of(row) else { return };
        let known = row.iter().filter(|(name, value)| {
            kind.fields().contains(&name.as_str()) && !value.is_null() && value.as_str() != Some("")
        });
        let fields: Fields = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.insert(kind, id, fields);
    }

    /// What to do so that there is such a thing: nothing, if there is one of that name.
    pub(crate) fn mention(&mut self, kind: MasterKind, fields: Fields, new_id: Uuid) -> Result<Want, String> {
        match self.find(kind, &fields)? {
            Some(index) => Ok(Want::Have(EntryIndex(index))),
            None => Ok(self.create(kind, fields, new_id)),
        }
    }

    /// What to do so that the thing of that name has these fields.
    pub(crate) fn define(&mut self, kind: MasterKind, fields: Fields, new_id: Uuid) -> Result<Want, String> {
        let Some(index) = self.find(kind, &fields)? else {
            return Ok(self.create(kind, fields, new_id));
        };
        let entry = &mut self.entries[index];
        let before = entry.fields.clone();
        entry.fields.extend(fields);
        if entry.fields == before {
            return Ok(Want::Have(EntryIndex(index)));
        }
        let mut command = entry.fields.clone();
        command.insert(kind.id_field().to_owned(), Value::from(entry.id.to_string()));
        Ok(Want::Change(EntryIndex(index), command))
    }

    /// The one person whom a word means that may be her user name, her mail address or her name, the
    /// family name first or last. The error is a sentence.
    pub(crate) fn person_meant(&self, word: &str) -> Result<EntryIndex, String> {
        let named = |field: &str| Fields::from_iter([(field.to_owned(), Value::from(word))]);
        for field in ["username", "email"] {
            let keys = MasterKind::Person.keys(&named(field));
            let found = keys.into_iter().find_map(|key| self.bearers.get(&(MasterKind::Person, key)));
            if let Some(Bearer::One(index)) = found {
                return Ok(EntryIndex(*index));
            }
        }
        let turned = word.split_once(',').map(|(family, given)| format!("{given} {family}"));
        let spellings = [Some(word.to_owned()), turned].into_iter().flatten();
        let found = spellings.filter_map(|name| self.called.get(&normalize(&name))).flatten();
        match found.collect::<Vec<_>>()[..] {
            [index] => Ok(EntryIndex(*index)),
            [] => Err("nobody is called so: import the users first, or name her user name or mail address"
                .to_owned()),
            ref several => {
                Err(format!("{} persons are called so: name the user name or mail address", several.len()))
            }
        }
    }

    pub(crate) fn id(&self, index: EntryIndex) -> Uuid {
        self.entries[index.0].id
    }

    pub(crate) fn kind(&self, index: EntryIndex) -> MasterKind {
        self.entries[index.0].kind
    }

    /// What a field of the entry is known to be.
    pub(crate) fn field(&self, index: EntryIndex, name: &str) -> Option<&Value> {
        self.entries[index.0].fields.get(name)
    }

    /// Why the entry cannot be referred to, if it cannot.
    pub(crate) fn fault(&self, index: EntryIndex) -> Option<&str> {
        self.entries[index.0].fault.as_deref()
    }

    /// Notes that the command that was to make the entry was refused.
    pub(crate) fn set_fault(&mut self, index: EntryIndex, fault: String) {
        self.entries[index.0].fault = Some(fault);
    }

    fn create(&mut self, kind: MasterKind, fields: Fields, new_id: Uuid) -> Want {
        let mut command = fields.clone();
        command.insert(kind.id_field().to_owned(), Value::from(new_id.to_string()));
        Want::Create(EntryIndex(self.insert(kind, new_id, fields)), command)
    }

    fn insert(&mut self, kind: MasterKind, id: Uuid, fields: Fields) -> usize {
        let index = self.entries.len();
        for key in kind.keys(&fields) {
            self.bearers
                .entry((kind, key))
                .and_modify(|bearer| *bearer = Bearer::Several)
                .or_insert(Bearer::One(index));
        }
        if let (MasterKind::Person, Some(name)) = (kind, fields.get("name").and_then(Value::as_str)) {
            self.called.entry(normalize(name)).or_default().push(index);
        }
        self.entries.push(MasterEntry { kind, id, fields, fault: None });
        index
    }

    /// The thing of that name. A person with a user name is not found by mail if the one of that
    /// mail has another user name.
    fn find(&self, kind: MasterKind, fields: &Fields) -> Result<Option<usize>, String> {
        for (rank, key) in kind.keys(fields).into_iter().enumerate() {
            let shown = key.replace('\n', " ").trim().to_owned();
            match self.bearers.get(&(kind, key)) {
                Some(Bearer::One(index))
                    if rank > 0 && self.entries[*index].fields.contains_key("username") => {}
                Some(Bearer::One(index)) => return Ok(Some(*index)),
                Some(Bearer::Several) if rank > 0 => {}
                Some(Bearer::Several) => {
                    return Err(format!("there are several {} called {shown:?}", kind.plural()));
                }
                None => {}
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        value.as_object().expect("object").clone()
    }

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn a_thing_is_made_once_however_its_name_is_written() {
        let mut directory = Directory::default();
        let name = |name: &str| fields(&json!({ "name": name }));
        let made = directory.mention(MasterKind::Vendor, name("Acme"), id(1)).expect("made");
        assert!(matches!(&made, Want::Create(_, command) if command["vendor_id"] == id(1).to_string()));
        let found = directory.mention(MasterKind::Vendor, name(" ACME "), id(2)).expect("found");
        assert!(matches!(found, Want::Have(index) if index == made.index()));
    }

    #[test]
    fn defining_changes_what_is_said_and_keeps_what_is_not() {
        let mut directory = Directory::default();
        let row = json!({"id": id(7).to_string(), "name": "Acme", "account_number": "17", "notes": null, "extra": 1});
        directory.enter(MasterKind::Vendor, &fields(&row));
        let same = fields(&json!({"name": "Acme"}));
        assert!(matches!(directory.define(MasterKind::Vendor, same, id(1)), Ok(Want::Have(_))));
        let other = fields(&json!({"name": "Acme", "website": "https://acme.example"}));
        let Ok(Want::Change(_, command)) = directory.define(MasterKind::Vendor, other, id(1)) else {
            panic!("a change")
        };
        let expected = json!({"vendor_id": id(7).to_string(), "name": "Acme", "account_number": "17",
            "website": "https://acme.example"});
        assert_eq!(Value::Object(command), expected);
    }

    #[test]
    fn a_name_that_several_bear_is_refused_and_people_go_by_user_name_first() {
        let mut directory = Directory::default();
        for number in [1, 2] {
            let row = json!({"id": id(number).to_string(), "name": "Room 1"});
            directory.enter(MasterKind::Location, &fields(&row));
        }
        let room = fields(&json!({"name": "room 1"}));
        assert!(directory.mention(MasterKind::Location, room, id(3)).is_err());
        let row = json!({"id": id(4).to_string(), "name": "A", "username": "a", "email": "x@example.org"});
        directory.enter(MasterKind::Person, &fields(&row));
        let other = fields(&json!({"name": "B", "username": "b", "email": "x@example.org"}));
        assert!(matches!(directory.mention(MasterKind::Person, other, id(5)), Ok(Want::Create(..))));
        let by_mail = fields(&json!({"name": "A", "email": "nobody@example.org"}));
        assert!(matches!(directory.mention(MasterKind::Person, by_mail, id(6)), Ok(Want::Create(..))));
    }

    #[test]
    fn a_person_is_meant_by_what_one_alone_is_called() {
        let mut directory = Directory::default();
        for (number, name, username) in
            [(1, "Ada Quill", "aquill"), (2, "Ben Roe", "broe"), (3, "Ben Roe", "broe2")]
        {
            let row = json!({"id": id(number).to_string(), "name": name, "username": username,
                "email": format!("{username}@example.org")});
            directory.enter(MasterKind::Person, &fields(&row));
        }
        let meant = |word: &str| directory.person_meant(word).map(|index| directory.id(index));
        for word in ["ada quill", "Quill, Ada", "AQUILL", "aquill@example.org"] {
            assert_eq!(meant(word), Ok(id(1)), "{word}");
        }
        assert_eq!(meant("broe2"), Ok(id(3)));
        assert!(meant("Ben Roe").expect_err("two").contains("2 persons"));
        assert!(meant("Cy Doe").expect_err("none").contains("nobody"));
    }
}
