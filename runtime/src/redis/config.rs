//! What a user says about a Redis: where it is, and how long to wait for it.

use std::fmt;
use std::time::Duration;

use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use tokio::runtime::Handle;

/// Where a Redis is, and how it is used: to be [installed](crate::redis::install). Nothing is connected yet.
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
    pub(super) secret: [u8; 32],
    pub(super) runtime: Option<Handle>,
}

/// Whom to connect to.
#[derive(Clone)]
pub(super) enum Server {
    At(Box<Client>),
    #[cfg(feature = "redis-sentinel")]
    Named(std::sync::Arc<tokio::sync::Mutex<redis::sentinel::SentinelClient>>),
}

impl Server {
    /// The one server, if it is one.
    #[cfg(feature = "redis-tls")]
    #[cfg_attr(not(feature = "redis-sentinel"), allow(clippy::unnecessary_wraps))]
    fn client(&self) -> Option<&Client> {
        match self {
            Server::At(client) => Some(client),
            #[cfg(feature = "redis-sentinel")]
            Server::Named(_) => None,
        }
    }
}

/// What is longer is no time that a clock shows.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// No value in Redis is larger.
const LARGEST: usize = 512 << 20;

/// What a secret is made of that nobody has set.
const CONTEXT: &str = "functools 2026-11-23 keyed hashes of arguments";

impl Redis {
    /// The Redis at `url`: `redis://[user:password@]host[:port][/db]`, `redis+unix:///path/to/socket`, or, with the feature
    /// `redis-tls`, `rediss://..`.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if the text is no such address. Whether there is a Redis is found out later, and is no error.
    pub fn new(url: &str) -> Result<Redis, RedisError> {
        let (info, secret) = connection_info(url)?;
        let client = Client::open(info).map_err(|error| RedisError::of(&error))?;
        Ok(Redis::with(Server::At(Box::new(client)), secret))
    }

