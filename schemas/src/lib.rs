//! The contracts: JSON Schemas, golden samples, OpenAPI, AsyncAPI.
