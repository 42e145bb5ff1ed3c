//! Whose the ids are that stand in the events as actors: the tokens behind them.

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_vault::TokenRecord;
use serde_json::{Value, json};

use super::journal_and_tokens::tokens;
use super::log_pass::EventsByActor;
use super::period::Period;
use super::section::Section;
use super::written;
use crate::audit::place::PlaceArgs;
use crate::failure::Failure;

const COLUMNS: &[&str] = &[
    "actor",
    "actor_kind",
    "count",
    "token",
    "name",
    "role",
    "person",
    "made",
    "made_by",
    "expires",
    "revoked",
];

/// Everybody who has acted, with each token that can have been used for it: of a token that is tied to
/// nobody its own, of a person all that were made for her. Persons are named by their ids, since a report
/// outlives an erasure.
pub(super) async fn actors(
    place: &PlaceArgs,
    period: &Period,
    acted: &EventsByActor,
) -> Result<Section, Failure> {
    let mut section = Section::new("actors", "Who acted", COLUMNS).map_err(written)?;
    let found = tokens(place).await?;
    section.note = match &found {
        Some(_) => {
            "A person has a row for each of her tokens, all with the same count: an event names her, and not which \
             of them was used. Persons are named by their ids. A row without a token is of an actor of whom the \
             tokens know nothing."
                .to_owned()
        }
        None => "No tokens were given.".to_owned(),
    };
    let tokens = found.unwrap_or_default();
    for ((actor, kind), count) in acted {
        let mut has_token = false;
        // What was made after the period was used for nothing in it.
        for token in tokens.iter().filter(|token| is_of(token, actor) && token.created_at <= period.to) {
            has_token = true;
            section.push(&row(actor, kind, *count, token, period.to)).map_err(written)?;
        }
        if !has_token {
            let row = json!({"actor": actor, "actor_kind": kind, "count": count});
            section.push(&row).map_err(written)?;
        }
    }
    Ok(section)
}

/// Whether the token's events name this actor.
fn is_of(token: &TokenRecord, actor: &str) -> bool {
    token.person_id.unwrap_or(token.id).to_string() == actor
}

/// A token as it was at the end of the period, so that the same period gives the same row.
fn row(actor: &str, kind: &str, count: u64, token: &TokenRecord, to: DateTime<Utc>) -> Value {
    json!({
        "actor": actor, "actor_kind": kind, "count": count, "token": token.id, "name": token.name,
        "role": token.role, "person": token.person_id, "made": format_instant(token.created_at),
        "made_by": token.created_by, "expires": token.expires_at.map(format_instant),
        "revoked": token.revoked_at.filter(|at| *at <= to).map(format_instant),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("small")
    }

    fn token(person_id: Option<Uuid>) -> TokenRecord {
        TokenRecord {
            id: Uuid::from_u128(1),
            name: "nightly import".to_owned(),
            role: "service".to_owned(),
            token_hash: "secret".to_owned(),
            created_at: at(1),
            revoked_at: Some(at(9)),
            person_id,
            expires_at: Some(at(20)),
            created_by: None,
        }
    }

    #[test]
    fn a_token_acts_as_its_person_or_as_itself() {
        let (own, person) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2));
        assert!(is_of(&token(None), &own) && !is_of(&token(Some(person)), &own));
        assert!(is_of(&token(Some(person)), &person.to_string()) && !is_of(&token(None), "somebody"));
    }

    #[test]
    fn a_row_tells_of_the_token_as_it_was_at_the_end_of_the_period_and_no_secret() {
        let revoked = |to| row("a", "service", 3, &token(None), at(to))["revoked"].clone();
        assert_eq!((revoked(8), revoked(9)), (Value::Null, json!("1970-01-01T00:00:09.000Z")));
        let row = row("a", "service", 3, &token(None), at(9));
        assert!(!row.to_string().contains("secret"), "{row}");
        assert_eq!((&row["name"], &row["count"]), (&json!("nightly import"), &json!(3)));
    }
}
