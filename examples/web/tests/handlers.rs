//! The answers of the routes of airports and itineraries.

#[path = "support/router.rs"]
mod router;

use std::time::Duration;

use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, Method, StatusCode};
use router::{Answer, Service, request};
use serde_json::json;
use tokio::time::timeout;

/// The limit of each wait. A test that passes does not wait that long.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_airport_is_a_miss_and_then_a_hit() {
    let service = Service::start().await;
    let miss = service.get("/cached/SFO").await;
    assert_eq!(miss.status, StatusCode::OK);
    let body = miss.json();
    assert_eq!(body["cached"], false);
    assert_eq!(body["item"]["code"], "SFO");
    assert_eq!(body["item"]["name"], "San Francisco International");
    assert_eq!(
        (&body["item"]["city"], &body["item"]["state"]),
        (&json!("San Francisco"), &json!("CA"))
    );
    let routes = body["item"]["routes"].as_array().expect("a list");
    assert_eq!(routes.len(), 10);
    assert_eq!(routes[0], json!({ "destination": "LAX", "flights": 13_788 }));
    assert!(routes.is_sorted_by_key(|route| std::cmp::Reverse(route["flights"].as_u64())));
    assert_eq!((miss.cache_status(), miss.timing()), ("functools; fwd=miss; stored", "Miss"));
    assert_eq!(miss.header(AGE), "0");
    assert!((1..60).contains(&miss.max_age()));

    let hit = service.get("/cached/SFO").await;
    assert_eq!(hit.json()["item"], body["item"]);
    assert_eq!(hit.json()["cached"], true);
    assert_eq!((hit.cache_status(), hit.timing()), ("functools; hit", "Hit"));
    // The age and the rest of the ttl, both rounded down to seconds.
    let age: u64 = hit.header(AGE).parse().expect("seconds");
    assert_eq!(age + hit.max_age(), 59);
    assert_eq!(hit.header(ETAG), miss.header(ETAG));
}

#[tokio::test]
async fn an_itinerary_is_a_miss_and_then_a_hit() {
    let service = Service::start().await;
    let miss = service.get("/cached-data/SFO-JFK").await;
    let expected = json!({
        "result": {
            "origin": "SFO", "destination": "JFK", "airports": ["SFO", "JFK"], "kilometres": 4151.8,
        }
    });
    assert_eq!((miss.status, miss.json(), miss.timing()), (StatusCode::OK, expected, "Miss"));
    let hit = service.get("/cached-data/SFO-JFK").await;
    assert_eq!(
        (&hit.text, hit.timing(), hit.cache_status()),
        (&miss.text, "Hit", "functools; hit")
    );
    assert_eq!(hit.header(ETAG), miss.header(ETAG));
    // An entry that does not expire has no age.
    assert!(hit.lacks(AGE));
    assert_eq!(hit.max_age(), 3600);
    let stops = service.get("/cached-data/DTW-HNL").await.json()["result"]["airports"].take();
    assert_eq!(stops, json!(["DTW", "SLC", "HNL"]));
}

#[tokio::test]
async fn the_case_of_a_code_makes_no_difference() {
    let service = Service::start().await;
    let answers = [service.get("/cached/jFk").await, service.get("/cached/JFK").await];
    assert_eq!(answers.each_ref().map(Answer::timing), ["Miss", "Hit"]);
    let answers =
        [service.get("/cached-data/jfk-Sfo").await, service.get("/cached-data/JFK-SFO").await];
    assert_eq!(answers.each_ref().map(Answer::timing), ["Miss", "Hit"]);
}

#[tokio::test]
async fn an_invalid_code_is_a_bad_request() {
    let service = Service::start().await;
    for code in ["S", "SFOXY", "S-O", "%20SF", "%C3%A91", "%FF%FFa", "..;"] {
        for path in ["/cached/", "/uncached/cached/"] {
            let answer = service.get(&format!("{path}{code}")).await;
            answer.assert_error(StatusCode::BAD_REQUEST, "");
        }
        service.delete(&format!("/cached/{code}")).await.assert_error(StatusCode::BAD_REQUEST, "");
        service
            .put(&format!("/cached/{code}"), "{}")
            .await
            .assert_error(StatusCode::BAD_REQUEST, "");
    }
    service
        .get("/cached/X")
        .await
        .assert_error(StatusCode::BAD_REQUEST, "\"X\" is not an airport's code");
    for route in ["SFO", "SFO-", "-JFK", "SFO-JFK-LAX", "SFO_JFK"] {
        for path in ["/cached-data/", "/uncached/cached-data/"] {
            let answer = service.get(&format!("{path}{route}")).await;
            answer.assert_error(StatusCode::BAD_REQUEST, "is not a");
        }
    }
    assert_eq!(service.cache("item").await["misses"], 0);
    assert_eq!(service.cache("itinerary").await["misses"], 0);
}

