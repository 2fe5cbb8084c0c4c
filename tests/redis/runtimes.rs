//! Whatever runs the futures, and threads without any.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};
use smol::future;

use crate::common::{
    Executor, Runs, SECOND, block_on, eventually_async, in_threads, start, yield_now,
};
use crate::server::{Server, eventually};
use crate::wire::Wire;
use crate::{Installed, assert_smooth, at, install, patient, set, stored};

fn is_send<F: Future + Send>(future: F) -> F {
    future
}

/// What runs a future to its end, by its name.
type Runner = (String, Box<dyn Fn(future::Boxed<(u32, CacheStatus)>) -> (u32, CacheStatus)>);

fn runners() -> Vec<Runner> {
    let mut runners: Vec<Runner> = Vec::new();
    for executor in Executor::ALL {
        runners.push((
            format!("{executor:?}"),
            Box::new(move |future| executor.all_of([future]).remove(0)),
        ));
    }
    runners.push(("smol's block_on".to_owned(), Box::new(smol::block_on)));
    runners.push(("a bare block_on".to_owned(), Box::new(block_on)));
    runners
}

#[test]
fn the_same_function_on_each_of_them() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "each:{by}:{id}", tier = TIER))]
    async fn each(by: usize, id: u32) -> u32 {
        assert!(by < 5);
        RUNS.next();
        yield_now().await;
        id + 100
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    for (by, (name, run)) in runners().into_iter().enumerate() {
        let call = |id| run(Box::pin(is_send(async move { each::with_status(by, id).await })));
        let runs = RUNS.count();
        assert_eq!(call(1), (101, CacheStatus::Miss), "{name}");
        assert_eq!(call(1), (101, CacheStatus::Hit), "{name}");
        stored(&mut client, &format!("each:{by}:1"));
        set(&mut client, &format!("each:{by}:2"), "7");
        assert_eq!(call(2), (7, CacheStatus::Shared), "{name}");

        let () = client.del(format!("each:{by}:1")).expect("DEL");
        eventually("it is seen", || !each::cache_contains(by, 1));
        assert_eq!(call(1), (101, CacheStatus::Miss), "{name}");
        stored(&mut client, &format!("each:{by}:1"));

        let dropped = run(Box::pin(is_send(async move {
            assert_eq!(each::cache_invalidate(by, 1).await, Invalidation::Confirmed);
            assert!(!each::cache_contains(by, 1));
            (0, CacheStatus::Miss)
        })));
        assert_eq!(dropped.0, 0);
        assert_eq!(client.exists(format!("each:{by}:1")), Ok(false), "{name}");
        assert_eq!(call(1), (101, CacheStatus::Miss), "{name}");
        assert_eq!(RUNS.count() - runs, 3, "{name}");
    }
    assert_smooth(tier.stats());
}

#[test]
fn tasks_at_once_compute_each_result_once() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "tasks:{by}:{id}", tier = TIER))]
    async fn computed(by: usize, id: usize) -> usize {
        RUNS.next();
        yield_now().await;
        by * 1000 + id
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = install(&TIER, &server);
    for (by, executor) in Executor::ALL.into_iter().enumerate() {
        let calls = (0..100).map(|number| is_send(computed::with_status(by, number % 10)));
        let answers = executor.all_of(calls);
        for (number, (answer, _)) in answers.iter().enumerate() {
            assert_eq!(*answer, by * 1000 + number % 10, "{executor:?}");
        }
        let mut statuses: HashMap<_, u32> = HashMap::new();
        for (_, status) in answers {
            *statuses.entry(status.to_string()).or_default() += 1;
        }
        assert_eq!(RUNS.count() as usize, 10 * (by + 1), "{executor:?}: {statuses:?}");
    }
    let info = computed::cache_info();
    assert_eq!((info.misses, info.hits + info.misses, info.currsize), (30, 300, 30));
    assert_eq!(tier.stats().shared_hits, 0);
    assert_smooth(tier.stats());
}

