//! One thread for each tier that has a Redis: it connects, has itself told of changes, notices when the link dies, and lets calls
//! ask again when it is back. No user code runs here but `Drop` of entries that have changed.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use std::task::Poll;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Pipeline, PushInfo, PushKind, Value};
use tokio::time::timeout;

use super::command;
use super::config::Server;
use super::link::{Link, is_refusal};
use super::member::{Attached, Member};
use super::template;
use super::tier::Tier;
use crate::clock;
use crate::timer::Timer;

/// How long a link that says nothing is believed to be alive. With the time between two pings less than the two
/// seconds that are promised.
const SILENCE: Duration = Duration::from_secs(1);
const PING_EVERY: Duration = Duration::from_millis(500);
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_millis(500);

/// Starts the thread. Without one calls go past Redis.
pub(super) fn start(tier: &'static Tier, link: Arc<Link>) {
    let supervised = link.clone();
    let supervise = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return link.close() };
        let _ = link.handle.set(runtime.handle().clone());
        runtime.block_on(async {
            let keeper = tokio::spawn({
                let link = link.clone();
                async move { drive(&link.timer).await }
            });
            supervise(tier, &link).await;
            keeper.abort();
        });
        link.lower();
        link.connect(None);
        link.reader.connect_to(None);
    };
    let thread = std::thread::Builder::new().name("functools-redis".to_owned());
    if let Err(error) = thread.spawn(supervise) {
        supervised.note(&error.to_string());
        supervised.close();
    }
}

/// Keeps the time of all waits for a Redis.
async fn drive(timer: &Timer) {
    let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
    poll_fn(|context| {
        while let Some(next) = timer.fire(context.waker()) {
            sleep.as_mut().reset(next.into());
            if sleep.as_mut().poll(context).is_pending() {
                break;
            }
        }
        Poll::<()>::Pending
    })
    .await;
}

/// One connection, and whether it has ended.
struct Connected {
    connection: MultiplexedConnection,
    client: Client,
    is_lost: Arc<AtomicBool>,
}

/// An answer that did not come.
struct Lost;

impl Connected {
    async fn ask(&self, question: &Pipeline) -> Result<Vec<Value>, Lost> {
        let mut connection = self.connection.clone();
        let answer = connection.send_packed_commands(question, 0, question.len());
        match timeout(SILENCE, answer).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error)) if !error.is_unrecoverable_error() => Ok(Vec::new()),
            _ => Err(Lost),
        }
    }
}

async fn supervise(tier: &'static Tier, link: &Arc<Link>) {
    let mut delay = FIRST_DELAY;
    while !link.is_closed.load(Acquire) {
        match timeout(SILENCE, connect(tier, link)).await {
            Ok(Ok(connected)) => {
                delay = FIRST_DELAY;
                link.connect(Some(connected.connection.clone()));
                link.reader.connect_to(Some(connected.client.clone()));
                let Lost = serve(tier, link, &connected).await;
                link.lower();
                link.connect(None);
                link.reader.connect_to(None);
                // Another Redis may have been installed.
                if !link.is_closed.load(Acquire) {
                    distrust(tier, link);
                }
            }
            failed => {
                link.counters.errors.count();
                link.note(&match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => format!("no answer within {SILENCE:?}"),
                });
            }
        }
        if !link.is_closed.load(Acquire) {
            // Not so soon that a server that refuses is kept busy.
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(LONGEST_DELAY);
        }
    }
}

async fn connect(tier: &'static Tier, link: &Arc<Link>) -> redis::RedisResult<Connected> {
    let is_lost = Arc::new(AtomicBool::new(false));
    let told = {
        let (link, is_lost) = (Arc::downgrade(link), is_lost.clone());
        move |info: PushInfo| {
            let Some(link) = link.upgrade() else { return Err(()) };
            if info.kind == PushKind::Disconnection {
                is_lost.store(true, Release);
                link.wake.notify_one();
            } else if info.kind == PushKind::Invalidate {
                // A panic in the drop of an entry is that entry's.
                let _ = catch_unwind(AssertUnwindSafe(|| changed(tier, &link, &info.data)));
            }
            Ok(())
        }
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(SILENCE))
        .set_response_timeout(None)
        .set_pipeline_buffer_size(1024)
        .set_push_sender(told);
    #[cfg(feature = "redis-tls")]
    super::config::provide_ciphers();
    let client = match &link.config.server {
        Server::At(client) => (**client).clone(),
        #[cfg(feature = "redis-sentinel")]
        Server::Named(sentinels) => sentinels.lock().await.async_get_client().await?,
    };
    let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    Ok(Connected { connection, client, is_lost })
}

