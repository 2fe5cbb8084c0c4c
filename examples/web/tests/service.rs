//! The program `web`: its arguments, its shutdown, and two processes with one Redis and one
//! database.

#[path = "support/process.rs"]
mod process;
#[path = "support/redis.rs"]
mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ::redis::Commands;
use process::{Web, eventually, output, program};
use reqwest::StatusCode;
use rustix::process::Signal;
use serde_json::{Value, json};
use server::Server;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The time in which another process must get a write.
const SOON: Duration = Duration::from_millis(100);

fn directory() -> (TempDir, PathBuf) {
    let directory = TempDir::new().expect("a directory");
    let database = directory.path().join("flights.sqlite");
    (directory, database)
}

#[tokio::test]
async fn it_prints_its_address_and_ends_on_a_signal() {
    let (_directory, database) = directory();
    for signal in [Signal::TERM, Signal::INT] {
        let mut web = Web::start(&database, None).await;
        let page = web.get("/").send().await.expect("an answer");
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(web.look_up("/cached/SFO").await.1, "Miss");
        assert_eq!(web.look_up("/cached/SFO").await.1, "Hit");
        web.signal(signal);
        let (ended, rest) = web.ended().await;
        assert!(ended.success(), "{ended}");
        assert_eq!(rest, "", "one line is all that it says");
        let log = web.log();
        assert!(log.contains("started") && log.contains("ended"), "{log}");
        assert_eq!(log.lines().count(), 3, "nothing about single requests: {log}");
    }
}

