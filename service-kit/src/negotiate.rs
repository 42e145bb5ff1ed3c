//! Choosing a representation by `Accept` (RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, header};

use crate::{Problem, ProblemCode};

/// The representations a service may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Representation {
    /// One JSON document.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON document a line.
    Ndjson,
    /// Server-sent events.
    EventStream,
}

impl Representation {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::EventStream => "text/event-stream",
        }
    }

    /// The one of `offered` that the client likes best; on a tie the one offered first. Without
    /// an `Accept` header, the first.
    ///
    /// # Errors
    /// `not-acceptable`, naming what is offered.
    ///
    /// # Panics
    /// If nothing is offered: a bug of the caller.
    pub fn negotiate(headers: &HeaderMap, offered: &[Self]) -> Result<Self, Problem> {
        let first = *offered.first().expect("something is offered");
        let ranges = ranges_of(headers);
        if ranges.is_empty() {
            return Ok(first);
        }
        let mut best = None;
        for &candidate in offered {
            let quality = quality_of(candidate.media_type(), &ranges);
            if quality > best.map_or(0, |(_, quality)| quality) {
                best = Some((candidate, quality));
            }
        }
        best.map(|(candidate, _)| candidate).ok_or_else(|| not_acceptable(offered))
    }
}

/// One media range; the quality in thousandths.
struct Range<'a> {
    media: &'a str,
    quality: u16,
}

fn ranges_of(headers: &HeaderMap) -> Vec<Range<'_>> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(parse_range)
        .collect()
}

fn parse_range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().filter(|media| media.contains('/'))?;
    let quality = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1000), |(_, value)| parse_quality(value.trim()))?;
    Some(Range { media, quality })
}

/// Reads `0`, `0.5`, `1.000`: at most three digits after the point, at most one.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The quality of the most specific range that covers `media_type`; 0 if none does.
fn quality_of(media_type: &str, ranges: &[Range<'_>]) -> u16 {
    let specificity = |range: &Range<'_>| {
        if range.media.eq_ignore_ascii_case(media_type) {
            return Some(2);
        }
        if range.media == "*/*" {
            return Some(0);
        }
        let (range_main, range_sub) = range.media.split_once('/')?;
        let (main, _) = media_type.split_once('/')?;
        (range_sub == "*" && range_main.eq_ignore_ascii_case(main)).then_some(1)
    };
    ranges
        .iter()
        .filter_map(|range| specificity(range).map(|s| (s, range.quality)))
        .max()
        .map_or(0, |(_, quality)| quality)
}

fn not_acceptable(offered: &[Representation]) -> Problem {
    let types: Vec<_> = offered.iter().map(|offer| offer.media_type()).collect();
    Problem::new(ProblemCode::NotAcceptable, format!("This is offered as {}.", types.join(", ")))
        .with("offered", types)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::Representation::{Csv, EventStream, Json, Ndjson};
    use super::*;

    fn choose(accept: &str) -> Result<Representation, ProblemCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        Representation::negotiate(&headers, &[Json, Csv, Ndjson]).map_err(|problem| problem.code())
    }

    #[test]
    fn without_a_wish_the_first_is_taken() {
        assert_eq!(Representation::negotiate(&HeaderMap::new(), &[EventStream]).unwrap(), EventStream);
        assert_eq!(choose("*/*"), Ok(Json));
        assert_eq!(choose(""), Ok(Json));
    }

    #[test]
    fn the_best_quality_wins_and_the_more_specific_range_counts() {
        assert_eq!(choose("text/csv"), Ok(Csv));
        assert_eq!(choose("Text/CSV; charset=utf-8"), Ok(Csv));
        assert_eq!(choose("text/*;q=0.5, application/x-ndjson;q=0.6"), Ok(Ndjson));
        assert_eq!(choose("application/json;q=0.1, */*;q=0.9"), Ok(Csv));
        assert_eq!(choose("text/html, application/xhtml+xml, */*;q=0.8"), Ok(Json));
    }

    #[test]
    fn what_is_refused_or_not_offered_is_not_sent() {
        assert_eq!(choose("text/html"), Err(ProblemCode::NotAcceptable));
        assert_eq!(choose("application/json;q=0"), Err(ProblemCode::NotAcceptable));
        assert_eq!(choose("text/event-stream"), Err(ProblemCode::NotAcceptable));
        assert_eq!(choose("application/json;q=0, */*"), Ok(Csv));
    }

    #[test]
    fn a_range_that_cannot_be_read_counts_for_nothing() {
        assert_eq!(choose("text/csv;q=2, application/x-ndjson;q=0.001"), Ok(Ndjson));
    }
}
