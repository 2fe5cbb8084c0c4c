//! A proxy that understands commands: it can answer some of them itself, and keep pushes back.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of a command, by its words.
pub(crate) enum Fate {
    Pass,
    /// The proxy answers with this.
    Answer(Vec<u8>),
    /// The proxy closes the connection.
    Close,
}

impl Fate {
    pub(crate) fn error(text: &str) -> Self {
        Fate::Answer(format!("-{text}\r\n").into_bytes())
    }
}

type Rule = dyn Fn(&[String]) -> Fate + Send + Sync;

/// A proxy before a server. Connections end with it.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    rule: Mutex<Arc<Rule>>,
    keeps_pushes: AtomicBool,
    connections: AtomicUsize,
    target: Mutex<u16>,
    ends: Mutex<Vec<TcpStream>>,
    has_ended: AtomicBool,
}

impl Proxy {
    pub(crate) fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            rule: Mutex::new(Arc::new(|_| Fate::Pass)),
            keeps_pushes: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            target: Mutex::new(server_port),
            ends: Mutex::default(),
            has_ended: AtomicBool::new(false),
        });
        let proxy = Proxy { port, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if shared.has_ended.load(SeqCst) {
                    return;
                }
                shared.connections.fetch_add(1, SeqCst);
                let target = *shared.target.lock().expect("no panic");
                let far = TcpStream::connect((Ipv4Addr::LOCALHOST, target));
                // Without a server the connection just ends.
                if let Ok(far) = far {
                    join(&shared, near, far);
                }
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// From now on this decides on each command.
    pub(crate) fn rule(&self, rule: impl Fn(&[String]) -> Fate + Send + Sync + 'static) {
        *self.shared.rule.lock().expect("no panic") = Arc::new(rule);
    }

    /// Whether pushes are kept back from now on.
    pub(crate) fn keep_pushes(&self, keeps: bool) {
        self.shared.keeps_pushes.store(keeps, SeqCst);
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// New connections lead to another server.
    pub(crate) fn lead_to(&self, server_port: u16) {
        *self.shared.target.lock().expect("no panic") = server_port;
    }

    /// Ends all connections.
    pub(crate) fn cut(&self) {
        for end in self.shared.ends.lock().expect("no panic").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, SeqCst);
        self.cut();
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Passes on commands and replies, in order.
fn join(shared: &Arc<Shared>, near: TcpStream, far: TcpStream) {
    let twin = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    for end in [&near, &far] {
        end.set_nodelay(true).expect("a connection");
        shared.ends.lock().expect("no panic").push(twin(end));
    }
    let (sender, replies) = mpsc::channel();
    let (from_far, to_near, of_pushes) = (twin(&far), twin(&near), Arc::clone(shared));
    thread::spawn(move || {
        let (mut from_far, mut to_near) = (BufReader::new(from_far), to_near);
        while let Some(frame) = frame(&mut from_far) {
            if frame.first() != Some(&b'>') {
                if sender.send(frame).is_err() {
                    break;
                }
            } else if !of_pushes.keeps_pushes.load(SeqCst) && to_near.write_all(&frame).is_err() {
                break;
            }
        }
        let _ = to_near.shutdown(Shutdown::Both);
    });
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        pass_commands(&shared, &near, &far, &replies);
        let _ = near.shutdown(Shutdown::Both);
        let _ = far.shutdown(Shutdown::Both);
    });
}

fn pass_commands(
    shared: &Shared,
    near: &TcpStream,
    mut far: &TcpStream,
    replies: &Receiver<Vec<u8>>,
) {
    let (mut from_near, mut to_near) = (BufReader::new(near), near);
    while let Some(command) = frame(&mut from_near) {
        let rule = Arc::clone(&shared.rule.lock().expect("no panic"));
        let reply = match rule(&words(&command)) {
            Fate::Pass if far.write_all(&command).is_ok() => replies.recv().ok(),
            Fate::Pass | Fate::Close => None,
            Fate::Answer(reply) => Some(reply),
        };
        if reply.is_none_or(|reply| to_near.write_all(&reply).is_err()) {
            return;
        }
    }
}

/// One frame of the protocol, of either version, as it came.
fn frame(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
    let length = std::str::from_utf8(line.get(1..)?).ok()?.trim().parse::<i64>();
    let mut all = line.clone();
    match (line[0], length) {
        (b'$' | b'=' | b'!', Ok(length @ 0..)) => {
            let mut text = vec![0; usize::try_from(length).ok()? + 2];
            from.read_exact(&mut text).ok()?;
            all.extend(text);
        }
        (kind @ (b'*' | b'~' | b'>' | b'%'), Ok(length @ 0..)) => {
            for _ in 0..length * if kind == b'%' { 2 } else { 1 } {
                all.extend(frame(from)?);
            }
        }
        _ => (),
    }
    Some(all)
}

/// The words of a command.
fn words(command: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = BufReader::new(command);
    let mut line = String::new();
    let _ = rest.read_line(&mut line);
    while let Some(frame) = frame(&mut rest) {
        let text = frame.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(&[]);
        let text = text.strip_suffix(b"\r\n").unwrap_or(text);
        words.push(String::from_utf8_lossy(text).into_owned());
    }
    words
}
