//! What each user of the shipped files may do on a server, written once; everything else is tried, and
//! must fail.

use std::collections::{BTreeMap, BTreeSet};

use itam_tests::nats::{NatsServer, SHIPPED_USERS, Wire};
use itam_tests::{Service, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::nats_subjects::{LOG, PEOPLE, STREAMS, TOKENS, VICTIM, covers, every_subscription, everything};

/// What is asked of the servers' interface about one stream.
const READ: [&str; 3] = ["STREAM.INFO.@", "STREAM.MSG.GET.@", "DIRECT.GET.@"];
const WRITE: [&str; 3] = ["itam.main.event.>", "itam.main.key.>", "itam.main.guard.>"];
const BUCKETS: [&str; 2] = ["$KV.ITAM_main_people.>", "$KV.ITAM_main_tokens.>"];
const MAKE: [&str; 5] = [
    "ITAM.API.STREAM.CREATE.ITAM_main",
    "ITAM.API.STREAM.CREATE.KV_ITAM_main_people",
    "ITAM.API.STREAM.CREATE.KV_ITAM_main_tokens",
    "ITAM.API.STREAM.CREATE.ITAM_main_CHECKPOINTS",
    // Erasing a person deletes her messages for good.
    "ITAM.API.STREAM.MSG.DELETE.KV_ITAM_main_people",
];
const SEAL: &str = "itam.main.checkpoint";

/// What a user may publish to. Nobody but the administrator, who is no service, may do more.
fn may_publish(user: &str) -> Vec<String> {
    let mut subjects = vec!["$SYS.REQ.USER.INFO".to_owned()];
    let mut add = |more: &[&str]| subjects.extend(more.iter().map(|subject| (*subject).to_owned()));
    match user {
        "itam-command" => add(&[&WRITE[..], &BUCKETS, &MAKE].concat()),
        "itam-up" => add(&[&WRITE[..], &BUCKETS, &MAKE, &[SEAL]].concat()),
        "itam-sealer" => add(&[SEAL]),
        "itam-sender" => add(&["itam.main.command.*", "$SRV.PING", "$SRV.INFO", "$SRV.STATS"]),
        "itam-door" => add(&["_R_.>"]),
        _ => {}
    }
    if may_read(user).contains(&LOG) {
        subjects.push("ITAM.API.DIRECT.GET.ITAM_main.>".to_owned());
    }
    for stream in may_read(user) {
        subjects.extend(READ.map(|request| format!("ITAM.API.{}", request.replace('@', stream))));
    }
    subjects
}

/// Which streams a user may read.
fn may_read(user: &str) -> &'static [&'static str] {
    match user {
        "itam-command" => &[LOG, PEOPLE, TOKENS],
        "itam-up" | "itam-reader" | "itam-sealer" => &STREAMS,
        "itam-follower" => &[LOG],
        _ => &[],
    }
}

/// What a user may subscribe to.
fn may_subscribe(user: &str) -> Vec<String> {
    let own = format!("_INBOX_{user}.>");
    match user {
        // Of subscriptions a server takes `>` for one token of those that `*` stands for.
        "itam-door" => vec![own, "itam.main.command.*".to_owned(), "$SRV.>".to_owned()],
        _ => vec![own],
    }
}

/// A server as shipped, with a command service, a stream of checkpoints, and somebody's consumer.
struct Scene {
    nats: NatsServer,
    _data: TempDir,
    _service: Service,
    keeper: Wire,
}

