//! A link as the second tier of calls: the queries of each operation, and the meaning of their
//! answers.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use redis::{Pipeline, Value};

use super::clear::clear;
use super::command;
use super::link::{Link, Node, PendingReply, Right};
use super::names;
use super::tags::{self, TagSets};
use crate::function::miss::Runner;
use crate::inflight::timer::Timer;
use crate::tier::{
    Acquired, Acquisition, Counters, Failure, Found, LeasedValue, NewValue, OnValue, Query,
    RegisteredFunction, SecondTier, Settings, StoreReply, Stored, TemplatePart, Then, TierKey,
};
use crate::types::tag::Tag;

/// The answer is of another kind than Redis gives.
const STRANGE: Failure = Failure::Refused { of_function: false };

impl SecondTier for Link {
    fn settings(&self) -> Settings<'_> {
        let config = &self.common.config;
        Settings {
            secret: &config.secret,
            value_cap: config.value_cap,
            l1_ttl: config.l1_ttl,
            lease: config.lease,
        }
    }

    fn counters(&self) -> &Counters {
        &self.common.counters
    }

    fn timer(&self) -> &Timer {
        &self.common.timer
    }

    fn deadline(&self) -> Instant {
        self.common.deadline()
    }

    fn is_usable(&self) -> bool {
        self.common.is_usable()
    }

    fn is_ready(&self, function: &RegisteredFunction) -> bool {
        !self.common.is_starting() && self.tracks(function) || !self.common.is_usable()
    }

    fn is_connected(&self, function: &RegisteredFunction) -> bool {
        Link::is_connected(self) && self.tracks(function)
    }

    fn link_epoch(&self, key: &TierKey, function: &RegisteredFunction) -> Option<u64> {
        self.epoch(key.name(), function.place()?)
    }

    fn is_tracking(&self, key: &TierKey) -> bool {
        self.at_node(key.name(), |node| node.is_tracking())
    }

    fn may_read(&self, key: &TierKey) -> bool {
        self.at_node(key.name(), |node| !node.is_open(Right::Read))
    }

    fn may_store(&self, key: &TierKey) -> bool {
        self.at_node(key.name(), |node| !node.is_open(Right::Store))
    }

    fn excludes(&self, key: &TierKey, parts: &[TemplatePart]) -> bool {
        self.at_node(key.name(), |node| node.excludes(key.name(), parts))
            || key.tags().iter().any(|tag| {
                self.at_node(&names::tag_set(tag.name()), |node| node.excludes_tag(tag.name()))
            })
    }

    fn include(&self) {
        self.wake();
    }

    fn record_error(&self, error: &str) {
        self.common.record_error(error);
    }

    fn read(self: Arc<Self>, keys: &[&TierKey], runner: Runner) -> Query<Vec<Found>> {
        let read = |key: &TierKey| {
            let (node, cap, hash) =
                (self.node(key.name()), self.common.config.value_cap, key.hash());
            let query = command::read(key.name(), cap);
            async move {
                let deadline = node.common.deadline();
                let answers = match runner {
                    Runner::Thread => node.query(Right::Read, &query, deadline).await?,
                    Runner::Task => node.query_from_task(&query, hash, deadline).await?,
                };
                Ok(command::parse_read(answers, cap))
            }
        };
        match keys {
            [key] => {
                let read = read(key);
                Box::pin(async { Ok(vec![read.await?]) })
            }
            keys => Box::pin(all(keys.iter().map(|key| read(key)).collect())),
        }
    }

    fn acquire_lease(
        self: Arc<Self>,
        key: &TierKey,
        token: &str,
        on_value: OnValue,
    ) -> Query<Acquired> {
        let (node, cap) = (self.node(key.name()), self.common.config.value_cap);
        let millis = self.common.lease_millis();
        let mut query = command::acquire(key.name(), cap, token, millis, on_value);
        let tags = TagSets::new(&self, key, &node);
        // After the lease: who finds the key in a set revokes that. The set is given up later.
        tags.add_near(&mut query.pipeline, Some(2 * millis));
        let deadline = self.common.deadline();
        Box::pin(async move {
            let mut answers = node.query(Right::Store, &query, deadline).await?;
            let lease = answers.first().and_then(command::acquisition).ok_or(STRANGE)?;
            // Behind them are those about tags.
            answers.truncate(3);
            let found = match on_value {
                OnValue::Leave => Found::Nothing,
                OnValue::Take | OnValue::Read => command::parse_read(answers.split_off(1), cap),
            };
            if matches!(lease, Acquisition::Taken) && tags.has_far() {
                tags.tag_far(2 * millis).await?;
            }
            Ok(Acquired { lease, found })
        })
    }

    fn take_over_lease(self: Arc<Self>, key: &TierKey, token: &str) -> Query<()> {
        let node = self.node(key.name());
        let millis = self.common.lease_millis();
        let mut query = command::take_over(key.name(), token, millis);
        let tags = TagSets::new(&self, key, &node);
        tags.add_near(&mut query.pipeline, Some(2 * millis));
        let deadline = self.common.deadline();
        Box::pin(async move {
            node.query(Right::Store, &query, deadline).await?;
            tags.tag_far(2 * millis).await
        })
    }

    fn new_token(&self) -> String {
        self.common.token()
    }

    fn keep_lease(&self, key: &TierKey, token: &str) {
        self.at_node(key.name(), |node| node.leases.track(key.name(), token));
        for tag in key.tags() {
            let set = names::tag_set(tag.name());
            self.at_node(&set, |node| node.leases.track_tag(&set, key.name()));
        }
    }

    fn end_lease(self: Arc<Self>, key: &TierKey, token: &str, is_held: bool) {
        let node = self.at_node(key.name(), |node| {
            node.leases.untrack(key.name(), token);
            node.clone()
        });
        for tag in key.tags() {
            let set = names::tag_set(tag.name());
            self.at_node(&set, |node| node.leases.untrack_tag(&set, key.name()));
        }
        if is_held {
            node.send_anyway(command::release(key.name(), token), |_| ());
        }
    }

    fn store(self: Arc<Self>, values: Vec<LeasedValue<'_>>) -> Vec<Option<Box<dyn StoreReply>>> {
        let send = |value: LeasedValue<'_>| {
            let LeasedValue { key, token, parts, bytes, ttl, on_unclaimed } = value;
            let node = self.node(key.name());
            let tags = TagSets::new(&self, key, &node);
            let (tagged_for, mut before) = (self.tagged_for(ttl), Pipeline::new());
            tags.add_near(&mut before, tagged_for);
            let names = (key.name(), token);
            let query = command::store(before, names, bytes, ttl, node.store_by());
            let on_unclaimed = move |answers: &[Value]| on_unclaimed(parse_store(answers));
            let reply = node.query_detached(Right::Store, query, on_unclaimed)?;
            if tags.has_far() {
                // At the same time: while the lease is held, the key is in these sets anyway.
                let (link, key) = (self.clone(), key.name().to_owned());
                let then = move |is_done: bool| {
                    if !is_done {
                        link.queue_key(&key, parts);
                    }
                };
                tags.send_far(tagged_for, Box::new(then));
            }
            Some(Box::new(Reply { node, reply }) as Box<dyn StoreReply>)
        };
        values.into_iter().map(send).collect()
    }

    fn insert(self: Arc<Self>, values: Vec<NewValue<'_>>) {
        for NewValue { key, bytes, ttl, then } in values {
            let (node, identity) = (self.node(key.name()), &self.common.identity);
            let insertion = node.insertions.begin(key.hash());
            let Some(bytes) = bytes else {
                let query = command::replace_by_nothing(key.name(), identity);
                node.send(Right::Remove, query, move |is_done| {
                    then(is_done);
                    drop(insertion);
                });
                continue;
            };
            let (tagged_for, mut before) = (self.tagged_for(ttl), Pipeline::new());
            let tags = TagSets::new(&self, key, &node);
            tags.add_near(&mut before, tagged_for);
            if tags.has_far() {
                let ahead = TagSets::new(&self, key, &node);
                ahead.send_far(tagged_for, Box::new(|_| ()));
            }
            let mut query = command::insert(before, key.name(), bytes, ttl);
            // Again, afterwards: an invalidation between the two may have removed the key from a
            // set, without a lease to revoke.
            tags.add_near(&mut query.pipeline, tagged_for);
            node.send(Right::Store, query, move |is_done| {
                let then: Then<bool> = Box::new(move |is_done| {
                    then(is_done);
                    drop(insertion);
                });
                if is_done { tags.send_far(tagged_for, then) } else { then(false) }
            });
        }
    }

    fn remove(self: Arc<Self>, keys: &[&TierKey], parts: &'static [TemplatePart]) -> Query<()> {
        let remove = |key: &TierKey| {
            let (link, key) = (self.clone(), key.name().to_owned());
            async move {
                link.common.wait_for_start().await;
                let node = link.node(&key);
                let last = node.last_removal();
                let query = command::remove([key.as_str()].into_iter(), &link.common.identity);
                let answers = node.query(Right::Remove, &query, link.common.deadline()).await;
                match answers {
                    Ok(_) if link.removed(&node, &key, parts, last) => Ok(()),
                    Ok(_) => Err(Failure::Elsewhere),
                    Err(failure) => {
                        link.queue_key(&key, parts);
                        Err(failure)
                    }
                }
            }
        };
        let removals = all(keys.iter().map(|key| remove(key)).collect());
        Box::pin(async { removals.await.map(drop) })
    }

    fn remove_tag(self: Arc<Self>, tag: &Tag) -> Query<usize> {
        let tag = tag.name().to_owned();
        Box::pin(async move {
            self.common.wait_for_start().await;
            let last = self.last_tag_removal(&tag);
            let removed = tags::remove(&self, &tag).await;
            match &removed {
                Ok(_) => self.tag_removed(&tag, last),
                Err(_) => self.queue_tag(&tag),
            }
            removed
        })
    }

    fn remove_detached(self: Arc<Self>, key: &TierKey, parts: &'static [TemplatePart]) {
        let query = command::remove([key.name()].into_iter(), &self.common.identity);
        let (link, key, node) = (self.clone(), key.name().to_owned(), self.node(key.name()));
        node.send(Right::Remove, query, move |is_done| {
            if !is_done {
                link.queue_key(&key, parts);
            }
        });
    }

    fn queue_removal(&self, key: &str, parts: &'static [TemplatePart]) {
        self.queue_key(key, parts);
    }

    fn clear(self: Arc<Self>, parts: &'static [TemplatePart]) -> Query<()> {
        Box::pin(async move {
            self.common.wait_for_start().await;
            clear(&self, parts).await
        })
    }
}

