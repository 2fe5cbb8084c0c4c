//! [`Answer`], which a call waits for, and [`Promise`], by which a thread of the store gives it.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::tier::{Failure, Then};

/// What a thread of the store answers.
type Outcome<T> = Result<T, Failure>;

enum State<T> {
    Waiting(Option<Waker>),
    Ready(Outcome<T>),
    Taken,
    /// The caller has gone.
    Abandoned,
}

struct Shared<T> {
    state: State<T>,
    /// Gets an answer that the caller does not take.
    on_unclaimed: Option<Then<T>>,
}

/// The answer to a query, once there is one.
pub(super) struct Answer<T>(Arc<Mutex<Shared<T>>>);

/// Gives the answer. If it is dropped before, the answer is a failure.
pub(super) struct Promise<T>(Arc<Mutex<Shared<T>>>);

/// Makes both. `on_unclaimed` gets an answer that the caller does not take.
pub(super) fn promise<T>(on_unclaimed: Option<Then<T>>) -> (Promise<T>, Answer<T>) {
    let shared = Shared { state: State::Waiting(None), on_unclaimed };
    let shared = Arc::new(Mutex::new(shared));
    (Promise(shared.clone()), Answer(shared))
}

impl<T> Promise<T> {
    /// Whether the caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        matches!(self.0.lock().state, State::Waiting(_))
    }

    /// Gives the answer.
    pub(super) fn keep(self, outcome: Outcome<T>) {
        self.answer(outcome);
    }

    fn answer(&self, outcome: Outcome<T>) {
        let mut shared = self.0.lock();
        match &mut shared.state {
            State::Waiting(waker) => {
                let waker = waker.take();
                shared.state = State::Ready(outcome);
                drop(shared);
                waker.into_iter().for_each(Waker::wake);
            }
            State::Abandoned => {
                let on_unclaimed = shared.on_unclaimed.take();
                drop(shared);
                if let (Some(on_unclaimed), Ok(answer)) = (on_unclaimed, outcome) {
                    on_unclaimed(answer);
                }
            }
            State::Ready(_) | State::Taken => (),
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.answer(Err(Failure::Down));
    }
}

impl<T> Answer<T> {
    /// Ready with the answer, once.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Outcome<T>> {
        let waker = context.waker().clone();
        let mut shared = self.0.lock();
        if let State::Waiting(registered) = &mut shared.state {
            let before = registered.replace(waker);
            drop(shared);
            drop(before);
            return Poll::Pending;
        }
        drop(shared);
        Poll::Ready(self.take().unwrap_or(Err(Failure::Down)))
    }

    /// Takes the answer, if there is one.
    pub(super) fn take(&self) -> Option<Outcome<T>> {
        let mut shared = self.0.lock();
        if !matches!(shared.state, State::Ready(_)) {
            return None;
        }
        match std::mem::replace(&mut shared.state, State::Taken) {
            State::Ready(outcome) => Some(outcome),
            _ => None,
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        let unclaimed = match std::mem::replace(&mut shared.state, State::Abandoned) {
            State::Ready(Ok(answer)) => Some(answer),
            _ => None,
        };
        // Where the caller has the answer, there is nothing left to claim.
        let on_unclaimed = match unclaimed {
            Some(_) => shared.on_unclaimed.take(),
            None => None,
        };
        drop(shared);
        if let (Some(on_unclaimed), Some(answer)) = (on_unclaimed, unclaimed) {
            on_unclaimed(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A promise whose unclaimed answers arrive here.
    fn observed() -> (Promise<u8>, Answer<u8>, mpsc::Receiver<u8>) {
        let (unclaimed, arrived) = mpsc::channel();
        let on_unclaimed = Box::new(move |answer| unclaimed.send(answer).expect("it is read"));
        let (promise, answer) = promise(Some(on_unclaimed as Then<u8>));
        (promise, answer, arrived)
    }

    #[test]
    fn an_answer_is_claimed_once() {
        let (promise, answer, unclaimed) = observed();
        assert!(promise.is_awaited() && answer.take().is_none());
        promise.keep(Ok(7));
        assert_eq!((answer.take(), answer.take()), (Some(Ok(7)), None));
        drop(answer);
        assert!(unclaimed.try_recv().is_err());
    }

    #[test]
    fn an_answer_that_is_not_claimed_is_not_lost() {
        let (promise, answer, unclaimed) = observed();
        drop(answer);
        assert!(!promise.is_awaited());
        promise.keep(Ok(7));
        assert_eq!(unclaimed.try_recv(), Ok(7), "given after the caller has gone");
        let (promise, answer, unclaimed) = observed();
        promise.keep(Ok(8));
        drop(answer);
        assert_eq!(unclaimed.try_recv(), Ok(8), "given before");
    }

    #[test]
    fn a_promise_that_is_dropped_is_a_failure() {
        let (promise, answer, _unclaimed) = observed();
        drop(promise);
        assert_eq!(answer.take(), Some(Err(Failure::Down)));
    }
}
