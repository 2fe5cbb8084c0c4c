//! The service as its users start it and send requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A process that ends with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the body of the answer to a request.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

#[test]
fn the_second_request_for_an_item_is_a_hit() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newcomer-service"));
    let child = command.env_remove("REDIS_URL").stdout(Stdio::piped()).spawn();
    let mut service = Service(child.expect("it starts"));
    let mut line = String::new();
    let output = service.0.stdout.as_mut().expect("an output");
    BufReader::new(output).read_line(&mut line).expect("its address");
    let address = line.trim().trim_start_matches("http://");
    for is_cached in [false, true] {
        let expected = format!(r#"{{"cached":{is_cached},"item":{{"id":42,"name":"otter"}}}}"#);
        assert_eq!(get(address, "/cached/42"), expected);
    }
    assert!(get(address, "/cached/43").contains(r#""cached":false"#));
}
