//! The contract, case by case: appending. Every log runs all of [`keep_the_contract`].

use itam_event_log::{Appended, Commit, Subject, Tenant};

use crate::support::{
    Logs, append_one, assert_conflict, assert_refused, bodies, commit, fresh_key, fresh_subject, tenant,
    write,
};
use crate::{fences, groups, races, reading};

/// Runs every case against one log. Prints each name, so that a failure says where it was.
pub(crate) async fn keep_the_contract(logs: &Logs) {
    macro_rules! run {
        ($($case:path),+ $(,)?) => {$(
            println!("case {}", stringify!($case));
            $case(logs).await;
        )+};
    }
    run!(
        an_empty_log_has_head_0_and_nothing_to_read,
        a_commit_over_several_subjects_is_stored_in_order_at_contiguous_positions,
        rule_1_each_subject_is_held_to_its_own_literal_expectation,
        rule_2_a_conflict_on_one_subject_leaves_nothing_on_the_others,
        an_expectation_beyond_the_head_is_a_conflict,
        rule_4_a_retried_commit_conflicts_and_is_found_in_the_history,
        commits_that_break_a_law_are_refused,
        bodies_up_to_the_limit_are_taken_and_longer_ones_refused,
        the_largest_commit_is_taken_and_a_larger_one_refused,
        groups::rule_3_a_conflict_in_a_group_does_not_hurt_the_others,
        groups::rule_3_commits_on_one_subject_in_one_group_have_one_winner,
        groups::many_appenders_get_contiguous_positions,
        races::rule_1_and_2_of_two_writers_racing_for_a_key_one_wins_and_the_loser_leaves_nothing,
        fences::a_commit_is_held_to_what_it_rests_on_and_does_not_write,
        fences::those_who_rest_on_the_same_do_not_disturb_each_other,
        fences::what_was_ended_is_rested_on_by_nobody_afterwards,
        reading::loads_give_the_messages_of_one_subject,
        reading::a_long_history_is_loaded_whole,
        reading::a_page_never_ends_inside_a_commit,
        reading::reading_beyond_the_head_gives_an_empty_page,
        reading::a_tail_gives_up_after_its_patience,
        reading::a_tail_beyond_the_head_waits_for_its_position,
        reading::a_tail_is_woken_by_an_append,
        reading::rule_9_a_tail_follows_without_gaps_while_others_write,
    );
}

async fn an_empty_log_has_head_0_and_nothing_to_read(logs: &Logs) {
    assert_eq!(logs.one.head().await.unwrap(), 0);
    let page = logs.one.read(1, crate::support::limit(10)).await.unwrap();
    assert_eq!((page.messages.len(), page.head), (0, 0));
    let subject = fresh_subject();
    assert_eq!(logs.one.load(&subject).await.unwrap(), []);
    assert_eq!(logs.one.load_latest(&subject).await.unwrap(), []);
    assert_eq!(logs.one.load_last(&subject).await.unwrap(), None);
}

async fn a_commit_over_several_subjects_is_stored_in_order_at_contiguous_positions(logs: &Logs) {
    let (asset, tag, guard) = (fresh_subject(), fresh_key(), tenant().guard_subject("seats"));
    let head = logs.one.head().await.unwrap();
    let writes = [write(&asset, 0, "registered"), write(&tag, 0, "held"), write(&guard, 0, "1")];
    let appended = logs.one.append(commit(writes)).await.unwrap();
    assert_eq!(appended, Appended { first: head + 1, last: head + 3 });
    let messages = logs.two.load_latest(&tag).await.unwrap();
    assert_eq!((messages[0].position, bodies(&messages)), (head + 2, vec!["held"]));
    assert_eq!(logs.one.head().await.unwrap(), head + 3);
    let page = logs.two.read(head + 1, crate::support::limit(10)).await.unwrap();
    assert_eq!(bodies(&page.messages), ["registered", "held", "1"]);
    assert_eq!(page.messages[2].subject, guard);
}

