//! The change of the map from hash slots to nodes.
//!
//! Nodes that have won or lost slots begin a new link epoch, so that no call that began before
//! keeps what it reads for longer than `l1_ttl`. Removals and leases follow the slots of their
//! keys.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::map::Map;
use super::node::{Effects, Node};
use super::removals::Target;
use crate::redis::hash_slot::HashSlot;
use crate::redis::names;
use crate::tier::TemplatePart;

/// The effects that are applied once the lock of the map is free.
pub(super) type ToShow = Vec<(Arc<Node>, Effects)>;

/// Carries out a change from one map to another, before calls see it.
pub(super) fn carry_out(before: &Map, after: &Map) -> ToShow {
    let mut to_show = Vec::new();
    for known in &before.nodes {
        let (from, heirs) = (&known.node, heirs(&known.node, &known.slots, after));
        for heir in &heirs {
            heir.renew_epoch();
        }
        if !heirs.is_empty() {
            from.renew_epoch();
        }
        hand_over(from, &heirs, after, &mut to_show);
    }
    to_show
}

/// The other nodes that have slots that a node had.
fn heirs(from: &Arc<Node>, slots: &[RangeInclusive<HashSlot>], after: &Map) -> Vec<Arc<Node>> {
    let mut heirs: Vec<Arc<Node>> = Vec::new();
    for slot in slots.iter().flat_map(Clone::clone) {
        if let Some(owner) = after.owner_of(slot)
            && !Arc::ptr_eq(owner, from)
            && !heirs.iter().any(|known| Arc::ptr_eq(known, owner))
        {
            heirs.push(owner.clone());
        }
    }
    heirs
}

