//! The two moments of a comparison: two instants of the world, as far as is known at one position;
//! or two positions, of the world as of one instant.

use itam_read_model::Moment;
use itam_service_kit::Problem;

use crate::moment::{
    AnswerMoment, AskedTimes, FutureMoment, Time, check_not_before_history, check_position, in_future,
};
use crate::parameters::{Parameters, refuse};
use crate::query_parameter::{ParameterValues, QueryParameter};
use crate::view::AnswerView;

/// The parameters that name the two moments.
pub(crate) const SPAN: &[QueryParameter] = &[
    QueryParameter::required(
        "from",
        "The first moment: a day (its end, UTC) or an instant, compared as far as is known at known_at; or a position, \
         compared as of as_of.",
        ParameterValues::Time("2026-03-17"),
    ),
    QueryParameter::required(
        "to",
        "The second moment, of the same sort and not before the first.",
        ParameterValues::Time("2026-03-31"),
    ),
];

/// What a request says of the two moments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    from: Time,
    to: Time,
    /// What both share.
    shared: AskedTimes,
}

impl Span {
    /// Reads the two moments of a request.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let time = |name| {
            let missing = || {
                refuse(
                    name,
                    format!("The parameter {name} is missing: it takes a day, an instant or a position."),
                )
            };
            Time::read(name, parameters.text(name)?.ok_or_else(missing)?)
        };
        let (from, to) = (time("from")?, time("to")?);
        let taken = match (from, to) {
            (Time::Instant(from), Time::Instant(to)) if from <= to => "as_of",
            (Time::Position(from), Time::Position(to)) if from <= to => "known_at",
            (Time::Instant(_), Time::Instant(_)) | (Time::Position(_), Time::Position(_)) => {
                return Err(refuse("to", "The parameter to lies before from."));
            }
            _ => {
                return Err(refuse(
                    "to",
                    "One of from and to is a time, the other a position: name two of a sort.",
                ));
            }
        };
        if parameters.has(taken) {
            return Err(refuse(taken, format!("The parameter {taken} is said by from and to already.")));
        }
        Ok(Self { from, to, shared: AskedTimes::read(parameters)? })
    }

    /// The two moments; what the request leaves open is as in `pin`, the page before.
    pub(crate) fn resolve(
        self,
        view: &AnswerView,
        pin: Option<Moment>,
    ) -> Result<(AnswerMoment, AnswerMoment), Problem> {
        Ok((self.end("from", self.from, view, pin)?, self.end("to", self.to, view, pin)?))
    }

    fn end(
        self,
        name: &str,
        time: Time,
        view: &AnswerView,
        pin: Option<Moment>,
    ) -> Result<AnswerMoment, Problem> {
        let asked = match time {
            Time::Instant(instant) if instant > view.now() => {
                return Err(in_future(name, instant, view.now()));
            }
            Time::Instant(instant) => {
                check_not_before_history(name, &view.snapshot, instant)?;
                AskedTimes { as_of: Some(instant), ..self.shared }
            }
            Time::Position(position) => {
                check_position(name, position, view.position())?;
                AskedTimes { known_at: Some(time), ..self.shared }
            }
        };
        asked.resolve(&view.snapshot, view.position(), view.now(), pin, FutureMoment::Refused)
    }
}
