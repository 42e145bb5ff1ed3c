//! Where a service listens: a host's name or address and a port, as people write them.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::{TcpListener, lookup_host};

/// A host and a port to listen on: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for
/// every IPv4 address of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    /// `None` for every IPv4 address.
    host: Option<String>,
    port: u16,
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "a host and a port, such as 127.0.0.1:8080, [::1]:8080, localhost:8080 or :8080".to_owned();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: Some(address.ip().to_string()), port: address.port() });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(expected)?;
        let port = port.parse().map_err(|_| expected())?;
        let is_name =
            |host: &str| host.chars().all(|char| char.is_ascii_alphanumeric() || "-._".contains(char));
        if !is_name(host) {
            return Err(expected());
        }
        Ok(Self { host: Some(host.to_owned()).filter(|host| !host.is_empty()), port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().unwrap_or_default();
        if host.contains(':') {
            return write!(formatter, "[{host}]:{}", self.port);
        }
        write!(formatter, "{host}:{}", self.port)
    }
}

impl ListenAddress {
    /// Takes the first address of the host that can be had, those of IPv4 before those of IPv6: who is
    /// told `localhost` tries both, and who is told an address has only that.
    ///
    /// # Errors
    /// Those of the last address, or that the host has none.
    pub(crate) async fn bind(&self) -> io::Result<TcpListener> {
        let mut addresses: Vec<SocketAddr> = match &self.host {
            Some(host) => lookup_host((host.as_str(), self.port)).await?.collect(),
            None => vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), self.port)],
        };
        addresses.sort_by_key(SocketAddr::is_ipv6);
        TcpListener::bind(addresses.as_slice()).await
    }
}

/// How a client on this host reaches a listener: every address is reached by the first of this host.
pub(crate) fn reached_at(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ListenAddress, String> {
        text.parse()
    }

    #[test]
    fn an_address_is_written_as_it_was_read() {
        for text in
            ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "itam.example.com:0", ":8080", "0.0.0.0:1"]
        {
            assert_eq!(read(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused_with_examples() {
        for text in [
            "",
            "8080",
            "localhost",
            "localhost:",
            "localhost:http",
            "localhost:70000",
            "::1:80",
            "a b:80",
            "http://localhost:80",
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains("localhost:8080"), "{text}: {error}");
        }
    }

    #[tokio::test]
    async fn a_name_is_bound_at_its_ipv4_address() {
        let listener = read("localhost:0").expect("read").bind().await.expect("bound");
        assert_eq!(listener.local_addr().expect("an address").ip(), IpAddr::V4(Ipv4Addr::LOCALHOST));
    }

    #[tokio::test]
    async fn a_host_that_is_not_there_is_told() {
        read("no-such-host.invalid:0").expect("read").bind().await.expect_err("nobody is called so");
    }

    #[test]
    fn every_address_is_reached_at_the_loopback() {
        let every = SocketAddr::from(([0, 0, 0, 0], 8080));
        assert_eq!(reached_at(every).to_string(), "127.0.0.1:8080");
        let one = SocketAddr::from(([127, 0, 0, 2], 8080));
        assert_eq!(reached_at(one), one);
    }
}