    /// The master that Redis Sentinel calls `master`, asked for at each connection; `urls` are those of the sentinels.
    /// User, password and database are those of the first.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if there is no address, or one that is none.
    #[cfg(feature = "redis-sentinel")]
    pub fn sentinel<'a>(
        urls: impl IntoIterator<Item = &'a str>,
        master: &str,
    ) -> Result<Redis, RedisError> {
        use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};

        let infos = urls.into_iter().map(connection_info).collect::<Result<Vec<_>, _>>()?;
        let Some((first, secret)) = infos.first() else {
            return Err(RedisError(
                "no sentinel is named: give the address of at least one".into(),
            ));
        };
        let node = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(first.redis_settings().clone());
        let secret = *secret;
        let infos = infos.into_iter().map(|(info, _)| info).collect();
        let master = master.to_owned();
        let client = SentinelClient::build(infos, master, Some(node), SentinelServerType::Master)
            .map_err(|error| RedisError::of(&error))?;
        let client = std::sync::Arc::new(tokio::sync::Mutex::new(client));
        Ok(Redis::with(Server::Named(client), secret))
    }

    fn with(server: Server, secret: [u8; 32]) -> Self {
        Redis {
            server,
            name: "functools".to_owned(),
            timeout: Duration::from_millis(50),
            failures: 3,
            value_cap: 1 << 20,
            l1_ttl: Duration::from_secs(5),
            lease: Duration::from_secs(2),
            secret,
            runtime: None,
        }
    }

    /// By how much a call may be slower for Redis' sake, all in all: 50 ms unless said otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST);
        self
    }

    /// After how many failures in a row calls go past Redis, until it answers again: 3 unless said otherwise, and
    /// at least one.
    #[must_use]
    pub fn breaker(mut self, failures: u32) -> Self {
        self.failures = failures.max(1);
        self
    }

    /// The largest value that is read or stored, in bytes of JSON: 1 MiB unless said otherwise, and at most 512 MiB, the most that Redis stores.
    #[must_use]
    pub fn value_cap(mut self, bytes: usize) -> Self {
        self.value_cap = bytes.min(LARGEST);
        self
    }

    /// For how long what is in memory is believed at most while Redis cannot say that it has changed: 5 s unless said
    /// otherwise, here or by a function's own `l1_ttl`. A shorter `ttl` holds.
    #[must_use]
    pub fn l1_ttl(mut self, l1_ttl: Duration) -> Self {
        self.l1_ttl = l1_ttl;
        self
    }

    /// How long the other processes wait for the one that computes, before they compute themselves: 2 s unless said
    /// otherwise, and at least 10 ms. A process that ends while it computes holds the others up for so long at most.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.clamp(Duration::from_millis(10), LONGEST);
        self
    }

    /// What the hashes of `{argument:hash}` are keyed with; the same in all processes that share keys. Without it
    /// they are keyed with the password of the address: then who knows that can tell whether a guess at an argument is right.
    #[must_use]
    pub fn key_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = blake3::derive_key(CONTEXT, secret.as_ref());
        self
    }

    /// Lets the tasks of the tokio runtime in which this is called read by a connection of their own, which that runtime drives.
    /// It takes about a third off the time of a hit in Redis, for the two switches of threads that are spared. The runtime has to
    /// have I/O enabled, as that of `#[tokio::main]` has. Outside of a runtime this changes nothing.
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

    /// What the connection is called in `CLIENT LIST`: `functools` unless said otherwise.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// A root certificate in PEM, which the server's has to be signed by, in place of those of the system. Only for an address
    /// that begins with `rediss://`.
    ///
    /// # Errors
    ///
    /// [`RedisError`] if it is no certificate, or the address is of another kind.
    #[cfg(feature = "redis-tls")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, RedisError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;

        let Some(client) = self.server.client() else {
            return Err(RedisError(
                "a root certificate is for one server, not for sentinels".into(),
            ));
        };
        let pem = pem.into();
        let info = client.get_connection_info().clone();
        if !matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. }) {
            let why = "a root certificate is for an address that begins with `rediss://`";
            return Err(RedisError(why.into()));
        }
        if !matches!(CertificateDer::pem_slice_iter(&pem).next(), Some(Ok(_))) {
            let why = "there is no certificate in what was given: it has to be PEM, with `-----BEGIN CERTIFICATE-----`";
            return Err(RedisError(why.into()));
        }
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem) };
        let client =
            Client::build_with_tls(info, certificates).map_err(|error| RedisError::of(&error))?;
        self.server = Server::At(Box::new(client));
        Ok(self)
    }
}

/// Lets TLS have its ciphers: those of the program, if it has chosen any.
#[cfg(feature = "redis-tls")]
pub(super) fn provide_ciphers() {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Somebody may have been quicker.
        let _ = ring::default_provider().install_default();
    }
}

/// What an address says, and what is made of its password.
fn connection_info(url: &str) -> Result<(ConnectionInfo, [u8; 32]), RedisError> {
    let info = url.into_connection_info().map_err(|error| RedisError::of(&error))?;
    let settings = info.redis_settings().clone();
    let secret = blake3::derive_key(CONTEXT, settings.password().unwrap_or_default().as_bytes());
    // Invalidations come between answers, which the older protocol cannot.
    let settings = settings.set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    Ok((info.set_redis_settings(settings), secret))
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match &self.server {
            Server::At(client) => client.get_connection_info().addr().to_string(),
            #[cfg(feature = "redis-sentinel")]
            Server::Named(_) => "by sentinel".to_owned(),
        };
        f.debug_struct("Redis")
            .field("server", &server)
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("breaker", &self.failures)
            .field("value_cap", &self.value_cap)
            .field("l1_ttl", &self.l1_ttl)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the address of a Redis. That one cannot be reached is never an error.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisError(String);

impl RedisError {
    fn of(error: &redis::RedisError) -> Self {
        let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        RedisError(format!(
            "not the address of a Redis{detail}; write `redis://[user:password@]host[:port][/db]`, `redis+unix:///path`, or, with the feature `redis-tls` of functools, `rediss://..`"
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
