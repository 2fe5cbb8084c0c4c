//! The address of a Redis.

use redis::{Client, ConnectionAddr};

/// The server to connect to.
#[derive(Clone)]
pub(super) enum Server {
    /// At one of these addresses: several are those of the nodes of a cluster.
    Direct(Vec<Client>),
    #[cfg(feature = "redis-sentinel")]
    Sentinel(std::sync::Arc<tokio::sync::Mutex<redis::sentinel::SentinelClient>>),
}

impl Server {
    /// Returns the clients of the addresses; none for sentinels.
    pub(super) fn clients(&self) -> &[Client] {
        match self {
            Server::Direct(clients) => clients,
            #[cfg(feature = "redis-sentinel")]
            Server::Sentinel(_) => &[],
        }
    }

    /// Returns the client of another node, with the user, the password and the encryption of the
    /// first address; `None` for sentinels.
    pub(super) fn client_at(&self, host: &str, port: u16) -> Option<Client> {
        let info = self.clients().first()?.get_connection_info().clone();
        let host = host.to_owned();
        let addr = match info.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        Client::open(info.set_addr(addr)).ok()
    }
}
