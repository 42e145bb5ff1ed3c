//! An idempotency key before two processes of the command service on one stream.

use futures_util::future::join_all;
use itam_tests::Client;
use serde_json::{Value, json};

use crate::installation::{Installation, admitted, assert_problem};
use crate::organization::{define_laptop, laptop};

const RACES: usize = 100;

#[tokio::test]
async fn one_key_with_two_bodies_at_two_processes_on_nats_is_refused_and_never_in_doubt() {
    let itam = Installation::three_processes().await;
    let other = itam.another("command-service").await;
    let processes = [itam.commands.clone(), Client::new(&other.url, &itam.admin)];
    let model = define_laptop(&itam.commands).await;
    let mut refused = 0;
    for race in 0..RACES {
        let [left, right] = ["L", "R"].map(|side| format!("{side}-{race}"));
        for tag in [&left, &right] {
            itam.commands.done("register-asset", laptop(&model, tag)).await;
        }
        let verify = |tag: &str, reason: &str| ("verify-asset", json!({"asset": tag, "reason": reason}));
        let create = |tag: &str| ("register-asset", laptop(&model, &format!("{tag}-{race}")));
        let pairs: [[(&str, Value); 2]; 3] = [
            [verify(&left, "one"), verify(&left, "other")],
            [create("A"), create("B")],
            [verify(&left, "left"), verify(&right, "right")],
        ];
        for (sort, pair) in pairs.iter().enumerate() {
            let key = format!("race {race} {sort}");
            let sends = (0..4).map(|n| {
                let (command, fields) = &pair[n % 2];
                processes[n / 2].command_once(&key, command, fields.clone())
            });
            let answers = join_all(sends).await;
            let is_taken = |side: usize| (0..2).any(|n| answers[side + 2 * n].status == 201);
            for answer in answers.iter().filter(|answer| answer.status != 201) {
                assert_problem(answer, 422, "idempotency-key-reused");
                refused += 1;
            }
            assert!(is_taken(0) || is_taken(1));
            // What two processes do about two things that nothing connects, neither learns of the other.
            assert!(sort == 2 || !(is_taken(0) && is_taken(1)), "{answers:?}");
        }
    }
    println!("{RACES} races of three sorts: {refused} answers were 422, none 503");
}

#[tokio::test]
async fn two_senders_of_one_key_have_two_commands_at_two_processes_on_nats() {
    let itam = Installation::three_processes().await;
    let other = itam.another("command-service").await;
    let model = define_laptop(&itam.commands).await;
    let analyst = itam.token("analyst", "asset-analyst", None).await;
    let senders = [itam.commands.clone(), admitted(&other, &analyst).await];
    for race in 0..RACES {
        let (key, fields) = (format!("key {race}"), json!({"model_id": model}));
        let sends = senders.iter().map(|sender| sender.command_once(&key, "register-asset", fields.clone()));
        let first = join_all(sends).await;
        assert!(first.iter().all(|answer| answer.status == 201), "{first:?}");
        assert!(first.iter().all(|answer| answer.header("idempotency-replayed").is_none()), "{first:?}");
        assert_ne!(first[0].json()["id"], first[1].json()["id"]);
        for (sender, first) in senders.iter().zip(&first) {
            let again = sender.command_once(&key, "register-asset", fields.clone()).await;
            assert_eq!((again.header("idempotency-replayed"), again.json()), (Some("true"), first.json()));
        }
    }
}
