//! A digest of a value as serde sees it, by which two values are compared that may have no `Eq`.
//!
//! It distinguishes values that a text format may not: `None` from `Some(None)`, bits of a float, a
//! unit from nothing. A `#[serde(skip)]` field is not part of it, nor is the order of a sequence or
//! a map: two equal sets of std may list their elements differently, and text keeps the order of a
//! list by itself.

use std::fmt::Display;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;
use serde::de::value::Error;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Returns the digest of a value; `None` if its `Serialize` fails. Digests of one process can be
/// compared.
pub(super) fn digest<V: Serialize>(value: &V) -> Option<u64> {
    value.serialize(Digester).ok()
}

/// Its key is random, as values may come from users.
static HASHER: Lazy<RandomState> = Lazy::new(RandomState::default);

/// The kind of a value in serde's data model.
#[derive(Clone, Copy, Hash)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    None,
    Some,
    Unit,
    Newtype,
    Variant,
    Ordered,
    Unordered,
    Entry,
}

fn hash(kind: Kind, content: impl Hash) -> u64 {
    HASHER.hash_one((kind, content))
}

struct Digester;

/// Digests each of these by widening it.
macro_rules! widened {
    ($($method:ident($type:ty) as $kind:ident($wide:ty);)+) => {
        $(fn $method(self, value: $type) -> Result<u64, Error> {
            Ok(hash(Kind::$kind, <$wide>::from(value)))
        })+
    };
}

impl Serializer for Digester {
    type Ok = u64;
    type Error = Error;
    type SerializeSeq = Unordered;
    type SerializeTuple = Ordered;
    type SerializeTupleStruct = Ordered;
    type SerializeTupleVariant = Ordered;
    type SerializeMap = Unordered;
    type SerializeStruct = Ordered;
    type SerializeStructVariant = Ordered;

    widened! {
        serialize_bool(bool) as Bool(bool);
        serialize_i8(i8) as Signed(i128);
        serialize_i16(i16) as Signed(i128);
        serialize_i32(i32) as Signed(i128);
        serialize_i64(i64) as Signed(i128);
        serialize_i128(i128) as Signed(i128);
        serialize_u8(u8) as Unsigned(u128);
        serialize_u16(u16) as Unsigned(u128);
        serialize_u32(u32) as Unsigned(u128);
        serialize_u64(u64) as Unsigned(u128);
        serialize_u128(u128) as Unsigned(u128);
        serialize_char(char) as Char(char);
    }

    fn serialize_f32(self, value: f32) -> Result<u64, Error> {
        Ok(hash(Kind::F32, value.to_bits()))
    }

    fn serialize_f64(self, value: f64) -> Result<u64, Error> {
        Ok(hash(Kind::F64, value.to_bits()))
    }