/// Two functions with one key are as one function in two processes.
#[test]
fn two_processes_compute_each_result_once() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "fleet:{id}", tier = HERE))]
    async fn here(id: usize) -> usize {
        RUNS.next();
        yield_now().await;
        id
    }
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "fleet:{id}", tier = THERE))]
    async fn there(id: usize) -> usize {
        RUNS.next();
        yield_now().await;
        id
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let (tier, other) = (install(&HERE, &server), install(&THERE, &server));
    for (round, executor) in (1..).zip(Executor::ALL) {
        let answers = executor.all_of((0..200).map(|number| -> future::Boxed<_> {
            let id = 100 * round + number / 2 % 20;
            Box::pin(async move {
                let answer = if number % 2 == 0 { here(id).await } else { there(id).await };
                (answer, id)
            })
        }));
        assert!(answers.iter().all(|(answer, id)| answer == id));
        assert_eq!(RUNS.count() as usize, 20 * round, "{executor:?}");
    }
    assert_smooth(tier.stats());
    assert_smooth(other.stats());
}

/// The one who computes holds the lease, and the other waits for its result.
#[test]
fn one_process_waits_for_the_other() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "lease:{id}", tier = HERE))]
    async fn here(id: u32) -> u32 {
        RUNS.next();
        eventually_async(|| LET_GO.count() > 0).await;
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "lease:{id}", tier = THERE))]
    async fn there(id: u32) -> u32 {
        RUNS.next();
        id
    }
    static RUNS: Runs = Runs::new();
    static LET_GO: Runs = Runs::new();
    let server = Server::start();
    let (tier, other) = (install(&HERE, &server), install(&THERE, &server));
    let mut client = server.client();
    block_on(async {
        let mut computing = Box::pin(here::with_status(1));
        let mut waiting = Box::pin(there::with_status(1));
        while RUNS.count() == 0 {
            start(&mut computing).await;
        }
        stored(&mut client, "functools:lease:{lease:1}");
        let ttl: i64 = client.pttl("functools:lease:{lease:1}").expect("PTTL");
        assert!(ttl > 0, "a lease ends by itself");
        let misses = other.stats().shared_misses;
        while other.stats().shared_misses == misses {
            start(&mut waiting).await;
        }
        LET_GO.next();
        assert_eq!(
            future::zip(computing, waiting).await,
            ((1, CacheStatus::Miss), (1, CacheStatus::Shared),)
        );
    });
    assert_eq!(RUNS.count(), 1);
    eventually("no lease is left", || server.keys() == ["lease:1"]);
    assert_smooth(tier.stats());
    assert_smooth(other.stats());
}

/// Nobody waits for a call that was given up, whatever it was doing.
#[test]
fn a_future_may_be_dropped_anywhere() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "drop:{id}", tier = TIER))]
    async fn cached(id: u32) -> u32 {
        yield_now().await;
        yield_now().await;
        id + 1
    }
    const LEASE: Duration = Duration::from_secs(10);
    let server = Server::start();
    let tier = Installed::new(&TIER, patient(&server).lease(LEASE));
    for polls in 0..50 {
        block_on(async {
            let mut call = Box::pin(cached(polls));
            for _ in 0..polls {
                if let Some(answer) = future::poll_once(&mut call).await {
                    assert_eq!(answer, polls + 1);
                    break;
                }
                future::yield_now().await;
            }
            drop(call);
            let begun = Instant::now();
            assert_eq!(cached(polls).await, polls + 1);
            let took = begun.elapsed();
            assert!(took < LEASE / 2, "{took:?}, after {polls} polls of the call given up");
        });
    }
    assert_smooth(tier.stats());
}

/// As when a request is cancelled just after it was sent.
#[test]
fn a_lease_ends_with_the_call_that_took_it() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "taken:{id}", tier = TIER))]
    async fn cached(id: u32) -> u32 {
        eventually_async(|| GO_ON.count() > id).await;
        id + 1
    }
    static GO_ON: Runs = Runs::new();
    const LEASE: Duration = Duration::from_secs(10);
    let server = Server::start();
    let tier = Installed::new(&TIER, patient(&server).lease(LEASE));
    let mut client = server.client();
    for id in 0..20 {
        block_on(async {
            let mut call = Box::pin(cached(id));
            let lease = format!("functools:lease:{{taken:{id}}}");
            while client.exists(&lease) != Ok(true) {
                start(&mut call).await;
            }
            drop(call);
            GO_ON.next();
            let begun = Instant::now();
            assert_eq!(cached(id).await, id + 1);
            let took = begun.elapsed();
            assert!(took < LEASE / 2, "{took:?}, in round {id}");
        });
    }
    assert_smooth(tier.stats());
}

