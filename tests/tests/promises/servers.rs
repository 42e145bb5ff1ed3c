//! The servers of the log fail.

use tokio::sync::Mutex;

use crate::processes::kept_under;

/// One cluster at a time: three servers that elect leaders need more than a share of two cores.
static CLUSTER: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_killed_server_keeps_what_was_acknowledged() {
    kept_under("nats-server killed").await;
}

#[tokio::test]
async fn a_paused_server_delays_and_doubles_nothing() {
    kept_under("nats-server paused").await;
}

#[tokio::test]
async fn a_cluster_goes_on_without_its_leader() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: leader killed").await;
}

#[tokio::test]
async fn a_leader_that_slept_does_not_disturb_its_successor() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: leader paused").await;
}

#[tokio::test]
#[ignore = "asks for a quiet machine; the soak runs it"]
async fn a_leader_cut_off_from_its_peers_acknowledges_nothing_that_is_lost() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: leader cut off").await;
}

#[tokio::test]
async fn a_server_that_comes_back_with_an_empty_disk_takes_nothing_with_it() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: disk lost").await;
}

#[tokio::test]
async fn a_cluster_that_is_killed_again_and_again_loses_nothing_and_every_server_is_healthy_again() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: killed again and again").await;
}

#[tokio::test]
async fn without_a_majority_nothing_is_acknowledged() {
    let _alone = CLUSTER.lock().await;
    kept_under("cluster: two of three down").await;
}
