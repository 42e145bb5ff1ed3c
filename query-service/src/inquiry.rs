//! What a request asks: by whom, with which parameters, under which conditions.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use itam_domain::PersonId;
use itam_read_model::{MAX_PAGE, Moment};
use itam_service_kit::{ActorKind, Caller, Condition, EntityTag, Problem, ProblemCode, Representation};
use sha2::{Digest, Sha256};

use crate::cursor::{Bookmark, PageStart, QueryHash};
use crate::parameters::Parameters;
use crate::permission::{Query, Reach, reach, sees_personal_data};
use crate::view::AnswerView;

/// How many items a page has unless asked otherwise.
const DEFAULT_PAGE: usize = 50;
/// The parameters that do not change which list is asked for.
const ABOUT_THE_PAGE: [&str; 4] = ["cursor", "limit", "min_position", "wait_ms"];

/// What a request asks.
#[derive(Debug)]
pub(crate) struct Inquiry {
    pub(crate) caller: Caller,
    pub(crate) parameters: Parameters,
    pub(crate) headers: HeaderMap,
    path: String,
}

/// Which run of a list is asked for.
pub(crate) struct Paging {
    /// How many items, if the request says so.
    pub(crate) limit: Option<usize>,
    pub(crate) from: PageStart,
    pub(crate) query: QueryHash,
}

impl Paging {
    /// How many items a JSON page has.
    pub(crate) fn page_limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE)
    }
}

impl<S: Sync> FromRequestParts<S> for Inquiry {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self {
            caller: Caller::from_request_parts(parts, state).await?,
            parameters: Parameters::read(&parts.uri)?,
            headers: parts.headers.clone(),
            path: parts.uri.path().to_owned(),
        })
    }
}

impl Inquiry {
    /// Refuses a role that may not ask this at all.
    pub(crate) fn require(&self, query: Query) -> Result<Reach, Problem> {
        let reach = reach(self.caller.0.role, query);
        self.caller.require(query.as_str(), |_| reach != Reach::None)?;
        Ok(reach)
    }

    /// Refuses a role that may ask this only about itself, unless it does.
    pub(crate) fn require_own(&self, query: Query, person: PersonId) -> Result<(), Problem> {
        let reach = self.require(query)?;
        let is_own = self.is_own(&person.to_string());
        self.caller.require(query.as_str(), |_| reach == Reach::All || is_own)
    }

    /// Whether what belongs to `owner` is the caller's own. Nothing is, behind a token that is tied to
    /// no person: the same rule as for commands (`Actor::person`).
    pub(crate) fn is_own(&self, owner: &str) -> bool {
        self.own_person() == Some(owner)
    }

    /// The person who asks, if the token is tied to one.
    pub(crate) fn own_person(&self) -> Option<&str> {
        let identity = &self.caller.0;
        (identity.actor_kind == ActorKind::Person).then_some(identity.actor.as_str())
    }

    pub(crate) fn sees_personal_data(&self) -> bool {
        sees_personal_data(self.caller.0.role)
    }

    pub(crate) fn representation(&self, offered: &[Representation]) -> Result<Representation, Problem> {
        Representation::negotiate(&self.headers, offered)
    }

    pub(crate) fn paging(&self) -> Result<Paging, Problem> {
        let limit = self.parameters.number("limit", 1..=MAX_PAGE as u64)?;
        let from = self.bookmark()?.map(|bookmark| bookmark.place).unwrap_or_default();
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        Ok(Paging { limit, from, query: self.query_hash() })
    }

    /// The moment of the page before, if there was one.
    pub(crate) fn pin(&self) -> Result<Option<Moment>, Problem> {
        Ok(self.bookmark()?.and_then(|bookmark| bookmark.pin))
    }

    fn bookmark(&self) -> Result<Option<Bookmark>, Problem> {
        let text = self.parameters.text("cursor")?;
        text.map(|text| Bookmark::read(text, self.query_hash())).transpose()
    }

    /// What identifies the list, whichever of its pages is asked for.
    fn query_hash(&self) -> QueryHash {
        let hash = self.digest(|name| !ABOUT_THE_PAGE.contains(&name)).finalize();
        QueryHash(*hash.first_chunk().expect("a digest is longer than eight bytes"))
    }

    /// The validator of an answer from `view`. The day is in it, because days are counted.
    pub(crate) fn list_tag(&self, view: &AnswerView, form: Representation) -> EntityTag {
        let position = view.position();
        let mut hash = self.digest(|name| !matches!(name, "min_position" | "wait_ms"));
        hash.update(form.media_type());
        hash.update(view.today().to_string());
        hash.update(self.caller.0.role.as_str());
        hash.update(&self.caller.0.actor);
        let hash = data_encoding::HEXLOWER.encode(&hash.finalize()[..8]);
        EntityTag::weak(format!("{position}-{hash}"))
    }

    /// Whether the client has this representation already.
    pub(crate) fn has_current(&self, tag: &EntityTag) -> Result<bool, Problem> {
        let condition = Condition::if_none_match(&self.headers)?;
        Ok(condition.is_some_and(|condition| condition.matches_weakly(tag)))
    }

    fn digest(&self, is_part: impl Fn(&str) -> bool) -> Sha256 {
        let pairs = self.parameters.pairs().iter();
        let mut parts: Vec<_> = pairs.filter(|(name, _)| is_part(name)).collect();
        parts.sort();
        let mut hash = Sha256::new();
        hash.update(&self.path);
        for (name, value) in parts {
            // Neither holds a zero byte, or the hash is another one: no harm.
            hash.update([0]);
            hash.update(name);
            hash.update([0]);
            hash.update(value);
        }
        hash
    }
}

/// There is no such thing.
pub(crate) fn not_found(what: &str, name: &str) -> Problem {
    Problem::new(ProblemCode::NotFound, format!("There is no {what} {name:?}."))
}
