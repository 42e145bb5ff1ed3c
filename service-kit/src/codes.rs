//! Every problem code there is, in one table: code, HTTP status, title.
//!
//! Each code has a page `docs/problems/<code>.md`; a test holds the two lists equal.

use axum::http::StatusCode;

// A macro, because the variants, their rows and `ALL` must never drift apart.
macro_rules! problem_codes {
    ($($(#[$doc:meta])+ $variant:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// What kind of problem an answer reports (RFC 9457 `type`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $($(#[$doc])+ $variant,)+ }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands on the wire, in kebab case.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// A short summary, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// RFC 9457 `type`: a relative reference to the page that explains the code.
            #[must_use]
            pub const fn type_reference(self) -> &'static str {
                match self { $(Self::$variant => concat!("/problems/", $code),)+ }
            }
        }
    };
}

problem_codes! {
    /// The body is not JSON.
    MalformedJson = "malformed-json", BAD_REQUEST, "The body is not well-formed JSON";
    /// A header, path or query parameter cannot be read.
    MalformedRequest = "malformed-request", BAD_REQUEST, "The request cannot be read";
    /// A cursor that this service did not make, or made for another query.
    CursorInvalid = "cursor-invalid", BAD_REQUEST, "The cursor is not valid here";
    /// `as_of` or `known_at` names a time to come, or a position that is not applied yet.
    MomentInFuture = "moment-in-future", BAD_REQUEST, "The moment is still to come";
    /// `as_of` or `known_at` names a time before the first event.
    MomentBeforeHistory = "moment-before-history", BAD_REQUEST, "The moment lies before the history";
    /// No usable bearer token.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "A valid bearer token is needed";
    /// The role may not do this.
    Forbidden = "forbidden", FORBIDDEN, "Your role does not permit this";
    /// Nothing is there.
    NotFound = "not-found", NOT_FOUND, "There is nothing here";
    /// No command has this name.
    UnknownCommand = "unknown-command", NOT_FOUND, "There is no such command";
    /// The path exists, the method does not.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// No representation that the client accepts.
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE, "No acceptable representation is available";
    /// A rule of the business says no.
    RejectedByRule = "rejected-by-rule", CONFLICT, "A rule refuses this";
    /// A unique value has another holder.
    AlreadyHeld = "already-held", CONFLICT, "A unique value is already held";
    /// The aggregate's history holds an event that this build cannot read, so nothing is decided
    /// about it.
    HistoryUnreadable = "history-unreadable", CONFLICT, "The history cannot be read by this build";
    /// The register shown is one of the past, and what is asked lies beyond its end.
    HistoricRegister = "historic-register", CONFLICT, "This register is one of the past";
    /// What is to be proven came after the newest checkpoint.
    ProofBeyondCheckpoint = "proof-beyond-checkpoint", CONFLICT, "The checkpoint does not cover this";
    /// Too many writers at once; trying again helps.
    Contended = "contended", CONFLICT, "Others are changing the same thing right now";
    /// `If-Match` names another version than the current one.
    VersionDiffers = "version-differs", PRECONDITION_FAILED, "The version is not the expected one";
    /// The body is larger than the limit.
    PayloadTooLarge = "payload-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// One line of a line-wise body is longer than the limit.
    LineTooLong = "line-too-long", PAYLOAD_TOO_LARGE, "A line is too long";
    /// The body is of a media type that is not taken here.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE,
        "The media type is not supported";
    /// The body is in an encoding, such as gzip, that is not taken here.
    UnsupportedEncoding = "unsupported-encoding", UNSUPPORTED_MEDIA_TYPE,
        "The content encoding is not supported";
    /// Too many lines of a line-wise body were no commands.
    TooManyBadLines = "too-many-bad-lines", BAD_REQUEST, "Too many lines are no commands";
    /// The body has a field that does not exist.
    UnknownField = "unknown-field", UNPROCESSABLE_ENTITY, "A field is not known";
    /// An object of the body has a field twice.
    DuplicateField = "duplicate-field", UNPROCESSABLE_ENTITY, "A field stands there twice";
    /// A value has the wrong type, form or range, or is missing.
    InvalidValue = "invalid-value", UNPROCESSABLE_ENTITY, "A value is not acceptable";
    /// A value names something that does not exist.
    UnknownReference = "unknown-reference", UNPROCESSABLE_ENTITY,
        "A value refers to something that does not exist";
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY,
        "The idempotency key was used for another request";
    /// The client asks faster than it may.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    /// A bug, or a fault that has no code of its own.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    /// The log cannot be reached or takes no writes.
    LogUnavailable = "log-unavailable", SERVICE_UNAVAILABLE, "The log is not available";
    /// The service is starting, catching up, stopping or full.
    NotReady = "not-ready", SERVICE_UNAVAILABLE, "The service is not ready";
    /// The read model did not reach the asked position in time.
    PositionNotReached = "position-not-reached", GATEWAY_TIMEOUT,
        "The read model has not reached the position";
    /// The request took longer than the limit.
    TimedOut = "timed-out", GATEWAY_TIMEOUT, "The request took too long";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_in_kebab_case() {
        let codes: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        for code in codes {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        }
    }

    #[test]
    fn every_code_is_an_error_and_points_to_its_page() {
        for code in ProblemCode::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert_eq!(code.type_reference(), format!("/problems/{}", code.code()));
        }
    }
}
