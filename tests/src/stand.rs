//! An installation on the test stand: its processes, its servers, and one who sends commands.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chaos::ChaosProxy;
use crate::dice::Dice;
use crate::history::{History, Outcome, Transport};
use crate::nats::{NatsCluster, NatsError, NatsOptions, NatsServer};
use crate::sender::{self, OutgoingCommand, Sender};
use crate::{Client, Service, admin_token, eventually_within};

/// Which process stands where in [`Stand::services`] on NATS: behind the two command services.
pub const PROJECTOR: usize = 2;
/// See [`PROJECTOR`].
pub const QUERY_SERVICE: usize = 3;

/// How long it is waited for an installation to be right again after a fault has ended: a bound for what
/// hangs. Whether it took longer than is promised is the report's to judge.
pub const RECOVERS_WITHIN: Duration = Duration::from_mins(2);

/// An installation on the test stand. Dropping it ends its processes: the services first.
pub struct Stand {
    /// The processes. The command services come first, the one that answers queries is the last.
    pub services: Vec<Service>,
    /// The nats-server, where there is one.
    pub nats: Option<NatsServer>,
    /// The cluster, where there is one.
    pub cluster: Option<NatsCluster>,
    /// What stands between the first command service and the nats-server, where there is one.
    pub proxy: Option<ChaosProxy>,
    /// The data directory, which the processes share.
    pub data: TempDir,
    /// Who sends commands, and writes down what came of them.
    pub sender: Sender,
    probes: u64,
}

impl Stand {
    /// `itam up` on the embedded log.
    pub async fn embedded() -> Self {
        let data = folder();
        let service = Service::start("up", data.path(), &[]).await;
        Self::of(data, vec![service], 1, None).await
    }

    /// The services as processes of their own on one nats-server, with two command services, the
    /// first of which reaches the server by a proxy.
    ///
    /// # Errors
    /// [`NatsError`] if there is no server.
    pub async fn on_nats() -> Result<Self, NatsError> {
        let nats = NatsServer::start(NatsOptions::default()).await?;
        let (url, monitoring) = (nats.url(), nats.monitoring_url());
        let proxy = ChaosProxy::start(nats.port()).await;
        let first = format!("nats://127.0.0.1:{}", proxy.port());
        let mut stand = Self::on(&first, &url, &monitoring, "1").await;
        (stand.nats, stand.proxy) = (Some(nats), Some(proxy));
        Ok(stand)
    }

    /// The services on a cluster of three servers.
    ///
    /// # Errors
    /// [`NatsError`] if there is no server.
    pub async fn on_cluster() -> Result<Self, NatsError> {
        let cluster = NatsCluster::start(3).await?;
        let url = cluster.url();
        let mut stand = Self::on(&url, &url, &cluster.monitoring_urls(), "3").await;
        stand.cluster = Some(cluster);
        Ok(stand)
    }

    /// The services on servers. The first command service connects by
    /// `first`, the others by `url`.
    async fn on(first: &str, url: &str, monitoring: &str, replicas: &str) -> Self {
        let data = folder();
        let mut services = Vec::new();
        for (subcommand, url) in
            [("command-service", first), ("command-service", url), ("projector", url), ("query-service", url)]
        {
            let args = ["--nats", url, "--nats-monitoring", monitoring, "--nats-replicas", replicas];
            services.push(Service::start(subcommand, data.path(), &args).await);
        }
        let nats = async_nats::connect(url.split(',').collect::<Vec<_>>()).await.expect("a connection");
        Self::of(data, services, 2, Some(nats)).await
    }

    async fn of(
        data: TempDir,
        services: Vec<Service>,
        command_services: usize,
        nats: Option<async_nats::Client>,
    ) -> Self {
        let admin = admin_token(data.path()).await;
        for service in &services {
            service.ready().await;
        }
        let clients: Vec<Client> = services.iter().map(|service| Client::new(&service.url, &admin)).collect();
        let queries = clients.last().expect("there is a service").clone();
        let commands = clients.into_iter().take(command_services).collect();
        let nats = nats.map(|nats| (nats, admin));
        let sender =
            Sender { commands, queries, nats, history: History::begin(), patience: sender::PATIENCE };
        Self { services, nats: None, cluster: None, proxy: None, data, sender, probes: 0 }
    }

