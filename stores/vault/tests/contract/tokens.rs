//! The contract of a token store, through two handles as two processes have them.

use itam_tests::{eventually_within, promised_within};
use itam_vault::{TokenStore, VaultError};
use std::time::Duration;

use super::samples::{at, ending_token, token};

/// The longest until another process sees a change, as the operating guide promises.
const VISIBLE_WITHIN: Duration = Duration::from_secs(1);

/// Runs the whole contract on an empty store; `here` and `there` share it.
pub(super) async fn fulfils_the_contract(here: &dyn TokenStore, there: &dyn TokenStore) {
    a_created_token_is_found_everywhere(here, there).await;
    a_token_is_created_once(here).await;
    a_revoked_token_opens_nothing_anywhere(here, there).await;
    concurrent_writers_lose_nothing(here, there).await;
    a_token_keeps_its_end_and_its_maker(here, there).await;
    a_use_is_noted_at_most_every_ten_minutes(here, there).await;
    no_note_of_a_use_brings_a_revoked_token_back(here, there).await;
}

async fn found(store: &dyn TokenStore, number: u128) -> bool {
    store.find_by_hash(&token(number).token_hash).await.expect("the store works").is_some()
}

async fn a_created_token_is_found_everywhere(here: &dyn TokenStore, there: &dyn TokenStore) {
    assert!(!found(here, 1).await && !found(there, 1).await);
    here.create(token(1)).await.expect("the store works");
    let record =
        here.find_by_hash(&token(1).token_hash).await.expect("the store works").expect("it is there");
    assert_eq!(*record, token(1));
    eventually_within(promised_within(VISIBLE_WITHIN), "the token is known there", || async {
        found(there, 1).await.then_some(())
    })
    .await;
}

async fn a_token_is_created_once(here: &dyn TokenStore) {
    let again = here.create(token(1)).await;
    assert!(matches!(again, Err(VaultError::TokenExists(id)) if id == token(1).id));
}

async fn a_revoked_token_opens_nothing_anywhere(here: &dyn TokenStore, there: &dyn TokenStore) {
    here.create(token(2)).await.expect("the store works");
    there.revoke(token(1).id, at(2_000)).await.expect("the store works");
    there.revoke(token(1).id, at(3_000)).await.expect("the store works");
    assert!(!found(there, 1).await);
    eventually_within(promised_within(VISIBLE_WITHIN), "the token is revoked here", || async {
        (!found(here, 1).await).then_some(())
    })
    .await;
    assert!(found(here, 2).await);

    let listed = here.list().await.expect("the store works");
    let revoked: Vec<_> = listed.iter().map(|record| (record.id, record.revoked_at)).collect();
    assert_eq!(revoked, [(token(1).id, Some(at(2_000))), (token(2).id, None)]);
    let unknown = here.revoke(token(9).id, at(2_000)).await;
    assert!(matches!(unknown, Err(VaultError::UnknownToken(id)) if id == token(9).id));
}

async fn concurrent_writers_lose_nothing(here: &dyn TokenStore, there: &dyn TokenStore) {
    let creations = (100..120).map(|number| {
        let store = if number % 2 == 0 { here } else { there };
        store.create(token(number))
    });
    for outcome in futures_util::future::join_all(creations).await {
        outcome.expect("the store works");
    }
    assert_eq!(here.list().await.expect("the store works").len(), 22);
}

async fn a_token_keeps_its_end_and_its_maker(here: &dyn TokenStore, there: &dyn TokenStore) {
    let token = ending_token(200);
    here.create(token.clone()).await.expect("the store works");
    let listed = there.list().await.expect("the store works");
    assert!(listed.contains(&token), "what was just stored is not listed elsewhere");
    let found = here.find_by_hash(&token.token_hash).await.expect("the store works");
    assert_eq!(found.as_deref(), Some(&token), "an end that has come is the caller's to see");
    assert_eq!(here.find_by_id(token.id).as_deref(), Some(&token));
    assert!(!token.has_expired(at(8_999)) && token.has_expired(at(9_000)));
}

async fn noted(store: &dyn TokenStore, number: u128) -> Option<i64> {
    let uses = store.last_uses().await.expect("the store works");
    uses.get(&token(number).id).map(chrono::DateTime::timestamp)
}

async fn a_use_is_noted_at_most_every_ten_minutes(here: &dyn TokenStore, there: &dyn TokenStore) {
    assert_eq!(noted(here, 2).await, None);
    for (store, second, expected) in [
        (here, 10_000, 10_000),
        (there, 10_599, 10_000),
        (here, 10_600, 10_600),
        (there, 10_700, 10_600),
        (here, 20_000, 20_000),
        // A clock that was put back.
        (there, 10_000, 10_000),
    ] {
        store.note_use(token(2).id, at(second)).await.expect("the store works");
        eventually_within(promised_within(VISIBLE_WITHIN), "the note is seen by both", || async {
            let seen = (noted(here, 2).await, noted(there, 2).await);
            (seen == (Some(expected), Some(expected))).then_some(())
        })
        .await;
    }
}

async fn no_note_of_a_use_brings_a_revoked_token_back(here: &dyn TokenStore, there: &dyn TokenStore) {
    const TOKENS: std::ops::Range<u128> = 300..320;
    for number in TOKENS {
        here.create(token(number)).await.expect("the store works");
    }
    let race = TOKENS.map(|number| async move {
        let id = token(number).id;
        let uses = async {
            for hour in 0..5 {
                there.note_use(id, at(hour * 3_600)).await.expect("the store works");
            }
        };
        let (revoked, ()) = tokio::join!(here.revoke(id, at(5_000)), uses);
        revoked.expect("the store works");
    });
    futures_util::future::join_all(race).await;
    for number in TOKENS {
        let id = token(number).id;
        eventually_within(promised_within(VISIBLE_WITHIN), "revoked for both", || async {
            (!found(here, number).await && !found(there, number).await).then_some(())
        })
        .await;
        for store in [here, there] {
            let listed = store.list().await.expect("the store works");
            let record = listed.iter().find(|record| record.id == id).expect("it is listed");
            assert_eq!(record.revoked_at, Some(at(5_000)));
            assert_eq!(noted(store, number).await, Some(4 * 3_600));
        }
    }
}
