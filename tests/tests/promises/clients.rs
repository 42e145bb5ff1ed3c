//! Clients and clocks behave badly.

use crate::processes::kept_under;

#[tokio::test]
async fn the_same_command_from_eight_clients_at_once_is_one() {
    kept_under("same command at once").await;
}

#[tokio::test]
async fn readers_that_do_not_read_hold_up_nobody() {
    kept_under("slow readers").await;
}

#[tokio::test]
async fn clocks_that_jump_change_no_order_and_lose_nothing() {
    kept_under("clock jumps").await;
}
