//! A whole itam for one test: on the embedded log, or on a nats-server of its own.

use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Answer, Client, Service, admin_token, eventually, run_itam};
use serde_json::Value;
use tempfile::TempDir;

/// A whole itam, with clients that hold the administrator's token. Dropping it stops and removes
/// everything: first the services, then what they stand on.
pub(crate) struct Installation {
    /// Where commands are sent.
    pub(crate) commands: Client,
    /// Where queries are sent.
    pub(crate) queries: Client,
    /// The administrator's token.
    pub(crate) admin: String,
    /// One for `itam up`; else the command service, the projector and the query service.
    pub(crate) services: Vec<Service>,
    /// The nats-server, if it stands on one.
    pub(crate) nats: Option<NatsServer>,
    /// The data directory, which all processes share.
    pub(crate) data: TempDir,
}

/// Which of the three processes stands where in [`Installation::services`].
pub(crate) const PROJECTOR: usize = 1;
/// See [`PROJECTOR`].
pub(crate) const QUERY_SERVICE: usize = 2;

impl Installation {
    /// `itam up` on the embedded log.
    pub(crate) async fn embedded() -> Self {
        Self::embedded_with(&[]).await
    }

    /// `itam up` on the embedded log, with further arguments.
    pub(crate) async fn embedded_with(args: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let service = Service::start("up", data.path(), args).await;
        Self::of(data, None, vec![service]).await
    }

    /// `itam up` in one process on a nats-server.
    pub(crate) async fn up_on_nats() -> Self {
        Self::on_nats(&["up"]).await
    }

    /// The three services as processes of their own on a nats-server.
    pub(crate) async fn three_processes() -> Self {
        Self::on_nats(&["command-service", "projector", "query-service"]).await
    }

    async fn on_nats(subcommands: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
        let mut services = Vec::new();
        for subcommand in subcommands {
            services.push(Self::start_on(&nats, subcommand, data.path()).await);
        }
        Self::of(data, Some(nats), services).await
    }

    async fn start_on(nats: &NatsServer, subcommand: &str, data: &Path) -> Service {
        let (url, monitoring) = (nats.url(), nats.monitoring_url());
        let args = ["--nats", &url, "--nats-monitoring", &monitoring, "--production"];
        Service::start(subcommand, data, &args).await
    }

    /// One more process of a service on the same nats-server.
    pub(crate) async fn another(&self, subcommand: &str) -> Service {
        let nats = self.nats.as_ref().expect("a nats-server");
        let service = Self::start_on(nats, subcommand, self.folder()).await;
        service.ready().await;
        service
    }

    async fn of(data: TempDir, nats: Option<NatsServer>, services: Vec<Service>) -> Self {
        let admin = admin_token(data.path()).await;
        for service in &services {
            service.ready().await;
        }
        let client = |service: Option<&Service>| {
            let service = service.expect("there is a service");
            Client::new(&service.url, &admin)
        };
        Self {
            commands: client(services.first()),
            queries: client(services.last()),
            admin,
            services,
            nats,
            data,
        }
    }

    /// The data directory.
    pub(crate) fn folder(&self) -> &Path {
        self.data.path()
    }

    /// The only process of `itam up`.
    pub(crate) fn up(&mut self) -> &mut Service {
        &mut self.services[0]
    }

    /// The environment in which the tools find this installation.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![("ITAM_DATA", self.folder().display().to_string())];
        environment.push(("ITAM_TOKEN", self.admin.clone()));
        if let Some(nats) = &self.nats {
            environment.push(("ITAM_NATS", nats.url()));
        }
        environment
    }

    /// Runs a tool that must succeed and gives what it printed.
    pub(crate) async fn tool(&self, args: &[&str]) -> String {
        let output = self.try_tool(args).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "itam {args:?}: {complaint}");
        String::from_utf8(output.stdout).expect("a tool prints UTF-8")
    }

    /// Runs a tool.
    pub(crate) async fn try_tool(&self, args: &[&str]) -> std::process::Output {
        let environment = self.environment();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        run_itam(args, &environment).await
    }

    /// A new token of a role, for a person if one is named, that all services know.
    pub(crate) async fn token(&self, name: &str, role: &str, person: Option<&str>) -> String {
        let mut args = vec!["token", "create", "--name", name, "--role", role];
        args.extend(person.into_iter().flat_map(|person| ["--person", person]));
        if person.is_some() && self.nats.is_none() {
            // The service has the log, and knows alone who is in it.
            args.extend(["--server", &self.services[0].url]);
        }
        let token = self.tool(&args).await.trim().to_owned();
        for service in &self.services {
            admitted(service, &token).await;
        }
        token
    }

    /// A client of the commands under a new token of a role.
    pub(crate) async fn colleague(&self, role: &str, person: Option<&str>) -> Client {
        let token = self.token(role, role, person).await;
        Client::new(&self.services[0].url, &token)
    }

    /// What a query shows once the position is applied, however long the machine takes for that.
    pub(crate) async fn seen(&self, path: &str, position: u64) -> Value {
        let path = with_position(path, position);
        eventually("the position is applied", || async {
            let answer = self.queries.get(&path).await;
            let is_reached = answer.status != 504;
            assert!(!is_reached || answer.status == 200, "{path}: {}", answer.text);
            is_reached.then(|| answer.json())
        })
        .await
    }

    /// The head of the log, as the query service sees it.
    pub(crate) async fn head(&self) -> u64 {
        let status = self.queries.fetch("/v1/status").await;
        status["head"].as_u64().unwrap_or_else(|| panic!("no head in {status}"))
    }

    /// The inventory's summary once everything is applied that is in the log.
    pub(crate) async fn summary(&self) -> Value {
        let head = self.head().await;
        self.seen("/v1/inventory/summary", head).await
    }
}

/// A client of a service under a token, once the service knows it: those on NATS learn of it a little later.
pub(crate) async fn admitted(service: &Service, token: &str) -> Client {
    let client = Client::new(&service.url, token);
    eventually("the token is known", || async { (client.get("/v1/me").await.status != 401).then_some(()) })
        .await;
    client
}

/// The path of a query that waits for a position.
pub(crate) fn with_position(path: &str, position: u64) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}min_position={position}")
}

/// The position that an answer to a command names.
pub(crate) fn position_of(answer: &Value) -> u64 {
    answer["position"].as_u64().unwrap_or_else(|| panic!("no position in {answer}"))
}

/// The id that an answer to a command names.
pub(crate) fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned()
}

/// Holds a refusal to its status and its problem's code.
pub(crate) fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

/// The whole number under a name.
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The sum of a summary's counters by state, without those that it does not count as assets.
pub(crate) fn sum_by_state(summary: &Value) -> u64 {
    let states = summary["by_state"].as_object().unwrap_or_else(|| panic!("no states in {summary}"));
    let counted = states.iter().filter(|(state, _)| !["voided", "cancelled"].contains(&state.as_str()));
    counted.filter_map(|(_, count)| count.as_u64()).sum()
}
