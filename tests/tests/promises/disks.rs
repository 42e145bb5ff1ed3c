//! Disks fill up, and files are not what they should be.

use crate::processes::kept_under;

#[tokio::test]
async fn a_full_disk_is_said_and_gone_with_the_reason() {
    kept_under("disk full").await;
}

#[tokio::test]
async fn a_full_disk_under_the_read_model_stops_no_command() {
    kept_under("disk full under the read model").await;
}

#[tokio::test]
async fn a_full_disk_under_the_sealer_is_waited_for_and_the_history_signed_on() {
    kept_under("disk full under the sealer").await;
}

#[tokio::test]
async fn a_damaged_read_model_is_built_anew() {
    kept_under("read model damaged").await;
}

#[tokio::test]
async fn a_read_model_of_another_log_is_refused_with_the_reason() {
    kept_under("read model of another log").await;
}
