//! The processes, and what the test says to them.

use std::env;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::{Commands, Connection};

use super::CALLERS;
use super::worker::{Answers, Calls, Function, JOB, Job};
use crate::server::{Server, eventually};

/// Processes, and what the test says to them.
pub(super) struct Fleet {
    pub(super) control: Connection,
    processes: Vec<Child>,
    // Ends after them.
    server: Server,
}

impl Fleet {
    pub(super) fn start(processes: u32, lease: Duration) -> Self {
        let server = Server::start();
        let mut fleet = Fleet { control: server.client(), processes: Vec::new(), server };
        for number in 0..processes {
            let job = Job { url: fleet.server.url(), number, lease };
            let mut command = Command::new(env::current_exe().expect("this program"));
            command.args(["--exact", "fleet::worker::makes_calls", "--ignored", "--nocapture"]);
            command.env(JOB, serde_json::to_string(&job).expect("JSON"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            fleet.processes.push(command.spawn().expect("it starts"));
        }
        for number in 0..processes {
            assert_eq!(fleet.next(&format!("done:{number}")), "ready");
        }
        fleet
    }

    /// What is said there next.
    fn next(&mut self, place: &str) -> String {
        let mut said = None;
        eventually(place, || {
            said = self.control.lpop(place, None).expect("LPOP");
            said.is_some()
        });
        said.expect("just said")
    }

    pub(super) fn call(&mut self, number: u32, calls: Calls) {
        let calls = serde_json::to_string(&calls).expect("JSON");
        let () = self.control.rpush(format!("todo:{number}"), calls).expect("RPUSH");
    }

    /// Lets a process call the function that waits for a word.
    pub(super) fn hold(&mut self, number: u32, id: u32) {
        let calls = Calls { function: Function::Held, first: id, ids: 1, callers: CALLERS };
        self.call(number, calls);
    }

    /// Comes back when it has asked Redis.
    pub(super) fn waits(&mut self, number: u32) {
        self.next(&format!("waits:{number}"));
    }

    /// The process in which the body runs next.
    pub(super) fn computing(&mut self, id: u32) -> u32 {
        self.next(&format!("in:{id}")).parse().expect("a number")
    }

    pub(super) fn say(&mut self, number: u32, id: u32, word: &str) {
        let () = self.control.rpush(format!("word:{id}:{number}"), word).expect("RPUSH");
    }

    pub(super) fn answers(&mut self, number: u32) -> Answers {
        let answers = self.next(&format!("done:{number}"));
        serde_json::from_str(&answers).expect("answers")
    }

    pub(super) fn runs(&mut self, function: &str, id: u32) -> u32 {
        self.control.get(format!("runs:{function}:{id}")).expect("GET")
    }

    /// For how many milliseconds the lease is good.
    pub(super) fn lease(&mut self, id: u32) -> i64 {
        self.control.pttl(format!("functools:lease:{{held:{id}}}")).expect("PTTL")
    }

    pub(super) fn kill(&mut self, number: u32) {
        let process = &mut self.processes[number as usize];
        process.kill().expect("it is our child");
        process.wait().expect("it is our child");
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
