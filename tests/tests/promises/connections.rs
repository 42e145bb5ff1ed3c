//! The connection to the log breaks at the moment that matters.

use crate::processes::kept_under;

#[tokio::test]
async fn a_connection_cut_before_the_append_leaves_nothing_or_is_tried_again() {
    kept_under("connection cut before the append").await;
}

#[tokio::test]
async fn a_connection_cut_after_the_append_is_found_again() {
    kept_under("connection cut after the append").await;
}

#[tokio::test]
async fn a_kill_before_the_append_leaves_nothing() {
    kept_under("killed before the append").await;
}

#[tokio::test]
async fn a_kill_between_append_and_acknowledgement_is_found_by_the_retry() {
    kept_under("killed before the acknowledgement").await;
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_and_made_again() {
    kept_under("connection half open").await;
}

#[tokio::test]
async fn a_slow_connection_costs_time_and_nothing_else() {
    kept_under("connection slow").await;
}
