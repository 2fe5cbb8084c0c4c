//! The hash slot of a key: in a cluster, each node has the keys of some of the 16,384 slots.

use std::ops::RangeInclusive;

use once_cell::sync::Lazy;

/// A hash slot.
pub(super) type HashSlot = u16;

/// The number of hash slots: a slot is the lower bits of a checksum.
const COUNT: HashSlot = 1 << 14;

/// The last one.
pub(super) const LAST: HashSlot = COUNT - 1;

/// The remainders of all bytes by the polynomial of CRC-16/XMODEM.
const REMAINDERS: [u16; 256] = {
    let mut remainders = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "a byte")]
        let mut remainder = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            let carry = remainder & 0x8000 != 0;
            remainder <<= 1;
            if carry {
                remainder ^= 0x1021;
            }
            bit += 1;
        }
        remainders[byte] = remainder;
        byte += 1;
    }
    remainders
};

fn checksum(text: &[u8]) -> u16 {
    text.iter().fold(0, |sum: u16, byte| {
        let [high, low] = sum.to_be_bytes();
        u16::from(low) << 8 ^ REMAINDERS[usize::from(high ^ byte)]
    })
}

/// The part of a key that decides on its slot: the text between the first `{` and the next `}`,
/// unless that is nothing.
pub(super) fn hash_tag(key: &str) -> Option<&str> {
    let (_, rest) = key.split_once('{')?;
    let (tag, _) = rest.split_once('}')?;
    (!tag.is_empty()).then_some(tag)
}

/// The slot of a key.
pub(super) fn of_key(key: &str) -> HashSlot {
    checksum(hash_tag(key).unwrap_or(key).as_bytes()) % COUNT
}

/// The first number from `start` on that is a hash tag of one of these slots. All slots have one
/// below a million.
pub(super) fn tag_in(slots: &[RangeInclusive<HashSlot>], start: u32) -> Option<u32> {
    let is_in = |tag: &u32| {
        let slot = of_key(&tag.to_string());
        slots.iter().any(|range| range.contains(&slot))
    };
    (start..start.saturating_add(1_000_000)).find(is_in)
}

/// The first number that is a hash tag of a slot.
pub(super) fn tag_of(slot: HashSlot) -> u32 {
    static TAGS: Lazy<Box<[u32]>> = Lazy::new(|| {
        let mut tags = vec![None; usize::from(COUNT)];
        let mut left = tags.len();
        for tag in 0.. {
            let first = &mut tags[usize::from(of_key(&tag.to_string()))];
            if first.is_none() {
                *first = Some(tag);
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        tags.into_iter().map(|tag| tag.unwrap_or(0)).collect()
    });
    TAGS[usize::from(slot % COUNT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis() {
        // By `CLUSTER KEYSLOT` of Redis 7.
        for (key, slot) in [
            ("", 0),
            ("123456789", 12739),
            ("foo", 12182),
            ("{foo}.bar", 12182),
            ("a{foo}b{x}", 12182),
            ("{}foo", 9500),
            ("foo}{bar", 7624),
        ] {
            assert_eq!(of_key(key), slot, "{key}");
        }
    }

    #[test]
    fn a_tag_is_found_for_each_slot() {
        for slot in [0, 1, 8191, COUNT - 1] {
            let tag = tag_in(&[slot..=slot], 7).expect("there is one");
            assert_eq!(of_key(&format!("functools:probe:{{{tag}}}")), slot);
        }
    }
}
