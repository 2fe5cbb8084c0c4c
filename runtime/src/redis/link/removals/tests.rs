//! The queue of removals: order, repetition, and what it excludes.

use super::*;

const FUNCTION: &[TemplatePart] =
    &[TemplatePart::Literal("a:"), TemplatePart::Argument { escaped: "" }];
const OTHER: &[TemplatePart] =
    &[TemplatePart::Literal("b:"), TemplatePart::Argument { escaped: "" }];

fn targets(queue: &mut RemovalQueue) -> Vec<Target> {
    queue.next(100, Instant::now()).into_iter().map(|removal| removal.target).collect()
}

fn key(name: &str) -> Target {
    Target::Key(name.into())
}

#[test]
fn removals_keep_their_order_and_each_key_waits_once() {
    let mut queue = RemovalQueue::default();
    for name in ["a:1", "a:2", "a:1", "b:1"] {
        queue.add_key(name.into(), if name.starts_with('a') { FUNCTION } else { OTHER });
    }
    assert_eq!(targets(&mut queue), [key("a:2"), key("a:1"), key("b:1")]);
}

#[test]
fn a_removal_that_is_asked_for_again_while_it_is_sent_stays() {
    let mut queue = RemovalQueue::default();
    queue.add_key("a:1".into(), FUNCTION);
    let sent = queue.next(100, Instant::now());
    queue.add_key("a:1".into(), FUNCTION);
    queue.confirm(sent[0].number);
    assert_eq!(queue.len(), 1);
    let last = queue.last();
    queue.add_key("a:1".into(), FUNCTION);
    queue.confirm_key("a:1", last);
    assert_eq!(queue.len(), 1);
    queue.confirm_key("a:1", queue.last());
    assert_eq!(queue.len(), 0);
}

#[test]
fn a_clear_takes_the_place_of_keys_and_comes_alone() {
    let mut queue = RemovalQueue::default();
    queue.add_key("a:1".into(), FUNCTION);
    queue.add_key("b:1".into(), OTHER);
    queue.add_all(FUNCTION);
    queue.add_key("a:2".into(), FUNCTION);
    queue.add_key("b:2".into(), OTHER);
    assert_eq!(targets(&mut queue), [key("b:1")]);
    queue.confirm_key("b:1", queue.last());
    assert_eq!(targets(&mut queue), [Target::All]);
    assert!(queue.excludes("a:7", FUNCTION) && !queue.excludes("b:7", OTHER));
}

#[test]
fn tags_wait_once_each_and_come_alone() {
    let tag = |name: &str| Target::Tag(name.into());
    let mut queue = RemovalQueue::default();
    for name in ["user:1", "user:2", "user:1"] {
        queue.add(tag(name), &[]);
    }
    queue.add_key("a:1".into(), FUNCTION);
    assert!(queue.excludes_tag("user:1") && !queue.excludes_tag("user:3"));
    assert_eq!(targets(&mut queue), [tag("user:2")]);
    let last = queue.last();
    queue.add(tag("user:2"), &[]);
    queue.confirm_tag("user:2", last);
    assert!(queue.excludes_tag("user:2"), "it was asked for again");
    assert_eq!(targets(&mut queue), [tag("user:1")]);
}

#[test]
fn so_many_tags_are_remembered_one_by_one() {
    let mut queue = RemovalQueue::default();
    for number in 0..=MOST {
        queue.add(Target::Tag(format!("user:{number}").into()), &[]);
    }
    assert_eq!(targets(&mut queue), [Target::AnyTag]);
    assert!(queue.excludes_tag("user:1") && queue.len() == 1);
    queue.confirm(queue.last());
    assert!(!queue.excludes_tag("user:1"));
}

#[test]
fn a_deferred_removal_excludes_its_key_alone_and_waits() {
    let mut queue = RemovalQueue::default();
    queue.add_key("a:1".into(), FUNCTION);
    let first = queue.next(1, Instant::now())[0].number;
    queue.defer(first, Instant::now());
    assert!(queue.excludes("a:1", FUNCTION) && !queue.excludes("a:2", FUNCTION));
    assert!(queue.next(100, Instant::now()).is_empty());
    assert_eq!(queue.next(100, Instant::now() + DEFERRED_FOR).len(), 1);
}

#[test]
fn what_has_moved_is_taken_out_but_for_clears_of_a_node_that_stays() {
    let mut queue = RemovalQueue::default();
    queue.add_key("a:1".into(), FUNCTION);
    queue.add_key("a:2".into(), FUNCTION);
    queue.add_all(OTHER);
    let all = (Target::All, OTHER);
    let moved = queue.take_moved(|key| key == "a:1", false);
    assert_eq!(moved, [(key("a:1"), FUNCTION), all.clone()]);
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.take_moved(|_| true, true), [(key("a:2"), FUNCTION), all]);
    assert_eq!(queue.len(), 0);
}

#[test]
fn a_refused_removal_excludes_its_function_alone_and_waits() {
    let mut queue = RemovalQueue::default();
    queue.add_key("a:1".into(), FUNCTION);
    queue.add_key("b:1".into(), OTHER);
    assert!(queue.excludes("a:1", FUNCTION) && !queue.excludes("a:2", FUNCTION));
    let first = queue.next(1, Instant::now())[0].number;
    queue.refuse(first, Instant::now());
    assert!(queue.excludes("a:2", FUNCTION) && !queue.excludes("b:2", OTHER));
    assert_eq!(targets(&mut queue), [key("b:1")]);
    let later = Instant::now() + REFUSED_FOR;
    assert_eq!(queue.next(100, later).len(), 2);
}
