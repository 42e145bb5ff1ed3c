//! Three servers with routes between them: the R3 set-up of production, on loopback.

use std::time::{Duration, Instant};

use super::{NatsError, NatsOptions, NatsServer, Ports, Routes, START_TRIES};
use crate::chaos::{ChaosProxy, Weather};

/// A bound for what hangs, not for what is slow.
const LEADER_WITHIN: Duration = Duration::from_mins(2);

/// A `JetStream` cluster on loopback.
#[derive(Debug)]
pub struct NatsCluster {
    /// The servers, which a test may kill, restart, pause and resume one by one.
    pub servers: Vec<NatsServer>,
    /// What stands on the routes between them.
    roads: Vec<Road>,
}

/// What a server passes to reach another.
struct Road {
    /// Who uses it; nobody in particular finds the server by what it advertises.
    from: Option<usize>,
    to: usize,
    proxy: ChaosProxy,
}

impl std::fmt::Debug for Road {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} -> {}", self.from, self.to)
    }
}

impl NatsCluster {
    /// Starts `size` servers and waits until they have elected a `JetStream` leader.
    ///
    /// # Errors
    /// [`NatsError`] if there is no program or they do not become ready.
    pub async fn start(size: usize) -> Result<Self, NatsError> {
        let mut last_error = None;
        for _ in 0..START_TRIES {
            match Self::try_start(size).await {
                Ok(cluster) => return Ok(cluster),
                Err(error @ NatsError::NoServer(_)) => return Err(error),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| NatsError::NotReady("it was never tried".to_owned())))
    }

    /// The addresses of all servers, separated by commas.
    #[must_use]
    pub fn url(&self) -> String {
        let urls: Vec<String> = self.servers.iter().map(NatsServer::url).collect();
        urls.join(",")
    }

    /// The monitoring address of the first server.
    #[must_use]
    pub fn monitoring_url(&self) -> String {
        self.servers.first().map(NatsServer::monitoring_url).unwrap_or_default()
    }

    /// The monitoring addresses of all servers, separated by commas.
    #[must_use]
    pub fn monitoring_urls(&self) -> String {
        let urls: Vec<String> = self.servers.iter().map(NatsServer::monitoring_url).collect();
        urls.join(",")
    }

    /// Cuts a server off from the others, while clients still reach it.
    pub fn cut_off(&self, server: usize) {
        for road in &self.roads {
            // What two others found by hearsay is cut too: they have a road of their own.
            if road.to == server || road.from.is_none_or(|from| from == server) {
                road.proxy.set(Weather::Cut);
            }
        }
    }

    /// Opens all routes again.
    pub fn reunite(&self) {
        for road in &self.roads {
            road.proxy.set(Weather::Clear);
        }
    }

    /// Servers that reach each other without anything between.
    pub(super) fn of(servers: Vec<NatsServer>) -> Self {
        Self { servers, roads: Vec::new() }
    }

    async fn build_roads(ports: &[Ports]) -> Vec<Road> {
        let mut roads = Vec::new();
        for (to, Ports { route, .. }) in ports.iter().enumerate() {
            let others = (0..ports.len()).filter(|from| *from != to).map(Some);
            for from in others.chain([None]) {
                roads.push(Road { from, to, proxy: ChaosProxy::start(route.number()).await });
            }
        }
        roads
    }

    async fn try_start(size: usize) -> Result<Self, NatsError> {
        let mut ports = Vec::with_capacity(size);
        for _ in 0..size {
            ports.push(Ports::take()?);
        }
        let roads = Self::build_roads(&ports).await;
        let mut servers = Vec::with_capacity(size);
        for (index, ports) in ports.into_iter().enumerate() {
            let port = |road: &Road| road.proxy.port();
            let to = roads.iter().filter(|road| road.from == Some(index)).map(port).collect();
            let own = roads.iter().find(|road| road.from.is_none() && road.to == index);
            let routes = Routes { to, advertised: own.map_or(ports.route.number(), port) };
            let name = format!("n{}", index + 1);
            servers.push(NatsServer::prepare(&name, ports, Some(&routes), &NatsOptions::default())?);
        }
        for server in &mut servers {
            server.spawn().await?;
        }
        for server in &mut servers {
            server.wait_until_ready().await?;
        }
        let cluster = Self { servers, roads };
        cluster.wait_for_leader().await?;
        Ok(cluster)
    }

    /// Waits until the first server knows the meta group's leader and all its members.
    async fn wait_for_leader(&self) -> Result<(), NatsError> {
        let url = format!("{}/jsz", self.monitoring_url());
        let start = Instant::now();
        while start.elapsed() < LEADER_WITHIN {
            crate::client::choose_tls();
            if let Ok(response) = reqwest::get(&url).await {
                let status: serde_json::Value = match response.bytes().await {
                    Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
                    Err(_) => serde_json::Value::Null,
                };
                let meta = &status["meta_cluster"];
                let has_leader = meta["leader"].as_str().is_some_and(|leader| !leader.is_empty());
                if has_leader && meta["cluster_size"].as_u64() == Some(self.servers.len() as u64) {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(NatsError::NotReady("the cluster elected no JetStream leader".to_owned()))
    }
}
