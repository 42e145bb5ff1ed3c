//! Black-box system tests and their harness: processes, NATS servers, HTTP.
