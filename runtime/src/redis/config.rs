//! The settings of a Redis: its address, time limits, and secrets.

use std::fmt;
use std::time::Duration;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use tokio::runtime::Handle;

use super::error_text::Secrets;
use super::server::Server;

/// The address and the settings of a Redis, for [`install`](crate::redis::install). It is not
/// connected yet.
///
/// ```
/// use std::time::Duration;
/// use functools::redis::Redis;
///
/// # fn main() -> Result<(), functools::redis::RedisError> {
/// let redis = Redis::new("redis://app:secret@cache.example:6379/0")?
///     .timeout(Duration::from_millis(20))
///     .name("shop");
/// functools::redis::install(redis);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    pub(super) server: Server,
    pub(super) name: String,
    pub(super) timeout: Duration,
    pub(super) failures: u32,
    pub(super) value_cap: usize,
    pub(super) l1_ttl: Duration,
    pub(super) lease: Duration,
    pub(super) tracking: bool,
    pub(super) secret: [u8; 32],
    /// The texts that are sent to log in, which no error shows.
    pub(super) secrets: Secrets,
    pub(super) runtime: Option<Handle>,
}

/// The longest duration: longer ones would overflow a clock.
pub(super) const MAX_DURATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The largest value that Redis stores.
const LARGEST: usize = 512 << 20;

/// The context from which the keys of hashes are derived.
const KEY_CONTEXT: &str = "functools 2026-11-23 keyed hashes of arguments";

impl Redis {
    /// Returns the Redis at `url`: `redis://[user:password@]host[:port][/db]`,
    /// `redis+unix:///path/to/socket`, or, with the feature `redis-tls`, `rediss://..`. If the
    /// server there is a node of a Redis Cluster, all its nodes are used.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if `url` is not such an address. An unreachable Redis is not an error.
    pub fn new(url: &str) -> Result<Redis, RedisError> {
        let (info, secret) = connection_info(url)?;
        let secrets = secrets_of([&info]);
        let client = Client::open(info).map_err(|error| RedisError::of(&error))?;
        Ok(Redis::with(Server::Direct(vec![client]), secret, secrets))
    }

    /// Adds the address of another node of the same Redis Cluster, which is tried when those before
    /// cannot be reached. One address is enough to find all nodes of a cluster, if its node is up
    /// when the process starts. Of `url` the host and the port are used: the user, the password
    /// and the encryption of the first address are those of all nodes.
    ///
    /// ```
    /// use functools::redis::Redis;
    ///
    /// # fn main() -> Result<(), functools::redis::RedisError> {
    /// let redis = Redis::new("redis://app:secret@node-1.example")?
    ///     .node("redis://node-2.example")?
    ///     .node("redis://node-3.example")?;
    /// functools::redis::install(redis);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RedisError`] if `url` has no host, or the server is found by sentinels.
    pub fn node(mut self, url: &str) -> Result<Redis, RedisError> {
        let info = url.into_connection_info().map_err(|error| RedisError::of(&error))?;
        let (ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) =
            info.addr()
        else {
            return Err(RedisError("the address of a node requires a host".into()));
        };
        let Some(client) = self.server.client_at(host, *port) else {
            return Err(RedisError("a node's address cannot be combined with Sentinel".into()));
        };
        self.server = Server::Direct([self.server.clients(), &[client]].concat());
        Ok(self)
    }