#[tokio::test]
async fn a_shutdown_finishes_the_requests_being_answered() {
    let (_directory, database) = directory();
    let mut web = Web::start(&database, None).await;
    let body = json!({ "name": "The last one" }).to_string();
    let mut connection = TcpStream::connect(web.address()).await.expect("it listens");
    let head = format!(
        "PUT /cached/SFO HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.expect("it is read");
    let mut answer = vec![0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    connection.read_exact(&mut answer).await.expect("it waits for the body");
    assert_eq!(answer, b"HTTP/1.1 100 Continue\r\n\r\n");

    web.signal(Signal::TERM);
    let address = web.address();
    eventually("nobody else gets in", async || TcpStream::connect(address).await.is_err()).await;
    connection.write_all(body.as_bytes()).await.expect("it is read");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("it is closed at the end");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains(r#""name":"The last one""#), "{answer}");
    assert!(web.ended().await.0.success());
}

#[tokio::test]
async fn two_processes_that_start_at_once_create_one_database() {
    let (directory, database) = directory();
    let (one, other) = tokio::join!(Web::start(&database, None), Web::start(&database, None));
    for web in [&one, &other] {
        assert_eq!(web.name("/cached/SFO").await, "San Francisco International");
        let health = web.get("/healthz").send().await.expect("an answer");
        assert_eq!(health.status(), StatusCode::OK);
    }
    // A write of one is read by the other.
    one.rename("/cached/SFO", "Frisco").await;
    assert_eq!(other.name("/uncached/cached/SFO").await, "Frisco");
    let files = directory.path().read_dir().expect("a directory");
    for file in files.map(|file| file.expect("a file").file_name()) {
        let name = file.to_str().expect("text");
        assert!(name.starts_with("flights.sqlite"), "{name} was left behind");
    }
}

#[tokio::test]
async fn two_processes_share_results_and_stay_in_step() {
    let (_directory, database) = directory();
    let server = Server::start().await;
    let url = server.url();
    let (one, other) =
        tokio::join!(Web::start(&database, Some(&url)), Web::start(&database, Some(&url)));
    one.connected().await;
    other.connected().await;

    let (computed, status) = one.look_up("/cached/SFO").await;
    assert_eq!((&computed["cached"], status.as_str()), (&json!(false), "Miss"));
    let (shared, status) = other.look_up("/cached/SFO").await;
    assert_eq!((&shared["cached"], status.as_str()), (&json!(true), "Shared"));
    assert_eq!(shared["item"], computed["item"]);
    assert_eq!(other.look_up("/cached/SFO").await.1, "Hit");

    // One of ten rounds must be in time: on a busy machine a round may take longer.
    let mut soon = false;
    for round in 0..10 {
        let name = format!("Frisco {round}");
        let answer = one.rename("/cached/SFO", &name).await;
        assert_eq!(
            (&answer["item"]["name"], &answer["invalidated"]),
            (&json!(name), &json!("confirmed"))
        );
        let written = Instant::now();
        eventually("the other knows", async || other.name("/cached/SFO").await == *name).await;
        soon = written.elapsed() < SOON;
        if soon {
            break;
        }
    }
    assert!(soon, "in no round within {SOON:?}");

    // An invalidation and a clear reach the other process and Redis, too.
    let dropped = one.delete("/cached/SFO").send().await.expect("an answer");
    assert_eq!(dropped.json::<Value>().await.expect("JSON"), json!({ "invalidated": "confirmed" }));
    assert!(!server.client().exists::<_, bool>("item:SFO").expect("EXISTS"));
    other.look_up("/cached/LAX").await;
    let cleared = one.delete("/cache-info/item").send().await.expect("an answer");
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert!(!server.client().exists::<_, bool>("item:LAX").expect("EXISTS"));
    eventually("it is gone there", async || other.item().await["currsize"] == 0).await;
}

#[tokio::test]
async fn values_in_redis_are_plain_json() {
    let (_directory, database) = directory();
    let server = Server::start().await;
    let web = Web::start(&database, Some(&server.url())).await;
    web.connected().await;
    let (mut body, _) = web.look_up("/cached/JFK").await;
    let stored: String = server.client().get("item:JFK").expect("it is there");
    assert_eq!(serde_json::from_str::<Value>(&stored).expect("JSON"), body["item"]);
    let ttl: i64 = server.client().pttl("item:JFK").expect("PTTL");
    assert!((1..=60_000).contains(&ttl), "{ttl}");

    // A value that another program stores is served from then on.
    body["item"]["name"] = json!("Idlewild");
    let () = server.client().set_ex("item:JFK", body["item"].to_string(), 30).expect("SET");
    eventually("it is served", async || web.name("/cached/JFK").await == "Idlewild").await;
    let answer = web.get("/cached/JFK").send().await.expect("an answer");
    let age: u64 = answer.headers()["age"].to_str().expect("text").parse().expect("seconds");
    assert!((30..=60).contains(&age), "half of its time was gone: {age}");
    let redis = web.item().await["redis"].take();
    assert_eq!((&redis["connected"], &redis["undecodable"]), (&json!(true), &json!(0)));
    assert!(redis["shared_hits"].as_u64() > Some(0), "{redis}");
}

#[tokio::test]
async fn an_unreachable_redis_changes_no_answer() {
    let (_directory, database) = directory();
    // The port is bound and not listened on, so that no other program can take it.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let url = format!("redis://:secret@{}", socket.local_addr().expect("an address"));
    let mut web = Web::start(&database, Some(&url)).await;
    assert_eq!(web.look_up("/cached/SFO").await.1, "Miss");
    assert_eq!(web.look_up("/cached/SFO").await.1, "Hit");
    let answer = web.rename("/cached/SFO", "Frisco").await;
    assert_eq!(
        (&answer["item"]["name"], &answer["invalidated"]),
        (&json!("Frisco"), &json!("queued"))
    );
    assert_eq!(web.name("/cached/SFO").await, "Frisco");
    assert_eq!(web.item().await["redis"]["connected"], false);
    web.signal(Signal::TERM);
    assert!(web.ended().await.0.success());
    assert!(!web.log().contains("secret"), "{}", web.log());
}

#[tokio::test]
async fn invalid_arguments_are_errors_at_the_start() {
    let (directory, database) = directory();
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let taken = taken.local_addr().expect("an address").port().to_string();
    let other = directory.path().join("other.sqlite");
    std::fs::write(&other, "no database, but long enough to be taken for one ".repeat(100))
        .expect("a file");
    let empty = directory.path().join("empty.sqlite");
    std::fs::write(&empty, "").expect("a file");
    let nowhere = directory.path().join("nowhere/flights.sqlite");

    let redis = |url: &'static str| (Some(url), "0".to_owned(), database.clone());
    let port = |port: &str| (None, port.to_owned(), database.clone());
    let file = |file: &PathBuf| (None, "0".to_owned(), file.clone());
    let mut refused = vec![
        (redis("http://:secret@localhost"), 1, "REDIS_URL: "),
        (redis("nonsense:secret"), 1, "REDIS_URL: "),
        (port("http"), 2, "--port <PORT>"),
        (port("65536"), 2, "--port <PORT>"),
        (port(&taken), 1, "name another port with --port"),
        (file(&nowhere), 1, "name another path with --database"),
        (file(&other), 1, "is not the database of this service"),
        (file(&empty), 1, "is not the database of this service"),
    ];
    // If another package of the same build needs TLS, the program has it, too.
    if functools::redis::Redis::new("rediss://localhost").is_err() {
        refused.push((redis("rediss://:secret@localhost"), 1, "redis-tls"));
    }
    for ((url, port, database), code, part) in refused {
        let mut command = program();
        command.args(["--port", &port, "--database"]).arg(&database);
        if let Some(url) = url {
            command.env("REDIS_URL", url);
        }
        let output = output(&mut command).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{part}: {said}");
        assert!(said.contains(part), "{part} is not in: {said}");
        assert!(!said.contains("secret") && !said.contains("panicked"), "{said}");
        assert!(output.stdout.is_empty(), "it never listened");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_rejected() {
    let (_directory, database) = directory();
    let web = Web::start(&database, None).await;
    let mut connection = TcpStream::connect(web.address()).await.expect("it listens");
    // By its `content-length`: the body is neither sent nor read.
    let head = "PUT /cached/SFO HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await.expect("it is read");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let body = r#"{"error":"the body is too large: send at most 16384 bytes"}"#;
    assert!(answer.ends_with(body), "{answer}");
    assert_eq!(web.name("/cached/SFO").await, "San Francisco International");
}
