//! Bodies that end when a test says so, with the result that it gives.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{Scope, ScopedJoinHandle};

use crate::PATIENCE;

/// The body of a function: it reports that it has started, then waits for its result.
#[derive(Debug)]
pub struct Body<R> {
    started: Sender<()>,
    result: Mutex<Receiver<R>>,
}

/// The other end of a [`Body`].
#[derive(Debug)]
pub struct Switch<R> {
    started: Receiver<()>,
    result: Sender<R>,
}

impl<R> Body<R> {
    /// Returns a body and its switch.
    pub fn new() -> (Self, Switch<R>) {
        let (started, has_started) = mpsc::channel();
        let (result, receiver) = mpsc::channel();
        let body = Body { started, result: Mutex::new(receiver) };
        (body, Switch { started: has_started, result })
    }

    /// Runs the body: to be called where the function's body is.
    ///
    /// # Panics
    ///
    /// If the switch is gone, or gives no result within [`PATIENCE`].
    pub fn run(&self) -> R {
        self.started.send(()).expect("the test waits for the start");
        let result = self.result.lock().expect("no panic");
        result.recv_timeout(PATIENCE).expect("the test gives a result")
    }
}

impl<R> Switch<R> {
    /// Waits until the body runs.
    ///
    /// # Panics
    ///
    /// If it does not within [`PATIENCE`].
    pub fn wait_for_start(&self) {
        self.started.recv_timeout(PATIENCE).expect("the body runs");
    }

    /// Lets the body end with this result.
    ///
    /// # Panics
    ///
    /// If the body is gone.
    pub fn end_with(&self, result: R) {
        self.result.send(result).expect("the body waits for its result");
    }
}

/// A call in a thread of its own, whose body runs until [`Running::end_with`].
#[derive(Debug)]
pub struct Running<'scope, R, T = R> {
    switch: Switch<R>,
    call: ScopedJoinHandle<'scope, T>,
}

impl<'scope, R: Send + 'scope, T: Send + 'scope> Running<'scope, R, T> {
    /// Starts the call, and returns when its body runs.
    pub fn start(
        scope: &'scope Scope<'scope, '_>,
        call: impl FnOnce(Body<R>) -> T + Send + 'scope,
    ) -> Self {
        let (body, switch) = Body::new();
        let call = scope.spawn(move || call(body));
        switch.wait_for_start();
        Running { switch, call }
    }

    /// Lets the body end with this result, and returns what the caller got.
    ///
    /// # Panics
    ///
    /// If the call panicked.
    pub fn end_with(self, result: R) -> T {
        self.switch.end_with(result);
        self.call.join().expect("no panic")
    }
}
