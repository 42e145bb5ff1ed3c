//! Finding a field that an object of a JSON document has twice, without making the document.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::pointer_step;

/// The JSON Pointer of the first field that stands there again, if there is one. What is no JSON has none.
pub(super) fn find_duplicate(body: &[u8]) -> Option<String> {
    let mut search = Search { path: Vec::new(), found: None };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // An error either is the way out with what was found, or somebody else's to tell.
    let _ = Node(&mut search).deserialize(&mut deserializer);
    search.found
}

struct Search {
    /// The steps to where the reading is.
    path: Vec<String>,
    found: Option<String>,
}

/// A value anywhere in a JSON document.
struct Node<'a>(&'a mut Search);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _value: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _value: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _value: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _value: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            self.0.path.push(index.to_string());
            let item = items.next_element_seed(Node(self.0))?;
            self.0.path.pop();
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<Name<'de>>()? {
            self.0.path.push(pointer_step(&name.0));
            if !names.insert(name) {
                self.0.found = Some(format!("/{}", self.0.path.join("/")));
                return Err(A::Error::custom("found"));
            }
            fields.next_value_seed(Node(self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}

/// A field's name, taken from the document where it stands there as it is.
#[derive(PartialEq, Eq, Hash, serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