impl Link {
    /// For how many milliseconds a key stays in the sets of its tags: for as long as its value, and
    /// for the length of a lease, by which the value may be stored later.
    fn tagged_for(&self, ttl: Option<u64>) -> Option<u64> {
        ttl.map(|ttl| ttl.saturating_add(self.common.lease_millis()))
    }
}

/// Runs queries side by side: over one connection they take one round trip. Fails like the first
/// that fails, after all have ended.
pub(super) async fn all<T>(
    queries: Vec<impl Future<Output = Result<T, Failure>>>,
) -> Result<Vec<T>, Failure> {
    let mut queries: Vec<_> = queries.into_iter().map(|query| (Box::pin(query), None)).collect();
    poll_fn(|context| {
        let mut is_ready = true;
        for (query, result) in &mut queries {
            if result.is_none() {
                match query.as_mut().poll(context) {
                    Poll::Ready(ready) => *result = Some(ready),
                    Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    queries.into_iter().filter_map(|(_, result)| result).collect()
}

/// The reply to a store.
struct Reply {
    node: Arc<Node>,
    reply: PendingReply,
}

impl StoreReply for Reply {
    fn wait(&mut self) -> Pin<Box<dyn Future<Output = Result<Stored, Failure>> + Send + '_>> {
        let deadline = self.node.common.deadline();
        Box::pin(async move { Ok(parse_store(&self.reply.wait(deadline).await?)) })
    }

    fn take(&mut self) -> Option<Result<Stored, Failure>> {
        Some(self.reply.take()?.map(|answers| parse_store(&answers)))
    }
}

fn parse_store(answers: &[Value]) -> Stored {
    match command::stored(answers) {
        Some(true) => Stored::Done,
        Some(false) => Stored::Revoked,
        None => Stored::Unknown,
    }
}
