//! What a client is told when the read model does not answer.

use std::time::Duration;

use itam_read_model::ReadModelError;
use itam_service_kit::{Problem, ProblemCode};

use crate::cursor;

/// The problem of a read model that does not answer.
pub(crate) fn read_problem(error: &ReadModelError) -> Problem {
    match error {
        ReadModelError::Cursor => cursor::invalid(),
        ReadModelError::NotBuilt(_) => {
            let detail = "The read model is not there yet: it is being built or repaired.";
            Problem::fault(ProblemCode::NotReady, detail, error).retry_after(Duration::from_secs(1))
        }
        error if error.is_newer() => {
            let detail =
                "The read model was built by a newer itam than this query service, which has to be upgraded.";
            Problem::fault(ProblemCode::NotReady, detail, error)
        }
        other => Problem::internal(other),
    }
}
