//! The status of a link: the level of its nodes, and their refusals.

use super::Link;
use super::breaker::Right;
use super::node::Node;
use crate::redis::stats::Stats;
use crate::redis::status::{Level, NodeStatus, Status};

impl Node {
    /// Returns how well results are shared through this server now.
    fn level(&self) -> Level {
        let is_refused = self.missing.lock().rights.iter().any(Option::is_some);
        if is_refused {
            Level::Refused
        } else if !self.is_connected() {
            Level::Away
        } else if self.is_tracking() {
            Level::Tracked
        } else {
            Level::Untracked
        }
    }

    /// Returns the rights that this server currently grants this process.
    fn status(&self) -> NodeStatus {
        let level = self.level();
        NodeStatus {
            address: self.address(),
            level,
            reads: self.is_connected(),
            removes: !self.is_open(Right::Remove),
            stores: !self.is_open(Right::Store),
            missing: match level {
                Level::Away => self.last_error(),
                _ => self.missing.lock().words(),
            },
        }
    }

    /// Records that the server refuses a right, or `None` if it does not.
    pub(in crate::redis) fn note_right(&self, right: Right, refusal: Option<String>) {
        self.missing.lock().rights[right as usize] = refusal;
    }

    /// Records why the server pushes no changes, or `None` if it does.
    pub(in crate::redis) fn note_pushes(&self, why_not: Option<String>) {
        self.missing.lock().pushes = why_not;
    }
}

impl Link {
    /// Returns the statistics of the link.
    pub(in crate::redis) fn stats(&self) -> Stats {
        Stats::new(&self.common.counters, self.is_connected(), self.level(), self.queued())
    }

    /// Returns how well results are shared now: that of the worst node.
    fn level(&self) -> Level {
        worst(self.nodes().iter().map(|node| node.level()))
    }

    /// Returns the rights that all nodes currently grant this process.
    pub(in crate::redis) fn status(&self) -> Status {
        let nodes: Vec<_> = self.nodes().iter().map(|node| node.status()).collect();
        let missing = nodes.iter().find_map(|node| {
            let missing = node.missing.clone()?;
            let is_one_of_several = nodes.len() > 1 && node.level != Level::Away;
            let address = node.address.as_ref().filter(|_| is_one_of_several);
            Some(address.map_or(missing.clone(), |address| format!("{address}: {missing}")))
        });
        Status {
            level: worst(nodes.iter().map(|node| node.level)),
            reads: nodes.iter().all(|node| node.reads),
            removes: nodes.iter().all(|node| node.removes),
            stores: nodes.iter().all(|node| node.stores),
            missing,
            nodes,
        }
    }
}

/// The level of the worst node.
fn worst(levels: impl Iterator<Item = Level>) -> Level {
    let order = [Level::Tracked, Level::Untracked, Level::Refused, Level::Away];
    let place = |level: &Level| order.iter().position(|known| known == level);
    levels.max_by_key(place).unwrap_or_default()
}
