//! The routes for operators, and what all routes have in common.

#[path = "support/router.rs"]
mod router;

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use router::Service;
use serde_json::{Value, json};

#[tokio::test]
async fn caches_are_listed_and_cleared() {
    let service = Service::start().await;
    let answer = service.get("/cache-info").await;
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
    let names = |caches: &Value| {
        let caches = caches["caches"].as_array().expect("a list");
        caches.iter().map(|cache| cache["name"].clone()).collect::<Vec<_>>()
    };
    let expected = ["functools_web::airports::item", "functools_web::itineraries::itinerary"];
    assert_eq!(names(&answer.json()), expected);
    let item = service.cache("item").await;
    assert_eq!((&item["hit_rate"], &item["mean_compute_seconds"]), (&Value::Null, &Value::Null));
    assert_eq!((&item["maxsize"], &item["ttl_seconds"]), (&json!(1024), &json!(60.0)));
    assert_eq!(item["redis"], Value::Null, "there is none here");

    for _ in 0..4 {
        service.get("/cached/BOS").await;
        service.get("/cached-data/BOS-SFO").await;
    }
    for (function, maxsize) in [("item", 1024), ("itinerary", 128)] {
        let cache = service.cache(function).await;
        let expected = json!({
            "hits": 3, "misses": 1, "currsize": 1, "maxsize": maxsize, "hit_rate": 0.75,
            "computations": 1, "joined": 0, "stale": 0, "evictions": 0, "expirations": 0,
            "refused": 0, "failures": 0, "too_heavy": 0, "weight": 0, "maxweight": null,
            "policy": "lru",
        });
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(&cache[name], value, "{function}: {name}");
        }
        assert!(cache["compute_seconds"].as_f64() > Some(0.0), "{cache}");
        assert_eq!(cache["compute_seconds"], cache["mean_compute_seconds"]);
    }
    assert_eq!(service.cache("itinerary").await["ttl_seconds"], Value::Null);

    assert_eq!(service.delete("/cache-info/itinerary").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get("/cached-data/BOS-SFO").await.timing(), "Miss");
    assert_eq!(service.get("/cached/BOS").await.timing(), "Hit", "the other is as it was");
    let unknown = service.delete("/cache-info/nothing").await;
    unknown.assert_error(StatusCode::NOT_FOUND, "item or itinerary");
    assert_eq!(service.delete("/cache-info").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.cache("item").await["currsize"], 0);
    assert_eq!(service.cache("itinerary").await["currsize"], 0);
}

#[tokio::test]
async fn metrics_are_text_for_prometheus() {
    let service = Service::start().await;
    let hits = async || {
        let answer = service.get("/metrics").await;
        assert_eq!(answer.header(CONTENT_TYPE), "text/plain; version=0.0.4; charset=utf-8");
        let line = "functools_hits_total{function=\"functools_web::airports::item\"} ";
        let hits = answer.text.lines().find_map(|text| text.strip_prefix(line));
        (hits.expect("it is told").parse::<u64>().expect("a number"), answer.text)
    };
    service.get("/cached/IAH").await;
    let (before, _) = hits().await;
    service.get("/cached/IAH").await;
    service.get("/cached/IAH").await;
    let (after, text) = hits().await;
    assert_eq!(after, before + 2);
    // The label is the route: the number of paths is unbounded.
    let requests =
        "http_request_duration_seconds_count{route=\"/cached/{item_id}\",status=\"2xx\"}";
    assert!(text.contains(requests), "{text}");
    assert!(!text.contains("IAH"), "{text}");
}

#[tokio::test]
async fn two_routers_of_a_process_share_the_metrics() {
    let metrics = {
        let service = Service::start().await;
        service.get("/cached/DFW").await;
        service.get("/metrics").await.text
    };
    let service = Service::start().await;
    assert_eq!(service.get("/healthz").await.json(), json!({ "status": "ok" }));
    // The counters continue.
    assert!(service.get("/metrics").await.text.lines().count() >= metrics.lines().count());
}

#[tokio::test]
async fn unknown_paths_and_methods_are_errors_in_json() {
    let service = Service::start().await;
    for path in ["/nothing", "/cached", "/cached/", "/cached/SFO/routes", "/CACHED/SFO"] {
        service.get(path).await.assert_error(StatusCode::NOT_FOUND, path);
    }
    for (method, path, allowed) in [
        (Method::POST, "/cached/SFO", "GET,HEAD,PUT,DELETE"),
        (Method::PUT, "/cached-data/SFO-JFK", "GET,HEAD"),
        (Method::GET, "/cache-info/item", "DELETE"),
        (Method::POST, "/", "GET,HEAD"),
    ] {
        let answer = service.ask(method, path).await;
        answer.assert_error(StatusCode::METHOD_NOT_ALLOWED, "Allow");
        assert_eq!(answer.header(ALLOW), allowed);
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_other_servers() {
    let service = Service::start().await;
    for (path, kind) in [("/", "html"), ("/style.css", "css"), ("/script.js", "javascript")] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(CONTENT_TYPE), format!("text/{kind}; charset=utf-8"));
        assert_eq!(answer.header(CONTENT_SECURITY_POLICY), "default-src 'self'");
        assert!(!answer.text.is_empty());
        assert!(!answer.text.contains("https://"), "{path}");
    }
}

/// The benches compare the two.
#[tokio::test]
async fn the_constant_equals_the_answer_of_a_hit() {
    let service = Service::start().await;
    service.get("/cached/SFO").await;
    let hit = service.get("/cached/SFO").await;
    let constant = service.get("/constant/SFO").await;
    assert_eq!(constant.text, hit.text);
    assert_eq!(constant.headers.len(), hit.headers.len());
    for name in hit.headers.keys() {
        assert!(constant.headers.contains_key(name), "{name}");
    }
}
