//! What holds of amounts, of any size and either sign.

use itam_domain::{Amount, Currency, Money, MoneyError, Totals};
use proptest::collection::vec;
use proptest::prelude::*;

fn currency(code: &str) -> Currency {
    Currency::try_new(code).expect("a code")
}

fn euros(minor: i64) -> Amount {
    Amount::from_minor(minor, currency("EUR"))
}

fn minors(amounts: &[Amount]) -> Vec<i64> {
    amounts.iter().map(|amount| amount.minor()).collect()
}

#[test]
fn a_hundred_euros_are_divided_by_three_to_the_cent() {
    let shares = euros(10_000).allocate(&[1, 1, 1]).expect("weights");
    assert_eq!(minors(&shares), [3_334, 3_333, 3_333]);
    let credit = euros(-10_000).allocate(&[1, 1, 1]).expect("weights");
    assert_eq!(minors(&credit), [-3_334, -3_333, -3_333]);
}

#[test]
fn what_is_left_goes_to_the_largest_remainder_and_nothing_to_what_weighs_nothing() {
    let shares = euros(10).allocate(&[0, 1, 4, 2]).expect("weights");
    assert_eq!(minors(&shares), [0, 1, 6, 3], "10/7, 40/7 and 20/7");
    assert_eq!(euros(10).allocate(&[]), Err(MoneyError::NothingWeighs));
    assert_eq!(euros(10).allocate(&[0, 0]), Err(MoneyError::NothingWeighs));
}

#[test]
fn nothing_overflows_unseen() {
    let (least, most) = (euros(i64::MIN), euros(i64::MAX));
    assert!(matches!(most.checked_add(euros(1)), Err(MoneyError::TooLarge(_))));
    assert!(matches!(least.checked_sub(euros(1)), Err(MoneyError::TooLarge(_))));
    assert!(matches!(least.checked_neg(), Err(MoneyError::TooLarge(_))));
    assert!(matches!(most.checked_mul(2), Err(MoneyError::TooLarge(_))));
    assert_eq!(minors(&least.allocate(&[u64::MAX]).expect("a weight")), [i64::MIN]);
    let totals: Totals = [most, most].into_iter().collect();
    assert_eq!(totals.minor(currency("EUR")), 2 * i128::from(i64::MAX));
    assert!(matches!(totals.amounts(), Err(MoneyError::TooLarge(_))));
}

#[test]
fn amounts_are_never_added_across_currencies() {
    let yen = Amount::from_minor(1, currency("JPY"));
    let mixed = Err(MoneyError::MixedCurrencies(currency("EUR"), currency("JPY")));
    assert_eq!(euros(1).checked_sub(yen), mixed);
    let totals: Totals = [euros(1), yen, euros(-3)].into_iter().collect();
    assert_eq!(totals.amounts(), Ok(vec![euros(-2), yen]));
}

#[test]
fn what_is_below_zero_is_no_money() {
    assert_eq!(Money::try_from(euros(-5)), Err(MoneyError::Negative("-0.05".into())));
    let money = Money::from_minor(5, currency("EUR")).expect("not negative");
    assert_eq!(Money::try_from(Amount::from(money)), Ok(money));
    for wrong in ["", "-", "--1", "+1", "1,5", "-.5", "- 1"] {
        assert_eq!(
            Amount::parse(wrong, currency("EUR")),
            Err(MoneyError::NotANumber(wrong.into())),
            "{wrong}"
        );
    }
}

fn amounts() -> impl Strategy<Value = Vec<Amount>> {
    let amount = (any::<i64>(), "EUR|USD|JPY|KWD");
    vec(amount.prop_map(|(minor, code)| Amount::from_minor(minor, currency(&code))), 0..40)
}

proptest! {
    #[test]
    fn shares_sum_to_the_amount_and_none_is_a_minor_unit_off(
        minor in any::<i64>(),
        weights in vec(prop_oneof![Just(0_u64), 1..10_u64, any::<u64>()], 1..40),
    ) {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        prop_assume!(total > 0);
        let shares = euros(minor).allocate(&weights).expect("weights");
        prop_assert_eq!(shares.len(), weights.len());
        prop_assert_eq!(shares.iter().map(|share| i128::from(share.minor())).sum::<i128>(), i128::from(minor));
        for (share, weight) in shares.iter().zip(&weights) {
            let exact = u128::from(minor.unsigned_abs()) * u128::from(*weight);
            let given = u128::from(share.minor().unsigned_abs());
            prop_assert!(given == exact / total || given == exact / total + 1);
            prop_assert!(given == exact / total || exact % total > 0, "an exact share stays as it is");
            prop_assert!(share.minor() == 0 || (share.minor() < 0) == (minor < 0));
        }
    }

    #[test]
    fn no_share_that_was_rounded_up_has_a_smaller_remainder_than_one_that_was_not(
        minor in any::<i64>(),
        weights in vec(1..1_000_u64, 1..40),
    ) {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        let shares = euros(minor).allocate(&weights).expect("weights");
        let told = shares.iter().zip(&weights).map(|(share, weight)| {
            let exact = u128::from(minor.unsigned_abs()) * u128::from(*weight);
            (u128::from(share.minor().unsigned_abs()) > exact / total, exact % total)
        });
        let (up, down): (Vec<_>, Vec<_>) = told.partition(|(is_up, _)| *is_up);
        let least_up = up.iter().map(|(_, remainder)| *remainder).min();
        let most_down = down.iter().map(|(_, remainder)| *remainder).max();
        prop_assert!(least_up.zip(most_down).is_none_or(|(up, down)| up >= down));
    }

    #[test]
    fn a_credit_is_shared_as_its_debit(minor in 0..=i64::MAX, weights in vec(1..1_000_u64, 1..40)) {
        let debit = minors(&euros(minor).allocate(&weights).expect("weights"));
        let credit = minors(&euros(-minor).allocate(&weights).expect("weights"));
        prop_assert_eq!(credit, debit.iter().map(|share| -share).collect::<Vec<_>>());
    }

    #[test]
    fn totals_do_not_depend_on_the_order(pairs in amounts().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
        let (one, other) = pairs;
        let totals: Totals = one.iter().copied().collect();
        prop_assert_eq!(&totals, &other.iter().copied().collect());
        let (front, back) = other.split_at(other.len() / 2);
        let mut parts: Totals = front.iter().copied().collect();
        parts.add_all(&back.iter().copied().collect());
        prop_assert_eq!(&totals, &parts);
        for amount in one {
            parts.subtract(amount);
        }
        prop_assert!(parts.iter().all(|(_, minor)| minor == 0));
    }

    #[test]
    fn what_is_taken_off_and_added_again_is_as_it_was(minor in any::<i64>(), other in any::<i64>()) {
        if let Ok(less) = euros(minor).checked_sub(euros(other)) {
            prop_assert_eq!(less.checked_add(euros(other)), Ok(euros(minor)));
        }
    }

    #[test]
    fn writing_and_reading_an_amount_gives_it_back(minor in any::<i64>(), code in "EUR|USD|JPY|KWD|CLF") {
        let amount = Amount::from_minor(minor, currency(&code));
        prop_assert_eq!(Amount::parse(&amount.amount(), amount.currency()), Ok(amount));
        let wire = serde_json::to_string(&amount).expect("an amount");
        prop_assert_eq!(serde_json::from_str::<Amount>(&wire).expect("an amount"), amount);
    }
}
