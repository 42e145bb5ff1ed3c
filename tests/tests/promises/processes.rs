//! Processes end or stand still in the middle of work.

use itam_tests::faults::Fault;

/// Runs the short trial of a fault.
pub(crate) async fn kept_under(name: &str) {
    let fault = Fault::named(name);
    fault.run(1, fault.times).await.assert_kept();
}

#[tokio::test]
async fn a_killed_process_loses_tears_and_doubles_nothing() {
    kept_under("embedded: killed").await;
}

#[tokio::test]
async fn a_killed_command_service_is_as_if_it_had_never_been() {
    kept_under("command service killed").await;
}

#[tokio::test]
async fn a_command_service_that_wakes_up_late_carries_nothing_out_twice() {
    kept_under("command service paused").await;
}

#[tokio::test]
async fn a_projector_killed_at_any_step_skips_nothing() {
    kept_under("projector killed").await;
}

#[tokio::test]
async fn a_sealer_killed_at_any_step_signs_no_second_root_for_a_size() {
    kept_under("sealer killed").await;
}

#[tokio::test]
async fn a_killed_query_service_shows_what_was_written_when_it_is_back() {
    kept_under("query service killed").await;
}

#[tokio::test]
async fn a_stopped_process_has_answered_all_that_it_stored() {
    kept_under("stopped by SIGTERM").await;
}