    fn serialize_str(self, value: &str) -> Result<u64, Error> {
        Ok(hash(Kind::Str, value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<u64, Error> {
        Ok(hash(Kind::Bytes, value))
    }

    fn serialize_none(self) -> Result<u64, Error> {
        Ok(hash(Kind::None, ()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<u64, Error> {
        Ok(hash(Kind::Some, value.serialize(Digester)?))
    }

    fn serialize_unit(self) -> Result<u64, Error> {
        Ok(hash(Kind::Unit, ()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<u64, Error> {
        Ok(hash(Kind::Unit, ()))
    }

    fn serialize_unit_variant(self, _: &str, index: u32, _: &str) -> Result<u64, Error> {
        Ok(hash(Kind::Variant, index))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<u64, Error> {
        Ok(hash(Kind::Newtype, value.serialize(Digester)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<u64, Error> {
        Ok(hash(Kind::Variant, (index, value.serialize(Digester)?)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Unordered, Error> {
        Ok(Unordered::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<Ordered, Error> {
        Ok(Ordered(0))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Ordered, Error> {
        Ok(Ordered(0))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Ordered, Error> {
        Ok(Ordered(hash(Kind::Variant, index)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Unordered, Error> {
        Ok(Unordered::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Ordered, Error> {
        Ok(Ordered(0))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Ordered, Error> {
        self.serialize_tuple_variant(name, index, variant, len)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<u64, Error> {
        self.serialize_str(&value.to_string())
    }

    // As for JSON: some types have another form for human readers.
    fn is_human_readable(&self) -> bool {
        true
    }
}

/// The digest so far of parts whose order counts.
struct Ordered(u64);

impl Ordered {
    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.0 = hash(Kind::Ordered, (self.0, name, value.serialize(Digester)?));
        Ok(())
    }
}

/// The digest of parts whose order does not count: how many there are, and the sum of their
/// digests.
#[derive(Default)]
struct Unordered {
    count: u64,
    sum: u64,
    /// The key whose value comes next.
    key: u64,
}

impl Unordered {
    fn add(&mut self, part: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(part);
    }

    fn digest(&self) -> u64 {
        hash(Kind::Unordered, (self.count, self.sum))
    }
}

impl SerializeSeq for Unordered {
    type Ok = u64;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value.serialize(Digester)?);
        Ok(())
    }

    fn end(self) -> Result<u64, Error> {
        Ok(self.digest())
    }
}

impl SerializeMap for Unordered {
    type Ok = u64;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = key.serialize(Digester)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(hash(Kind::Entry, (self.key, value.serialize(Digester)?)));
        Ok(())
    }

    fn end(self) -> Result<u64, Error> {
        Ok(self.digest())
    }
}

/// Digests parts in their order, and fields with their names, since a field may be skipped.
macro_rules! ordered {
    ($($trait:ident: $method:ident($($name:ident: $text:ty)?) as $label:expr;)+) => {
        $(impl $trait for Ordered {
            type Ok = u64;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: $text,)?
                value: &T,
            ) -> Result<(), Error> {
                self.add($label, value)
            }

            fn end(self) -> Result<u64, Error> {
                Ok(self.0)
            }
        })+
    };
}

ordered! {
    SerializeTuple: serialize_element() as "";
    SerializeTupleStruct: serialize_field() as "";
    SerializeTupleVariant: serialize_field() as "";
    SerializeStruct: serialize_field(key: &'static str) as key;
    SerializeStructVariant: serialize_field(key: &'static str) as key;
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap, HashSet};

    use serde::Serialize;

    use super::digest;

    fn differ<A: Serialize, B: Serialize>(one: &A, other: &B) -> bool {
        digest(one).expect("a digest") != digest(other).expect("a digest")
    }

    #[test]
    fn what_text_may_confuse_has_different_digests() {
        assert!(differ(&None::<Option<u8>>, &Some(None::<u8>)));
        assert!(differ(&None::<()>, &Some(())));
        assert!(differ(&f64::NAN, &None::<f64>));
        assert!(differ(&0.0, &-0.0));
        assert!(differ(&0.1, &f64::from_bits(0.1_f64.to_bits() + 1)));
        assert!(differ(&1_u8, &1_i8));
        assert!(differ(&"1", &1));
        assert!(differ(&"", &()));
        assert!(differ(&[""; 0], &[""; 1]));
        assert!(differ(&(1, 2), &(2, 1)));
        assert!(differ(&vec![1, 1], &vec![1]));
        assert!(differ(&BTreeMap::from([(1, 2)]), &BTreeMap::from([(2, 1)])));
        assert!(differ(&Ok::<u8, u8>(1), &Err::<u8, u8>(1)));
    }

    #[test]
    fn a_field_that_is_left_out_counts() {
        #[derive(Serialize)]
        struct Item {
            #[serde(skip_serializing_if = "Option::is_none")]
            one: Option<u8>,
            #[serde(skip_serializing_if = "Option::is_none")]
            other: Option<u8>,
        }

        let one = Item { one: Some(1), other: None };
        assert!(differ(&one, &Item { one: None, other: Some(1) }));
        assert!(!differ(&one, &Item { one: Some(1), other: None }));
    }

    #[test]
    fn equal_sets_and_maps_have_equal_digests() {
        let set = || (0..1_000).map(|n| n.to_string()).collect::<HashSet<_>>();
        assert!(!differ(&set(), &set()));
        let map = || (0..1_000).map(|n| (n, vec![set()])).take(3).collect::<HashMap<_, _>>();
        assert!(!differ(&map(), &map()));
    }

    #[test]
    fn a_value_that_cannot_be_serialized_has_no_digest() {
        let poisoned = std::sync::Mutex::new(1);
        std::thread::scope(|scope| {
            let panics = || {
                let _guard = poisoned.lock();
                panic!("while it is locked");
            };
            assert!(scope.spawn(panics).join().is_err());
        });
        assert_eq!(digest(&poisoned), None);
    }
}
