import os,re
os.chdir('')
def sub(p,*prs):
    t=open(p).read()
    for a,b in prs:
        if a not in t: print('MISSING',p,repr(a)[:90]); continue
        t=t.replace(a,b)
    open(p,'w').write(t)
# rights: no pause, and a count of removals in place of a time
sub('rights.rs',('''            let mut last = Vec::new();
            for n in (0..).take_while(|_| !ENDS.load(SeqCst)) {
                last.push(item::cache_invalidate(n % 1000 * 2 + half));
                thread::sleep(Duration::from_millis(1));
            }
            last.split_off(last.len() - 20)
''','''            for n in (0..).take_while(|_| !ENDS.load(SeqCst)) {
                item::cache_invalidate(n % 1000 * 2 + half);
                thread::yield_now();
            }
            [0; 20].map(|_| item::cache_invalidate(half))
'''),('''        let begun = Instant::now();
        eventually("a while later", || begun.elapsed() > SECOND / 2);
        ENDS.store''','''        ENDS.store'''))
# fleet
sub('fleet/worker.rs',('''/// Takes its time.
#[lru''','''/// Computes until all processes have asked for the result.
#[lru'''),
('''    let value = job().value("cold", id);
    tokio::time::sleep(BODY).await;
    value
''','''    let value = tokio::task::spawn_blocking(move || job().value_for_all("cold", id)).await;
    value.expect("no panic")
'''),('''    let value = job().value("cold_in_threads", id);
    thread::sleep(BODY);
    value
''','''    job().value_for_all("cold_in_threads", id)
'''),('''            "compute" => {
                thread::sleep(BODY);
                Ok(value)
            }
''',''),('''    pub(super) lease: Duration,
}''','''    pub(super) lease: Duration,
    pub(super) processes: u32,
}'''),('''    fn hold(&self, id''','''    /// Same as [`Job::value`], once all processes have asked for it.
    fn value_for_all(&self, function: &str, id: u32) -> u32 {
        let (value, mut client) = (self.value(function, id), self.client());
        eventually("all processes have asked", || {
            client.get(asked(id)).is_ok_and(|asked: Option<u32>| asked == Some(self.processes))
        });
        value
    }

    fn hold(&self, id'''),('''impl Job {
    fn client''','''/// The key that counts the processes which have asked for the result of this argument.
fn asked(id: u32) -> String {
    format!("asked:{id}")
}

impl Job {
    fn client'''),
('''    let () = client.rpush(format!("waits:{}", job().number), 1).expect("RPUSH");
    let mut answers = Answers { results: Vec::new(), longest: Duration::ZERO };
    for task in tasks {
        let (answer, took) = task.await.unwrap_or((Answer::Panic, Duration::ZERO));
        answers.results.push(answer);
        answers.longest = answers.longest.max(took);
    }
    answers
''','''    let () = client.rpush(format!("waits:{}", job().number), 1).expect("RPUSH");
    for id in calls.first..calls.first + calls.ids {
        let () = client.incr(asked(id), 1).expect("INCR");
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap_or(Answer::Panic));
    }
    Answers { results }
'''),('    let asked = || read()','    let has_asked = || read()'),('eventually_async(asked)','eventually_async(has_asked)'),
('''    let begun = Instant::now();
''',''),('''    pub(super) longest: Duration,
''',''),('use super::BODY;\n',''),('use std::thread;\n',''),('use std::time::{Duration, Instant};','use std::time::Duration;'))
t=open('fleet/worker.rs').read()
t=re.sub(r'\((Answer::of\([^;]*?\)), begun\.elapsed\(\)\)',r'\1',t)
open('fleet/worker.rs','w').write(t)
sub('fleet/process.rs',('let job = Job { url: fleet.server.url(), number, lease };','let job = Job { url: fleet.server.url(), number, lease, processes };'))
t=open('fleet.rs').read()
t=re.sub(r'/// How long a body takes that computes\.\nconst BODY[^\n]*\n\n','',t)
t=re.sub(r'/// How much longer something may take[^\n]*\nconst LATE[^\n]*\n\n','',t)
t=re.sub(r'/// Shown also where the test passes\.\nfn report.*?\n}\n\n','',t,flags=re.S)
t=re.sub(r'        let longest = all\.iter\(\).*?assert!\(longest >= BODY\);\n','',t,flags=re.S)
t=re.sub(r'    let longest = all\.iter\(\).*?\n    \)\);\n','',t,flags=re.S)
t=t.replace('use std::io::{self, Write};\nuse std::time::Duration;\n\n','')
open('fleet.rs','w').write(t)
open('fleet/holders.rs','w').write('''//! The process that computes may be killed, fail, panic, or take long.

use std::time::{Duration, Instant};

use super::process::Fleet;
use super::worker::{Answer, Answers};
use super::{CALLERS, same};
use crate::common::SECOND;
use crate::server::eventually;
use crate::text;

/// Longer than a test waits for anything.
const ENDLESS: Duration = Duration::from_secs(600);

/// Starts processes of which the first computes, until the test gives it a word.
fn with_holder(processes: u32, lease: Duration) -> Fleet {
    let mut fleet = Fleet::start(processes, lease);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    fleet
}

/// All but the first of four processes return the result of one of them, which is in Redis.
fn others_share_one_result(fleet: &mut Fleet) -> u32 {
    let all: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
    assert_eq!(fleet.runs("held", 1), 2, "{all:?}");
    let value = same(&all);
    assert_eq!(text(&mut fleet.control, "held:1"), Some(value.to_string()));
    value
}

#[test]
fn killed_holder_is_replaced_by_one_of_the_waiters() {
    let mut fleet = with_holder(4, 2 * SECOND);
    for number in 1..4 {
        fleet.say(number, 1, "return");
        fleet.hold(number, 1);
    }
    (1..4).for_each(|number| fleet.waits(number));
    fleet.kill(0);
    others_share_one_result(&mut fleet);
}

/// Its lease is almost at its end: they wait for the rest of it.
#[test]
fn holder_killed_before_others_come_is_replaced_by_one() {
    let mut fleet = with_holder(4, 4 * SECOND);
    fleet.kill(0);
    eventually("the lease is almost at its end", || fleet.lease(1) < 500);
    for number in 1..4 {
        fleet.say(number, 1, "return");
        fleet.hold(number, 1);
    }
    others_share_one_result(&mut fleet);
}

#[test]
fn waiters_get_the_result_of_a_body_longer_than_the_lease() {
    let mut fleet = with_holder(4, 4 * SECOND);
    let (mut renewals, mut before) = (0, fleet.lease(1));
    eventually("the lease is renewed three times", || {
        let now = fleet.lease(1);
        assert!(now > 0, "the lease is lost");
        renewals += u32::from(now > before);
        before = now;
        renewals == 3
    });
    (1..4).for_each(|number| fleet.hold(number, 1));
    (1..4).for_each(|number| fleet.waits(number));
    fleet.say(0, 1, "return");
    let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
    assert_eq!(same(&all), 100);
    assert_eq!(fleet.runs("held", 1), 1);
    assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
    eventually("the lease is given up", || fleet.lease(1) < 0);
}

/// No call waits for longer than that.
#[test]
fn waiters_compute_after_the_length_of_a_lease() {
    const LEASE: Duration = Duration::from_millis(500);
    let mut fleet = with_holder(3, LEASE);
    let begun = Instant::now();
    for number in 1..3 {
        fleet.say(number, 1, "return");
        fleet.hold(number, 1);
    }
    for number in 1..3 {
        let answers = fleet.answers(number);
        assert_eq!(answers.results.len(), CALLERS as usize);
        assert!(answers.values().all(|value| value > 200), "{answers:?}");
    }
    assert!(begun.elapsed() >= LEASE);
    assert!(fleet.runs("held", 1) <= 3);
    assert_eq!(text(&mut fleet.control, "held:1"), None, "they have no lease");
    // The first has kept its lease.
    fleet.say(0, 1, "return");
    assert_eq!(same(&[fleet.answers(0)]), 100);
    assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
}

/// A holder without a result gives its lease up: others need not wait until it ends.
fn hands_over(word: &str, of_the_first: impl Fn(&Answers)) {
    let mut fleet = with_holder(4, ENDLESS);
    (1..4).for_each(|number| fleet.hold(number, 1));
    (1..4).for_each(|number| fleet.waits(number));
    fleet.say(0, 1, word);
    let next = fleet.computing(1);
    fleet.say(next, 1, "return");
    of_the_first(&fleet.answers(0));
    assert_eq!(others_share_one_result(&mut fleet), 200 + next);
}

#[test]
fn failed_holder_lets_another_compute() {
    hands_over("fail", |answers| {
        assert_eq!(answers.results, vec![Answer::Error; CALLERS as usize]);
    });
}

#[test]
fn panicking_holder_lets_another_compute() {
    hands_over("panic", |answers| {
        let panics = answers.results.iter().filter(|result| **result == Answer::Panic);
        assert_eq!(panics.count(), 1, "{answers:?}");
    });
}
''')
# waits by other processes in one process: the lease does not end in time
sub('invalidation/other_process.rs',("""    let _here = install(&HERE, &server);
    let other = install(&THERE, &server);
    thread::scope(|scope| {
        let first = scope.spawn(|| here(10));""","""    let _here = install_with_endless_leases(&HERE, &server);
    let other = install_with_endless_leases(&THERE, &server);
    thread::scope(|scope| {
        let first = scope.spawn(|| here(10));"""),
("""        let begun = Instant::now();
        assert_eq!(here::cache_invalidate(10), Invalidation::Confirmed);
        assert_eq!(second.join().expect("no panic"), (12, CacheStatus::Miss));
        let took = begun.elapsed();
        report(format_args!("invalidated: who waited has computed after {took:.1?}"));
        assert!(took < 2 * SECOND, "{took:?}");
""","""        assert_eq!(here::cache_invalidate(10), Invalidation::Confirmed);
        eventually("the other computes", || second.is_finished());
        assert_eq!(second.join().expect("no panic"), (12, CacheStatus::Miss));
"""),
("""    let (_here, other) = (install(&HERE, &server), install(&THERE, &server));
    let runtime = two_workers();
    let first = runtime.spawn(here(10));""","""    let _here = install_with_endless_leases(&HERE, &server);
    let other = install_with_endless_leases(&THERE, &server);
    let runtime = two_workers();
    let first = runtime.spawn(here(10));"""),
("""    let begun = Instant::now();
    first.abort();
    assert!(runtime.block_on(first).is_err());
    let (value, status) = runtime.block_on(second).expect("no panic");
    let took = begun.elapsed();
    report(format_args!("dropped: who waited has computed after {took:.1?}"));
    assert_eq!((value, status), (12, CacheStatus::Miss));
    assert!(took < 2 * SECOND, "{took:?}");
""","""    first.abort();
    assert!(runtime.block_on(first).is_err());
    eventually("the other computes", || second.is_finished());
    assert_eq!(runtime.block_on(second).expect("no panic"), (12, CacheStatus::Miss));
"""),
("use std::time::Instant;\n",""),("use super::report;\n",""),("use crate::common::{Gate, Runs, SECOND, block_on,","use crate::common::{Gate, PATIENCE, Runs, block_on,"),
("use crate::{assert_smooth, install, text};","use crate::{Installed, assert_smooth, install, patient, text};"),
("type Change = fn(u32) -> Invalidation;","""type Change = fn(u32) -> Invalidation;

/// Connects a tier whose leases last for longer than a test waits.
fn install_with_endless_leases(tier: &'static Tier, server: &Server) -> Installed {
    Installed::new(tier, patient(server).lease(10 * PATIENCE))
}"""))