/// Redis says that keys have changed.
fn changed(tier: &'static Tier, link: &Link, data: &[Value]) {
    match data {
        [Value::Array(keys)] => {
            link.counters.invalidations.add(keys.len());
            let mut expired = Vec::new();
            for key in keys {
                // Other keys are none of ours.
                let Value::BulkString(key) = key else { continue };
                let Ok(name) = std::str::from_utf8(key) else { continue };
                if name.starts_with(template::CLEARED) {
                    tier.cleared(name);
                } else if let Some(key) = template::removed(name) {
                    tier.outdated(key.as_bytes(), None);
                } else if tier.announced(key) {
                    expired.push(name.to_owned());
                }
            }
            if !expired.is_empty() {
                check_expired(tier, link, expired);
            }
        }
        // All of them.
        _ => {
            link.counters.invalidations.count();
            tier.members().into_iter().for_each(Attached::start_afresh);
        }
    }
}

/// Makes sure of keys that seem to have expired. Redis announces a new value in the same way as the
/// expiry of the old one, and both at once if the new one was the first to find the old one
/// expired.
fn check_expired(tier: &'static Tier, link: &Link, keys: Vec<String>) {
    let question = command::ttls(keys.iter().map(String::as_str));
    // Also while calls may not ask: what announces can answer. Nobody waits for it.
    drop(link.ask_apart(question, move |answers| {
        // Without answers the link is lost, and whatever it would have told of is dropped when
        // there is a new one.
        for (key, ttl) in keys.iter().zip(answers.into_iter().flatten()) {
            if ttl != Value::Int(-2) {
                tier.written(key.as_bytes());
            }
        }
    }));
}

/// While the link is not up, what is in memory is believed for a while.
fn distrust(tier: &Tier, link: &Link) {
    let now = clock::now();
    for member in tier.members() {
        let l1_ttl = member.l1_ttl.unwrap_or(link.config.l1_ttl);
        member.cache.cap(now.saturating_add(clock::nanos(l1_ttl)));
    }
}

/// What is tracked on one connection.
#[derive(Default)]
struct Tracking {
    /// None of them begins as another does.
    prefixes: Vec<&'static str>,
    /// Redis may not tell; when it was asked.
    refused: Option<Instant>,
}

/// Uses a connection until it is lost.
async fn serve(tier: &'static Tier, link: &Arc<Link>, connected: &Connected) -> Lost {
    match serve_on(tier, link, connected).await {
        Err(lost) => lost,
        Ok(never) => match never {},
    }
}

async fn serve_on(
    tier: &'static Tier,
    link: &Arc<Link>,
    connected: &Connected,
) -> Result<std::convert::Infallible, Lost> {
    // Whether it may be called so is not worth a refusal.
    connected.ask(&command::name(&link.config.name)).await?;
    let mut tracking = Tracking::default();
    let mut is_new = true;
    let mut raised: Option<Instant> = None;
    let mut delay = FIRST_DELAY;
    let mut next_probe = Instant::now();
    let mut next_ping = Instant::now() + PING_EVERY;
    let renew_every = link.config.lease / 3;
    let mut next_renewal = Instant::now() + renew_every;
    loop {
        if connected.is_lost.load(Acquire) || link.is_closed.load(Acquire) {
            return Err(Lost);
        }
        track(tier, link, connected, &mut tracking).await?;
        let mut next = next_ping.min(next_renewal);
        if link.epoch().is_none() {
            if let Some(raised) = raised.take() {
                // What fails again and again is not tried as often.
                let is_steady = raised.elapsed() > SILENCE;
                delay = if is_steady { FIRST_DELAY } else { (delay * 2).min(LONGEST_DELAY) };
                next_probe = if is_steady { Instant::now() } else { Instant::now() + delay };
            }
            if Instant::now() >= next_probe {
                if is_ready(tier, link, connected).await? {
                    raise(tier, link, &tracking, is_new);
                    is_new = false;
                    raised = Some(Instant::now());
                    // Leases may be about to end.
                    next_renewal = Instant::now();
                    continue;
                }
                delay = (delay * 2).min(LONGEST_DELAY);
                next_probe = Instant::now() + delay;
            }
            next = next.min(next_probe);
        }
        let now = Instant::now();
        if now >= next_renewal {
            next_renewal = now + renew_every;
            if let Some(renewal) = link.renewal() {
                connected.ask(&renewal).await?;
            }
        }
        if now >= next_ping {
            next_ping = now + PING_EVERY;
            connected.ask(&command::ping()).await?;
        }
        let wait = next.saturating_duration_since(Instant::now());
        let _ = timeout(wait.max(Duration::from_millis(1)), link.wake.notified()).await;
    }
}

