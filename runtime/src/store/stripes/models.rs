//! Every way in which these threads can go ahead of each other, by the model checker.

use loom::sync::Arc;
use loom::thread;

use super::{Caller, Inside, Lock, Ordering, Privates, Striped};

/// Both halves are always equal; readers count in private how often they looked.
type Pair = Striped<(u32, u32), u32>;

const ONE: usize = 0;
const TWO: usize = 1;
/// Has the stripe of `ONE`.
const THREE: usize = ONE;

/// As [`Lock::read`] by the thread of this number.
fn read_as<R>(
    pair: &Pair,
    caller: Caller,
    read: impl FnOnce(&(u32, u32), &mut u32) -> R,
) -> Result<R, Inside> {
    let held = match caller.waits.then(|| pair.hold(caller.stripe)).flatten() {
        Some(held) => held,
        None => pair.hold_slowly(caller)?,
    };
    held.0.tally.hit();
    // As a reader does, but the model checker should know how long.
    Ok(pair.shared.with(|shared| {
        held.0.private.with_mut(|looks| {
            // SAFETY: see `StripeReader::parts`.
            let (shared, looks) = unsafe { (&*shared, &mut *looks) };
            read(shared, looks)
        })
    }))
}

/// As [`Lock::write`] by the thread of this number, or alone if it can.
fn write_as<R>(
    pair: &Pair,
    caller: Caller,
    write: impl FnOnce(&mut (u32, u32), &mut dyn FnMut(&mut dyn FnMut(&mut u32))) -> R,
) -> Result<R, Inside> {
    if caller.waits
        && !pair.crowded.load(Ordering::Relaxed)
        && let Some(held) = pair.hold(caller.stripe)
        // SAFETY: see `StripeReader::alone`.
        && pair.in_use.with(|in_use| unsafe { *in_use }) == held.0.bit
    {
        return Ok(pair.shared.with_mut(|shared| {
            held.0.private.with_mut(|looks| {
                // SAFETY: see `StripeReader::alone`.
                let (shared, looks) = unsafe { (&mut *shared, &mut *looks) };
                write(shared, &mut |act| act(looks))
            })
        }));
    }
    let mut held = pair.hold_all(caller)?;
    let done = pair.write_with(&mut held, |shared, all| {
        write(shared, &mut |act| all.each(|looks| act(looks)))
    });
    pair.retire_idle(held, caller);
    Ok(done)
}

fn read(pair: &Pair, me: usize) {
    let inside = Caller { stripe: me, waits: false };
    let read = read_as(pair, Caller { stripe: me, waits: true }, |shared, looks| {
        *looks += 1;
        // A reader that asks again is told so, whatever others do.
        assert!(matches!(read_as(pair, inside, |_, _| ()), Err(Inside)));
        assert!(matches!(write_as(pair, inside, |_, _| ()), Err(Inside)));
        *shared
    });
    let (one, two) = read.expect("not inside");
    assert_eq!(one, two);
}

fn write(pair: &Pair, me: usize) {
    let written = write_as(pair, Caller { stripe: me, waits: true }, |shared, _| {
        shared.0 += 1;
        shared.1 += 1;
    });
    written.expect("not inside");
}

/// All looks since the last time, which are forgotten.
fn collect(pair: &Pair, me: usize) -> u32 {
    let collected = write_as(pair, Caller { stripe: me, waits: true }, |_, readers| {
        let mut sum = 0;
        readers(&mut |looks| sum += std::mem::take(looks));
        sum
    });
    collected.expect("not inside")
}

fn model(threads: &'static [fn(&Pair)], writes: u32) {
    let mut checker = loom::model::Builder::new();
    // Three threads in every order with three preemptions take the better part of an hour.
    checker.preemption_bound = Some(if threads.len() > 2 { 2 } else { 3 });
    checker.check(move || {
        let pair: Arc<Pair> = Arc::new(Lock::new((0, 0)));
        let started: Vec<_> = threads
            .iter()
            .map(|&act| {
                let pair = Arc::clone(&pair);
                thread::spawn(move || act(&pair))
            })
            .collect();
        for thread in started {
            thread.join().expect("it does not panic");
        }
        let written = write_as(&pair, Caller { stripe: ONE, waits: true }, |shared, _| *shared);
        assert_eq!(written.expect("not inside"), (writes, writes));
    });
}

#[test]
fn two_readers_and_a_writer() {
    model(&[|pair| read(pair, ONE), |pair| read(pair, TWO), |pair| write(pair, THREE)], 1);
}

#[test]
fn a_reader_that_reads_twice_and_a_writer() {
    model(
        &[
            |pair| {
                read(pair, ONE);
                read(pair, ONE);
            },
            |pair| write(pair, TWO),
        ],
        1,
    );
}

#[test]
fn two_writers() {
    model(&[|pair| write(pair, ONE), |pair| write(pair, TWO)], 2);
}

#[test]
fn more_threads_than_stripes() {
    model(&[|pair| read(pair, ONE), |pair| read(pair, THREE), |pair| write(pair, TWO)], 1);
}

/// One thread's stripe is in use before, and writes alone, until the other's comes into use.
#[test]
fn a_stripe_comes_into_use() {
    model(
        &[
            |pair| {
                read(pair, ONE);
                write(pair, ONE);
                write(pair, ONE);
            },
            |pair| read(pair, TWO),
        ],
        2,
    );
}

/// The writer takes the idle stripe out of use, and writes alone, until it is read from again.
#[test]
fn a_stripe_goes_out_of_use_and_comes_back() {
    model(
        &[
            |pair| {
                read(pair, ONE);
                write(pair, ONE);
                write(pair, ONE);
                write(pair, ONE);
            },
            |pair| {
                read(pair, TWO);
                read(pair, TWO);
            },
        ],
        3,
    );
}

/// Both write, alone or not.
#[test]
fn two_threads_that_read_and_write() {
    model(
        &[
            |pair| {
                read(pair, ONE);
                write(pair, ONE);
            },
            |pair| {
                read(pair, TWO);
                write(pair, TWO);
            },
        ],
        2,
    );
}

/// The next thread of its number finds what the last one left.
#[test]
fn a_thread_ends() {
    model(
        &[
            |pair| {
                read(pair, ONE);
                read(pair, ONE);
            },
            |pair| write(pair, THREE),
        ],
        1,
    );
}

/// Nothing that a reader notes is lost or counted twice, whenever it is collected: who writes collects
/// first, so that nothing is left in a stripe that goes out of use.
#[test]
fn collecting_during_reads() {
    let mut checker = loom::model::Builder::new();
    checker.preemption_bound = Some(3);
    checker.check(|| {
        let pair: Arc<Pair> = Arc::new(Lock::new((0, 0)));
        let reader = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                read(&pair, ONE);
                read(&pair, ONE);
            })
        };
        let first = collect(&pair, TWO) + collect(&pair, TWO);
        reader.join().expect("it does not panic");
        assert_eq!(first + collect(&pair, TWO), 2);
    });
}