impl Scene {
    async fn set() -> Self {
        let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
        let data = tempfile::tempdir().expect("a folder");
        let url = nats.url();
        let args = [
            "--nats",
            &url,
            "--nats-api-prefix",
            "ITAM.API",
            "--nats-user",
            "itam-command",
            "--nats-password",
            "itam-command",
            "--nats-door-user",
            "itam-door",
            "--nats-door-password",
            "itam-door",
        ];
        let service = Service::start("command-service", data.path(), &args).await;
        service.ready().await;
        let mut sealer = connect(&nats, "itam-sealer").await;
        sealer.ask("itam.main.checkpoint", "a note").await.expect("stored");
        let mut keeper = connect(&nats, "itam-admin").await;
        keeper.ask("itam.main.event.asset.a", "{}").await.expect("stored");
        keeper.ask("$KV.ITAM_main_people.p.a", "{}").await.expect("stored");
        for stream in STREAMS {
            let consumer = json!({"stream_name": stream, "config": {"name": VICTIM, "durable_name": VICTIM,
                       "ack_policy": "explicit"}});
            let made = format!("$JS.API.CONSUMER.CREATE.{stream}.{VICTIM}");
            let made = keeper.ask_json(&made, &consumer.to_string()).await.expect("an answer");
            assert_eq!(made["name"], json!(VICTIM), "{made}");
        }
        Self { nats, _data: data, _service: service, keeper }
    }

    /// Everything that the streams are, apart from times: what nobody may have changed.
    async fn state(&mut self) -> BTreeMap<&'static str, Value> {
        let mut state = BTreeMap::new();
        for stream in STREAMS {
            let info =
                self.keeper.ask_json(&format!("$JS.API.STREAM.INFO.{stream}"), "").await.expect("INFO");
            let consumers = self.keeper.ask_json(&format!("$JS.API.CONSUMER.LIST.{stream}"), "").await;
            let consumers = consumers.expect("a list");
            let consumer = &consumers["consumers"][0];
            let kept = json!({
                "config": info["config"], "messages": info["state"]["messages"],
                "last": info["state"]["last_seq"], "created": info["created"],
                "consumers": consumers["total"], "pending": consumer["num_pending"],
                "delivered": consumer["delivered"]["stream_seq"], "paused": consumer["paused"],
            });
            state.insert(stream, kept);
        }
        state
    }

    /// Brings each stream behind everything that was sent to it before: its messages are stored in the
    /// order in which they came.
    async fn settle(&mut self) {
        for subject in [
            "itam.main.guard.matrix",
            "itam.main.checkpoint",
            "$KV.ITAM_main_people.x",
            "$KV.ITAM_main_tokens.x",
        ] {
            let stored = self.keeper.ask_json(subject, "{}").await.expect("an acknowledgement");
            assert!(stored["seq"].is_u64(), "{stored}");
        }
    }
}

async fn connect(nats: &NatsServer, user: &str) -> Wire {
    Wire::connect(nats.port(), Some((user, user))).await.expect("a connection")
}

fn services() -> impl Iterator<Item = &'static str> {
    SHIPPED_USERS.into_iter().filter(|user| *user != "itam-admin")
}

fn is_allowed(allowed: &[String], subject: &str) -> bool {
    allowed.iter().any(|pattern| covers(pattern, subject))
}

#[tokio::test]
async fn each_user_may_do_what_the_matrix_says_and_nothing_else() {
    let scene = Scene::set().await;
    let (subjects, subscriptions) = (everything(), every_subscription());
    let mut tried = 0;
    for user in services() {
        let mut wire = connect(&scene.nats, user).await;
        for (subject, _) in &subjects {
            // An empty body, which changes nothing where it is allowed.
            wire.publish(subject, None, "").await.expect("sent");
        }
        for subject in &subscriptions {
            wire.subscribe(subject).await.expect("sent");
        }
        let heard = wire.barrier().await.expect("judged");
        assert_eq!(heard.complaints, Vec::<String>::new(), "{user}");
        let refused = |allowed: &[String], all: &mut dyn Iterator<Item = &String>| -> BTreeSet<String> {
            all.filter(|subject| !is_allowed(allowed, subject)).cloned().collect()
        };
        let unpublishable = refused(&may_publish(user), &mut subjects.iter().map(|(subject, _)| subject));
        assert_eq!(heard.unpublishable, unpublishable, "{user}");
        let unsubscribable = refused(&may_subscribe(user), &mut subscriptions.iter());
        assert_eq!(heard.unsubscribable, unsubscribable, "{user}");
        tried += subjects.len() + subscriptions.len();
    }
    for stranger in
        [None, Some(("itam-command", "wrong")), Some(("nobody", "nobody")), Some(("itam-admin", ""))]
    {
        let refused = Wire::connect(scene.nats.port(), stranger).await;
        assert!(refused.is_err(), "{stranger:?}");
        tried += 1;
    }
    println!("{tried} triples of user, verb and subject were tried");
}

