//! Many clients that keep an asset register: a seeded workload.
//!
//! What a client does at its n-th step depends on the seed, the client and n alone, so that a run
//! that failed can be run again. All pick from the same few tags and orders, so that they contend;
//! and they send again what they or others sent long ago, under the same key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::eventually;
use crate::history::{Outcome, Transport};
use crate::sender::{OutgoingCommand, Sender};

/// How many tags are in play at a time.
const TAGS: u64 = 12;
/// How many of a client's steps the tags in play last.
const STEPS_PER_TAG: u64 = 8;
/// How many pieces one order line asks for: soon received.
const ORDERED: u64 = 12;
/// The pause before a command is sent again.
const AGAIN_PAUSE: Duration = Duration::from_millis(40);

/// The people and things that the workload's commands name.
#[derive(Clone, Debug)]
pub struct Cast {
    seed: u64,
    model: String,
    location: String,
    vendor: String,
    people: Vec<String>,
}

impl Cast {
    /// Sets the scene, in the history too.
    ///
    /// # Panics
    /// If a command is not taken in time.
    pub async fn set(sender: &Sender, seed: u64) -> Self {
        let id = |name: &str, number: u64| Dice::of(seed, name, &[number]).id();
        let cast = Self {
            seed,
            model: id("model", 0),
            location: id("location", 0),
            vendor: id("vendor", 0),
            people: (0..6).map(|number| id("person", number)).collect(),
        };
        let order = |key: &str, command, fields| OutgoingCommand { key: key.to_owned(), command, fields };
        let model = json!({"name": "Traveler 14", "kind": "hardware", "hardware_kind": "laptop",
                           "manufacturer": "Contoso", "data_bearing": true});
        let mut orders = vec![
            order(&cast.model, "define-model", model),
            order(&cast.location, "define-location", json!({"name": "Main Office", "country": "DE"})),
            order(&cast.vendor, "define-vendor", json!({"name": "Northwind"})),
        ];
        for (number, person) in cast.people.iter().enumerate() {
            let fields = json!({"name": format!("Person {number}"), "username": format!("person{number}")});
            orders.push(order(person, "add-person", fields));
        }
        for order in &orders {
            eventually("the scene is set", || async {
                matches!(sender.send(order, Transport::Http, 0).await, Outcome::Acknowledged(_)).then_some(())
            })
            .await;
        }
        cast
    }

    /// The command that a client sends at a step.
    #[must_use]
    pub fn order(&self, client: u64, step: u64) -> OutgoingCommand {
        let mut dice = Dice::of(self.seed, "step", &[client, step]);
        let key = dice.id();
        let tag = format!("LT-{}", step / STEPS_PER_TAG + dice.below(TAGS));
        let person = json!({"person": dice.pick(&self.people)});
        let (command, fields) = match dice.below(100) {
            0..30 => (
                "register-asset",
                json!({"model_id": self.model, "tag": tag,
                       "costs": {"price": {"amount": "100.00", "currency": "EUR"}}}),
            ),
            30..52 => ("deploy-asset", json!({"asset": tag, "custodian": person})),
            52..64 => ("reassign-asset", json!({"asset": tag, "custodian": person})),
            64..78 => ("return-asset", json!({"asset": tag, "location_id": self.location})),
            78..81 => ("retire-asset", json!({"asset": tag, "cause": "end_of_life"})),
            81..85 => ("void-asset", json!({"asset": tag, "reason": "Registered twice."})),
            85..89 => return self.purchase(step / 16),
            _ => {
                let number = (step / 16).saturating_sub(dice.below(3));
                let fields = json!({"purchase_order_id": self.purchase(number).key, "line": 1,
                                    "quantity": 1 + dice.below(5), "location_id": self.location});
                ("receive-delivery", fields)
            }
        };
        OutgoingCommand { key, command, fields }
    }

    /// The registration of an asset that nobody else names.
    #[must_use]
    pub fn piece(&self, number: u64) -> OutgoingCommand {
        let key = Dice::of(self.seed, "piece", &[number]).id();
        let fields = json!({"model_id": self.model, "tag": format!("PC-{number}")});
        OutgoingCommand { key, command: "register-asset", fields }
    }

    /// The order with a number, which every client may be the one to issue.
    fn purchase(&self, number: u64) -> OutgoingCommand {
        let key = Dice::of(self.seed, "purchase", &[number]).id();
        let line = json!({"model_id": self.model, "quantity": ORDERED,
                          "unit_price": {"amount": "99.00", "currency": "EUR"}});
        let fields = json!({"number": format!("PO-{number}"), "vendor_id": self.vendor, "lines": [line]});
        OutgoingCommand { key, command: "issue-purchase-order", fields }
    }
}

/// Clients at work.
pub struct Workload {
    is_over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Workload {
    /// Starts as many clients.
    #[must_use]
    pub fn start(sender: &Sender, cast: &Cast, clients: u64) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let start = |number: u64| {
            let worker = Worker {
                number,
                sender: sender.clone(),
                cast: cast.clone(),
                clients,
                is_over: Arc::clone(&is_over),
            };
            tokio::spawn(worker.work())
        };
        Self { clients: (0..clients).map(start).collect(), is_over }
    }

    /// Ends it, once every client has its last answer or gave up on it.
    ///
    /// # Panics
    /// If a client panicked.
    pub async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("a client ends in order");
        }
    }
}

struct Worker {
    number: u64,
    sender: Sender,
    cast: Cast,
    clients: u64,
    is_over: Arc<AtomicBool>,
}

impl Worker {
    async fn work(self) {
        // Ends with the workload.
        for step in 0.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let mut dice = Dice::of(self.cast.seed, "client", &[self.number, step]);
            let order = if dice.is_within(12) {
                self.cast.order(dice.below(self.clients), dice.below(step + 1))
            } else {
                self.cast.order(self.number, step)
            };
            let outcome = self.send_at_last(&order, &mut dice).await;
            if let Outcome::Acknowledged(answer) = &outcome
                && !["issue-purchase-order", "receive-delivery"].contains(&order.command)
                && dice.is_within(10)
            {
                self.sender.read_back(answer).await;
            }
            tokio::time::sleep(Duration::from_millis(dice.below(8))).await;
        }
    }

    /// Sends a command until it is settled, or gives it up half way as clients do.
    async fn send_at_last(&self, order: &OutgoingCommand, dice: &mut Dice) -> Outcome {
        loop {
            let transport = match dice.below(10) {
                0 => Transport::Lines,
                1 if self.sender.nats.is_some() => Transport::Nats,
                _ => Transport::Http,
            };
            let service = usize::try_from(dice.below(64)).unwrap_or(0);
            let outcome = self.sender.send(order, transport, service).await;
            let is_given_up = dice.is_within(15) || self.is_over.load(Ordering::Relaxed);
            if outcome.is_settled() || is_given_up {
                return outcome;
            }
            tokio::time::sleep(AGAIN_PAUSE).await;
        }
    }
}
