//! Paths, filters and cursors, against the real reading room on a real read model: every query is
//! answered or refused as the client's mistake.

#![no_main]

#[path = "../../query-service/tests/reading_room/world.rs"]
mod world;

use std::cell::OnceCell;

use itam_service_kit::Role;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

use crate::world::World;

/// These never end, or say that something is not ready.
const EXCEPT: &[&str] = &["/v1/live"];

struct QueryTarget {
    runtime: Runtime,
    world: World,
}

thread_local! {
    static TARGET: OnceCell<QueryTarget> = const { OnceCell::new() };
}

fn target() -> QueryTarget {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let world = runtime.block_on(World::new());
    QueryTarget { runtime, world }
}

fuzz_target!(|text: &str| {
    let is_asked = text.starts_with("/v1/") && !EXCEPT.iter().any(|path| text.starts_with(path));
    if !is_asked || text.parse::<axum::http::Uri>().is_err() {
        return;
    }
    TARGET.with(|cell| {
        let QueryTarget { runtime, world } = cell.get_or_init(target);
        runtime.block_on(async {
            let response = world.ask(Role::Auditor, text, &[]).await;
            let status = response.status().as_u16();
            let body = world::text_of(response).await;
            // 504: a position that is not there yet was waited for.
            assert!(status < 500 || status == 504, "{status} {body}");
        });
    });
});