/// Hands removals and leases over to those that have a node's slots now. If the node is gone,
/// another may have taken its place that lags behind: that is to do again what was confirmed.
fn hand_over(from: &Arc<Node>, heirs: &[Arc<Node>], after: &Map, to_show: &mut ToShow) {
    let is_gone = !after.has(from);
    // A key that no node has waits at any.
    let owner = |key: &str| after.owner(key).unwrap_or_else(|| after.any());
    let is_moved = |key: &str| !Arc::ptr_eq(owner(key), from);
    let leases = from.leases.take_moved(is_moved);
    for heir in heirs {
        heir.leases.adopt(&leases, |key| Arc::ptr_eq(owner(key), heir));
    }
    let ((waiting, confirmed), effects) = from.change_silently(|state| {
        let waiting = state.removals.take_moved(is_moved, is_gone);
        (waiting, state.confirmed.take_moved(is_moved, is_gone))
    });
    to_show.push((from.clone(), effects));
    let mut hand = |targets: Vec<(Target, &'static [TemplatePart])>, is_waiting: bool| {
        for (target, parts) in targets {
            let to = match &target {
                Target::Key(key) => std::slice::from_ref(owner(key)),
                Target::Tag(tag) => std::slice::from_ref(owner(&names::tag_set(tag))),
                Target::All | Target::AnyTag => heirs,
            };
            for node in to {
                let ((), effects) = node.change_silently(|state| match is_waiting {
                    true => state.removals.add(target.clone(), parts),
                    false => state.confirmed.add(target.clone(), parts),
                });
                to_show.push((node.clone(), effects));
            }
        }
    };
    hand(waiting, true);
    hand(confirmed, is_gone);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Instant;

    use super::super::common::Common;
    use super::*;
    use crate::redis::Redis;
    use crate::redis::hash_slot::{self, LAST};
    use crate::redis::topology::Address;

    const FUNCTION: &[TemplatePart] =
        &[TemplatePart::Literal("a:"), TemplatePart::Argument { escaped: "" }];

    /// A map of nodes at these ports, which have the slots up to these.
    fn map(before: &Map, common: &Arc<Common>, nodes: &[(u16, HashSlot)]) -> Map {
        let mut first = 0;
        let masters = nodes.iter().map(|&(port, last)| {
            let slots = vec![first..=last];
            first = last.saturating_add(1);
            (Address { host: Some("node".to_owned()), port }, slots)
        });
        let masters: BTreeMap<_, _> = masters.collect();
        let make = |_: &Address| Some(Arc::new(Node::new(common.clone(), None)));
        before.next(&masters, make).expect("some nodes")
    }

    fn key_in(slots: RangeInclusive<HashSlot>) -> String {
        format!("a:{{{}}}", hash_slot::tag_in(&[slots], 0).expect("a tag"))
    }

    fn waiting(node: &Node) -> Vec<Target> {
        let next = node.change(|state| state.removals.next(10, Instant::now()));
        next.into_iter().map(|removal| removal.target).collect()
    }

    fn confirmed(node: &Node) -> usize {
        node.change(|state| state.confirmed.len())
    }

    /// The maps of a server, and of a cluster of two nodes.
    fn maps() -> (Arc<Common>, Map) {
        let redis = Redis::new("redis://localhost").expect("an address");
        let common = Arc::new(Common::new(redis));
        let sole = Map::of_sole(Arc::new(Node::new(common.clone(), None)), 0);
        let two = map(&sole, &common, &[(1, 99), (2, LAST)]);
        (common, two)
    }

    #[test]
    fn removals_and_leases_follow_their_slots() {
        let (common, before) = maps();
        let (moved, kept) = (key_in(50..=99), key_in(0..=49));
        let from = before.owner(&moved).expect("a node").clone();
        for key in [&moved, &kept] {
            from.queue_removal(Target::Key(key.as_str().into()), FUNCTION);
            from.leases.track(key, "token");
        }
        let after = map(&before, &common, &[(1, 49), (2, LAST)]);
        let _ = carry_out(&before, &after);
        let to = after.owner(&moved).expect("a node");
        assert_eq!(waiting(&from), [Target::Key(kept.as_str().into())]);
        assert_eq!(waiting(to), [Target::Key(moved.as_str().into())]);
        for node in [&from, to] {
            let renewed = node.leases.renewal(1).expect("a lease").pipeline.len();
            assert_eq!(renewed, 1);
        }
    }

    #[test]
    fn a_clear_that_waits_is_done_by_the_heirs_too() {
        let (common, before) = maps();
        let from = before.owner_of(0).expect("a node").clone();
        from.queue_removal(Target::All, FUNCTION);
        let after = map(&before, &common, &[(1, 49), (2, LAST)]);
        let _ = carry_out(&before, &after);
        assert_eq!(waiting(&from), [Target::All]);
        assert_eq!(waiting(after.owner_of(99).expect("a node")), [Target::All]);
    }

    #[test]
    fn what_a_lost_node_has_confirmed_is_done_again_by_its_heir() {
        let (common, before) = maps();
        let key = key_in(0..=99);
        let from = before.owner(&key).expect("a node").clone();
        from.removed(&key, FUNCTION, 0);
        let moved = map(&before, &common, &[(2, LAST - 1), (3, LAST)]);
        let _ = carry_out(&before, &moved);
        assert_eq!(confirmed(&from), 0);
        assert_eq!(waiting(moved.owner(&key).expect("a node")), [Target::Key(key.into())]);
    }

    #[test]
    fn what_a_node_that_stays_has_confirmed_is_remembered_by_its_heir() {
        let (common, before) = maps();
        let key = key_in(50..=99);
        let from = before.owner(&key).expect("a node").clone();
        from.removed(&key, FUNCTION, 0);
        let after = map(&before, &common, &[(1, 49), (2, LAST)]);
        let _ = carry_out(&before, &after);
        let to = after.owner(&key).expect("a node");
        assert_eq!((confirmed(&from), confirmed(to)), (0, 1));
        assert!(waiting(to).is_empty());
    }

    #[test]
    fn nodes_with_other_slots_begin_a_new_link_epoch() {
        let (common, before) = maps();
        let third = map(&before, &common, &[(1, 99), (2, 199), (3, LAST)]);
        let nodes: Vec<_> = third.nodes().cloned().collect();
        for node in &nodes {
            node.start_epoch();
            node.set_tracked(1);
        }
        let epochs = || nodes.iter().map(|node| node.epoch_of(0)).collect::<Vec<_>>();
        let first = epochs();
        let _ = carry_out(&third, &map(&third, &common, &[(1, 98), (2, 199), (3, LAST)]));
        let second = epochs();
        let is_same: Vec<_> = first.iter().zip(&second).map(|(one, other)| one == other).collect();
        assert_eq!(is_same, [false, false, true]);
        assert!(second.iter().all(Option::is_some));
    }
}
