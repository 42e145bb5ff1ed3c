//! Processes end or stand still in the middle of work.

use itam_tests::faults::Fault;

#[tokio::test]
async fn a_killed_process_loses_tears_and_doubles_nothing() {
    Fault::EmbeddedKilled.run(1, 4).await.assert_kept();
}
