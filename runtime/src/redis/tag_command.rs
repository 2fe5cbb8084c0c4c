//! The queries about the sets of tags.
//!
//! A tag has a sorted set of the keys of its values. The score of a key is when it may be
//! forgotten, in microseconds of the server's clock, and changes each time the key is added. So a
//! removal can tell that a key was added again meanwhile, and leaves it.

use redis::{Pipeline, Value};

use super::command::{Query, are_numbers};
use super::script;

/// Adds the commands that put a key into the sets of its tags, for so many milliseconds, or for
/// ever.
pub(super) fn add(pipeline: &mut Pipeline, sets: &[String], key: &str, millis: Option<u64>) {
    let millis = millis.map(|millis| millis.to_string());
    for set in sets {
        let millis = millis.as_deref().unwrap_or("");
        pipeline.add_command(script::TAG.call(&[set], &[key, millis]));
    }
}

/// Puts a key into the set of a tag.
pub(super) fn tag(set: &str, key: &str, millis: Option<u64>) -> Query {
    let mut query = Query::new(are_numbers);
    add(&mut query.pipeline, &[set.to_owned()], key, millis);
    query
}

/// Lists keys that a set has, so many at most.
pub(super) fn list(set: &str, most: usize) -> Query {
    let last = most.saturating_sub(1).to_string();
    Query::single(script::TAGGED.call(&[set], &[&last]), |answers| members(answers).is_some())
}

/// A key in the set of a tag.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Member {
    pub(super) key: String,
    score: Vec<u8>,
}

/// Returns the keys that [`list`] has found. A key that is no text is none of ours, and left out.
pub(super) fn members(answers: &[Value]) -> Option<Vec<Member>> {
    let [Value::Array(flat)] = answers else { return None };
    let pairs = flat.chunks_exact(2).map(|pair| match pair {
        [Value::BulkString(key), Value::BulkString(score)] => {
            Some(String::from_utf8(key.clone()).ok().map(|key| (key, score.clone())))
        }
        _ => None,
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    Some(pairs?.into_iter().flatten().map(|(key, score)| Member { key, score }).collect())
}

/// Removes these keys from a set, but for those that were added again.
pub(super) fn untag(set: &str, members: &[Member]) -> Query {
    let mut call = script::UNTAG.call(&[set], &[]);
    for Member { key, score } in members {
        call.arg(key).arg(score.as_slice());
    }
    Query::single(call, are_numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_pairs() {
        let text = |text: &str| Value::BulkString(text.into());
        let answers = [Value::Array(vec![text("a:1"), text("7"), text("a:2"), text("8")])];
        let keys = members(&answers).map(|all| all.into_iter().map(|one| one.key).collect());
        assert_eq!(keys, Some(vec!["a:1".to_owned(), "a:2".to_owned()]));
        assert_eq!(members(&[Value::Array(Vec::new())]), Some(Vec::new()));
        assert_eq!(members(&[Value::Array(vec![text("a:1"), Value::Int(1)])]), None);
        assert_eq!(members(&[Value::Nil]), None);
    }
}
