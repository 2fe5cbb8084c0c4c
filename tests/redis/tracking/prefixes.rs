//! Prefixes of keys that begin alike, or are the same.

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use crate::server::{Server, eventually};
use crate::{assert_smooth, install, set, stored, text};

#[test]
fn that_begin_alike_are_distinguished() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "foo:{id}", tier = TIER))]
    fn foo(id: u32) -> String {
        format!("foo {id}")
    }
    #[lru_cache(ttl = "60s", redis(key = "foobar:{id}", tier = TIER))]
    fn foobar(id: u32) -> String {
        format!("foobar {id}")
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let fill = |client: &mut Connection| {
        assert_eq!((foo(1), foobar(1)), ("foo 1".to_owned(), "foobar 1".to_owned()));
        stored(client, "foo:1");
        stored(client, "foobar:1");
    };
    fill(&mut client);

    let () = client.del("foo:1").expect("DEL");
    eventually("foo:1 is gone", || !foo::cache_contains(1));
    assert_eq!(foobar::with_status(1).1, CacheStatus::Hit);
    fill(&mut client);

    set(&mut client, "foobar:1", "\"new\"");
    eventually("foobar:1 is gone", || !foobar::cache_contains(1));
    assert_eq!(foo::with_status(1).1, CacheStatus::Hit);
    assert_eq!(foobar::with_status(1), ("new".to_owned(), CacheStatus::Shared));

    assert_eq!(foo::cache_clear(), Invalidation::Confirmed);
    eventually("foo:1 is cleared", || text(&mut client, "foo:1").is_none());
    assert_eq!(text(&mut client, "foobar:1").as_deref(), Some("\"new\""));
    assert_eq!(foobar::with_status(1).1, CacheStatus::Hit);
    assert_smooth(tier.stats());
}

/// Redis refuses to track a prefix of a tracked prefix.
#[test]
fn one_may_be_the_beginning_of_the_other() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "nest:{name}", tier = TIER))]
    fn outer(name: &str) -> String {
        format!("outer {name}")
    }
    #[lru_cache(ttl = "60s", redis(key = "nest:inner:{name}", tier = TIER))]
    fn inner(name: &str) -> String {
        format!("inner {name}")
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    // The one that is called first is known first.
    for first_outer in [true, false] {
        if first_outer {
            outer("a");
        }
        inner("a");
        outer("a");
        stored(&mut client, "nest:a");
        stored(&mut client, "nest:inner:a");
        set(&mut client, "nest:inner:a", "\"new\"");
        eventually("inner is gone", || !inner::cache_contains("a"));
        assert_eq!(outer::with_status("a").1, CacheStatus::Hit);
        assert_eq!(inner::with_status("a"), ("new".to_owned(), CacheStatus::Shared));
        set(&mut client, "nest:a", "\"new\"");
        eventually("outer is gone", || !outer::cache_contains("a"));
        assert_eq!(inner::with_status("a").1, CacheStatus::Hit);
        assert_eq!(outer::with_status("a"), ("new".to_owned(), CacheStatus::Shared));
        let () = client.flushall().expect("FLUSHALL");
        eventually("FLUSHALL is seen", || {
            !inner::cache_contains("a") && !outer::cache_contains("a")
        });
    }

    // `nest:inner:a` is no key of `outer`, whose argument would be escaped.
    outer("a");
    outer("inner:a");
    inner("a");
    stored(&mut client, "nest:a");
    stored(&mut client, "nest:inner%3Aa");
    stored(&mut client, "nest:inner:a");
    assert_eq!(outer::cache_clear(), Invalidation::Confirmed);
    eventually("outer's are cleared", || {
        text(&mut client, "nest:a").is_none() && text(&mut client, "nest:inner%3Aa").is_none()
    });
    assert_eq!(text(&mut client, "nest:inner:a").as_deref(), Some("\"inner a\""));
    assert_smooth(tier.stats());
}

#[test]
fn of_two_functions_may_be_the_same() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "same:{id}", tier = TIER))]
    fn read(id: u32) -> u32 {
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "same:{number}", tier = TIER))]
    fn read_elsewhere(number: u32) -> u32 {
        number
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    assert_eq!(read::with_status(1).1, CacheStatus::Miss);
    stored(&mut client, "same:1");
    assert_eq!(read_elsewhere::with_status(1).1, CacheStatus::Shared);
    set(&mut client, "same:1", "5");
    eventually("both let go", || !read::cache_contains(1) && !read_elsewhere::cache_contains(1));
    assert_eq!((read(1), read_elsewhere(1)), (5, 5));
    assert_smooth(tier.stats());
}
