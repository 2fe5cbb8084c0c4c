//! The redirections of a node, and the key by which it is probed.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering::SeqCst;

use super::node::Node;
use super::probe_tag::ProbeTag;
use crate::redis::hash_slot::{self, HashSlot};
use crate::redis::reply::Redirection;

impl Node {
    /// It has these slots of a cluster, and its probe is in one of them.
    pub(super) fn set_slots(&self, slots: &[RangeInclusive<HashSlot>]) {
        *self.probe_tag.lock() = ProbeTag::new(slots.to_vec());
    }

    /// The key by which it is probed.
    pub(in crate::redis) fn probe_key(&self) -> String {
        let identity = &self.common.identity;
        match &*self.probe_tag.lock() {
            Some(ProbeTag { tag, .. }) => format!("functools:probe:{{{tag}}}:{identity}"),
            None => format!("functools:probe:{identity}"),
        }
    }

    /// Records a redirection for a key.
    pub(in crate::redis) fn redirects(&self, redirection: Redirection) {
        if redirection == Redirection::Moved {
            self.has_redirected.store(true, SeqCst);
            self.common.wake_map.notify_one();
        }
    }

    /// Whether it has reported that another node has a key, since the last call of this function.
    pub(in crate::redis) fn take_redirected(&self) -> bool {
        self.has_redirected.swap(false, SeqCst)
    }

    /// Records a redirection for the key of the probe, and chooses a key in another slot.
    pub(in crate::redis) fn redirects_probe(&self, redirection: Redirection) {
        self.redirects(redirection);
        let mut tag = self.probe_tag.lock();
        if tag.is_none() {
            // A node of a cluster that does not say which slots it has.
            *tag = ProbeTag::new(vec![0..=hash_slot::LAST]);
        }
        if let Some(tag) = &mut *tag {
            tag.advance();
        }
    }
}
