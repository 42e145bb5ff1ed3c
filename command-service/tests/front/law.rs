//! Whatever is sent through the desk, and through however many desks, the log obeys the laws.

use std::collections::BTreeMap;

use itam_domain::{Aggregate, AggregateKind, AggregateRef, KeyRecord, Loaded, UniqueKey};
use itam_event_log::Tenant;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::test_server::{Api, Furniture, TestServer};

const ASSETS: usize = 3;

/// A step: which desk, which asset, which command, and whether it is sent twice.
#[derive(Clone, Debug)]
struct LawStep {
    desk: usize,
    asset: usize,
    command: &'static str,
    repeats: bool,
}

fn steps() -> impl Strategy<Value = Vec<LawStep>> {
    let commands = prop::sample::select(vec![
        "register-asset",
        "deploy-asset",
        "return-asset",
        "correct-asset",
        "retire-asset",
        "reinstate-asset",
        "record-sanitization",
        "dispose-asset",
        "report-missing",
        "verify-asset",
    ]);
    let step = (0..2_usize, 0..ASSETS, commands, any::<bool>());
    let step = step.prop_map(|(desk, asset, command, repeats)| LawStep { desk, asset, command, repeats });
    prop::collection::vec(step, 1..40)
}

fn fields(it: &Furniture, command: &str, asset: usize, number: usize) -> Value {
    let tag = format!("LT-{asset}");
    match command {
        "register-asset" => {
            let mut fields = it.laptop(&tag);
            fields["serial"] = json!(format!("SN-{asset}"));
            fields
        }
        "deploy-asset" => it.to_person(&tag),
        "correct-asset" => {
            let serial = format!("SN-{}", (asset + number) % ASSETS);
            json!({"asset": tag, "corrections": [{"serial": serial}]})
        }
        "retire-asset" => json!({"asset": tag, "cause": "other"}),
        "record-sanitization" => json!({"asset": tag, "method": "purge"}),
        "dispose-asset" => json!({"asset": tag, "method": "recycled"}),
        "report-missing" => json!({"asset": tag, "loss": "lost"}),
        _ => json!({"asset": tag}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn versions_positions_and_keys_stay_consistent(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = TestServer::open().await;
            let apis = [server.api(), server.api()];
            let it = apis[0].furnish().await;
            for (number, step) in steps.into_iter().enumerate() {
                take(&server, &apis, &it, number, &step).await;
            }
            check_log(&server).await;
        });
    }
}

/// An accepted command's answer says where it is; a refused one leaves nothing.
async fn take(server: &TestServer, apis: &[Api; 2], it: &Furniture, number: usize, step: &LawStep) {
    let key = format!("step {number}");
    let fields = fields(it, step.command, step.asset, number);
    let before = server.head().await;
    let reply = apis[step.desk].send(step.command, &key, fields.clone()).await;
    let after = server.head().await;
    if reply.status == 201 {
        assert_eq!(reply.body["position"], after);
        assert!(after > before && !reply.is_replayed());
    } else {
        assert!((400..500).contains(&reply.status), "{}", reply.body);
        assert_eq!(after, before, "{}", reply.body);
    }
    if step.repeats {
        let again = apis[1 - step.desk].send(step.command, &key, fields).await;
        assert_eq!(again.status, reply.status, "{} {}", reply.body, again.body);
        assert_eq!(again.is_replayed(), reply.status == 201);
        if reply.status == 201 {
            assert_eq!(again.body, reply.body);
        }
        assert_eq!(server.head().await, after);
    }
}

/// Folds the log anew: positions without gaps, versions without gaps, and every key held by
/// exactly the asset whose state says so.
async fn check_log(server: &TestServer) {
    let tenant = Tenant::try_new("main").unwrap();
    let stored = server.stored().await;
    assert!(stored.iter().map(|message| message.position).eq(1..=stored.len() as u64));
    let mut aggregates: BTreeMap<AggregateRef, Loaded> = BTreeMap::new();
    for (_, envelope) in server.events().await {
        let before = aggregates.entry(envelope.aggregate).or_default();
        let after = std::mem::take(before).after(
            envelope.aggregate.id,
            &envelope.event,
            &envelope.actor,
            envelope.effective_at,
        );
        assert_eq!(envelope.aggregate_version, after.version);
        *before = after;
    }
    let mut holders: BTreeMap<String, Option<Uuid>> = BTreeMap::new();
    for message in stored.iter().filter(|message| message.subject.as_str().contains(".key.")) {
        let record: KeyRecord = serde_json::from_slice(&message.body).unwrap();
        holders.insert(message.subject.as_str().to_owned(), record.holder);
    }
    let subject = |key: &UniqueKey| tenant.key_subject(key.kind.token, &key.value).as_str().to_owned();
    let mut held = BTreeMap::new();
    for (aggregate, loaded) in &aggregates {
        for key in loaded.state.as_deref().map(Aggregate::keys).unwrap_or_default() {
            let other = held.insert(subject(&key), aggregate.id);
            assert_eq!(other, None, "{key:?} has two holders");
        }
    }
    holders.retain(|_, holder| holder.is_some());
    let holders: BTreeMap<_, _> =
        holders.into_iter().filter_map(|(key, holder)| Some((key, holder?))).collect();
    assert_eq!(holders, held);
    assert!(aggregates.keys().any(|aggregate| aggregate.kind == AggregateKind::AssetModel));
}
