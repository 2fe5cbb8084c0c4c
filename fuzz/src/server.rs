//! A server that answers as Redis does, or with the bytes of an input in place of some answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A server on a port of its own, which lives as long as the process.
pub struct Server {
    port: u16,
    script: Arc<Mutex<Script>>,
}

/// The answers to the next commands; all that follow are Redis's.
#[derive(Default)]
struct Script {
    number: u64,
    answers: Vec<Answer>,
}

#[derive(Clone)]
enum Answer {
    /// That of Redis.
    Proper,
    /// These bytes in its place.
    Bytes(Vec<u8>),
    /// These bytes before that of Redis, as a push would come.
    Before(Vec<u8>),
    /// The end of the connection.
    Close,
}

impl Server {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If there is no port for it.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let script = Arc::new(Mutex::new(Script::default()));
        let of_server = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = Arc::clone(&of_server);
                thread::spawn(move || answer_all(&stream, &script));
            }
        });
        Server { port, script }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Gives it the answers of an input: records of a kind, a length, and so many bytes.
    pub fn answer_with(&self, mut data: &[u8]) {
        let mut answers = Vec::new();
        while let [kind, length, rest @ ..] = data {
            let (bytes, after) = rest.split_at(rest.len().min(usize::from(*length)));
            match kind % 8 {
                0..=3 => answers.extend((0..=length % 8).map(|_| Answer::Proper)),
                4 | 5 => answers.push(Answer::Bytes(bytes.to_vec())),
                6 => answers.push(Answer::Before(bytes.to_vec())),
                _ => answers.push(Answer::Close),
            }
            data = if kind % 8 < 4 { rest } else { after };
        }
        answers.reverse();
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        *script = Script { number: script.number + 1, answers };
    }
}

/// Answers the commands of a connection until it ends.
fn answer_all(mut stream: &TcpStream, script: &Mutex<Script>) {
    let _ = stream.set_nodelay(true);
    let number = script.lock().unwrap_or_else(PoisonError::into_inner).number;
    let mut from = BufReader::new(stream);
    while let Some(command) = read_command(&mut from) {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = script.number == number;
        let answer = script.answers.pop_if(|_| is_current).unwrap_or(Answer::Proper);
        drop(script);
        let bytes = match answer {
            Answer::Proper => proper(&command),
            Answer::Bytes(bytes) => bytes,
            Answer::Before(mut bytes) => {
                bytes.extend(proper(&command));
                bytes
            }
            Answer::Close => return,
        };
        if stream.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// Reads a command: an array of texts.
fn read_command(from: &mut BufReader<&TcpStream>) -> Option<Vec<String>> {
    let length = read_number(from, b'*')?;
    let word = |_| {
        let mut word = vec![0; read_number(from, b'$')? + 2];
        from.read_exact(&mut word).ok()?;
        word.truncate(word.len() - 2);
        Some(String::from_utf8_lossy(&word).into_owned())
    };
    (0..length).map(word).collect()
}

fn read_number(from: &mut BufReader<&TcpStream>, kind: u8) -> Option<usize> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).ok()?;
    let line = line.strip_prefix(&[kind])?;
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

/// What a Redis with one value would answer.
fn proper(command: &[String]) -> Vec<u8> {
    let word = |place: usize| command.get(place).map_or("", String::as_str);
    let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    let answer = match word(0).to_uppercase().as_str() {
        "HELLO" => "%2\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n".to_owned(),
        "PING" => "+PONG\r\n".to_owned(),
        "INFO" if word(1) == "server" => bulk("redis_mode:standalone\r\nrun_id:1\r\n"),
        "INFO" => bulk("master_replid:1\r\n"),
        "GETRANGE" => bulk("7"),
        "PTTL" => ":1000\r\n".to_owned(),
        "SCAN" => "*2\r\n$1\r\n0\r\n*1\r\n$8\r\nnumber:1\r\n".to_owned(),
        // The script that removes a value: Redis pushes that.
        "EVAL" | "EVALSHA" if word(2) == "3" && command.len() == 8 => {
            format!(">2\r\n$10\r\ninvalidate\r\n*1\r\n{}:1\r\n", bulk(word(4)))
        }
        "EVAL" | "EVALSHA" | "UNLINK" => ":1\r\n".to_owned(),
        _ => "+OK\r\n".to_owned(),
    };
    answer.into_bytes()
}