    /// Returns the master that Redis Sentinel calls `master`. `urls` are the addresses of the
    /// sentinels, which are queried for the master at each connection. The master's user, password
    /// and database are those of the first.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if `urls` is empty, or one of them is not an address.
    #[cfg(feature = "redis-sentinel")]
    pub fn sentinel<'a>(
        urls: impl IntoIterator<Item = &'a str>,
        master: &str,
    ) -> Result<Redis, RedisError> {
        use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};

        let infos = urls.into_iter().map(connection_info).collect::<Result<Vec<_>, _>>()?;
        let Some((first, secret)) = infos.first() else {
            let why = "no sentinel address given: at least one is required";
            return Err(RedisError(why.into()));
        };
        let node = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(first.redis_settings().clone());
        let secret = *secret;
        let secrets = secrets_of(infos.iter().map(|(info, _)| info));
        let infos = infos.into_iter().map(|(info, _)| info).collect();
        let master = master.to_owned();
        let client = SentinelClient::build(infos, master, Some(node), SentinelServerType::Master)
            .map_err(|error| RedisError::of(&error))?;
        let client = std::sync::Arc::new(tokio::sync::Mutex::new(client));
        Ok(Redis::with(Server::Sentinel(client), secret, secrets))
    }

    fn with(server: Server, secret: [u8; 32], secrets: Secrets) -> Self {
        Redis {
            server,
            name: "functools".to_owned(),
            timeout: Duration::from_millis(50),
            failures: 3,
            value_cap: 1 << 20,
            l1_ttl: Duration::from_secs(5),
            lease: Duration::from_secs(2),
            tracking: true,
            secret,
            secrets,
            runtime: None,
        }
    }

    /// Sets the time limit of each query. Default: 50 ms. A call waits for at most one query that
    /// times out; with a Redis that is slow and answers, it reads, takes the lease and stores, each
    /// within this limit. A process with hundreds of queries in flight waits for up to five times
    /// as long, as long as replies arrive.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_DURATION);
        self
    }

    /// Sets how many consecutive failures open the breaker of a right: reading, removing or
    /// storing. Default: 3; minimum: 1. Failures that overlap count once.
    #[must_use]
    pub fn breaker(mut self, failures: u32) -> Self {
        self.failures = failures.max(1);
        self
    }

    /// Sets the largest value, in bytes, that is read or stored. Default: 1 MiB; maximum: 512 MiB,
    /// Redis's own limit.
    #[must_use]
    pub fn value_cap(mut self, bytes: usize) -> Self {
        self.value_cap = bytes.min(LARGEST);
        self
    }

    /// Sets how long entries in memory stay valid without tracking. Default: 5 s. The `l1_ttl` of a
    /// function takes precedence, and so does a shorter `ttl`.
    #[must_use]
    pub fn l1_ttl(mut self, l1_ttl: Duration) -> Self {
        self.l1_ttl = l1_ttl;
        self
    }

    /// Sets the length of a lease, and how long other processes wait for its holder before they
    /// compute without one. Default: 2 s; minimum: 10 ms. A holder renews its lease while it
    /// computes, for an hour at most; if its process ends, the lease ends within this time, and one
    /// of the others computes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.clamp(Duration::from_millis(10), MAX_DURATION);
        self
    }

    /// Sets whether Redis pushes changes (`CLIENT TRACKING`). Default: true. Without it,
    /// as with a server or a proxy that pushes nothing, entries in memory are valid for
    /// [`l1_ttl`](Redis::l1_ttl) only.
    #[must_use]
    pub fn tracking(mut self, tracking: bool) -> Self {
        self.tracking = tracking;
        self
    }

    /// Sets the secret that keys the hashes of `{argument:hash}`. All processes that share keys
    /// must use the same one. Without it the password of the address keys them: then anyone who
    /// knows the password can test guesses at an argument. Without a password anyone can who can
    /// list the keys.
    #[must_use]
    pub fn key_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = blake3::derive_key(KEY_CONTEXT, secret.as_ref());
        self
    }

    /// Makes the tasks of the current tokio runtime read by a connection of their own, which that
    /// runtime drives. A hit in Redis then takes about a third less time, because it needs no
    /// switch to another thread and back. The runtime must have I/O enabled, as that of
    /// `#[tokio::main]` has. Outside a runtime this has no effect.
    ///
    /// ```
    /// use functools::redis::Redis;
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<(), functools::redis::RedisError> {
    ///     functools::redis::install(Redis::new("redis://localhost")?.on_tokio());
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn on_tokio(mut self) -> Self {
        self.runtime = Handle::try_current().ok();
        self
    }

    /// Sets the name of the connection in `CLIENT LIST`. Default: `functools`.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets the root certificate, in PEM, that must have signed the server's certificate. It
    /// replaces those of the system. Only for an address that begins with `rediss://`.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if `pem` contains no certificate, the address does not begin with
    /// `rediss://`, or the server is found by sentinels.
    #[cfg(feature = "redis-tls")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, RedisError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;

        let clients = self.server.clients();
        if clients.is_empty() {
            let why = "a root certificate cannot be combined with Sentinel";
            return Err(RedisError(why.into()));
        }
        let pem = pem.into();
        let infos = clients.iter().map(|client| client.get_connection_info().clone());
        let infos: Vec<_> = infos.collect();
        let is_encrypted =
            |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if !infos.iter().all(is_encrypted) {
            let why = "a root certificate requires a `rediss://` address";
            return Err(RedisError(why.into()));
        }
        if !matches!(CertificateDer::pem_slice_iter(&pem).next(), Some(Ok(_))) {
            let why = "no PEM certificate found (expected `-----BEGIN CERTIFICATE-----`)";
            return Err(RedisError(why.into()));
        }
        let build = |info| {
            let root_cert = Some(pem.clone());
            let certificates = redis::TlsCertificates { client_tls: None, root_cert };
            Client::build_with_tls(info, certificates).map_err(|error| RedisError::of(&error))
        };
        self.server = Server::Direct(infos.into_iter().map(build).collect::<Result<_, _>>()?);
        Ok(self)
    }
}

