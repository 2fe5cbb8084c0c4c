//! The way to a server, on which nothing may arrive for a while although no connection ends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Passes on what goes to a server and what it answers.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    has_ended: AtomicBool,
}

#[derive(Default)]
struct State {
    is_held: bool,
    /// How long what arrives was on its way.
    delay: Duration,
    ends: Vec<TcpStream>,
}

impl Wire {
    pub(crate) fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared::default());
        let for_listener = Arc::clone(&shared);
        let listener = thread::spawn(move || {
            for near in listener.incoming() {
                if for_listener.has_ended.load(Ordering::SeqCst) {
                    return;
                }
                // Without a server the connection just ends.
                let far = TcpStream::connect((Ipv4Addr::LOCALHOST, server_port));
                if let (Ok(near), Ok(far)) = (near, far) {
                    for_listener.join(&near, &far).expect("two connections");
                }
            }
        });
        Wire { port, shared, listener: Some(listener) }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// From now on nothing arrives at either end.
    pub(crate) fn hold(&self) {
        self.shared.state.lock().expect("no panic").is_held = true;
    }

    /// From now on what is sent takes so long, each way.
    pub(crate) fn delay(&self, each_way: Duration) {
        self.shared.state.lock().expect("no panic").delay = each_way;
    }

    /// What was held arrives.
    pub(crate) fn release(&self) {
        self.shared.state.lock().expect("no panic").is_held = false;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn join(self: &Arc<Self>, near: &TcpStream, far: &TcpStream) -> io::Result<()> {
        for (from, to) in [(near, far), (far, near)] {
            from.set_nodelay(true)?;
            let (from, to, shared) = (from.try_clone()?, to.try_clone()?, Arc::clone(self));
            self.state.lock().expect("no panic").ends.push(from.try_clone()?);
            thread::spawn(move || shared.pass_on(from, to));
        }
        Ok(())
    }

    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match from.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read.unwrap_or(0),
            };
            let state = self.state.lock().expect("no panic");
            let state = self.changed.wait_while(state, |state| state.is_held).expect("no panic");
            let delay = state.delay;
            drop(state);
            thread::sleep(delay);
            if read == 0 || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::SeqCst);
        self.release();
        for end in &self.shared.state.lock().expect("no panic").ends {
            let _ = end.shutdown(Shutdown::Both);
        }
        // It looks up when somebody comes.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

#[test]
fn what_is_held_arrives_when_it_is_released() {
    use redis::Commands;

    let server = crate::server::Server::start();
    let wire = Wire::to(server.port());
    let client = redis::Client::open(wire.url()).expect("a valid URL");
    let mut connection = client.get_connection().expect("a connection");
    let () = connection.set("key", 1).expect("SET");
    wire.hold();
    connection.set_read_timeout(Some(Duration::from_millis(20))).expect("not zero");
    let answer: redis::RedisResult<u32> = connection.get("key");
    assert!(answer.expect_err("no answer").is_timeout());
    wire.release();
    let mut connection = client.get_connection().expect("a connection");
    assert_eq!(connection.get("key"), Ok(1));
}
