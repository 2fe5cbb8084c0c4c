//! The deadlock check: a call that would wait for itself computes instead.
//!
//! A call made inside a body is nested in that computation, which cannot end before the call
//! returns. So a nested call that waits makes every enclosing computation wait. The wait-for graph
//! has these edges; a call adds its own only if they close no cycle.
//!
//! It relies on the engine's thread numbers, and knows nothing of completions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use parking_lot::Mutex;

use crate::engine::{ComputeScope, Generation, Leader};

/// An in-flight computation: the address of its cache, and its generation there.
pub(crate) type ComputationId = (usize, Generation);

/// A node of the wait-for graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WaitNode {
    /// A thread, with all that it computes.
    Thread(u16),
    /// A computation of a task.
    Task(ComputationId),
}

impl WaitNode {
    /// The least one in the order of the type.
    const FIRST: WaitNode = WaitNode::Thread(0);

    /// Returns the node of a computation's leader; `None` if no call may wait for it.
    fn of_leader(leader: Leader, computation: ComputationId) -> Option<Self> {
        match leader {
            Leader::TASK => Some(WaitNode::Task(computation)),
            Leader::UNKNOWN => None,
            Leader(thread) => Some(WaitNode::Thread(thread)),
        }
    }
}

thread_local! {
    /// The computations of tasks that this thread polls, each nested in the one before.
    static COMPUTATION_STACK: RefCell<Vec<ComputationId>> = const { RefCell::new(Vec::new()) };
}

/// While it exists, the calls of this thread are nested in a task's computation.
pub(crate) struct EnteredComputation(ComputationId);

impl EnteredComputation {
    pub(crate) fn enter(computation: ComputationId) -> Self {
        // While the thread ends there may be no stack any more; then no task waits, either.
        let _ = COMPUTATION_STACK.try_with(|stack| stack.borrow_mut().push(computation));
        EnteredComputation(computation)
    }
}

impl Drop for EnteredComputation {
    fn drop(&mut self) {
        let _ = COMPUTATION_STACK.try_with(|stack| {
            let mut stack = stack.borrow_mut();
            // Mostly the last one.
            if let Some(at) = stack.iter().rposition(|other| *other == self.0) {
                stack.remove(at);
            }
        });
    }
}

/// The edges of the wait-for graph, from a waiter to a leader, and how often each was added.
type WaitForGraph = BTreeMap<(WaitNode, WaitNode), usize>;

static WAIT_FOR_GRAPH: Mutex<WaitForGraph> = Mutex::new(BTreeMap::new());

/// The edges of one waiting call: from each computation that it is nested in to the leader.
pub(crate) struct WaitEdge {
    waiters: Vec<WaitNode>,
    leader: WaitNode,
}

impl WaitEdge {
    /// Adds the edges of a call that waits for a computation. `None` if they would close a cycle.
    pub(crate) fn add(leader: Leader, computation: ComputationId) -> Option<Self> {
        WaitEdge::between(current_nodes()?, WaitNode::of_leader(leader, computation)?)
    }

    fn between(waiters: Vec<WaitNode>, leader: WaitNode) -> Option<Self> {
        if !waiters.is_empty() {
            let mut graph = WAIT_FOR_GRAPH.lock();
            if would_deadlock(&graph, leader, &waiters) {
                return None;
            }
            for &waiter in &waiters {
                *graph.entry((waiter, leader)).or_default() += 1;
            }
        }
        Some(WaitEdge { waiters, leader })
    }

    /// Replaces the edges if the call is nested in other computations than at its last poll.
    /// Returns false if the new edges would close a cycle.
    pub(crate) fn recheck(&mut self) -> bool {
        match current_nodes() {
            Some(waiters) if waiters == self.waiters => true,
            Some(waiters) => {
                WaitEdge::between(waiters, self.leader).map(|edge| *self = edge).is_some()
            }
            None => false,
        }
    }
}

impl Drop for WaitEdge {
    fn drop(&mut self) {
        if self.waiters.is_empty() {
            return;
        }
        let mut graph = WAIT_FOR_GRAPH.lock();
        for &waiter in &self.waiters {
            if let Entry::Occupied(mut count) = graph.entry((waiter, self.leader)) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

/// Returns the nodes of all computations that a call made now is nested in; `None` if they are
/// unknown.
fn current_nodes() -> Option<Vec<WaitNode>> {
    let tasks = |stack: &RefCell<Vec<ComputationId>>| -> Vec<_> {
        stack.borrow().iter().map(|&task| WaitNode::Task(task)).collect()
    };
    let mut nodes = COMPUTATION_STACK.try_with(tasks).ok()?;
    // No call waits for a thread that computes nothing.
    if ComputeScope::is_active() {
        let Leader(thread) = Leader::this_thread();
        nodes.push(Some(WaitNode::Thread(thread)).filter(|_| thread != Leader::UNKNOWN.0)?);
    }
    Some(nodes)
}

/// Whether the leader is one of the waiters, or waits for one, directly or through others.
fn would_deadlock(graph: &WaitForGraph, leader: WaitNode, waiters: &[WaitNode]) -> bool {
    let mut reached = vec![leader];
    let mut next = 0;
    while let Some(node) = reached.get(next) {
        if waiters.contains(node) {
            return true;
        }
        let from = *node;
        let edges = graph.range((from, WaitNode::FIRST)..).map(|(&edge, _)| edge);
        for (_, further) in edges.take_while(|&(waiter, _)| waiter == from) {
            if !reached.contains(&further) {
                reached.push(further);
            }
        }
        next += 1;
    }
    false
}
