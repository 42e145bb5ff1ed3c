//! Query parameters, read strictly: what is not known or not acceptable is refused, with what
//! would be.

use axum::extract::Query;
use axum::http::Uri;
use itam_service_kit::{Problem, ProblemCode};
use uuid::Uuid;

use crate::query_parameter::{EVERYWHERE, QueryParameter};

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(uri: &Uri) -> Result<Self, Problem> {
        if uri.query().is_none() {
            return Ok(Self(Vec::new()));
        }
        Query::try_from_uri(uri).map(|Query(pairs)| Self(pairs)).map_err(|error| {
            Problem::new(ProblemCode::MalformedRequest, format!("The query cannot be read: {error}."))
        })
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Refuses parameters that are not in any of the lists.
    pub(crate) fn allow(&self, known: &[&[QueryParameter]]) -> Result<(), Problem> {
        let known = known.iter().chain([&EVERYWHERE]).flat_map(|list| list.iter().map(|known| known.name));
        let allowed: Vec<&str> = known.collect();
        let names = self.0.iter().map(|(name, _)| name.as_str());
        let unknown: Vec<&str> = names.filter(|name| !allowed.contains(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let detail =
            format!("Unknown query parameters: {}. Known here: {}.", unknown.join(", "), allowed.join(", "));
        Err(Problem::new(ProblemCode::MalformedRequest, detail)
            .with("unknown_parameters", unknown)
            .with("allowed_parameters", allowed))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// The text of a parameter that may stand once.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(refuse(name, format!("The parameter {name} stands more than once.")));
        }
        match first.map(str::trim) {
            Some("") => Err(refuse(name, format!("The parameter {name} is blank."))),
            other => Ok(other),
        }
    }

    /// A whole number within `range`.
    pub(crate) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            let most = if *high == u64::MAX { String::new() } else { format!(" to {high}") };
            refuse(
                name,
                format!("The parameter {name} is {text:?}: it takes whole numbers from {low}{most}."),
            )
        })
    }

    /// Every value of a parameter, which may be repeated or hold several values with commas.
    pub(crate) fn values(&self, name: &str) -> Result<Vec<&str>, Problem> {
        let given = self.0.iter().filter(|(other, _)| other == name);
        let values: Vec<&str> = given.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
        let most = QueryParameter::MAX_VALUES;
        if values.len() > most {
            return Err(refuse(name, format!("The parameter {name} takes at most {most} values.")));
        }
        Ok(values)
    }

    /// Words of a closed list.
    pub(crate) fn words<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Vec<T>, Problem> {
        let read = |text: &str| {
            all.iter().copied().find(|item| word(*item) == text).ok_or_else(|| {
                let allowed: Vec<&str> = all.iter().map(|item| word(*item)).collect();
                let detail = format!("The parameter {name} is {text:?}: it takes {}.", allowed.join(", "));
                refuse(name, detail).with("allowed_values", allowed)
            })
        };
        self.values(name)?.into_iter().map(read).collect()
    }

    /// One word of a closed list.
    pub(crate) fn word<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Problem> {
        self.text(name)?;
        Ok(self.words(name, all, word)?.pop())
    }

    /// Ids.
    pub(crate) fn ids<T>(&self, name: &str, id: impl Fn(Uuid) -> T) -> Result<Vec<T>, Problem> {
        let values = self.values(name)?.into_iter();
        values.map(|text| read_id(name, text).map(&id)).collect()
    }

    /// One id.
    pub(crate) fn id<T>(&self, name: &str, id: impl Fn(Uuid) -> T) -> Result<Option<T>, Problem> {
        let text = self.text(name)?;
        text.map(|text| read_id(name, text).map(id)).transpose()
    }
}

/// Reads an id that stands in a parameter or in the path.
pub(crate) fn read_id(name: &str, text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text)
        .map_err(|_| refuse(name, format!("The parameter {name} is {text:?}, which is not a UUID.")))
}

/// The refusal of one parameter.
pub(crate) fn refuse(name: &str, detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::MalformedRequest, detail).with("parameter", name)
}
