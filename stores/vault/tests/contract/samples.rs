//! Persons and tokens to test with.

use chrono::{DateTime, Utc};
use itam_vault::{PersonDetails, TokenRecord};
use uuid::Uuid;

pub(super) fn person(number: u128) -> Uuid {
    Uuid::from_u128(0x1000 + number)
}

pub(super) fn named(name: &str, username: &str) -> PersonDetails {
    PersonDetails { username: Some(username.to_owned()), ..PersonDetails::new(name) }
}

pub(super) fn token(number: u128) -> TokenRecord {
    TokenRecord {
        id: Uuid::from_u128(0x2000 + number),
        name: format!("token {number}"),
        role: "auditor".to_owned(),
        token_hash: format!("{number:064x}"),
        created_at: at(1_000),
        revoked_at: None,
        person_id: None,
        expires_at: None,
        created_by: None,
    }
}

/// The same, with everything that a token can have.
pub(super) fn ending_token(number: u128) -> TokenRecord {
    TokenRecord {
        person_id: Some(person(number)),
        expires_at: Some(at(9_000)),
        created_by: Some(person(9).to_string()),
        ..token(number)
    }
}

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a small time is in range")
}
