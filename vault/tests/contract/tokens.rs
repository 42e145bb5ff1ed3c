//! The contract of a token store, through two handles as two processes have them.

use itam_tests::{eventually_within, promised_within};
use itam_vault::{TokenStore, VaultError};
use std::time::Duration;

use super::samples::{at, token};

/// The longest until another process sees a change, as the operating guide promises.
const VISIBLE_WITHIN: Duration = Duration::from_secs(1);

/// Runs the whole contract on an empty store; `here` and `there` share it.
pub(super) async fn fulfils_the_contract(here: &dyn TokenStore, there: &dyn TokenStore) {
    a_created_token_is_found_everywhere(here, there).await;
    a_token_is_created_once(here).await;
    a_revoked_token_opens_nothing_anywhere(here, there).await;
    concurrent_writers_lose_nothing(here, there).await;
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