/// Calls that are given up after their body has run, while nothing gets to Redis.
mod given_up_while_storing {
    use super::*;

    static TIER: Tier = Tier::new();
    static ELSEWHERE: Tier = Tier::new();
    static BEGUN: Runs = Runs::new();
    static GO_ON: Runs = Runs::new();
    static ENDED: Runs = Runs::new();

    #[lru_cache(ttl = "60s", redis(key = "given:{id}", tier = TIER))]
    async fn given(id: u32) -> u32 {
        BEGUN.next();
        eventually_async(|| GO_ON.count() > id).await;
        ENDED.next();
        id
    }

    /// As the same function in another process.
    mod elsewhere {
        use super::*;

        #[lru_cache(ttl = "60s", redis(key = "given:{id}", tier = ELSEWHERE))]
        pub(super) async fn given(id: u32) -> u32 {
            id
        }
    }

    #[test]
    fn leave_the_same_in_memory_and_in_redis() {
        let server = Server::start();
        let wire = Wire::to(server.port());
        let redis = at(&wire.url()).timeout(5 * SECOND).l1_ttl(60 * SECOND);
        let tier = Installed::new(&TIER, redis);
        let _elsewhere = install(&ELSEWHERE, &server);
        let mut client = server.client();

        // The second is invalidated by another process meanwhile.
        for id in 0..2 {
            block_on(async {
                let mut call = Box::pin(given(id));
                while BEGUN.count() <= id {
                    start(&mut call).await;
                }
                if id == 1 {
                    let done = elsewhere::given::cache_invalidate(id).await;
                    assert_eq!(done, Invalidation::Confirmed);
                }
                wire.hold();
                GO_ON.next();
                if id == 0 {
                    while ENDED.count() <= id {
                        start(&mut call).await;
                    }
                    // It waits for Redis.
                    for _ in 0..10 {
                        start(&mut call).await;
                    }
                    drop(call);
                } else {
                    // It knows of the invalidation, unless it was quicker, and waits for nothing.
                    for _ in 0..10 {
                        if future::poll_once(&mut call).await.is_some() {
                            break;
                        }
                    }
                }
                wire.release();
            });
            // Whatever it still has to say is said before this.
            block_on(given::cache_invalidate(100));
            let key = format!("given:{id}");
            if id == 0 {
                eventually("memory has what Redis has", || {
                    client.exists(&key) == Ok(given::cache_contains(id))
                });
            } else {
                assert_eq!(client.exists(&key), Ok(false));
                eventually("what was invalidated before it was computed is in no memory", || {
                    !given::cache_contains(id)
                });
            }
        }
        assert_eq!(tier.stats().connections, 1, "{:?}", tier.stats());
    }
}

#[test]
fn threads_need_no_runtime() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "threads:{id}", tier = TIER))]
    fn computed(id: usize) -> usize {
        RUNS.next();
        id + 1
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = install(&TIER, &server);
    set(&mut server.client(), "threads:100", "7");
    let answers = in_threads(8, |_| {
        assert_eq!(computed(100), 7);
        (0..20).map(computed).collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|answers| *answers == (1..=20).collect::<Vec<_>>()));
    assert_eq!(RUNS.count(), 20);
    assert_eq!(tier.stats().shared_hits, 1);
    let in_redis = |client: &mut Connection| redis::cmd("DBSIZE").query(client) == Ok(21);
    let mut client = server.client();
    eventually("all are stored, and no lease is left", || in_redis(&mut client));
    assert_smooth(tier.stats());
}

/// A blocking call from inside a runtime's thread does nothing to that runtime.
#[test]
fn a_sync_function_may_be_called_in_a_task() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "inside:{by}:{id}", tier = TIER))]
    fn computed(by: usize, id: u32) -> u32 {
        assert!(by < 3);
        id + 1
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    for (by, executor) in Executor::ALL.into_iter().enumerate() {
        set(&mut server.client(), &format!("inside:{by}:0"), "7");
        let answers = executor.all_of((0..10).map(|id| async move { computed(by, id) }));
        assert_eq!(answers, [7, 2, 3, 4, 5, 6, 7, 8, 9, 10], "{executor:?}");
    }
    assert_smooth(tier.stats());
}