    /// The proxy.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn proxy(&self) -> &ChaosProxy {
        self.proxy.as_ref().expect("there is a proxy")
    }

    /// The nats-server.
    ///
    /// # Panics
    /// If there is none.
    pub fn nats(&mut self) -> &mut NatsServer {
        self.nats.as_mut().expect("there is a nats-server")
    }

    /// The cluster.
    ///
    /// # Panics
    /// If there is none.
    pub fn cluster(&mut self) -> &mut NatsCluster {
        self.cluster.as_mut().expect("there is a cluster")
    }

    /// Which server of the cluster leads the stream of the log.
    ///
    /// # Panics
    /// If none does in time.
    pub async fn stream_leader(&self) -> usize {
        let (nats, _) = self.sender.nats.as_ref().expect("there is a connection");
        eventually_within(RECOVERS_WITHIN, "the stream has a leader", || leader_by(nats)).await
    }

    /// Waits until a server of the cluster knows another leader of the log's stream than `former`.
    ///
    /// # Panics
    /// If there is none in time.
    pub async fn succeeded(&mut self, former: usize) {
        let witness = self.cluster().servers[(former + 1) % 3].url();
        let nats = async_nats::connect(witness).await.expect("a connection");
        eventually_within(RECOVERS_WITHIN, "the others elect another leader", || async {
            leader_by(&nats).await.filter(|leader| *leader != former)
        })
        .await;
    }

    /// Waits until every server of the cluster holds all of the log, the people and the tokens.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn replicated(&self) {
        const STREAMS: [&str; 3] = ["ITAM_main", "KV_ITAM_main_people", "KV_ITAM_main_tokens"];
        let (nats, _) = self.sender.nats.as_ref().expect("there is a connection");
        for stream in STREAMS {
            eventually_within(RECOVERS_WITHIN, "every replica is up to date", || async {
                let cluster = cluster_of(nats, stream).await?;
                let replicas = cluster["replicas"].as_array()?;
                let is_current = |replica: &Value| replica["current"] == true && replica["offline"] != true;
                (replicas.len() == 2 && replicas.iter().all(is_current)).then_some(())
            })
            .await;
        }
    }

    /// Waits until every server of the cluster takes itself for healthy.
    ///
    /// # Panics
    /// If one does not in time.
    pub async fn healthy(&self) {
        let cluster = self.cluster.as_ref().expect("there is a cluster");
        for (server, number) in cluster.servers.iter().zip(1..) {
            let is_healthy = || async { server.is_healthy().await.then_some(()) };
            let what = format!("server n{number} takes itself for healthy");
            eventually_within(RECOVERS_WITHIN, &what, is_healthy).await;
        }
    }

    /// Waits until every server of the cluster itself holds the whole log, which no leader says of its peers.
    ///
    /// # Panics
    /// If one does not in time.
    pub async fn whole(&self) {
        let cluster = self.cluster.as_ref().expect("there is a cluster");
        eventually_within(RECOVERS_WITHIN, "every server holds the whole log", || async {
            let mut held = Vec::new();
            for server in &cluster.servers {
                held.push(server.held("ITAM_main").await?);
            }
            let is_whole = held.iter().all(|(messages, last)| messages == last && held[0].1 == *last);
            is_whole.then_some(())
        })
        .await;
    }

    /// The data directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Waits until commands are taken by every command service and can be read back, and says how
    /// long it took.
    ///
    /// # Panics
    /// If it takes too long.
    pub async fn recovered(&mut self) -> Duration {
        let begun = Instant::now();
        for service in 0..self.sender.commands.len() {
            self.takes_commands(service, begun).await;
        }
        begun.elapsed()
    }

    async fn takes_commands(&mut self, service: usize, begun: Instant) {
        self.probes += 1;
        let key = Dice::of(self.probes, "probe", &[]).id();
        let fields = json!({"name": format!("Probe {}", self.probes)});
        let order = OutgoingCommand { key, command: "define-vendor", fields };
        let mut last = String::new();
        while begun.elapsed() < RECOVERS_WITHIN {
            match self.sender.send(&order, Transport::Http, service).await {
                Outcome::Acknowledged(answer) => {
                    let position = &answer["position"];
                    let path = format!("/v1/vendors/{}?min_position={position}", order.key);
                    let request = self.sender.queries.request(reqwest::Method::GET, &path);
                    match self.sender.queries.try_send(request).await {
                        Ok(answer) if answer.status == 200 => return,
                        outcome => last = format!("{outcome:?}"),
                    }
                }
                outcome => last = format!("{outcome:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let logs: Vec<String> = self.services.iter().map(Service::log).collect();
        panic!("not right again within {RECOVERS_WITHIN:?}: {last}\n{}", logs.join("\n----\n"));
    }
}

async fn leader_by(nats: &async_nats::Client) -> Option<usize> {
    let cluster = cluster_of(nats, "ITAM_main").await?;
    let number = cluster["leader"].as_str()?.strip_prefix('n')?.parse::<usize>().ok()?;
    number.checked_sub(1)
}

/// Who leads a stream, and how far the others are.
async fn cluster_of(nats: &async_nats::Client, stream: &str) -> Option<Value> {
    let asked = nats.request(format!("$JS.API.STREAM.INFO.{stream}"), "".into());
    let answer = tokio::time::timeout(Duration::from_secs(2), asked).await.ok()?.ok()?;
    let mut info: Value = serde_json::from_slice(&answer.payload).ok()?;
    Some(info["cluster"].take())
}

fn folder() -> TempDir {
    crate::scratch::folder("itam-data-").expect("a temporary folder")
}