#[tokio::test]
async fn no_answer_goes_where_its_asker_may_not_write() {
    let mut scene = Scene::set().await;
    let mut inboxes = Vec::new();
    for user in SHIPPED_USERS {
        let mut wire = connect(&scene.nats, user).await;
        wire.subscribe(&format!("_INBOX_{user}.a.>")).await.expect("sent");
        assert!(wire.barrier().await.expect("judged").unsubscribable.is_empty());
        inboxes.push((user, wire));
    }
    scene.settle().await;
    let before = scene.state().await;
    let (mut tried, mut commands) = (0, 0);
    for user in services() {
        let mut wire = connect(&scene.nats, user).await;
        let allowed = may_publish(user);
        // What is answered and changes nothing by itself.
        let asked: Vec<(String, String)> = everything()
            .into_iter()
            .filter(|(subject, _)| is_allowed(&allowed, subject))
            .filter(|(subject, _)| is_harmless(subject))
            .collect();
        // Where the user may write itself, an answer may come to stand, too.
        let is_own =
            |reply: &str| reply.starts_with(&format!("_INBOX_{user}.")) || is_allowed(&allowed, reply);
        for (subject, body) in &asked {
            for (reply, _) in everything().iter().filter(|(reply, _)| !is_own(reply)) {
                wire.publish(subject, Some(reply), body).await.expect("sent");
                commands += usize::from(subject.starts_with("itam.main.command."));
                tried += 1;
            }
        }
        let heard = wire.barrier().await.expect("judged");
        // What was asked of the interface is answered in the order in which it came.
        if is_allowed(&allowed, "ITAM.API.STREAM.INFO.ITAM_main") {
            wire.ask("ITAM.API.STREAM.INFO.ITAM_main", "").await.expect("an answer");
        }
        assert!(heard.unpublishable.is_empty(), "{user}: {:?}", heard.unpublishable);
    }
    // Of the commands each was answered, in the account of the sender, where nobody reads it.
    let reserved = everything().iter().filter(|(reply, _)| is_reserved(reply)).count();
    eventually("the command service has answered all", || async {
        let mut sender = connect(&scene.nats, "itam-sender").await;
        let stats = sender.ask_json("$SRV.STATS", "").await.ok()?;
        let endpoints = stats["endpoints"].as_array()?;
        let count: u64 = endpoints.iter().filter_map(|endpoint| endpoint["num_requests"].as_u64()).sum();
        (count >= (commands - reserved) as u64).then_some(())
    })
    .await;
    scene.settle().await;
    let after = scene.state().await;
    for stream in STREAMS {
        let (mut before, after) = (before[stream].clone(), &after[stream]);
        for counter in ["messages", "last", "pending"] {
            before[counter] = json!(before[counter].as_u64().expect("a count") + 1);
        }
        assert_eq!(&before, after, "{stream}: nothing came but what settled it");
    }
    for (user, mut wire) in inboxes {
        let heard = wire.barrier().await.expect("judged");
        assert_eq!(heard.messages.len(), 0, "{user} got an answer that is another's: {:?}", heard.messages);
    }
    println!("{tried} triples of user, request and reply subject were tried");
}

/// Requests that are answered without changing anything.
fn is_harmless(subject: &str) -> bool {
    let changes =
        ["itam.main.event.", "itam.main.key.", "itam.main.guard.", "itam.main.checkpoint", "$KV.", "_R_."];
    let makes = subject.contains(".STREAM.CREATE.") || subject.contains(".MSG.DELETE.");
    !makes && !changes.iter().any(|prefix| subject.starts_with(prefix))
}

/// Reply subjects that a server lets no client name.
fn is_reserved(subject: &str) -> bool {
    ["_R_.", "_GR_.", "$JS.ACK."].iter().any(|prefix| subject.starts_with(prefix))
}
