//! No error shows what was sent to the server. Section 8 of the contract, "Passwords never show".

use functools::lru_cache;
use functools::redis::{Redis, Tier};

use crate::common::SECOND;
use crate::proxy::{Fate, Proxy};
use crate::server::{Server, eventually};

const PASSWORD: &str = "s3cret/of+all";

/// All that says something about a tier.
fn shown(tier: &Tier) -> Vec<String> {
    let status = tier.status();
    let texts = [tier.last_error(), Some(format!("{tier:?} {tier:#?} {status:?}"))];
    texts.into_iter().flatten().collect()
}

/// A server that does not know `HELLO` repeats what it was sent.
#[test]
fn a_server_that_repeats_the_password() {
    static TIER: Tier = Tier::new();
    let options = ["--requirepass", PASSWORD, "--rename-command", "HELLO", ""];
    let (mut server, port) = start(&options);
    TIER.install(Redis::new(&format!("redis://:s3cret%2Fof%2Ball@127.0.0.1:{port}")).expect("it"));
    eventually("it is said", || TIER.last_error().is_some());
    for _ in 0..50 {
        for text in shown(&TIER) {
            assert!(!text.contains("s3cret") && !text.contains("of+all"), "{text}");
        }
        std::thread::yield_now();
    }
    // It is shared all the same.
    eventually("it is connected", || TIER.stats().connected);
    TIER.uninstall();
    server.kill().expect("it is our child");
    server.wait().expect("it is our child");
}

/// The port of a server whose password the test's own client does not know.
fn start(options: &[&str]) -> (std::process::Child, u16) {
    let port = crate::server::free_port();
    let mut command = std::process::Command::new(crate::server::program());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]).args(options);
    command.stdout(std::process::Stdio::null());
    let server = command.spawn().expect("redis-server starts");
    eventually("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (server, port)
}

/// The password as servers might write it.
fn forms() -> Vec<String> {
    let mut forms: Vec<String> = [
        "s3cret/of+all",
        "S3CRET/OF+ALL",
        "s3cret%2Fof%2Ball",
        "s3cret%252Fof%252Ball",
        "s3cret\\/of\\+all",
        "\\x733cret\\x2fof+all",
        "7333637265742f6f662b616c6c",
        "czNjcmV0L29mK2FsbA==",
        "s3cr et/of +all",
    ]
    .map(str::to_owned)
    .to_vec();
    // Cut short, and in the middle of others.
    for length in 4..PASSWORD.len() {
        forms.push(PASSWORD[..length].to_owned());
        forms.push(PASSWORD[PASSWORD.len() - length..].to_owned());
    }
    forms
}

#[test]
fn errors_of_any_kind_with_the_password_in_any_form() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "echo:{token}", tier = TIER))]
    fn echo(token: &str) -> usize {
        token.len()
    }
    let server = Server::start();
    for form in forms() {
        for refused in ["HELLO", "GETRANGE", "EVAL", "CLIENT"] {
            let proxy = Proxy::to(server.port());
            let (text, key) = (form.clone(), "echo:3fa9c0de77");
            proxy.rule(move |words| match &*words[0] {
                "HELLO" if refused != "HELLO" => Fate::Pass,
                // The server has no password, and the old protocol asks for it.
                "AUTH" => Fate::Answer(b"+OK\r\n".to_vec()),
                command if command == refused => {
                    Fate::error(&format!("ERR no '{command}' for '{text}' \u{1b}[1m of '{key}'"))
                }
                _ => Fate::Pass,
            });
            let hello_is_refused = refused == "HELLO";
            let password = if hello_is_refused { ":s3cret%2Fof%2Ball@" } else { "" };
            let url = format!("redis://{password}127.0.0.1:{}", proxy.port());
            let redis = Redis::new(&url).expect("an address").timeout(5 * SECOND);
            TIER.install(redis);
            eventually("it is said", || {
                echo("3fa9c0de77");
                TIER.last_error().is_some()
            });
            for shown in shown(&TIER) {
                assert!(!hello_is_refused || !shown.contains(&form), "{form}: {shown}");
                assert!(!shown.contains('\u{1b}'), "{shown:?}");
            }
            let error = TIER.last_error().unwrap_or_default();
            assert!(error.chars().count() <= 320, "{error}");
            TIER.uninstall();
        }
    }
}

/// A key may hold a secret.
#[test]
fn arguments_of_calls() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "session:{token}", tier = TIER))]
    fn session(token: &str) -> usize {
        token.len()
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    TIER.install(Redis::new(&proxy.url()).expect("an address").timeout(5 * SECOND));
    eventually("it is connected", || TIER.stats().connected);
    proxy.rule(|words| match &*words[0] {
        "GETRANGE" => Fate::error(&format!("ERR unknown command, with args '{}'", words[1])),
        _ => Fate::Pass,
    });
    session("3fa9c0de77");
    let error = TIER.last_error().expect("it is said");
    assert!(error.contains("unknown command") && !error.contains("3fa9c0de77"), "{error}");
    TIER.uninstall();
}

/// It is cut, and the server is trusted with the rest.
#[test]
fn a_text_of_megabytes() {
    static TIER: Tier = Tier::new();
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let text = "x".repeat(1 << 20);
    proxy.rule(move |words| match &*words[0] {
        "GETRANGE" => Fate::error(&format!("ERR {text}")),
        _ => Fate::Pass,
    });
    TIER.install(Redis::new(&proxy.url()).expect("an address").timeout(5 * SECOND));
    eventually("it is said", || TIER.last_error().is_some_and(|error| error.contains("xxx")));
    for text in shown(&TIER) {
        assert!(text.len() < 3000, "{}", text.len());
    }
    TIER.uninstall();
}
