//! The processes of a run, as the checker starts, hears, forks and kills them.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::event::{Event, Life, Process, Stage, now};
use super::judge::Usage;
use super::worker::{JOB, Job};
use super::{KEYS, PROCESSES, register::Register};
use crate::server::Directory;

/// The processes, and what they report.
pub(super) struct Workers {
    template: Job,
    workers: Vec<Worker>,
    last: Process,
    sender: Sender<Event>,
    pub(super) events: Receiver<Event>,
    // Removed after they have ended.
    _directory: Directory,
}

struct Worker {
    process: Process,
    child: Child,
    stdin: ChildStdin,
}

impl Workers {
    pub(super) fn start(urls: Vec<String>, seed: u64) -> Self {
        let directory = Directory::new();
        let register: PathBuf = directory.path().join("register");
        Register::create(&register, KEYS);
        let template = Job { urls, register, process: 0, place: 0, seed };
        let (sender, events) = mpsc::channel();
        let mut workers = Workers {
            template,
            workers: Vec::new(),
            last: 0,
            sender,
            events,
            _directory: directory,
        };
        for place in 0..PROCESSES {
            let worker = workers.spawn(place);
            workers.workers.push(worker);
        }
        workers
    }

    /// A sender for what the checker itself reports.
    pub(super) fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    fn spawn(&mut self, place: u32) -> Worker {
        self.last += 1;
        let process = self.last;
        let job = Job { process, place, ..self.template.clone() };
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "chaos::worker::worker", "--ignored", "--nocapture"]);
        command.env(JOB, serde_json::to_string(&job).expect("JSON"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let sender = self.sender.clone();
        thread::spawn(move || {
            // The harness has lines of its own.
            let events = stdout.lines().map_while(Result::ok);
            for event in events.filter_map(|line| serde_json::from_str(&line).ok()) {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Worker { process, child, stdin }
    }

    /// Kills a process, and starts another in its place.
    pub(super) fn kill(&mut self, place: usize) {
        let worker = &mut self.workers[place];
        worker.child.kill().expect("it is our child");
        worker.child.wait().expect("it is our child");
        let ended = Life { process: worker.process, at: now(), stage: Stage::Ended };
        self.sender.send(Event::Life(ended)).expect("it is received");
        self.workers[place] = self.spawn(place.try_into().expect("a place"));
    }

    pub(super) fn fork(&mut self, place: usize) {
        self.last += 1;
        writeln!(self.workers[place].stdin, "{}", self.last).expect("it reads");
    }

    /// What each process uses of the machine.
    pub(super) fn usages(&self) -> Vec<Usage> {
        let usage = |worker: &Worker| {
            let place = PathBuf::from(format!("/proc/{}", worker.child.id()));
            let status = fs::read_to_string(place.join("status")).ok()?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            let kilobytes = resident.trim().split(' ').next()?.parse().ok()?;
            let descriptors = fs::read_dir(place.join("fd")).ok()?.count();
            Some(Usage { process: worker.process, kilobytes, descriptors })
        };
        self.workers.iter().filter_map(usage).collect()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.child.kill();
            let _ = worker.child.wait();
        }
    }
}
