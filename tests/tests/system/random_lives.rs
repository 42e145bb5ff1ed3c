//! Random sequences of commands against the whole service: what is possible, and what the queries
//! then show, is what a second and smaller telling of the rules says.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::installation::{Installation, id_of, position_of};
use crate::oracle::{ASSETS, Act, Asks, Life, Oracle, PEOPLE, PLACES, TAGS, Thing};
use crate::organization::{Organization, laptop};

/// How many sequences are tried.
const SEQUENCES: u32 = 24;
/// How long a sequence is at most.
const LONGEST: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_service_does_what_a_second_telling_of_the_rules_says_embedded() {
    try_sequences(Installation::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_service_does_what_a_second_telling_of_the_rules_says_on_nats() {
    try_sequences(Installation::three_processes().await).await;
}

async fn try_sequences(itam: Installation) {
    let organization = Organization::define(&itam.commands).await;
    let installed = Installed { organization, itam };
    let handle = Handle::current();
    let tried = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: SEQUENCES,
            max_shrink_iters: 200,
            failure_persistence: None,
            ..Config::default()
        };
        // The same sequences in every run: what fails once fails again.
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
        let number = AtomicUsize::new(0);
        let sequences = prop::collection::vec((0..ASSETS, act()), 1..LONGEST);
        runner.run(&sequences, |sequence| {
            let number = number.fetch_add(1, Ordering::Relaxed);
            handle.block_on(installed.play(number, &sequence))
        })
    });
    tried.await.expect("the runner ends").unwrap_or_else(|failure| panic!("{failure}"));
}

fn act() -> impl Strategy<Value = Act> {
    let asks = prop_oneof![Just(Asks::Nothing), Just(Asks::Confirmation)];
    prop_oneof![
        3 => (0..TAGS).prop_map(|tag| Act::Register { tag }),
        4 => (0..PEOPLE, asks).prop_map(|(person, asks)| Act::Deploy { person, asks }),
        2 => (0..PEOPLE).prop_map(|person| Act::Reassign { person }),
        1 => (0..PEOPLE).prop_map(|person| Act::Reserve { person }),
        1 => (0..PLACES).prop_map(|place| Act::Ship { place }),
        1 => (0..PLACES).prop_map(|place| Act::Relocate { place }),
        1 => (0..TAGS).prop_map(|tag| Act::Retag { tag }),
        18 => prop::sample::select(vec![
            Act::Accept,
            Act::Decline,
            Act::Return,
            Act::ReleaseReservation,
            Act::Arrive,
            Act::StartMaintenance,
            Act::CompleteMaintenance,
            Act::ReportMissing,
            Act::Recover,
            Act::WriteOff,
            Act::PlaceLegalHold,
            Act::ReleaseLegalHold,
            Act::PlaceQuarantine,
            Act::ReleaseQuarantine,
            Act::Retire,
            Act::Reinstate,
            Act::Sanitize,
            Act::Dispose,
            Act::Void,
        ]),
    ]
}

/// Where the sequences are played, one after the other, each with assets and tags of its own.
struct Installed {
    organization: Organization,
    itam: Installation,
}

impl Installed {
    async fn play(&self, number: usize, sequence: &[(usize, Act)]) -> Result<(), TestCaseError> {
        let mut oracle = Oracle::default();
        let mut ids: Vec<Option<String>> = vec![None; ASSETS];
        let mut position = 0;
        for (step, (asset, act)) in sequence.iter().enumerate() {
            let is_new = !oracle.things.contains_key(asset);
            if is_new != matches!(act, Act::Register { .. }) {
                continue;
            }
            let (command, fields) = self.command(number, ids[*asset].as_deref(), act);
            let answer = self.itam.commands.command(command, fields).await;
            let is_possible = oracle.act(*asset, act);
            prop_assert_eq!(answer.status == 201, is_possible, "step {}: {:?}: {}", step, act, answer.text);
            prop_assert!(matches!(answer.status, 201 | 409 | 422), "step {}: {}", step, answer.text);
            if is_possible {
                let done = answer.json();
                position = position_of(&done);
                ids[*asset].get_or_insert_with(|| id_of(&done));
            }
        }
        for (asset, thing) in &oracle.things {
            let id = ids[*asset].as_deref().unwrap_or_default();
            let shown = self.itam.seen(&format!("/v1/assets/{id}"), position).await;
            self.compare(number, thing, &shown)?;
        }
        for tag in 0..TAGS {
            if let Some(holder) = oracle.holder(tag) {
                let shown = self.itam.seen(&format!("/v1/assets/{}", label(number, tag)), position).await;
                prop_assert_eq!(shown["id"].as_str(), ids[holder].as_deref());
            }
        }
        Ok(())
    }

