//! A static's pointer to an object whose type no static can name.

#![allow(unsafe_code)]

use std::any::TypeId;
use std::marker::PhantomData;
use std::ptr::NonNull;

use once_cell::race::OnceBox;

/// Points to one object. It is set once.
pub(crate) struct InlineCache(OnceBox<CachedPtr>);

struct CachedPtr {
    /// The type of the key and the object together.
    id: TypeId,
    object: NonNull<()>,
}

// SAFETY: the object is `Sync` and lives as long as the process, see `set`, and is only ever
// shared.
unsafe impl Send for CachedPtr {}

// SAFETY: likewise.
unsafe impl Sync for CachedPtr {}

/// One id for two types. The key's lifetimes do not count.
#[inline]
fn id<Key, T: 'static>() -> TypeId {
    typeid::of::<PhantomData<(PhantomData<Key>, PhantomData<T>)>>()
}

impl InlineCache {
    pub(crate) const fn new() -> Self {
        InlineCache(OnceBox::new())
    }

    /// Lets it point to this object, for this key, unless it is set already.
    pub(crate) fn set<Key, T: Sync + 'static>(&self, object: &'static T) {
        let object = NonNull::from(object).cast();
        if self.0.get().is_none() {
            let _ = self.0.set(Box::new(CachedPtr { id: id::<Key, T>(), object }));
        }
    }

    /// Returns the object, if it is a `T` for this key.
    #[inline]
    pub(crate) fn get<Key, T: 'static>(&self) -> Option<&'static T> {
        let target = self.0.get()?;
        if target.id != id::<Key, T>() {
            return None;
        }
        // SAFETY: `set` made the id and the pointer of one type, and of a reference that is good
        // for ever. Ids that are equal are of types that differ in lifetimes at most, and a `T`
        // that is `'static` has none that could.
        Some(unsafe { target.object.cast::<T>().as_ref() })
    }
}

#[cfg(test)]
mod tests {
    use super::InlineCache;

    #[test]
    fn points_to_one_object_of_one_type_for_one_key() {
        let cache = InlineCache::new();
        assert_eq!(cache.get::<(), u32>(), None);
        cache.set::<(), u32>(&7);
        cache.set::<(), u32>(&8);
        cache.set::<(), i32>(&9);
        assert_eq!(cache.get::<(), u32>(), Some(&7));
        assert_eq!(cache.get::<(), i32>(), None);
        assert_eq!(cache.get::<((),), u32>(), None);
    }
}
