//! The README's demo: starts the web service, sends two requests, and stops it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::{cargo, program, run, target_folder};

/// Builds the service and checks that its second answer is from the cache.
///
/// # Errors
/// If the service does not build, start, answer as expected, or stop after `SIGTERM`.
pub(crate) fn check() -> Result<()> {
    run(&mut cargo("build --release --bin web --locked"))?;
    let folder = env::temp_dir().join(format!("functools-demo-{}", std::process::id()));
    fs::create_dir_all(&folder).context("cannot make a folder for the database")?;
    let mut service = Command::new(target_folder("release").join("web"))
        .args(["--port", "0", "--database"])
        .arg(folder.join("flights.sqlite"))
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the service")?;
    let answers = check_answers(&mut service);
    let stopped = run(&mut program("kill", &format!("-TERM {}", service.id())));
    let status = service.wait().context("cannot wait for the service")?;
    fs::remove_dir_all(&folder).context("cannot remove the database")?;
    answers.and(stopped)?;
    ensure!(status.success(), "the service ended with {status}");
    Ok(())
}

fn check_answers(service: &mut Child) -> Result<()> {
    let mut line = String::new();
    let output = service.stdout.as_mut().context("the service has an output")?;
    BufReader::new(output).read_line(&mut line).context("the service prints its address")?;
    let address = line.trim().strip_prefix("http://").with_context(|| format!("`{line}`"))?;
    let address = address.trim_end_matches('/');
    for is_cached in [false, true] {
        let (status, body) = get(address, "/cached/SFO")?;
        println!("{status}");
        ensure!(body["cached"] == is_cached, "expected `cached: {is_cached}`, found {body}");
    }
    Ok(())
}

/// Returns the header `cache-status` and the body of the response to a request.
fn get(address: &str, path: &str) -> Result<(String, Value)> {
    let mut stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("the answer is text")?;
    parse(&answer).with_context(|| format!("the answer is `{answer}`"))
}

fn parse(answer: &str) -> Result<(String, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n").context("it has no body")?;
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    ensure!(status.starts_with("HTTP/1.1 200 "), "its status is `{status}`");
    let named = lines.filter_map(|line| line.split_once(": "));
    let mut cache_status = named.filter(|(name, _)| name.eq_ignore_ascii_case("cache-status"));
    let (_, cache_status) = cache_status.next().context("it has no header `cache-status`")?;
    Ok((cache_status.to_owned(), serde_json::from_str(body).context("its body is no JSON")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_cache_status_and_json() {
        let answer = "HTTP/1.1 200 OK\r\nCache-Status: web; hit\r\n\r\n{\"cached\": true}";
        let (status, body) = parse(answer).expect("an answer");
        assert_eq!(status, "web; hit");
        assert_eq!(body["cached"], true);
    }

    #[test]
    fn an_error_and_an_answer_without_the_header_are_refused() {
        assert!(parse("HTTP/1.1 500 Oh\r\ncache-status: web\r\n\r\n{}").is_err());
        assert!(parse("HTTP/1.1 200 OK\r\n\r\n{}").is_err());
    }
}
