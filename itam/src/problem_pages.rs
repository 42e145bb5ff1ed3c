//! The pages that problem types point to, as they stand under `docs/problems/`.

use itam_service_kit::ProblemCode;

/// Every problem code with its page.
pub(crate) const PROBLEM_PAGES: &[(ProblemCode, &str)] = &[
    (ProblemCode::MalformedJson, include_str!("../../docs/problems/malformed-json.md")),
    (ProblemCode::MalformedRequest, include_str!("../../docs/problems/malformed-request.md")),
    (ProblemCode::CursorInvalid, include_str!("../../docs/problems/cursor-invalid.md")),
    (ProblemCode::MomentInFuture, include_str!("../../docs/problems/moment-in-future.md")),
    (ProblemCode::MomentBeforeHistory, include_str!("../../docs/problems/moment-before-history.md")),
    (ProblemCode::Unauthenticated, include_str!("../../docs/problems/unauthenticated.md")),
    (ProblemCode::Forbidden, include_str!("../../docs/problems/forbidden.md")),
    (ProblemCode::NotFound, include_str!("../../docs/problems/not-found.md")),
    (ProblemCode::UnknownCommand, include_str!("../../docs/problems/unknown-command.md")),
    (ProblemCode::MethodNotAllowed, include_str!("../../docs/problems/method-not-allowed.md")),
    (ProblemCode::NotAcceptable, include_str!("../../docs/problems/not-acceptable.md")),
    (ProblemCode::RejectedByRule, include_str!("../../docs/problems/rejected-by-rule.md")),
    (ProblemCode::AlreadyHeld, include_str!("../../docs/problems/already-held.md")),
    (ProblemCode::HistoryUnreadable, include_str!("../../docs/problems/history-unreadable.md")),
    (ProblemCode::HistoricRegister, include_str!("../../docs/problems/historic-register.md")),
    (ProblemCode::ProofBeyondCheckpoint, include_str!("../../docs/problems/proof-beyond-checkpoint.md")),
    (ProblemCode::Contended, include_str!("../../docs/problems/contended.md")),
    (ProblemCode::VersionDiffers, include_str!("../../docs/problems/version-differs.md")),
    (ProblemCode::PayloadTooLarge, include_str!("../../docs/problems/payload-too-large.md")),
    (ProblemCode::LineTooLong, include_str!("../../docs/problems/line-too-long.md")),
    (ProblemCode::UnsupportedMediaType, include_str!("../../docs/problems/unsupported-media-type.md")),
    (ProblemCode::UnsupportedEncoding, include_str!("../../docs/problems/unsupported-encoding.md")),
    (ProblemCode::TooManyBadLines, include_str!("../../docs/problems/too-many-bad-lines.md")),
    (ProblemCode::DuplicateField, include_str!("../../docs/problems/duplicate-field.md")),
    (ProblemCode::UnknownField, include_str!("../../docs/problems/unknown-field.md")),
    (ProblemCode::InvalidValue, include_str!("../../docs/problems/invalid-value.md")),
    (ProblemCode::UnknownReference, include_str!("../../docs/problems/unknown-reference.md")),
    (ProblemCode::IdempotencyKeyReused, include_str!("../../docs/problems/idempotency-key-reused.md")),
    (ProblemCode::TooManyRequests, include_str!("../../docs/problems/too-many-requests.md")),
    (ProblemCode::Internal, include_str!("../../docs/problems/internal.md")),
    (ProblemCode::LogUnavailable, include_str!("../../docs/problems/log-unavailable.md")),
    (ProblemCode::NotReady, include_str!("../../docs/problems/not-ready.md")),
    (ProblemCode::PositionNotReached, include_str!("../../docs/problems/position-not-reached.md")),
    (ProblemCode::TimedOut, include_str!("../../docs/problems/timed-out.md")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_code_has_its_own_page_once() {
        assert_eq!(PROBLEM_PAGES.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            let mut pages = PROBLEM_PAGES.iter().filter(|(of, _)| of == code).map(|(_, page)| page);
            let page = pages.next().unwrap_or_else(|| panic!("{code:?} has no page"));
            assert!(pages.next().is_none(), "{code:?} has two pages");
            let named = format!("`{}`, HTTP status", code.code());
            assert!(page.contains(&named), "the page of {code:?} is that of another: {page}");
        }
    }
}
