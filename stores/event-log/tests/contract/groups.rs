//! Appends at the same time, which a log may store together: nobody may notice.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use itam_event_log::{AppendError, Commit};

use crate::support::{
    Logs, append_one, assert_conflict, bodies, commit, fresh_key, fresh_subject, read_all, write,
};

/// Half of the commits claim a key that is taken; the other half must not suffer for it.
pub(crate) async fn rule_3_a_conflict_in_a_group_does_not_hurt_the_others(logs: &Logs) {
    let taken = fresh_key();
    append_one(&logs.one, &taken, 0, "held").await;
    let subjects: Vec<_> = (0..200).map(|_| (fresh_subject(), fresh_key())).collect();
    let commits = subjects.iter().enumerate().map(|(index, (asset, key))| {
        let key = if index % 2 == 0 { key } else { &taken };
        logs.one.append(commit([write(asset, 0, "registered"), write(key, 0, "held")]))
    });
    let outcomes = join_all(commits).await;
    for (index, outcome) in outcomes.into_iter().enumerate() {
        let (asset, key) = &subjects[index];
        if index % 2 == 0 {
            let appended = outcome.unwrap();
            let held = logs.one.load_latest(key).await.unwrap();
            assert_eq!(held[0].position, appended.last);
            assert_eq!(logs.one.load_latest(asset).await.unwrap()[0].position, appended.first);
        } else {
            assert_conflict(outcome, &taken);
            assert_eq!(logs.one.load_latest(asset).await.unwrap(), []);
        }
    }
}

/// A hundred commits at once on one subject, all expecting the same: single writes, then pairs.
pub(crate) async fn rule_3_commits_on_one_subject_in_one_group_have_one_winner(logs: &Logs) {
    for others in [0, 1] {
        let contended = fresh_subject();
        let commits: Vec<Commit> = (0..100)
            .map(|index| {
                let mut writes = vec![write(&contended, 0, &format!("{index}"))];
                writes.extend((0..others).map(|_| write(&fresh_key(), 0, "held")));
                Commit::of(writes)
            })
            .collect();
        let head = logs.one.head().await.unwrap();
        let outcomes = join_all(commits.into_iter().map(|commit| logs.one.append(commit))).await;
        let winners: Vec<usize> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(index, _)| index)
            .collect();
        assert_eq!(winners.len(), 1, "winners: {winners:?}");
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert!(matches!(outcome, Err(AppendError::Conflict { .. })), "{outcome:?}");
        }
        let history = logs.one.load_latest(&contended).await.unwrap();
        assert_eq!(bodies(&history), [winners[0].to_string()]);
        assert_eq!(logs.one.head().await.unwrap(), head + 1 + others);
    }
}

/// Commits of one, two and three writes from many tasks: every position is used exactly once, in
/// one piece for each commit.
pub(crate) async fn many_appenders_get_contiguous_positions(logs: &Logs) {
    let head = logs.one.head().await.unwrap();
    let appends = (0..300).map(|index: usize| {
        let log = if index.is_multiple_of(2) { &logs.one } else { &logs.two };
        let writes: Vec<_> =
            (0..=index % 3).map(|part| write(&fresh_subject(), 0, &format!("{index}/{part}"))).collect();
        log.append(Commit::of(writes))
    });
    let outcomes = join_all(appends).await;
    let mut positions = BTreeSet::new();
    let messages = read_all(&logs.one, head + 1, 64).await;
    for (index, outcome) in outcomes.into_iter().enumerate() {
        let appended = outcome.unwrap();
        for (part, position) in (appended.first..=appended.last).enumerate() {
            assert!(positions.insert(position), "position {position} was given twice");
            let message = &messages[usize::try_from(position - head - 1).unwrap()];
            assert_eq!(message.body, format!("{index}/{part}"));
        }
    }
    assert_eq!(positions, (head + 1..=head + 600).collect());
    assert_eq!(messages.len(), 600);
}