async fn rule_1_each_subject_is_held_to_its_own_literal_expectation(logs: &Logs) {
    let (one, other) = (fresh_subject(), fresh_subject());
    let first = append_one(&logs.one, &one, 0, "a").await;
    // The other subject's last sequence is no expectation for this one.
    let second = append_one(&logs.one, &other, 0, "b").await;
    assert_conflict(logs.one.append(commit([write(&one, second, "c")])).await, &one);
    assert_conflict(logs.one.append(commit([write(&one, 0, "c")])).await, &one);
    append_one(&logs.one, &one, first, "c").await;
    assert_eq!(bodies(&logs.one.load_latest(&one).await.unwrap()), ["a", "c"]);
}

async fn rule_2_a_conflict_on_one_subject_leaves_nothing_on_the_others(logs: &Logs) {
    let (taken, free, tail) = (fresh_key(), fresh_subject(), fresh_subject());
    append_one(&logs.one, &taken, 0, "held").await;
    let head = logs.one.head().await.unwrap();
    let torn = commit([write(&free, 0, "x"), write(&taken, 0, "y"), write(&tail, 0, "z")]);
    assert_conflict(logs.two.append(torn).await, &taken);
    assert_eq!(logs.one.head().await.unwrap(), head);
    for subject in [&free, &tail] {
        assert_eq!(logs.one.load_latest(subject).await.unwrap(), []);
    }
}

async fn an_expectation_beyond_the_head_is_a_conflict(logs: &Logs) {
    let subject = fresh_subject();
    assert_conflict(logs.one.append(commit([write(&subject, 1 << 40, "x")])).await, &subject);
    let other = fresh_subject();
    let pair = commit([write(&subject, 1 << 40, "x"), write(&other, 0, "y")]);
    assert_conflict(logs.one.append(pair).await, &subject);
}

async fn rule_4_a_retried_commit_conflicts_and_is_found_in_the_history(logs: &Logs) {
    for others in [0, 1] {
        let subject = fresh_subject();
        let mut writes = vec![write(&subject, 0, r#"{"commandid":"c1"}"#)];
        writes.extend((0..others).map(|_| write(&fresh_key(), 0, "held")));
        let first = logs.one.append(Commit::of(writes.clone())).await.unwrap();
        assert_conflict(logs.two.append(Commit::of(writes)).await, &subject);
        let history = logs.two.load_latest(&subject).await.unwrap();
        assert_eq!(bodies(&history), [r#"{"commandid":"c1"}"#]);
        assert_eq!(history[0].position, first.first);
    }
}

async fn commits_that_break_a_law_are_refused(logs: &Logs) {
    let subject = fresh_subject();
    let head = logs.one.head().await.unwrap();
    assert_refused(logs.one.append(commit([])).await, "0 writes");
    let twice = commit([write(&subject, 0, "x"), write(&subject, 0, "y")]);
    assert_refused(logs.one.append(twice).await, "twice");
    let stranger = Tenant::try_new("other").unwrap().guard_subject("seats");
    assert_refused(logs.one.append(commit([write(&stranger, 0, "x")])).await, "tenant main");
    let command = Subject::try_new("itam.main.command.deploy-asset").unwrap();
    assert_refused(logs.one.append(commit([write(&command, 0, "x")])).await, "tenant main");
    assert_eq!(logs.one.head().await.unwrap(), head);
}

async fn bodies_up_to_the_limit_are_taken_and_longer_ones_refused(logs: &Logs) {
    let (subject, key) = (fresh_subject(), fresh_key());
    let longest = "x".repeat(Commit::MAX_BODY_BYTES);
    let pair = commit([write(&subject, 0, &longest), write(&key, 0, &longest)]);
    let appended = logs.one.append(pair).await.unwrap();
    assert_eq!(logs.one.load_latest(&key).await.unwrap()[0].body.len(), longest.len());
    let longer = commit([write(&subject, appended.first, &format!("{longest}x"))]);
    assert_refused(logs.one.append(longer).await, "bytes");
}

async fn the_largest_commit_is_taken_and_a_larger_one_refused(logs: &Logs) {
    let mut writes: Vec<_> = (0..Commit::MAX_WRITES).map(|_| write(&fresh_subject(), 0, "x")).collect();
    let largest = logs.one.append(Commit::of(writes.clone())).await.unwrap();
    assert_eq!(largest.last - largest.first + 1, Commit::MAX_WRITES as u64);
    writes.push(write(&fresh_subject(), 0, "x"));
    assert_refused(logs.one.append(Commit::of(writes)).await, "991 writes");
}
