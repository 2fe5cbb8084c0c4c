//! The way to a server, byte by byte: it delays, holds, refuses and cuts.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::heartbeat::CHAOS;

/// Where a message of a cluster's bus has the identity of its sender.
const SENDER: std::ops::Range<usize> = 40..80;

/// A way to a server.
pub(super) struct Line {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    target: u16,
    /// How long what is sent is on its way.
    delay: Duration,
    held: Held,
    refuses: bool,
    has_ended: bool,
    ends: Vec<(Number, TcpStream)>,
    /// How many connections there have been.
    count: Number,
}

type Number = u64;

/// The connections on which nothing arrives, although none ends.
#[derive(Default, Clone, PartialEq, Eq)]
pub(super) enum Held {
    #[default]
    None,
    All,
    /// Every other one.
    Half,
    /// Those of the bus that this node has made.
    From(String),
}

/// Whether a connection is one of every other one.
fn is_of_half(number: Number) -> bool {
    number % 2 != 1
}

/// What tells a connection from others.
struct Label {
    number: Number,
    /// What was sent first, by the side that has connected.
    first: Mutex<Vec<u8>>,
}

impl Held {
    fn holds(&self, label: &Label) -> bool {
        match self {
            Held::None => false,
            Held::All => true,
            Held::Half => is_of_half(label.number),
            Held::From(node) => {
                let first = label.first.lock().expect("no panic");
                first.get(SENDER).is_some_and(|sender| sender == node.as_bytes())
            }
        }
    }
}

impl Line {
    pub(super) fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared::default());
        shared.lock().target = target;
        let line = Line { port, shared: shared.clone() };
        spawn(move || {
            for near in listener.incoming().flatten() {
                let state = shared.lock();
                if state.has_ended {
                    return;
                }
                let (refuses, target) = (state.refuses, state.target);
                drop(state);
                // Without a server the connection just ends.
                if !refuses && let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) {
                    shared.join(&near, &far);
                }
            }
        });
        line
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn connections(&self) -> u64 {
        self.shared.lock().count
    }

    /// New connections lead to another server.
    pub(super) fn lead_to(&self, target: u16) {
        self.shared.lock().target = target;
    }

    pub(super) fn delay(&self, each_way: Duration) {
        self.shared.lock().delay = each_way;
    }

    pub(super) fn hold(&self, held: Held) {
        self.shared.lock().held = held;
        self.shared.changed.notify_all();
    }

    /// Whether new connections end at once.
    pub(super) fn refuse(&self, refuses: bool) {
        self.shared.lock().refuses = refuses;
    }

    /// Ends all connections, or every other one.
    pub(super) fn cut(&self, all: bool) {
        self.shared.lock().ends.retain(|(number, end)| {
            let stays = !all && !is_of_half(*number);
            if !stays {
                let _ = end.shutdown(Shutdown::Both);
            }
            stays
        });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.hold(Held::None);
        self.cut(true);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn join(self: &Arc<Self>, near: &TcpStream, far: &TcpStream) {
        let mut state = self.lock();
        let number = state.count;
        state.count += 1;
        let label = Arc::new(Label { number, first: Mutex::default() });
        for (from, to, is_first) in [(near, far, true), (far, near, false)] {
            let twin = |stream: &TcpStream| stream.try_clone().expect("a second handle");
            from.set_nodelay(true).expect("a connection");
            state.ends.push((number, twin(from)));
            let (sender, receiver) = mpsc::channel();
            let (of_reader, of_writer) = (twin(from), twin(to));
            let (shared, label) = (self.clone(), label.clone());
            let for_reader = label.clone();
            spawn(move || read(of_reader, is_first.then_some(&*for_reader), &sender));
            spawn(move || shared.write(of_writer, &label, &receiver));
        }
    }

    /// Passes on what has arrived, when it is time to.
    fn write(&self, mut to: TcpStream, label: &Label, chunks: &mpsc::Receiver<Chunk>) {
        for (arrived, bytes) in chunks {
            let state = self.lock();
            let held = |state: &mut State| state.held.holds(label) && !state.has_ended;
            let state = self.changed.wait_while(state, held).expect("no panic");
            let due = arrived + state.delay;
            drop(state);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        self.lock().ends.retain(|(number, _)| *number != label.number);
    }
}

/// Starts a thread whose delays are measured.
fn spawn(work: impl FnOnce() + Send + 'static) {
    let named = thread::Builder::new().name(CHAOS.to_owned());
    named.spawn(work).expect("a thread");
}

type Chunk = (Instant, Vec<u8>);

fn read(mut from: TcpStream, label: Option<&Label>, chunks: &mpsc::Sender<Chunk>) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return,
            Ok(read) => &buffer[..read],
        };
        if let Some(label) = label {
            let mut first = label.first.lock().expect("no panic");
            if first.len() < SENDER.end {
                first.extend_from_slice(&read[..read.len().min(SENDER.end)]);
            }
        }
        if chunks.send((Instant::now(), read.to_owned())).is_err() {
            return;
        }
    }
}
