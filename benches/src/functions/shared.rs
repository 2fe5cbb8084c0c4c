//! Functions that share results through Redis.

#![expect(clippy::unused_async, reason = "the bodies that would wait are not measured")]

use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use cached::AsyncRedisCache;
use cached::macros::concurrent_cached;
use functools::lru_cache;
use functools::redis::{Redis, Tier};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};

use super::asynchronous::awaited;
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

/// The limit of the first connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// An address without a server.
const NOWHERE: &str = "redis://127.0.0.1:1";

/// A Redis that is down.
static DOWN: Tier = Tier::new();

/// The address of the server.
static URL: OnceLock<String> = OnceLock::new();

/// The server, for tasks of the current runtime.
static ON_TOKIO: Tier = Tier::new();

/// Installs the server for tasks of this runtime, which read by a connection of their own.
pub(crate) async fn install_on_tokio(url: &str) -> anyhow::Result<()> {
    ON_TOKIO.install(Redis::new(url)?.on_tokio());
    let begun = Instant::now();
    // The tasks' own connection is made by the first reads, which are not measured.
    while !ON_TOKIO.stats().connected {
        ensure!(begun.elapsed() < CONNECT_LIMIT, "no connection to {url}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Installs the server and the address without one, and waits until the first is connected.
pub(crate) fn install(url: &str) -> anyhow::Result<()> {
    URL.get_or_init(|| url.to_owned());
    functools::redis::install(Redis::new(url)?);
    DOWN.install(Redis::new(NOWHERE)?);
    let begun = Instant::now();
    while !functools::redis::stats().connected {
        ensure!(begun.elapsed() < CONNECT_LIMIT, "no connection to {url}");
        thread::sleep(Duration::from_millis(1));
    }
    // Until the tier has noticed that there is no server.
    while DOWN.stats().errors == 0 {
        ensure!(begun.elapsed() < CONNECT_LIMIT, "{NOWHERE} does not refuse connections");
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

#[lru_cache(maxsize = 1536, ttl = "1h", redis = "number:{n}")]
fn hit(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1536, ttl = "1h")]
fn hit_alone(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1536, ttl = "1h", redis = "async number:{n}")]
async fn hit_async(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1536, ttl = "1h")]
async fn hit_async_alone(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1024, ttl = "1h", redis(key = "number:{n}", tier = DOWN))]
fn miss(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1024, ttl = "1h")]
fn miss_alone(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1024, ttl = "1h", redis(key = "async number:{n}", tier = DOWN))]
async fn miss_async(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1024, ttl = "1h")]
async fn miss_async_alone(n: u64) -> u64 {
    compute(n)
}

async fn compute_async(n: u64) -> u64 {
    compute(n)
}

pub(crate) fn hits() -> Peers<u64> {
    vec![(Peer::Functools, calls(hit)), (Peer::FunctoolsAlone, calls(hit_alone))]
}

pub(crate) fn hits_async() -> Peers<u64> {
    vec![(Peer::Functools, awaited(hit_async)), (Peer::FunctoolsAlone, awaited(hit_async_alone))]
}

pub(crate) fn down() -> Peers<u64> {
    vec![
        (Peer::Bare, calls(compute)),
        (Peer::Functools, calls(miss)),
        (Peer::FunctoolsAlone, calls(miss_alone)),
    ]
}

pub(crate) fn down_async() -> Peers<u64> {
    vec![
        (Peer::Bare, awaited(compute_async)),
        (Peer::Functools, awaited(miss_async)),
        (Peer::FunctoolsAlone, awaited(miss_async_alone)),
    ]
}

/// A value in Redis, whose JSON has about a hundred bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    id: u64,
    name: String,
    price: f64,
    tags: Vec<String>,
    in_stock: bool,
}

impl Item {
    pub(crate) fn new(id: u64) -> Self {
        Item {
            id,
            name: format!("customers/{id:08}/orders"),
            price: 12.34,
            tags: ["new", "reduced"].map(str::to_owned).into(),
            in_stock: true,
        }
    }
}

/// Returns the key of an item, as functools writes it.
pub(crate) fn key(id: u64) -> String {
    format!("item:{id}")
}

/// How often the body has run, on any thread.
static COMPUTED: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn computed() -> usize {
    COMPUTED.load(Ordering::Relaxed)
}

async fn compute_item(id: u64) -> Item {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    Item::new(id)
}

/// A call of a task.
pub(crate) type Task = Pin<Box<dyn Future<Output = Item> + Send>>;

/// A peer's function that returns an item.
pub(crate) struct Function {
    pub(crate) peer: Peer,
    pub(crate) call: Box<dyn Fn(u64) -> Task + Send + Sync>,
}

impl Function {
    pub(crate) fn new<F: Future<Output = Item> + Send + 'static>(
        peer: Peer,
        call: impl Fn(u64) -> F + Send + Sync + 'static,
    ) -> Self {
        Function { peer, call: Box::new(move |id| Box::pin(call(id))) }
    }
}

/// Its cache in memory is so small that keys in turn are never there.
#[lru_cache(maxsize = 64, ttl = "1h", redis = "item:{id}")]
pub(crate) async fn by_functools(id: u64) -> Item {
    compute_item(id).await
}

#[lru_cache(maxsize = 64, ttl = "1h", redis(key = "item:{id}", tier = ON_TOKIO))]
pub(crate) async fn by_functools_on_tokio(id: u64) -> Item {
    compute_item(id).await
}

pub(crate) async fn by_get(mut connection: MultiplexedConnection, id: u64) -> Result<Item, ()> {
    let json: Vec<u8> = connection.get(key(id)).await.map_err(drop)?;
    serde_json::from_slice(&json).map_err(drop)
}

// A connection of `cached` lives as long as the runtime that has opened it, so each runtime needs a
// function of its own.

#[concurrent_cached(
    ty = "AsyncRedisCache<u64, Item>",
    create = r#"{ cache("two").await }"#,
    map_error = r#"|_| ()"#
)]
pub(crate) async fn by_cached_on_two(id: u64) -> Result<Item, ()> {
    Ok(compute_item(id).await)
}

#[concurrent_cached(
    ty = "AsyncRedisCache<u64, Item>",
    create = r#"{ cache("one").await }"#,
    map_error = r#"|_| ()"#
)]
pub(crate) async fn by_cached_on_one(id: u64) -> Result<Item, ()> {
    Ok(compute_item(id).await)
}

async fn cache(prefix: &str) -> AsyncRedisCache<u64, Item> {
    AsyncRedisCache::builder(prefix)
        .ttl(Duration::from_hours(1))
        .connection_string(URL.get().expect("Redis is installed"))
        .build()
        .await
        .expect("a connection")
}
