//! The two times of a question: `as_of` says what of the world is asked about, `known_at` how much
//! of the log is considered.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use itam_domain::format_instant;
use itam_read_model::{Moment, Snapshot};
use itam_service_kit::{Problem, ProblemCode};
use serde::Serialize;

use crate::parameters::{Parameters, refuse};
use crate::read_problem::read_problem;
use crate::row::instant::Instant;

/// A time as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// An instant; a day stands for its last millisecond, in UTC.
    Instant(DateTime<Utc>),
    /// A position of the log.
    Position(u64),
}

/// What a request says of the two times; what it leaves out is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AskedTimes {
    pub(crate) as_of: Option<DateTime<Utc>>,
    pub(crate) known_at: Option<Time>,
}

/// Whether a question makes sense about a time to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FutureMoment {
    /// Nobody knows what will be true then.
    Refused,
    /// What is known now says what will be due then.
    Foreseen,
}

/// The moment that an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnswerMoment {
    /// What the register is asked.
    pub(crate) moment: Moment,
    /// What days are counted by: the moment's instant, or one to come.
    pub(crate) as_of: DateTime<Utc>,
    /// Until when the register had learnt what it says: the instant that was asked for, or else
    /// the one at which the position was stored.
    known_time: Option<DateTime<Utc>>,
    /// Whether the same question means the same moment for ever.
    pub(crate) is_fixed: bool,
}

/// What was true at one time, as far as was known at another.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Moment"))]
pub(crate) struct MomentRow {
    /// The instant that is asked about: what was true then.
    as_of: Instant,
    /// How much of the log is considered.
    known_at: KnownRow,
}

/// How much of the log an answer considers.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "KnownAt"))]
struct KnownRow {
    /// The last position of the log that the answer considers.
    position: u64,
    /// The instant that `known_at` names, or at which the position was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Instant>,
}

// A row, and the moment that it is about. It is described as the row is, so this is no doc comment.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "{T}"))]
pub(crate) struct AtMoment<'a, T> {
    #[serde(flatten)]
    pub(crate) row: &'a T,
    #[serde(flatten)]
    pub(crate) moment: Option<MomentRow>,
}

impl Time {
    /// Reads a time that stands in a parameter.
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, Problem> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let position = text.parse().map(Self::Position);
            return position
                .map_err(|_| refuse(name, format!("The parameter {name} is no position: {text}.")));
        }
        read_instant(text).map(Self::Instant).ok_or_else(|| {
            let forms =
                "a day such as 2026-03-31, an instant such as 2026-03-31T12:00:00Z (write a + as %2B)";
            refuse(name, format!("The parameter {name} is {text:?}: it takes {forms}, or a position."))
        })
    }
}

/// Reads an instant, to the millisecond as the log has them, or a day.
fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    if let Some(next) = day.and_then(|day| day.succ_opt()) {
        return Some(next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::milliseconds(1));
    }
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    DateTime::from_timestamp_millis(instant.timestamp_millis())
}

impl AskedTimes {
    /// Reads the two times of a request.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let time = |name| parameters.text(name)?.map(|text| Time::read(name, text)).transpose();
        let as_of = match time("as_of")? {
            None => None,
            Some(Time::Instant(instant)) => Some(instant),
            Some(Time::Position(_)) => {
                let detail = "The parameter as_of takes a day or an instant; known_at takes positions too.";
                return Err(refuse("as_of", detail));
            }
        };
        let known_at = time("known_at")?;
        if known_at == Some(Time::Position(0)) {
            return Err(refuse("known_at", "The parameter known_at is 0: positions begin at 1."));
        }
        Ok(Self { as_of, known_at })
    }

    /// Whether it says anything: else the answer is of the present.
    pub(crate) fn says_anything(self) -> bool {
        self != Self::default()
    }

    /// The moment that is meant. What is left out is as `pin` has it, the moment of the page
    /// before; or else now.
    pub(crate) fn resolve(
        self,
        snapshot: &Snapshot,
        applied: u64,
        now: DateTime<Utc>,
        pin: Option<Moment>,
        future: FutureMoment,
    ) -> Result<AnswerMoment, Problem> {
        let as_of = self.as_of.or(pin.map(|pin| pin.as_of)).unwrap_or(now);
        if let Some(asked) = self.as_of {
            check_as_of(snapshot, asked, now, future)?;
        }
        let (known_at, is_settled) = match self.known_at {
            None => (pin.map_or(applied, |pin| pin.known_at), false),
            Some(Time::Position(position)) => (check_position("known_at", position, applied)?, true),
            Some(Time::Instant(instant)) => {
                let position = match pin {
                    Some(pin) => pin.known_at,
                    None => position_at(snapshot, instant, now)?.min(applied),
                };
                // Only a message that was stored later proves that nothing more is known by then.
                (position, position < applied)
            }
        };
        let known_time = match self.known_at {
            Some(Time::Instant(instant)) => Some(instant),
            _ => snapshot.stored_at(known_at).map_err(|error| read_problem(&error))?,
        };
        let moment = Moment { as_of: as_of.min(now), known_at };
        let is_fixed = self.as_of.is_some_and(|asked| asked <= now) && is_settled;
        Ok(AnswerMoment { moment, as_of, known_time, is_fixed })
    }
}

