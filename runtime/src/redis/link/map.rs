//! Which node has which hash slots.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::node::Node;
use crate::redis::hash_slot::{self, HashSlot};
use crate::redis::topology::Address;

/// The nodes of a link. It has at least one.
pub(super) struct Map {
    /// Changes with the map.
    pub(super) version: u64,
    pub(super) nodes: Vec<MappedNode>,
    /// The ranges of all nodes in order, each with the place of its node. None begins before
    /// another ends.
    ranges: Vec<(RangeInclusive<HashSlot>, usize)>,
}

/// A node and its slots.
pub(super) struct MappedNode {
    pub(super) node: Arc<Node>,
    /// `None` for the server at the address of the link.
    address: Option<Address>,
    pub(super) slots: Vec<RangeInclusive<HashSlot>>,
}

impl Map {
    /// The map of a server that has all keys.
    pub(super) fn of_sole(node: Arc<Node>, version: u64) -> Self {
        let slots = vec![0..=hash_slot::LAST];
        Map::of(vec![MappedNode { node, address: None, slots }], version)
    }

    /// The map of a cluster with these masters. Nodes of this map stay the same; `make` makes the
    /// others. `None` without any.
    pub(super) fn next(
        &self,
        masters: &BTreeMap<Address, Vec<RangeInclusive<HashSlot>>>,
        make: impl Fn(&Address) -> Option<Arc<Node>>,
    ) -> Option<Self> {
        let known = |address: &Address| {
            let mut nodes = self.nodes.iter();
            nodes.find(|known| known.address.as_ref() == Some(address))
        };
        let nodes = masters.iter().filter_map(|(address, slots)| {
            let node = match known(address) {
                Some(known) => known.node.clone(),
                None => make(address)?,
            };
            Some(MappedNode { node, address: Some(address.clone()), slots: slots.clone() })
        });
        let nodes: Vec<_> = nodes.collect();
        (!nodes.is_empty()).then(|| Map::of(nodes, self.version + 1))
    }

    fn of(nodes: Vec<MappedNode>, version: u64) -> Self {
        let mut ranges = Vec::new();
        for (place, MappedNode { slots, .. }) in nodes.iter().enumerate() {
            ranges.extend(slots.iter().map(|range| (range.clone(), place)));
        }
        ranges.sort_unstable_by_key(|(range, _)| *range.start());
        Map { version, nodes, ranges }
    }

    /// Whether this is the map of a cluster with these masters.
    pub(super) fn is_of(&self, masters: &BTreeMap<Address, Vec<RangeInclusive<HashSlot>>>) -> bool {
        let known = self.nodes.iter().map(|known| (known.address.as_ref(), &known.slots));
        known.eq(masters.iter().map(|(address, slots)| (Some(address), slots)))
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.iter().map(|known| &known.node)
    }

    pub(super) fn has(&self, node: &Arc<Node>) -> bool {
        self.nodes().any(|known| Arc::ptr_eq(known, node))
    }

    /// The node that has a key; `None` if the cluster has none.
    pub(super) fn owner(&self, key: &str) -> Option<&Arc<Node>> {
        match &*self.ranges {
            // A cluster of one shard: no slot is computed.
            [(range, place)] if *range == (0..=hash_slot::LAST) => Some(&self.nodes[*place].node),
            _ => self.owner_of(hash_slot::of_key(key)),
        }
    }

    /// The node that has a slot; `None` if the cluster has none.
    pub(super) fn owner_of(&self, slot: HashSlot) -> Option<&Arc<Node>> {
        let place = self.ranges.partition_point(|(range, _)| *range.end() < slot);
        let (range, place) = self.ranges.get(place)?;
        range.contains(&slot).then(|| &self.nodes[*place].node)
    }

    /// Any node.
    pub(super) fn any(&self) -> &Arc<Node> {
        &self.nodes[0].node
    }
}