/// Has itself told of changes to the keys of all functions.
async fn track(
    tier: &Tier,
    link: &Link,
    connected: &Connected,
    tracking: &mut Tracking,
) -> Result<(), Lost> {
    let members = tier.members();
    let mut prefixes: Vec<_> = members.iter().map(|member| member.prefix).collect();
    if !members.is_empty() {
        prefixes.extend([template::REMOVED, template::CLEARED]);
    }
    prefixes.sort_unstable();
    // Sorted, who begins as another does comes right after it, or after others that do.
    prefixes.dedup_by(|later, earlier| later.starts_with(&**earlier));
    let new: Vec<_> =
        prefixes.iter().copied().filter(|prefix| !tracking.prefixes.contains(prefix)).collect();
    if !new.is_empty() && tracking.refused.is_none_or(|refused| refused.elapsed() >= SILENCE) {
        let anew = tracking.prefixes.iter().any(|known| !prefixes.contains(known));
        let all = if anew { &prefixes } else { &new };
        let answers = connected.ask(&command::track(all, anew)).await?;
        if answers.is_empty() || is_refusal(&answers) {
            link.refused(&answers);
            tracking.refused = Some(Instant::now());
        } else {
            if anew || tracking.refused.take().is_some() {
                // Until now nobody told of anything.
                for member in &members {
                    member.start_afresh();
                }
            }
            tracking.prefixes = prefixes;
        }
    }
    link.is_told.store(tracking.refused.is_none(), Release);
    // Those that came since the last time have nothing yet that could be out of date, but what is loose.
    if let Some(epoch) = link.epoch() {
        let mut is_one_new = false;
        for member in members {
            if member.tracked() != epoch {
                member.start_afresh();
                member.tracked.store(epoch, Release);
                is_one_new = true;
            }
        }
        if is_one_new {
            link.timer.wake_all();
        }
    }
    Ok(())
}

/// Whether calls can ask again: Redis answers as soon as calls would want it to, and all that was to be removed has been.
async fn is_ready(tier: &Tier, link: &Link, connected: &Connected) -> Result<bool, Lost> {
    let prefix = tier.members().first().map_or("functools:", |member| member.prefix);
    let asked = Instant::now();
    let answers = connected.ask(&command::probe(prefix)).await?;
    // Whether it may be pinged is not worth a refusal.
    if answers.is_empty() || is_refusal(answers.get(1..).unwrap_or(&[])) {
        link.refused(&answers);
        return Ok(false);
    }
    if asked.elapsed() > link.config.timeout {
        link.counters.timeouts.count();
        return Ok(false);
    }
    replay(link, connected).await
}

/// Removes what was to be removed while Redis was away.
async fn replay(link: &Link, connected: &Connected) -> Result<bool, Lost> {
    loop {
        let keys = link.queue.lock().keys(500);
        if keys.is_empty() {
            break;
        }
        let announcement = keys.iter().map(|queued| queued.key.as_str());
        connected.ask(&command::announce_removal(announcement)).await?;
        let removal = command::remove(keys.iter().map(|queued| queued.key.as_str()));
        let answers = connected.ask(&removal).await?;
        if answers.is_empty() || is_refusal(&answers) {
            link.refused(&answers);
            return Ok(false);
        }
        link.queue.lock().forget(&keys);
    }
    loop {
        let Some(function) = link.queue.lock().function() else { return Ok(true) };
        if !remove_all(function.0, |question| async move { connected.ask(&question).await.ok() })
            .await
        {
            link.counters.errors.count();
            return if connected.is_lost.load(Acquire) { Err(Lost) } else { Ok(false) };
        }
        link.queue.lock().forget_function(function);
    }
}

/// Removes all keys of a function, some at a time, so that the server is never busy for long. Whether that succeeded.
pub(super) async fn remove_all<F>(member: &Member, ask: impl Fn(Pipeline) -> F) -> bool
where
    F: Future<Output = Option<Vec<Value>>>,
{
    let pattern = template::pattern(member.parts);
    let mut cursor = "0".to_owned();
    loop {
        let Some(answers) = ask(command::scan(&cursor, &pattern)).await else { return false };
        let Some((next, keys)) = command::page(&answers, member.parts) else { return false };
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        if !keys.is_empty() {
            match ask(command::unlink(&keys)).await {
                Some(answers) if !answers.is_empty() && !is_refusal(&answers) => (),
                _ => return false,
            }
        }
        if next == "0" {
            break;
        }
        cursor = next;
    }
    // Keys that have expired are no longer there to be removed, but others may have them in
    // reserve.
    ask(command::announce_clear(member.parts)).await.is_some()
}

/// Lets calls ask. What is in memory from a time when nobody told of changes is dropped first.
fn raise(tier: &Tier, link: &Link, tracking: &Tracking, is_new: bool) {
    // Another Redis may have been installed.
    if link.is_closed.load(Acquire) {
        return;
    }
    let epoch = link.raise();
    for member in tier.members() {
        // Of a function that came just now nobody tells yet.
        let is_tracked = tracking.prefixes.iter().any(|prefix| member.prefix.starts_with(prefix));
        if !is_tracked && tracking.refused.is_none() {
            continue;
        }
        if member.is_loose.swap(false, SeqCst) || is_new {
            member.start_afresh();
        }
        member.tracked.store(epoch, Release);
    }
    link.timer.wake_all();
}