impl AnswerMoment {
    pub(crate) fn row(&self) -> MomentRow {
        let known_at = KnownRow { position: self.moment.known_at, time: self.known_time.map(Instant) };
        MomentRow { as_of: Instant(self.as_of), known_at }
    }
}

fn check_as_of(
    snapshot: &Snapshot,
    asked: DateTime<Utc>,
    now: DateTime<Utc>,
    future: FutureMoment,
) -> Result<(), Problem> {
    if asked > now && future == FutureMoment::Refused {
        return Err(in_future("as_of", asked, now));
    }
    check_not_before_history("as_of", snapshot, asked)
}

/// Refuses an instant before the first thing that happened.
pub(crate) fn check_not_before_history(
    name: &str,
    snapshot: &Snapshot,
    asked: DateTime<Utc>,
) -> Result<(), Problem> {
    let first = snapshot.first_effective().map_err(|error| read_problem(&error))?;
    let asked_text = format_instant(asked);
    let problem = |detail| Problem::new(ProblemCode::MomentBeforeHistory, detail).with("parameter", name);
    match first {
        None => Err(problem(format!("The parameter {name} means {asked_text}; nothing has happened yet."))),
        Some(first) if asked < first => {
            let first = format_instant(first);
            let detail =
                format!("The parameter {name} means {asked_text}; the first thing happened at {first}.");
            Err(problem(detail).with("first_effective_time", first))
        }
        Some(_) => Ok(()),
    }
}

/// Refuses a position that is not applied yet.
pub(crate) fn check_position(name: &str, position: u64, applied: u64) -> Result<u64, Problem> {
    if position <= applied {
        return Ok(position);
    }
    let detail =
        format!("The parameter {name} is {position}; the read model has applied position {applied}.");
    Err(Problem::new(ProblemCode::MomentInFuture, detail)
        .with("parameter", name)
        .with("applied_position", applied))
}

/// The position up to which the register had learnt by an instant.
fn position_at(snapshot: &Snapshot, instant: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, Problem> {
    if instant > now {
        return Err(in_future("known_at", instant, now));
    }
    match snapshot.position_at(instant).map_err(|error| read_problem(&error))? {
        0 => {
            let instant = format_instant(instant);
            let detail = format!("The parameter known_at means {instant}; the log held nothing then.");
            Err(Problem::new(ProblemCode::MomentBeforeHistory, detail).with("parameter", "known_at"))
        }
        position => Ok(position),
    }
}

/// Refuses an instant to come.
pub(crate) fn in_future(name: &str, asked: DateTime<Utc>, now: DateTime<Utc>) -> Problem {
    let (asked, now) = (format_instant(asked), format_instant(now));
    let detail = format!("The parameter {name} means {asked}; it is {now} now.");
    Problem::new(ProblemCode::MomentInFuture, detail).with("parameter", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Time {
        Time::Instant(text.parse().expect("an instant"))
    }

    #[test]
    fn a_time_is_a_day_an_instant_or_a_position() {
        for (text, expected) in [
            ("4711", Time::Position(4711)),
            ("2026-03-31", instant("2026-03-31T23:59:59.999Z")),
            ("2026-03-31T12:00:00Z", instant("2026-03-31T12:00:00Z")),
            ("2026-03-31T14:00:00.0009+02:00", instant("2026-03-31T12:00:00Z")),
        ] {
            assert_eq!(Time::read("as_of", text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_by_its_name() {
        for text in [
            "yesterday",
            "2026-3-1",
            "2026-02-30",
            "31.03.2026",
            "2026-03-31T12:00:00",
            "2026-03-31T14:00:00 02:00",
            "+2026",
            "99999999999999999999",
            "-1",
        ] {
            let problem = Time::read("known_at", text).expect_err(text);
            assert_eq!(problem.code(), ProblemCode::MalformedRequest, "{text}");
            assert!(problem.detail().contains("known_at"), "{text}: {}", problem.detail());
        }
    }
}
