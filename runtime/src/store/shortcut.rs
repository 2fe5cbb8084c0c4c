//! The way from a static to an object whose type no static can name, in as few steps as it takes.

#![allow(unsafe_code)]

use std::any::TypeId;
use std::marker::PhantomData;
use std::ptr::NonNull;

use once_cell::race::OnceBox;

/// Leads to one object. It is set once.
pub(crate) struct Shortcut(OnceBox<Target>);

struct Target {
    /// Of the key and the object together.
    id: TypeId,
    object: NonNull<()>,
}

// SAFETY: the object is `Sync` and lives as long as the process, see `set`, and is only ever shared.
unsafe impl Send for Target {}

// SAFETY: likewise.
unsafe impl Sync for Target {}

/// One id for two types. The key's lifetimes do not count.
#[inline]
fn id<Key, T: 'static>() -> TypeId {
    typeid::of::<PhantomData<(PhantomData<Key>, PhantomData<T>)>>()
}

impl Shortcut {
    pub(crate) const fn new() -> Self {
        Shortcut(OnceBox::new())
    }

    /// Lets it lead to this object, for this key, unless it leads somewhere already.
    pub(crate) fn set<Key, T: Sync + 'static>(&self, object: &'static T) {
        let object = NonNull::from(object).cast();
        if self.0.get().is_none() {
            let _ = self.0.set(Box::new(Target { id: id::<Key, T>(), object }));
        }
    }

    /// The object, if it leads to a `T` for this key.
    #[inline]
    pub(crate) fn get<Key, T: 'static>(&self) -> Option<&'static T> {
        let target = self.0.get()?;
        if target.id != id::<Key, T>() {
            return None;
        }
        // SAFETY: `set` made the id and the pointer of one type, and of a reference that is good for ever.
        // Ids that are equal are of types that differ in lifetimes at most, and a `T` that is `'static`
        // has none that could.
        Some(unsafe { target.object.cast::<T>().as_ref() })
    }
}

#[cfg(test)]
mod tests {
    use super::Shortcut;

    #[test]
    fn leads_to_one_object_of_one_type_for_one_key() {
        let shortcut = Shortcut::new();
        assert_eq!(shortcut.get::<(), u32>(), None);
        shortcut.set::<(), u32>(&7);
        shortcut.set::<(), u32>(&8);
        shortcut.set::<(), i32>(&9);
        assert_eq!(shortcut.get::<(), u32>(), Some(&7));
        assert_eq!(shortcut.get::<(), i32>(), None);
        assert_eq!(shortcut.get::<((),), u32>(), None);
    }
}
