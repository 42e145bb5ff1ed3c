//! The contract of a person vault.

use itam_vault::{PersonDetails, PersonVault, VaultError};
use uuid::Uuid;

use super::samples::{named, person};

const NOBODY: [Uuid; 0] = [];

/// Runs the whole contract on an empty vault.
pub(super) async fn fulfils_the_contract(vault: &dyn PersonVault) {
    what_is_put_is_found(vault).await;
    user_names_are_unique(vault).await;
    a_user_name_is_free_again_after_a_change(vault).await;
    bad_details_are_refused(vault).await;
    an_erasure_is_marked_then_done(vault).await;
    an_erasure_can_be_called_off(vault).await;
    many_writers_get_one_holder(vault).await;
    a_user_name_is_the_same_in_other_blanks_and_widths(vault).await;
    what_was_two_names_elsewhere_stays_two(vault).await;
}

async fn what_is_put_is_found(vault: &dyn PersonVault) {
    let directory = vault.directory();
    assert_eq!(directory.find(person(1)), None);
    vault.put(person(1), named(" Ada Lovelace ", "Ada")).await.expect("the store works");
    assert_eq!(*directory.find(person(1)).expect("it is there"), named("Ada Lovelace", "Ada"));
    assert_eq!(directory.find_by_username("ADA"), Some(person(1)));
    assert_eq!(directory.search_prefix("love", 10), [person(1)]);

    vault.put(person(1), named("Ada King", "Ada")).await.expect("the store works");
    assert_eq!(directory.find(person(1)).expect("it is there").display_name, "Ada King");
    assert_eq!(directory.search_prefix("love", 10), NOBODY);
}

async fn user_names_are_unique(vault: &dyn PersonVault) {
    let refused = vault.put(person(2), named("Another Ada", "aDA")).await;
    assert!(matches!(refused, Err(VaultError::UsernameTaken { holder }) if holder == person(1)));
    assert_eq!(vault.directory().find(person(2)), None);
}

async fn a_user_name_is_free_again_after_a_change(vault: &dyn PersonVault) {
    vault.put(person(1), named("Ada King", "augusta")).await.expect("the store works");
    assert_eq!(vault.directory().find_by_username("ada"), None);
    vault.put(person(2), named("Another Ada", "ada")).await.expect("the store works");
    assert_eq!(vault.directory().find_by_username("ada"), Some(person(2)));
    vault.put(person(2), PersonDetails::new("Another Ada")).await.expect("the store works");
    vault.put(person(1), named("Ada King", "ADA")).await.expect("the store works");
}

async fn bad_details_are_refused(vault: &dyn PersonVault) {
    let refused = vault.put(person(3), PersonDetails::new(" ")).await;
    assert!(matches!(refused, Err(VaultError::InvalidDetails { field: "display_name", .. })));
}

async fn an_erasure_is_marked_then_done(vault: &dyn PersonVault) {
    let directory = vault.directory();
    vault.begin_erasure(person(1)).await.expect("the store works");
    vault.begin_erasure(person(1)).await.expect("the store works");
    assert_eq!(directory.pending_erasures(), [person(1)]);
    let refused = vault.put(person(1), named("Ada", "ada")).await;
    assert!(matches!(refused, Err(VaultError::ErasurePending(id)) if id == person(1)));

    vault.erase(person(1)).await.expect("the store works");
    vault.erase(person(1)).await.expect("the store works");
    assert_eq!(directory.pending_erasures(), NOBODY);
    assert_eq!((directory.find(person(1)), directory.find_by_username("ada")), (None, None));
    assert_eq!(directory.search_prefix("king", 10), NOBODY);
    vault.put(person(4), named("A third Ada", "ada")).await.expect("the store works");
    let unknown = vault.begin_erasure(person(1)).await;
    assert!(matches!(unknown, Err(VaultError::UnknownPerson(id)) if id == person(1)));
}

async fn an_erasure_can_be_called_off(vault: &dyn PersonVault) {
    vault.begin_erasure(person(2)).await.expect("the store works");
    vault.cancel_erasure(person(2)).await.expect("the store works");
    vault.cancel_erasure(person(2)).await.expect("the store works");
    assert_eq!(vault.directory().pending_erasures(), NOBODY);
    vault.put(person(2), PersonDetails::new("Still here")).await.expect("the store works");
}

async fn many_writers_get_one_holder(vault: &dyn PersonVault) {
    let puts = (100..120).map(|number| vault.put(person(number), named("Twin", "twin")));
    let outcomes = futures_util::future::join_all(puts).await;
    let holder = vault.directory().find_by_username("twin").expect("it is there");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, VaultError::UsernameTaken { holder: h } if h == holder), "{refused}");
    }
    assert_eq!(vault.directory().search_prefix("twin", 100), [holder]);
}

async fn a_user_name_is_the_same_in_other_blanks_and_widths(vault: &dyn PersonVault) {
    vault.put(person(200), named("Grace", "Grace  Hopper")).await.expect("the store works");
    for name in ["grace hopper", "GRACE\u{a0}Hopper", "Ｇrace  hopper", "grace  hopper"] {
        let refused = vault.put(person(201), named("Another", name)).await;
        assert!(
            matches!(refused, Err(VaultError::UsernameTaken { holder }) if holder == person(200)),
            "{name}"
        );
        assert_eq!(vault.directory().find_by_username(name), Some(person(200)));
    }
    vault.put(person(200), named("Grace", "grace")).await.expect("the store works");
    vault.put(person(201), named("Another", "grace hopper")).await.expect("both forms are free");
}

async fn what_was_two_names_elsewhere_stays_two(vault: &dyn PersonVault) {
    let (wide, plain) = (named("Wide", "Kay  Mc"), named("Plain", "kay mc"));
    for first in [person(210), person(220)] {
        let (one, other) = (first, Uuid::from_u128(first.as_u128() + 1));
        let order = if first == person(210) {
            [(one, &wide), (other, &plain)]
        } else {
            [(other, &plain), (one, &wide)]
        };
        for (id, details) in order {
            vault.adopt(id, details.clone()).await.expect("both were there");
        }
        let found = |name| vault.directory().find_by_username(name);
        assert_eq!((found("kay  mc"), found("KAY MC")), (Some(one), Some(other)));
        let refused = vault.put(person(230), named("New", "kay mc")).await;
        assert!(matches!(refused, Err(VaultError::UsernameTaken { holder }) if holder == other));
        let refused = vault.adopt(person(230), named("New", "kay mc")).await;
        assert!(matches!(refused, Err(VaultError::UsernameTaken { holder }) if holder == other));
        vault.erase(one).await.expect("the store works");
        let refused = vault.put(person(230), named("New", "kay mc")).await;
        assert!(matches!(refused, Err(VaultError::UsernameTaken { holder }) if holder == other));
        vault.erase(other).await.expect("the store works");
        vault.put(person(230), named("New", "kay  mc")).await.expect("all is free");
        vault.erase(person(230)).await.expect("the store works");
    }
}
