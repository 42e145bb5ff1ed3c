//! Servers that run the files of `deploy/` as they are: only addresses and folders are others.

use std::fs;
use std::path::{Path, PathBuf};

use super::{NatsCluster, NatsError, NatsServer, Ports, START_TRIES};
use crate::scratch;

/// The users of the shipped files. The password of each is its name.
pub const SHIPPED_USERS: [&str; 8] = [
    "itam-admin",
    "itam-command",
    "itam-up",
    "itam-reader",
    "itam-follower",
    "itam-sealer",
    "itam-door",
    "itam-sender",
];

/// The password of the routes.
pub const ROUTE_PASSWORD: &str = "of-the-routes";

impl NatsServer {
    /// Starts a single server from `deploy/nats-single.conf`, with every user of it.
    ///
    /// # Errors
    /// [`NatsError`] if there is no program or it does not become ready.
    pub async fn start_as_shipped() -> Result<Self, NatsError> {
        let mut last_error = None;
        for _ in 0..START_TRIES {
            let mut server = lay_out("nats-single.conf", Ports::take()?)?;
            match server.restart().await {
                Ok(()) => return Ok(server),
                Err(error @ NatsError::NoServer(_)) => return Err(error),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| NatsError::NotReady("it was never tried".to_owned())))
    }

    /// A server of somebody else's, with a configuration of its own, which is not waited for.
    ///
    /// # Errors
    /// [`NatsError`] if it cannot be started.
    pub async fn start_rogue(configuration: &str) -> Result<Self, NatsError> {
        let ports = Ports::take()?;
        let [client, monitoring, route] = ports.numbers();
        let text = format!(
            "server_name: rogue\nlisten: \"127.0.0.1:{client}\"\nhttp: \"127.0.0.1:{monitoring}\"\n{}\n",
            configuration.replace("$ROUTE", &route.to_string())
        );
        let mut server = prepared(ports, Vec::new())?;
        write(&server.folder.path().join("nats.conf"), &text)?;
        server.spawn().await?;
        Ok(server)
    }

    /// What the server has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The port for routes.
    #[must_use]
    pub fn route_port(&self) -> u16 {
        self.ports.route.number()
    }
}

impl NatsCluster {
    /// Starts three servers from `deploy/nats-cluster-1.conf` to `-3.conf`; with mutual TLS on the routes
    /// if there is a folder with `ca.pem`, `server.pem` and `server.key`.
    ///
    /// # Errors
    /// [`NatsError`] if there is no program or they do not become ready.
    pub async fn start_as_shipped(certificates: Option<&Path>) -> Result<Self, NatsError> {
        let mut last_error = None;
        for _ in 0..START_TRIES {
            match try_shipped(certificates).await {
                Ok(servers) => return Ok(Self::of(servers)),
                Err(error @ NatsError::NoServer(_)) => return Err(error),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| NatsError::NotReady("it was never tried".to_owned())))
    }
}

async fn try_shipped(certificates: Option<&Path>) -> Result<Vec<NatsServer>, NatsError> {
    let ports = [Ports::take()?, Ports::take()?, Ports::take()?];
    let route = |ports: &Ports| {
        let port = ports.route.number();
        format!("\"nats://itam-route:{ROUTE_PASSWORD}@127.0.0.1:{port}\"")
    };
    let routes = ports.iter().map(route).collect::<Vec<_>>().join(", ");
    let mut servers = Vec::new();
    for (index, ports) in ports.into_iter().enumerate() {
        let mut server = lay_out(&format!("nats-cluster-{}.conf", index + 1), ports)?;
        server.environment.push(("ITAM_ROUTES".to_owned(), format!("[{routes}]")));
        if let Some(folder) = certificates {
            let conf = server.folder.path().join("nats.conf");
            let text = read(&conf)?.replace("include ./nats-routes.conf", "include ./nats-routes-tls.conf");
            write(&conf, &text)?;
            for (name, file) in [("CERT", "server.pem"), ("KEY", "server.key"), ("CA", "ca.pem")] {
                let path = folder.join(file).display().to_string();
                server.environment.push((format!("ITAM_ROUTE_{name}"), path));
            }
        }
        servers.push(server);
    }
    for server in &mut servers {
        server.spawn().await?;
    }
    for server in &mut servers {
        server.wait_until_ready().await?;
    }
    Ok(servers)
}

/// Copies what is shipped into a folder of its own, with other addresses.
fn lay_out(conf: &str, ports: Ports) -> Result<NatsServer, NatsError> {
    let environment = SHIPPED_USERS.iter().map(|user| {
        let name = user.trim_start_matches("itam-").to_uppercase();
        (format!("ITAM_{name}_PASSWORD"), (*user).to_owned())
    });
    let environment = environment.chain([("ITAM_ROUTE_PASSWORD".to_owned(), ROUTE_PASSWORD.to_owned())]);
    let [client, monitoring, route] = ports.numbers();
    let server = prepared(ports, environment.collect())?;
    for file in ["nats-permissions.conf", "nats-routes.conf", "nats-routes-tls.conf"] {
        write(&server.folder.path().join(file), &read(&shipped(file))?)?;
    }
    let mut text = String::new();
    for line in read(&shipped(conf))?.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let line = match line.trim_start() {
            rest if rest.starts_with("listen: 127.0.0.1:42") => format!("listen: \"127.0.0.1:{client}\""),
            rest if rest.starts_with("listen: 127.0.0.1:62") => {
                format!("{indent}listen: \"127.0.0.1:{route}\"")
            }
            rest if rest.starts_with("http:") => format!("http: \"127.0.0.1:{monitoring}\""),
            rest if rest.starts_with("store_dir:") => {
                format!("{indent}store_dir: \"{}\"", server.store_folder().display())
            }
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    write(&server.folder.path().join("nats.conf"), &text)?;
    Ok(server)
}

fn prepared(ports: Ports, environment: Vec<(String, String)>) -> Result<NatsServer, NatsError> {
    let folder = scratch::folder("itam-nats-")
        .map_err(|source| NatsError::Io { operation: "making a folder", source })?;
    Ok(NatsServer { ports, folder, child: None, environment })
}

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file)
}

fn read(path: &Path) -> Result<String, NatsError> {
    fs::read_to_string(path).map_err(|source| NatsError::Io { operation: "reading a configuration", source })
}

fn write(path: &Path, text: &str) -> Result<(), NatsError> {
    fs::write(path, text).map_err(|source| NatsError::Io { operation: "writing a configuration", source })
}
