//! [`InstanceMap`], the instances of one function. A static in a generic function is one for all
//! its instantiations, so a lookup in this map finds the instance of the type parameters.
//!
//! A type, the *discriminant*, identifies an instance. It is `()` where no type parameter is in
//! scope, so that functions of equal types share their compiled code. Elsewhere it is the type of
//! the closure that specifies the cache. That closure is inside the annotated item: its type has
//! every generic parameter in scope, also those of the surrounding `impl`, and `Self`.

use std::any::TypeId;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use once_cell::sync::OnceCell;

use super::instance::{Instance, InstanceScope};
use crate::base::spec::Specify;
use crate::engine::InlineCache;
use crate::types::storable::Process;

/// The instances of one function. Instances are never removed, and reading takes no lock.
///
/// The first instance is in the static itself, since mostly there is no other; the others form a
/// tree.
pub struct InstanceMap<S: InstanceScope = Process> {
    /// The caches that were found first.
    inline_caches: [InlineCache; 4],
    first: OnceCell<InstanceCell<S>>,
    rest: Tree<S>,
}

/// The instance of one discriminant.
pub(crate) struct InstanceCell<S: InstanceScope> {
    types: TypeId,
    /// Its cache.
    pub(crate) inline_cache: InlineCache,
    instance: OnceCell<S::InstanceRef>,
}

struct Tree<S: InstanceScope>(OnceCell<Box<Node<S>>>);

struct Node<S: InstanceScope> {
    cell: InstanceCell<S>,
    children: [Tree<S>; 4],
}

impl<S: InstanceScope> Default for InstanceMap<S> {
    fn default() -> Self {
        InstanceMap::new()
    }
}

impl<S: InstanceScope> InstanceMap<S> {
    /// Makes an empty map, for a static.
    #[must_use]
    pub const fn new() -> Self {
        InstanceMap {
            inline_caches: [const { InlineCache::new() }; 4],
            first: OnceCell::new(),
            rest: Tree(OnceCell::new()),
        }
    }

    /// Returns the cache `T` of the discriminant `D`, if an inline cache has it.
    #[inline(always)]
    pub(crate) fn cached<D, T: 'static>(&self) -> Option<&'static T> {
        // A constant of the compiled code: most functions have one instance.
        let is_only = typeid::of::<D>() == typeid::of::<()>();
        let inline_caches = if is_only { &self.inline_caches[..1] } else { &self.inline_caches };
        inline_caches.iter().find_map(InlineCache::get::<D, T>)
    }

    /// Puts the cache into an inline cache, if one is free.
    pub(crate) fn set_inline_cache<D, T: Sync + 'static>(&self, cache: &'static T) {
        let _ = self.inline_caches.iter().any(|inline_cache| {
            inline_cache.set::<D, T>(cache);
            inline_cache.get::<D, T>().is_some()
        });
    }

    /// Returns the cell of the discriminant `D`; the first use makes it. Runs no user code.
    #[inline]
    pub(crate) fn cell<D>(&self) -> &InstanceCell<S> {
        // Not `TypeId::of`, which takes only `'static`: a method of `Parser<'a>` is cached too.
        self.find(typeid::of::<D>())
    }

    fn find(&self, types: TypeId) -> &InstanceCell<S> {
        let first = self.first.get_or_init(|| InstanceCell::new(types));
        if first.types == types {
            return first;
        }
        let mut path = path(types);
        let mut tree = &self.rest;
        loop {
            let node = tree.0.get_or_init(|| Box::new(Node::new(types)));
            if node.cell.types == types {
                return &node.cell;
            }
            tree = &node.children[path.next_branch()];
        }
    }
}

impl<S: InstanceScope> Node<S> {
    fn new(types: TypeId) -> Self {
        Node { cell: InstanceCell::new(types), children: [const { Tree(OnceCell::new()) }; 4] }
    }
}

impl<S: InstanceScope> InstanceCell<S> {
    fn new(types: TypeId) -> Self {
        InstanceCell { types, inline_cache: InlineCache::new(), instance: OnceCell::new() }
    }

    /// Returns the instance; the first use makes it.
    pub(crate) fn instance(&self, specify: Specify) -> &S::InstanceRef {
        self.instance.get_or_init(|| S::place_instance(Instance::new(specify)))
    }
}

/// The branch to take at each level: two bits of the id's hash at a time, then of its hash with the
/// next seed, so that equal hashes part as well.
struct Path {
    types: TypeId,
    bits: u64,
    bits_left: u32,
    seed: u64,
}

fn path(types: TypeId) -> Path {
    Path { types, bits: 0, bits_left: 0, seed: 0 }
}

impl Path {
    fn next_branch(&mut self) -> usize {
        if self.bits_left == 0 {
            self.bits = FixedState::with_seed(self.seed).hash_one(self.types);
            (self.bits_left, self.seed) = (u64::BITS, self.seed + 1);
        }
        let branch = self.bits & 3;
        self.bits >>= 2;
        self.bits_left -= 2;
        branch as usize
    }
}
