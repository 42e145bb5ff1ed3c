//! Two writers and one key: exactly one wins, and the loser leaves nothing.

use futures_util::future::join;

use crate::support::{Logs, assert_conflict, commit, fresh_key, fresh_subject, read_all, write};

const RACES: usize = 300;

/// Each race is between two commits of two writes over one key, from two connections.
pub(crate) async fn rule_1_and_2_of_two_writers_racing_for_a_key_one_wins_and_the_loser_leaves_nothing(
    logs: &Logs,
) {
    let head = logs.one.head().await.unwrap();
    let mut losers = Vec::new();
    for race in 0..RACES {
        let (mine, yours, key) = (fresh_subject(), fresh_subject(), fresh_key());
        let claim = |asset| commit([write(asset, 0, "registered"), write(&key, 0, asset.as_str())]);
        let (one, two) = join(logs.one.append(claim(&mine)), logs.two.append(claim(&yours))).await;
        let (winner, loser, defeat) = match (one.is_ok(), two.is_ok()) {
            (true, false) => (mine, yours, two),
            (false, true) => (yours, mine, one),
            _ => panic!("race {race}: {one:?} and {two:?}"),
        };
        assert_conflict(defeat, &key);
        let holders = logs.two.load_latest(&key).await.unwrap();
        assert_eq!(holders.len(), 1);
        assert_eq!(holders[0].body, winner.as_str());
        losers.push(loser);
    }
    // What was stored comes in pairs, and nothing of any loser is among it.
    let messages = read_all(&logs.one, head + 1, 50).await;
    assert_eq!(messages.len(), 2 * RACES);
    for pair in messages.chunks(2) {
        assert_eq!(pair[1].body, pair[0].subject.as_str());
    }
    for loser in losers {
        assert_eq!(logs.one.load_last(&loser).await.unwrap(), None);
    }
}
