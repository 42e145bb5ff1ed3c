//! Conditional requests: entity tags, `If-Match`, `If-None-Match` (RFC 9110 sections 8.8.3, 13.1).

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{Problem, ProblemCode};

/// The validator of one representation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    weak: bool,
    opaque: String,
}

/// The condition of an `If-Match` or `If-None-Match` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `*`: any representation at all.
    Any,
    /// One of these.
    Tags(Vec<EntityTag>),
}

impl EntityTag {
    /// A strong tag of a number, such as the version of an aggregate.
    #[must_use]
    pub fn of_version(version: u64) -> Self {
        Self { weak: false, opaque: version.to_string() }
    }

    /// A weak tag: the same facts, perhaps not the same bytes.
    ///
    /// # Panics
    /// If `opaque` has characters that an entity tag cannot have: a bug of the caller.
    #[must_use]
    pub fn weak(opaque: impl Into<String>) -> Self {
        let opaque = opaque.into();
        assert!(opaque.bytes().all(is_tag_byte), "{opaque:?} cannot be in an entity tag");
        Self { weak: true, opaque }
    }

    /// The number of a strong tag made by [`EntityTag::of_version`].
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        if self.weak { None } else { self.opaque.parse().ok() }
    }

    /// Strong comparison: both strong and the same.
    #[must_use]
    pub fn is_strongly(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison: the same, weak or not.
    #[must_use]
    pub fn is_weakly(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// The tag as a header value.
    ///
    /// # Panics
    /// Never: a tag has only visible ASCII and obs-text.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).expect("a tag has only header characters")
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque)
    }
}

impl Condition {
    /// The request's `If-Match`, if it has one.
    ///
    /// # Errors
    /// `malformed-request` if it cannot be read: ignoring it could overwrite another's change.
    pub fn if_match(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        Self::of(headers, &header::IF_MATCH)
    }

    /// The request's `If-None-Match`, if it has one.
    ///
    /// # Errors
    /// `malformed-request` if it cannot be read.
    pub fn if_none_match(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        Self::of(headers, &header::IF_NONE_MATCH)
    }

    /// Whether `current` fulfils an `If-Match`: by strong comparison.
    #[must_use]
    pub fn matches_strongly(&self, current: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag.is_strongly(current)),
        }
    }

    /// Whether `current` is one of an `If-None-Match`, so that a GET answers 304: by weak
    /// comparison.
    #[must_use]
    pub fn matches_weakly(&self, current: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag.is_weakly(current)),
        }
    }

    fn of(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Problem> {
        if !headers.contains_key(name) {
            return Ok(None);
        }
        let refuse = || {
            let detail = format!("The header {name} is neither * nor a list of quoted entity tags.");
            Problem::new(ProblemCode::MalformedRequest, detail)
        };
        let mut tags = Vec::new();
        for value in headers.get_all(name) {
            let text = value.to_str().map_err(|_| refuse())?.trim();
            if text == "*" {
                return Ok(Some(Self::Any));
            }
            parse_tags(text, &mut tags).ok_or_else(refuse)?;
        }
        if tags.is_empty() { Err(refuse()) } else { Ok(Some(Self::Tags(tags))) }
    }
}

/// Reads `"a", W/"b"` into `tags`.
fn parse_tags(mut text: &str, tags: &mut Vec<EntityTag>) -> Option<()> {
    loop {
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(is_tag_byte) {
            return None;
        }
        tags.push(EntityTag { weak, opaque: opaque.to_owned() });
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Some(());
        }
        text = rest.strip_prefix(',')?.trim_start();
    }
}

/// RFC 9110 `etagc` without the double quote.
fn is_tag_byte(byte: u8) -> bool {
    byte == 0x21 || (0x23..=0x7e).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(value: &str) -> Result<Option<Condition>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
        Condition::if_match(&headers)
    }

    #[test]
    fn a_version_matches_itself_strongly() {
        let condition = if_match("\"6\", \"7\"").unwrap().unwrap();
        assert!(condition.matches_strongly(&EntityTag::of_version(7)));
        assert!(!condition.matches_strongly(&EntityTag::of_version(8)));
        assert_eq!(EntityTag::of_version(7).version(), Some(7));
    }

    #[test]
    fn a_weak_tag_never_matches_strongly() {
        let condition = if_match("W/\"7\"").unwrap().unwrap();
        assert!(!condition.matches_strongly(&EntityTag::of_version(7)));
        assert!(condition.matches_weakly(&EntityTag::of_version(7)));
        assert!(condition.matches_weakly(&EntityTag::weak("7")));
    }

    #[test]
    fn a_star_matches_everything_and_no_header_is_no_condition() {
        assert!(if_match("*").unwrap().unwrap().matches_strongly(&EntityTag::of_version(1)));
        assert_eq!(Condition::if_match(&HeaderMap::new()).unwrap(), None);
        assert_eq!(Condition::if_none_match(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused_not_ignored() {
        for bad in ["7", "\"7", "\"7\" \"8\"", "\"7\",", "w/\"7\"", ""] {
            assert_eq!(if_match(bad).unwrap_err().code(), ProblemCode::MalformedRequest, "{bad}");
        }
    }

    #[test]
    fn tags_print_as_headers() {
        assert_eq!(EntityTag::of_version(3).to_header(), "\"3\"");
        assert_eq!(EntityTag::weak("9-1").to_header(), "W/\"9-1\"");
    }
}
