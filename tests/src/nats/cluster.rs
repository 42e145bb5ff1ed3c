//! Three servers with routes between them: the R3 set-up of production, on loopback.

use std::time::{Duration, Instant};

use super::{NatsError, NatsOptions, NatsServer, Ports, START_TRIES};

const LEADER_WITHIN: Duration = Duration::from_secs(30);

/// A `JetStream` cluster on loopback.
#[derive(Debug)]
pub struct NatsCluster {
    /// The servers, which a test may kill, restart, pause and resume one by one.
    pub servers: Vec<NatsServer>,
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

    async fn try_start(size: usize) -> Result<Self, NatsError> {
        let mut ports = Vec::with_capacity(size);
        for _ in 0..size {
            ports.push(Ports::find_free()?);
        }
        let routes: Vec<u16> = ports.iter().map(|ports| ports.route).collect();
        let mut servers = Vec::with_capacity(size);
        for (index, ports) in ports.into_iter().enumerate() {
            let name = format!("n{}", index + 1);
            servers.push(NatsServer::prepare(&name, ports, &routes, &NatsOptions::default())?);
        }
        for server in &mut servers {
            server.spawn().await?;
        }
        for server in &mut servers {
            server.wait_until_ready().await?;
        }
        let cluster = Self { servers };
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
