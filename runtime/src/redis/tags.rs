//! Tags in Redis: which sets a key is put into, and the removal of all that a tag's set has.
//!
//! A key is in the sets from before its computation starts, since the lease is taken first. So an
//! invalidation finds the key, and either removes the value or revokes the lease, in whichever slot
//! of a cluster the set and the key are. Only then the key leaves the set, unless it was added
//! again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Pipeline, Value};

use super::command::{self, Query};
use super::link::{Link, Node, Right};
use super::names;
use super::second_tier::all;
use super::tag_command::{self, Member};
use crate::tier::{Failure, Then, TierKey};

/// How many keys are removed at a time.
const BATCH: usize = 500;

/// How long each query of a removal may take at least, once the server has listed keys.
const LEAST_TIMEOUT: Duration = Duration::from_secs(1);

/// The sets of a key's tags.
pub(super) struct TagSets {
    key: String,
    /// At the node of the key, where one query reaches both.
    near: Vec<String>,
    /// At other nodes of a cluster.
    far: Vec<(Arc<Node>, String)>,
}

impl TagSets {
    /// Finds the sets of a key, which this node has.
    pub(super) fn new(link: &Link, key: &TierKey, node: &Arc<Node>) -> Self {
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for tag in key.tags() {
            let set = names::tag_set(tag.name());
            let owner = link.node(&set);
            if Arc::ptr_eq(&owner, node) { near.push(set) } else { far.push((owner, set)) }
        }
        // A key without tags costs no allocation.
        let key = if key.tags().is_empty() { String::new() } else { key.name().to_owned() };
        TagSets { key, near, far }
    }

    /// Adds the commands for the sets at the node of the key.
    pub(super) fn add_near(&self, pipeline: &mut Pipeline, millis: Option<u64>) {
        tag_command::add(pipeline, &self.near, &self.key, millis);
    }

    /// Puts the key into the sets at other nodes, and waits for that.
    pub(super) async fn tag_far(self, millis: u64) -> Result<(), Failure> {
        let tag = |(node, set): (Arc<Node>, String)| {
            let query = tag_command::tag(&set, &self.key, Some(millis));
            async move {
                let deadline = node.common.deadline();
                node.query(Right::Store, &query, deadline).await
            }
        };
        all(self.far.into_iter().map(tag).collect()).await.map(drop)
    }

    /// Same as [`TagSets::tag_far`], without a wait. `then` learns whether all of them have it.
    pub(super) fn send_far(mut self, millis: Option<u64>, then: Then<bool>) {
        let Some((node, set)) = self.far.pop() else { return then(true) };
        let query = tag_command::tag(&set, &self.key, millis);
        node.send(Right::Store, query, move |is_done| {
            if is_done { self.send_far(millis, then) } else { then(false) }
        });
    }

    pub(super) fn has_far(&self) -> bool {
        !self.far.is_empty()
    }
}

/// Removes the values that carry a tag. Returns how many there were.
pub(super) async fn remove(link: &Link, tag: &str) -> Result<usize, Failure> {
    let set = names::tag_set(tag);
    let mut removed = 0;
    let mut deadline = link.common.deadline();
    loop {
        let listed = query(link, &set, &tag_command::list(&set, BATCH), deadline).await?;
        let members = tag_command::members(&listed).unwrap_or_default();
        if members.is_empty() {
            break;
        }
        deadline = deadline.max(Instant::now() + LEAST_TIMEOUT);
        removed += remove_values(link, &members, deadline).await?;
        query(link, &set, &tag_command::untag(&set, &members), deadline).await?;
        if members.len() < BATCH {
            break;
        }
    }
    // Other processes may hold what is not there to be removed.
    let notice = names::tag_notice(tag, &link.common.identity);
    query(link, &notice, &command::notify(&notice), deadline).await?;
    Ok(removed)
}

/// Removes the values of some keys from their nodes, all at once.
async fn remove_values(
    link: &Link,
    members: &[Member],
    deadline: Instant,
) -> Result<usize, Failure> {
    let mut by_node: Vec<(Arc<Node>, Vec<&str>)> = Vec::new();
    for Member { key, .. } in members {
        let owner = link.node(key);
        match by_node.iter_mut().find(|(node, _)| Arc::ptr_eq(node, &owner)) {
            Some((_, keys)) => keys.push(key),
            None => by_node.push((owner, vec![key])),
        }
    }
    let remove = |(node, keys): (Arc<Node>, Vec<&str>)| {
        let query = command::remove(keys.into_iter(), &link.common.identity);
        async move { node.query(Right::Remove, &query, deadline).await }
    };
    let version = link.version();
    let answers = all(by_node.into_iter().map(remove).collect()).await?;
    if link.version() != version {
        // A key may have moved to a node before it was removed from the other.
        return Err(Failure::Elsewhere);
    }
    let removed = answers.iter().flatten().filter(|answer| matches!(answer, Value::Int(1..)));
    Ok(removed.count())
}

async fn query(
    link: &Link,
    key: &str,
    query: &Query,
    deadline: Instant,
) -> Result<Vec<Value>, Failure> {
    link.node(key).query(Right::Remove, query, deadline).await
}

/// Removes the values of all tags, one after the other.
pub(super) async fn remove_all(link: &Link) -> Result<(), Failure> {
    let deadline = || link.common.deadline().max(Instant::now() + LEAST_TIMEOUT);
    for node in link.nodes() {
        let mut cursor = "0".to_owned();
        loop {
            let scan = command::scan(&cursor, &names::tag_pattern());
            let answers = node.query(Right::Remove, &scan, deadline()).await?;
            let Some((next, sets)) = command::scanned_names(&answers) else {
                return Err(Failure::Refused { of_function: false });
            };
            for tag in sets.iter().filter_map(|set| names::tag_of_set(set)) {
                remove(link, tag).await?;
            }
            if next == "0" {
                break;
            }
            cursor = next;
        }
    }
    Ok(())
}
