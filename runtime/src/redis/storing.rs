//! A computed result on its way into Redis, and then into memory.

use std::marker::PhantomData;

use redis::Value;

use super::call::MissOf;
use super::command;
use super::link::{Answer, Failure};
use super::sharing::Sharing;
use crate::clock;
use crate::info::CacheStatus;
use crate::miss::Purpose;
use crate::outcome::Outcome;
use crate::store::counts::Took;

/// A result on its way into Redis, and then into memory. Dropped on the way, it goes on without its caller.
pub(super) struct Storing<K: 'static, R, O: Outcome<R>, C> {
    kept: Option<(MissOf<K, R, O>, O::Value)>,
    took: Took,
    /// When it expires, by the clock of all caches; in Redis at the same time.
    expires_at: u64,
    pub(super) sharing: Box<Sharing>,
    pub(super) bytes: Option<Vec<u8>>,
    /// What Redis says to it, once it is sent.
    answer: Option<Answer>,
    codec: PhantomData<fn() -> C>,
}

impl<K: 'static, R, O: Outcome<R>, C> Storing<K, R, O, C> {
    /// A result that is to be kept, and its bytes, if it has any that can be stored.
    pub(super) fn new(
        miss: MissOf<K, R, O>,
        value: O::Value,
        took: Took,
        sharing: Box<Sharing>,
        bytes: Option<Vec<u8>>,
    ) -> Self {
        // Asked once, for memory and for Redis: it may be random.
        let expires_at = miss.cache().expiry_deadline(clock::now());
        let kept = Some((miss, value));
        Storing { kept, took, expires_at, sharing, bytes, answer: None, codec: PhantomData }
    }

    /// For how many milliseconds Redis is to keep it; `None` for ever.
    fn redis_ttl(&self) -> Option<u64> {
        let left = || self.expires_at.saturating_sub(clock::now()) / 1_000_000;
        (self.expires_at != u64::MAX).then(|| left().max(1))
    }

    /// In memory alone, until somebody may have changed it without being heard.
    pub(super) fn keep_briefly(mut self, result: &R) {
        let now = clock::now();
        let deadline = self.sharing.deadline(now, self.expires_at, false);
        if let Some((miss, value)) = self.kept.take() {
            let _within = miss.within();
            miss.keep_until(value, (now, deadline), self.took, result);
        }
    }

    pub(super) async fn run(mut self) -> (R, CacheStatus) {
        self.send();
        let Storing { sharing, answer, .. } = &mut self;
        let answers = match answer {
            Some(answer) => sharing.link.answer(answer, &mut sharing.budget).await,
            None => Ok(vec![Value::Nil]),
        };
        match self.end(&answers) {
            Some(result) => (result, CacheStatus::Miss),
            None => unreachable!("it was kept until now"),
        }
    }

    /// Sends the value, if it is still wanted.
    fn send(&mut self) {
        let ttl = self.redis_ttl();
        let Sharing { attached, link, key, registered, lease, .. } = &mut *self.sharing;
        let (Some(bytes), Some(lease)) = (&self.bytes, lease) else { return };
        if registered.has_changed() {
            return;
        }
        registered.sends(self.expires_at);
        let question = command::store(key, &lease.token, bytes, ttl);
        let (attached, hash, counting) = (*attached, registered.hash, link.clone());
        let member = attached.member;
        self.answer = Some(link.ask_apart(question, move |answers| {
            match answers.as_deref().and_then(command::stored) {
                Some(true) => {
                    counting.counters.stores.count();
                    member.counters.stores.count();
                }
                Some(false) => attached.outdated(hash),
                None => (),
            }
        }));
        lease.is_held = false;
    }

    /// Does in memory what Redis says to it.
    fn end(&mut self, answers: &Result<Vec<Value>, Failure>) -> Option<R> {
        let (now, expires_at) = (clock::now(), self.expires_at);
        let (miss, value) = self.kept.take()?;
        let sharing = &mut self.sharing;
        let stored = answers.as_deref().map(command::stored);
        let deadline = match stored {
            Ok(Some(true)) => {
                sharing.link.succeeded();
                sharing.count(|counters| &counters.stores);
                sharing.tell_others();
                if sharing.registered.has_changed() {
                    // Since it was sent. What has changed is newer.
                    sharing.remove_at_once();
                    None
                } else {
                    Some(sharing.deadline(now, expires_at, true))
                }
            }
            // Somebody has invalidated it, or computes it anew.
            Ok(Some(false)) => None,
            Ok(None) | Err(_) => {
                match answers {
                    Ok(answers) => sharing.refused(answers),
                    Err(failure) => sharing.attached.member.failed(*failure),
                }
                if miss.purpose() == Purpose::Refresh {
                    sharing.remove_later();
                }
                Some(sharing.deadline(now, expires_at, false))
            }
        };
        let _within = miss.within();
        let result = O::restore(&value);
        match deadline {
            Some(deadline) => {
                miss.keep_until(value, (now, deadline), self.took, &result);
                sharing.look_back(now);
            }
            None => miss.pass_on(self.took.into(), &result),
        }
        Some(result)
    }

    /// Keeps what was inserted, and replaces what is in Redis behind the caller's back: by its
    /// bytes, or by nothing if it has none. If that fails, what is in Redis is removed later.
    pub(super) fn insert(mut self) {
        let (now, ttl) = (clock::now(), self.redis_ttl());
        let Sharing { attached, link, key, registered, epoch, .. } = &*self.sharing;
        let bytes = self.bytes.take();
        let deadline = self.sharing.deadline(now, self.expires_at, bytes.is_some());
        let (attached, hash, to_link, sent_key) =
            (*attached, registered.hash, link.clone(), key.clone());
        let (epoch, insertion, is_stored) = (*epoch, link.inserts(hash), bytes.is_some());
        registered.sends(self.expires_at);
        let done = move |answers: Option<&[Value]>| {
            if answers.is_none() {
                if to_link.epoch().is_some_and(|now| now != epoch) {
                    // By a later connection somebody may have read what it was to replace.
                    attached.outdated(hash);
                }
                super::function::queue(&to_link, attached.member, sent_key);
            } else if is_stored {
                to_link.counters.stores.count();
                attached.member.counters.stores.count();
            }
            drop(insertion);
        };
        let question = match bytes {
            Some(bytes) => command::insert(key, &bytes, ttl),
            None => command::replace_by_nothing(key),
        };
        if !is_stored {
            link.tell(command::announce_removal([key.as_str()].into_iter()), |_| ());
        }
        link.tell(question, done);
        self.sharing.tell_others();
        if let Some((miss, value)) = self.kept.take() {
            let result = O::restore(&value);
            miss.keep_until(value, (now, deadline), self.took, &result);
        }
    }
}

impl<K: 'static, R, O: Outcome<R>, C> Drop for Storing<K, R, O, C> {
    fn drop(&mut self) {
        if self.kept.is_none() {
            return;
        }
        if self.answer.is_none() {
            self.send();
        }
        let answers = match self.answer.as_mut().map(Answer::try_recv) {
            Some(Ok(Some(answers))) => Ok(answers),
            // It has changed before it was sent.
            None => Ok(vec![Value::Nil]),
            // In memory for a while, until Redis says what becomes of it. Nothing has failed.
            _ => Err(Failure::Down),
        };
        drop(self.end(&answers));
    }
}
