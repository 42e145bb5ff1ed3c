//! The course of a record: its versions, with what corrections set right in them. A correction changes facts and
//! nothing else of a row, so the fields in which rows differ are what was set right, whatever the kind.

use itam_domain::course::{Correctable, Course};
use serde_json::Value;

use crate::kinds::record::definition::Record;
use crate::kinds::record::row as record_row;
use crate::register::heading::{Heading, before_and_after, course};
use crate::register::moment::Moment;
use crate::register::plain_versions::HeldVersion;
use crate::store::error::Result;

/// A record's row, field by field.
#[derive(Clone)]
struct Fields {
    /// What says when and how often it was changed, which is never set right.
    revision: Value,
    body: Value,
}

/// The way to a field: names in objects, numbers in lists.
type FieldPath = Vec<String>;

impl Fields {
    fn read(row: &[u8]) -> Result<Self> {
        let (revision, body) = record_row::split(row)?;
        Ok(Self { revision, body })
    }

    fn record(self) -> Result<Record> {
        record_row::join(self.revision, self.body)
    }
}

impl Correctable for Fields {
    type Fact = FieldPath;

    fn differing(&self, other: &Self) -> Vec<FieldPath> {
        let mut found = Vec::new();
        differences((Some(&self.body), Some(&other.body)), &FieldPath::new(), &mut found);
        found
    }

    fn agrees(&self, other: &Self, fact: &FieldPath) -> bool {
        find(&self.body, fact) == find(&other.body, fact)
    }

    fn adopt(&mut self, other: &Self, fact: &FieldPath) {
        put(&mut self.body, fact, find(&other.body, fact));
    }
}

/// The record as it was at a moment, by the versions that say so; `None` if there are none.
pub(crate) fn record_at(versions: &[HeldVersion], moment: Moment) -> Result<Option<Record>> {
    if let [(_, row)] = versions {
        return record_row::decode(row).map(Some);
    }
    let course = course(read_all(versions)?);
    course.at(moment.as_of_ms()).cloned().map(Fields::record).transpose()
}

/// The courses that versions of a record make without the last of them and with it.
pub(crate) fn courses(versions: &[HeldVersion]) -> Result<[Course<Record>; 2]> {
    let [before, after] = before_and_after(read_all(versions)?);
    Ok([before.try_map(Fields::record)?, after.try_map(Fields::record)?])
}

fn read_all(versions: &[HeldVersion]) -> Result<Vec<(Heading, Fields)>> {
    versions.iter().map(|(heading, row)| Ok((*heading, Fields::read(row)?))).collect()
}

/// Finds the fields in which two values differ.
fn differences((one, other): (Option<&Value>, Option<&Value>), path: &FieldPath, found: &mut Vec<FieldPath>) {
    let names: Vec<String> = match (one, other) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let new = other.keys().filter(|name| !one.contains_key(*name));
            one.keys().chain(new).cloned().collect()
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            (0..one.len()).map(|index| index.to_string()).collect()
        }
        _ if one == other => return,
        _ => return found.push(path.clone()),
    };
    for name in names {
        let fields = [one, other].map(|value| value.and_then(|value| field(value, &name)));
        let path = path.iter().cloned().chain([name]).collect();
        differences(fields.into(), &path, found);
    }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn find<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| field(value, name))
}

/// Lets a field have a value, or none; what it belongs to must be there.
fn put(value: &mut Value, path: &[String], new: Option<&Value>) {
    let Some((name, rest)) = path.split_first() else { return };
    match value {
        Value::Object(fields) if rest.is_empty() => match new {
            Some(new) => drop(fields.insert(name.clone(), new.clone())),
            None => drop(fields.remove(name)),
        },
        Value::Object(fields) => fields.get_mut(name).into_iter().for_each(|field| put(field, rest, new)),
        Value::Array(items) => {
            let item = name.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            match (item, new) {
                (Some(item), Some(new)) if rest.is_empty() => item.clone_from(new),
                (Some(item), _) => put(item, rest, new),
                (None, _) => {}
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