#[tokio::test]
async fn an_unknown_airport_is_cached() {
    let service = Service::start().await;
    let miss = service.get("/cached/QQQ").await;
    miss.assert_error(StatusCode::NOT_FOUND, "no airport QQQ");
    assert_eq!((miss.timing(), miss.header(AGE)), ("Miss", "0"));
    let hit = service.get("/cached/QQQ").await;
    hit.assert_error(StatusCode::NOT_FOUND, "no airport QQQ");
    assert_eq!((hit.timing(), hit.cache_status()), ("Hit", "functools; hit"));
    assert!((1..60).contains(&hit.max_age()));
    assert!(hit.lacks(ETAG));
    let uncached = service.get("/uncached/cached/QQQ").await;
    uncached.assert_error(StatusCode::NOT_FOUND, "no airport QQQ");
}

#[tokio::test]
async fn a_route_without_a_way_is_cached() {
    let service = Service::start().await;
    // An airport without flights, and an unknown one.
    for route in ["SFO-00M", "SFO-QQQ"] {
        let path = format!("/cached-data/{route}");
        let answers = [service.get(&path).await, service.get(&path).await];
        for answer in &answers {
            answer.assert_error(StatusCode::NOT_FOUND, "no way from SFO");
        }
        assert_eq!(answers.each_ref().map(Answer::timing), ["Miss", "Hit"]);
        let uncached = service.get(&format!("/uncached{path}")).await;
        uncached.assert_error(StatusCode::NOT_FOUND, "no way from SFO");
    }
}

