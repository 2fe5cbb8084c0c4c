//! One cache per set of types: a static in a generic function is one for all its instantiations, so
//! each `#[lru_cache]` has one [`PerType`] and finds its instance in it.
//!
//! Instances are told apart by a type, the *discriminant*. It is `()` where no type parameter is in
//! scope, so that functions of equal types share their compiled code. Elsewhere it is the type of
//! the closure that specifies the cache: that closure stands inside the annotated item, and so its
//! type carries every generic parameter in scope, those of the surrounding `impl` and `Self` among
//! them.

use std::any::TypeId;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use once_cell::sync::OnceCell;

use crate::instance::{Instance, Specify};
use crate::scope::{Process, Scope};
use crate::store::shortcut::Shortcut;

/// The instances of one function. They are only ever added, and reading locks nothing.
///
/// The first has its place in the static itself, since mostly there is no other; the rest form a tree.
pub struct PerType<S: Scope = Process> {
    /// To the caches that were first looked into.
    shortcuts: [Shortcut; 4],
    first: OnceCell<Place<S>>,
    rest: Tree<S>,
}

/// The instance for these types, once it has been asked for.
pub(crate) struct Place<S: Scope> {
    types: TypeId,
    /// To its cache.
    pub(crate) shortcut: Shortcut,
    handle: OnceCell<S::Handle>,
}

struct Tree<S: Scope>(OnceCell<Box<Node<S>>>);

struct Node<S: Scope> {
    place: Place<S>,
    below: [Tree<S>; 4],
}

impl<S: Scope> Default for PerType<S> {
    fn default() -> Self {
        PerType::new()
    }
}

impl<S: Scope> PerType<S> {
    /// No instance yet, for a static.
    #[must_use]
    pub const fn new() -> Self {
        PerType {
            shortcuts: [const { Shortcut::new() }; 4],
            first: OnceCell::new(),
            rest: Tree(OnceCell::new()),
        }
    }

    /// Returns the cache `T` of the discriminant `D`, if there is a shortcut.
    #[inline(always)]
    pub(crate) fn shortcut<D, T: 'static>(&self) -> Option<&'static T> {
        // Known when this is compiled: most functions have one instance.
        let is_only = typeid::of::<D>() == typeid::of::<()>();
        let shortcuts = if is_only { &self.shortcuts[..1] } else { &self.shortcuts };
        shortcuts.iter().find_map(Shortcut::get::<D, T>)
    }

    /// Makes a shortcut, while there are any left.
    pub(crate) fn add_shortcut<D, T: Sync + 'static>(&self, cache: &'static T) {
        let _ = self.shortcuts.iter().any(|shortcut| {
            shortcut.set::<D, T>(cache);
            shortcut.get::<D, T>().is_some()
        });
    }

    /// Returns the place of the discriminant `D`, made if need be. Runs no user code.
    #[inline]
    pub(crate) fn place<D>(&self) -> &Place<S> {
        // Not `TypeId::of`, which takes only `'static`: a method of `Parser<'a>` is cached too.
        self.find(typeid::of::<D>())
    }

    fn find(&self, types: TypeId) -> &Place<S> {
        let first = self.first.get_or_init(|| Place::new(types));
        if first.types == types {
            return first;
        }
        let mut path = path(types);
        let mut tree = &self.rest;
        loop {
            let node = tree.0.get_or_init(|| Box::new(Node::new(types)));
            if node.place.types == types {
                return &node.place;
            }
            tree = &node.below[path.next_branch()];
        }
    }
}

impl<S: Scope> Node<S> {
    fn new(types: TypeId) -> Self {
        Node { place: Place::new(types), below: [const { Tree(OnceCell::new()) }; 4] }
    }
}

impl<S: Scope> Place<S> {
    fn new(types: TypeId) -> Self {
        Place { types, shortcut: Shortcut::new(), handle: OnceCell::new() }
    }

    /// Returns the instance, made at its first use.
    pub(crate) fn handle(&self, specify: Specify) -> &S::Handle {
        self.handle.get_or_init(|| S::settle(Instance::new(specify)))
    }
}

/// Where to go at each level: the bits of the id's hash, two at a time, then those of its hash with
/// the next seed, so that even equal hashes part.
struct Path {
    types: TypeId,
    bits: u64,
    left: u32,
    seed: u64,
}

fn path(types: TypeId) -> Path {
    Path { types, bits: 0, left: 0, seed: 0 }
}

impl Path {
    fn next_branch(&mut self) -> usize {
        if self.left == 0 {
            self.bits = FixedState::with_seed(self.seed).hash_one(self.types);
            (self.left, self.seed) = (u64::BITS, self.seed + 1);
        }
        let branch = self.bits & 3;
        self.bits >>= 2;
        self.left -= 2;
        branch as usize
    }
}
