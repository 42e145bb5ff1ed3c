//! The reading room: read API, exports, live changes.