#[tokio::test]
async fn an_answer_that_the_client_has_is_not_sent_again() {
    let service = Service::start().await;
    for path in ["/cached/LAX", "/cached-data/LAX-JFK"] {
        let first = service.get(path).await;
        let tag = first.header(ETAG);
        assert!(
            tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2,
            "strong, and in quotes"
        );
        let (weak, list) = (format!("W/{tag}"), format!("\"a,b\", {tag} ,\"c\""));
        let known: [&[&str]; 6] = [
            &[tag],
            &["*"],
            &[&weak],
            &[&list],
            &["\"a\"", tag, "W/\"b\""],
            &["\"a\", W/\"b\"", &list],
        ];
        for known in known {
            let answer = service.get_unless(path, known).await;
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (StatusCode::NOT_MODIFIED, ""),
                "{known:?}"
            );
            assert_eq!((answer.header(ETAG), answer.timing()), (tag, "Hit"));
            assert_eq!(answer.cache_status(), "functools; hit");
            assert!(answer.max_age() > 0);
            assert_eq!(answer.lacks(AGE), first.lacks(AGE));
            assert!(answer.lacks(CONTENT_TYPE), "of nothing");
        }
        let bare = tag.trim_matches('"');
        let inside = format!("\"x{tag}\"");
        for known in ["\"a\"", "\"a\", \"b\"", "", "\"*\"", bare, &tag.to_uppercase(), &inside] {
            let answer = service.get_unless(path, &[known]).await;
            assert_eq!(
                (answer.status, &answer.text.is_empty()),
                (StatusCode::OK, &false),
                "{known}"
            );
        }
    }
    // A 404 has no tag, so that `*` does not match it.
    assert_eq!(service.get_unless("/cached/QQR", &["*"]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let service = Service::start().await;
    for path in [
        "/cached/ORD",
        "/cached-data/ORD-JFK",
        "/uncached/cached/ORD",
        "/constant/ORD",
        "/healthz",
        "/",
    ] {
        service.get(path).await;
        let get = service.get(path).await;
        let head = service.ask(Method::HEAD, path).await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{path}");
        assert_eq!(head.header(CONTENT_TYPE), get.header(CONTENT_TYPE));
        assert_eq!(head.headers.get(ETAG), get.headers.get(ETAG));
        assert_eq!(
            head.header(HeaderName::from_static("content-length")),
            get.text.len().to_string()
        );
    }
}

#[tokio::test]
async fn the_uncached_routes_neither_look_up_nor_store() {
    let service = Service::start().await;
    for (path, function) in [("/cached/SEA", "item"), ("/cached-data/SEA-SFO", "itinerary")] {
        for _ in 0..2 {
            let answer = service.get(&format!("/uncached{path}")).await;
            assert_eq!((answer.status, answer.timing()), (StatusCode::OK, "Uncached"));
            assert_eq!(answer.header(CACHE_CONTROL), "no-store");
            assert!(answer.lacks(HeaderName::from_static("cache-status")) && answer.lacks(AGE));
            assert_eq!(service.cache(function).await["misses"], 0);
        }
        let (uncached, miss) =
            (service.get(&format!("/uncached{path}")).await, service.get(path).await);
        assert_eq!((uncached.text.as_str(), miss.timing()), (miss.text.as_str(), "Miss"));
    }
}

#[tokio::test]
async fn a_renamed_airport_is_read_with_its_new_name() {
    let service = Service::start().await;
    let before = service.get("/cached/DEN").await;
    let answer = service.put("/cached/den", r#"{"name": "  Dénver  "}"#).await;
    let mut expected = before.json()["item"].take();
    expected["name"] = json!("Dénver");
    assert_eq!(answer.json(), json!({ "item": expected, "invalidated": "local" }));
    for path in ["/cached/DEN", "/uncached/cached/DEN"] {
        assert_eq!(service.get(path).await.json()["item"], expected, "{path}");
    }
    let after = service.get_unless("/cached/DEN", &[before.header(ETAG)]).await;
    assert_eq!(after.status, StatusCode::OK, "what the client has is not it any more");
    assert_ne!(after.header(ETAG), before.header(ETAG));
    let missing = service.put("/cached/QQS", r#"{"name": "Nowhere"}"#).await;
    missing.assert_error(StatusCode::NOT_FOUND, "no airport QQS");
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_no_old_name_behind() {
    let service = Service::start().await;
    service.get("/cached/EWR").await;
    // Delays the write.
    let database = service.database();
    database.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let write = service.put("/cached/EWR", r#"{"name": "Newark"}"#);
    assert!(timeout(Duration::ZERO, write).await.is_err(), "it waits, and is given up");
    assert_eq!(service.get("/cached/EWR").await.timing(), "Hit");
    database.execute_batch("COMMIT").expect("it is let go");
    let invalidated = timeout(PATIENCE, async {
        while service.get("/cached/EWR").await.json()["item"]["name"] != "Newark" {
            tokio::task::yield_now().await;
        }
    });
    assert!(invalidated.await.is_ok(), "the write was done, and the cache told of it");
}

#[tokio::test]
async fn an_invalid_name_changes_nothing() {
    let service = Service::start().await;
    let bad_request = [
        r#"{"name": ""}"#.to_owned(),
        r#"{"name": " \t "}"#.to_owned(),
        r#"{"name": "a\nb"}"#.to_owned(),
        r#"{"name": "a\u0007b"}"#.to_owned(),
        json!({ "name": "é".repeat(101) }).to_string(),
        r#"{"name": 7}"#.to_owned(),
        r#"{"name": "SLC", "city": "Provo"}"#.to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        r#"{"name": "#.to_owned(),
        String::new(),
    ];
    for body in bad_request {
        service.put("/cached/SLC", body).await.assert_error(StatusCode::BAD_REQUEST, "");
    }
    let plain = request(Method::PUT, "/cached/SLC").header(CONTENT_TYPE, "text/plain");
    let answer = service.send(plain.body(r#"{"name": "SLC"}"#.into()).expect("a request")).await;
    answer.assert_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json");
    let large = json!({ "name": " ".repeat(17 << 10) }).to_string();
    let answer = service.put("/cached/SLC", large.clone()).await;
    answer.assert_error(StatusCode::PAYLOAD_TOO_LARGE, "16384 bytes");
    let told = request(Method::PUT, "/cached/SLC").header(CONTENT_LENGTH, large.len());
    let answer = service.send(told.body(large.into()).expect("a request")).await;
    answer.assert_error(StatusCode::PAYLOAD_TOO_LARGE, "16384 bytes");

    assert_eq!(service.get("/cached/SLC").await.json()["item"]["name"], "Salt Lake City Intl");
    let longest = json!({ "name": "é".repeat(100) }).to_string();
    assert_eq!(service.put("/cached/SLC", longest).await.status, StatusCode::OK);
}

#[tokio::test]
async fn delete_invalidates_an_airport() {
    let service = Service::start().await;
    service.get("/cached/PHX").await;
    let answer = service.delete("/cached/phx").await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({ "invalidated": "local" })));
    assert_eq!(service.get("/cached/PHX").await.timing(), "Miss");
}

#[tokio::test]
async fn an_error_of_the_database_is_503_and_not_cached() {
    let service = Service::start().await;
    assert_eq!(service.get("/cached/ATL").await.status, StatusCode::OK);
    let database = service.database();
    database.execute_batch("ALTER TABLE airports RENAME TO elsewhere").expect("it can be renamed");
    for path in ["/cached/MIA", "/uncached/cached/MIA", "/healthz"] {
        let answer = service.get(path).await;
        answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
        assert_eq!(answer.header(CACHE_CONTROL), "no-store");
        assert!(!answer.text.contains("elsewhere"), "SQLite's own message is only in the log");
    }
    let answer = service.put("/cached/MIA", r#"{"name": "Miami"}"#).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
    assert_eq!(service.get("/cached/ATL").await.timing(), "Hit", "what is there stays");
    database.execute_batch("ALTER TABLE elsewhere RENAME TO airports").expect("and back");
    assert_eq!(service.get("/cached/MIA").await.timing(), "Miss");
    assert_eq!(service.get("/healthz").await.json(), json!({ "status": "ok" }));
}
