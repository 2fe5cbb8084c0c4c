//! Our side: five cached functions at each maxsize, whose bodies follow a plan and write down what
//! happens. `oracle.py` has the like of everything here.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;

use functools::{CacheInfo, CacheParameters, lru_cache};

use crate::operation::{Action, Step};

const MAXSIZES: [Option<usize>; 7] = [Some(0), Some(1), Some(2), Some(3), Some(8), Some(128), None];

/// One cached function at one maxsize.
#[derive(Clone, Copy)]
pub(crate) struct Cached {
    kind: &'static str,
    maxsize: Option<usize>,
    call: fn(u32) -> Result<(), Raised>,
    info: fn() -> CacheInfo,
    clear: fn(),
    parameters: fn() -> CacheParameters,
}

/// The error of a body, as Python's raises. Not `Clone`: no cache stores it.
struct Raised;

thread_local! {
    /// The steps that bodies have yet to take within the present call.
    static PLAN: RefCell<VecDeque<Step>> = const { RefCell::new(VecDeque::new()) };

    /// The events within the current call.
    static TRACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Every function at every maxsize.
pub(crate) fn all() -> Vec<Cached> {
    [of::<0>(), of::<1>(), of::<2>(), of::<3>(), of::<4>(), of::<5>(), of::<6>()].concat()
}

fn of<const CASE: usize>() -> [Cached; 5] {
    /// The row of a function, and the function that calls it with its `n`th arguments.
    macro_rules! cached {
        ($f:ident, $call:ident) => {
            Cached {
                kind: stringify!($f),
                maxsize: MAXSIZES[CASE],
                call: $call::<CASE>,
                info: $f::<CASE>::cache_info,
                clear: $f::<CASE>::cache_clear,
                parameters: $f::<CASE>::cache_parameters,
            }
        };
    }
    [
        cached!(number, call_number),
        cached!(local, call_local),
        cached!(text, call_text),
        cached!(pair, call_pair),
        Cached {
            kind: "method",
            maxsize: MAXSIZES[CASE],
            call: call_method::<CASE>,
            info: Owner::<CASE>::method_cache_info,
            clear: Owner::<CASE>::method_cache_clear,
            parameters: Owner::<CASE>::method_cache_parameters,
        },
    ]
}

/// Its name for the oracle, such as `text/128`.
impl fmt::Display for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, python(self.maxsize))
    }
}

fn python(maxsize: Option<usize>) -> String {
    maxsize.map_or_else(|| "None".to_owned(), |maxsize| maxsize.to_string())
}

impl Cached {
    /// Empties it, as Python's is at the beginning.
    pub(crate) fn start_anew(&self) {
        (self.clear)();
    }

    /// Performs an operation, and returns the events in the oracle's form.
    pub(crate) fn answer(&self, action: &Action) -> String {
        let happened = match action {
            Action::Parameters => {
                let CacheParameters { maxsize, typed, .. } = (self.parameters)();
                let typed = if typed { "True" } else { "False" };
                format!("{{'maxsize': {}, 'typed': {typed}}}", python(maxsize))
            }
            Action::Clear => {
                (self.clear)();
                "cleared".to_owned()
            }
            Action::Call { n, plan } => {
                PLAN.set(plan.iter().copied().collect());
                // The trace has its end.
                let _ = (self.call)(*n);
                TRACE.take()
            }
        };
        format!("{happened} {}", (self.info)())
    }
}

#[lru_cache(maxsize = MAXSIZES[CASE])]
fn number<const CASE: usize>(key: i64) -> Result<i64, Raised> {
    follow_plan(call_number::<CASE>)?;
    Ok(31 * key + 7)
}

#[lru_cache(maxsize = MAXSIZES[CASE], scope = "thread")]
fn local<const CASE: usize>(key: i64) -> Result<i64, Raised> {
    follow_plan(call_local::<CASE>)?;
    Ok(31 * key + 7)
}

#[lru_cache(maxsize = MAXSIZES[CASE])]
fn text<const CASE: usize>(key: &str) -> Result<String, Raised> {
    follow_plan(call_text::<CASE>)?;
    Ok(format!("<{key}>"))
}

#[lru_cache(maxsize = MAXSIZES[CASE])]
fn pair<const CASE: usize>(first: &str, second: i64) -> Result<String, Raised> {
    follow_plan(call_pair::<CASE>)?;
    Ok(format!("<{first}, {second}>"))
}

/// What has a method. It is a part of the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Owner<const CASE: usize>(i64);

impl<const CASE: usize> Owner<CASE> {
    #[lru_cache(maxsize = MAXSIZES[CASE])]
    fn method(&self, key: i64) -> Result<String, Raised> {
        follow_plan(call_method::<CASE>)?;
        Ok(format!("<{} {key}>", self.0))
    }
}

fn call_number<const CASE: usize>(n: u32) -> Result<(), Raised> {
    traced(n, || number::<CASE>(nth_number(n)))
}

fn call_local<const CASE: usize>(n: u32) -> Result<(), Raised> {
    traced(n, || local::<CASE>(nth_number(n)))
}

fn call_text<const CASE: usize>(n: u32) -> Result<(), Raised> {
    traced(n, || text::<CASE>(&nth_text(n)))
}

fn call_pair<const CASE: usize>(n: u32) -> Result<(), Raised> {
    // Neighbours share one half.
    traced(n, || pair::<CASE>(&nth_text(n / 4), nth_number(n % 4)))
}

fn call_method<const CASE: usize>(n: u32) -> Result<(), Raised> {
    traced(n, || Owner::<CASE>(nth_number(n / 4)).method(nth_number(n % 4)))
}

/// From -2, which hashes as -1 does in Python.
fn nth_number(n: u32) -> i64 {
    i64::from(n) - 2
}

/// Short and long, empty, and not only ASCII.
fn nth_text(n: u32) -> String {
    if n == 0 { String::new() } else { format!("{}{n}", "clé ".repeat(n as usize % 9)) }
}

/// Writes a call into the trace. Only a body can tell that it ran; where none did, it was a hit.
fn traced<V: fmt::Display>(n: u32, call: impl Fn() -> Result<V, Raised>) -> Result<(), Raised> {
    write(&format!("({n} "));
    let written = TRACE.with_borrow(String::len);
    let result = call();
    if TRACE.with_borrow(String::len) == written {
        write("hit");
    }
    match &result {
        Ok(value) => write(&format!(" ={value})")),
        Err(Raised) => write(" raised)"),
    }
    result.map(drop)
}

/// All that a body does but for its value.
fn follow_plan(call: fn(u32) -> Result<(), Raised>) -> Result<(), Raised> {
    write("miss");
    while let Some(step) = PLAN.with_borrow_mut(VecDeque::pop_front) {
        match step {
            Step::Call(n) => call(n)?,
            Step::Try(n) => drop(call(n)),
            Step::Return => break,
            Step::Raise => return Err(Raised),
        }
    }
    Ok(())
}

fn write(what: &str) {
    TRACE.with_borrow_mut(|trace| trace.push_str(what));
}