    fn compare(&self, number: usize, thing: &Thing, shown: &Value) -> Result<(), TestCaseError> {
        prop_assert_eq!(&shown["state"], thing.life.word(), "{}", shown);
        prop_assert_eq!(&shown["tag"], &label(number, thing.tag), "{}", shown);
        prop_assert_eq!(&shown["location_id"], self.place(thing.place), "{}", shown);
        let custodian = match &thing.life {
            Life::Deployed { person, .. } => Some(self.person(*person)),
            _ => None,
        };
        prop_assert_eq!(shown["custodian"]["person"].as_str(), custodian, "{}", shown);
        let is_pending = matches!(&thing.life, Life::Deployed { pending: Asks::Confirmation, .. });
        prop_assert_eq!(shown["custody"]["acceptance"] == "pending", is_pending, "{}", shown);
        let reserved_for = thing.reserved_for.map(|person| self.person(person));
        prop_assert_eq!(shown["reservation"]["reserved_for"]["person"].as_str(), reserved_for, "{}", shown);
        let holds: Vec<&str> = shown["holds"].as_array().into_iter().flatten().filter_map(hold_of).collect();
        prop_assert_eq!(holds, thing.holds.iter().copied().collect::<Vec<_>>(), "{}", shown);
        Ok(())
    }

    fn person(&self, number: usize) -> &str {
        [&self.organization.ada, &self.organization.ben][number]
    }

    /// The stockroom, or the office, where both people usually are.
    fn place(&self, number: usize) -> &str {
        [&self.organization.stockroom, &self.organization.office][number]
    }

    /// The command for an act, about the asset of this id.
    fn command(&self, number: usize, asset: Option<&str>, act: &Act) -> (&'static str, Value) {
        let person = |number: usize| json!({"person": self.person(number)});
        let (command, mut fields) = match act {
            Act::Register { tag } => {
                let mut fields = laptop(&self.organization.laptop, &label(number, *tag));
                fields["location_id"] = self.place(0).into();
                return ("register-asset", fields);
            }
            Act::Deploy { person: to, asks } => {
                let rule = if *asks == Asks::Confirmation { "required" } else { "not_required" };
                ("deploy-asset", json!({"custodian": person(*to), "acceptance": rule}))
            }
            Act::Accept => ("accept-custody", json!({})),
            Act::Decline => ("decline-custody", json!({})),
            Act::Reassign { person: to } => ("reassign-asset", json!({"custodian": person(*to)})),
            Act::Return => ("return-asset", json!({})),
            Act::Reserve { person: to } => ("reserve-asset", json!({"reserved_for": person(*to)})),
            Act::ReleaseReservation => ("release-reservation", json!({})),
            Act::Ship { place } => ("ship-asset", json!({"destination_id": self.place(*place)})),
            Act::Relocate { place } => ("relocate-asset", json!({"location_id": self.place(*place)})),
            Act::Arrive => ("arrive-asset", json!({})),
            Act::StartMaintenance => ("start-maintenance", json!({"kind": "repair"})),
            Act::CompleteMaintenance => ("complete-maintenance", json!({"outcome": "repaired"})),
            Act::ReportMissing => ("report-missing", json!({"loss": "lost"})),
            Act::Recover => ("recover-asset", json!({"location_id": self.place(0)})),
            Act::WriteOff => ("write-off-asset", json!({})),
            Act::PlaceLegalHold => ("place-hold", json!({"hold": "legal"})),
            Act::ReleaseLegalHold => ("release-hold", json!({"hold": "legal"})),
            Act::PlaceQuarantine => ("place-hold", json!({"hold": "quarantine"})),
            Act::ReleaseQuarantine => ("release-hold", json!({"hold": "quarantine"})),
            Act::Retag { tag } => ("correct-asset", json!({"corrections": [{"tag": label(number, *tag)}]})),
            Act::Retire => ("retire-asset", json!({"cause": "end_of_life"})),
            Act::Reinstate => ("reinstate-asset", json!({})),
            Act::Sanitize => ("record-sanitization", json!({"method": "destroy"})),
            Act::Dispose => ("dispose-asset", json!({"method": "recycled"})),
            Act::Void => ("void-asset", json!({})),
        };
        fields["asset"] = asset.unwrap_or_default().into();
        fields["reason"] = "a random life".into();
        (command, fields)
    }
}

/// The tag of one sequence.
fn label(sequence: usize, tag: usize) -> String {
    format!("S{sequence}-T{tag}")
}

fn hold_of(row: &Value) -> Option<&str> {
    row["kind"].as_str()
}