impl Redis {
    /// Returns the settings for a forked process, which has no runtime.
    pub(super) fn for_child(&self) -> Self {
        Redis { runtime: None, ..self.clone() }
    }
}

/// Installs the default ciphers for TLS, unless the program has chosen its own.
#[cfg(feature = "redis-tls")]
pub(super) fn provide_ciphers() {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed them meanwhile.
        let _ = ring::default_provider().install_default();
    }
}

/// Returns the parts of an address, and the secret derived from its password.
fn connection_info(url: &str) -> Result<(ConnectionInfo, [u8; 32]), RedisError> {
    let info = url.into_connection_info().map_err(|error| RedisError::of(&error))?;
    let settings = info.redis_settings().clone();
    let secret =
        blake3::derive_key(KEY_CONTEXT, settings.password().unwrap_or_default().as_bytes());
    // RESP2 cannot push invalidations between replies.
    let settings = settings.set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    Ok((info.set_redis_settings(settings), secret))
}

/// Returns the texts that are sent to log in at these addresses.
fn secrets_of<'a>(infos: impl IntoIterator<Item = &'a ConnectionInfo>) -> Secrets {
    let mut secrets = Secrets::default();
    for info in infos {
        let settings = info.redis_settings();
        let username = settings.username().filter(|name| *name != "default");
        [settings.password(), username].into_iter().flatten().for_each(|text| secrets.add(text));
    }
    secrets
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match &self.server {
            Server::Direct(clients) => {
                let addresses = clients.iter().map(|client| client.get_connection_info().addr());
                addresses.map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            #[cfg(feature = "redis-sentinel")]
            Server::Sentinel(_) => "by sentinel".to_owned(),
        };
        f.debug_struct("Redis")
            .field("server", &server)
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("breaker", &self.failures)
            .field("value_cap", &self.value_cap)
            .field("l1_ttl", &self.l1_ttl)
            .field("lease", &self.lease)
            .field("tracking", &self.tracking)
            .finish_non_exhaustive()
    }
}

/// An invalid Redis address. An unreachable Redis is not an error.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisError(String);

impl RedisError {
    fn of(error: &redis::RedisError) -> Self {
        let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        RedisError(format!(
            "invalid Redis address{detail}: expected `redis://[user:password@]host[:port][/db]`, \
             `redis+unix:///path`, or, with the feature `redis-tls` of functools, `rediss://..`"
        ))
    }
}

impl fmt::Debug for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisError").field(&self.0).finish()
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RedisError {}

#[cfg(test)]
mod tests {
    use super::Redis;

    #[test]
    fn a_password_is_shown_nowhere() {
        for url in [
            "redis://me:hunter2@localhost:1/0",
            "redis://:hunter2@localhost",
            "redis://:hunter2@localhost/x",
            "redis://:hunter2@:x",
            "reddis://:hunter2@localhost",
            "hunter2",
            "redis://hunter2:hunter2",
        ] {
            let shown = match Redis::new(url) {
                Ok(redis) => format!("{redis:?}{redis:#?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
