//! Interleaved rounds: each round measures every subject once, in a random order.
//!
//! The machine becomes slower and faster over minutes. A peer that was measured after all others
//! would have that in its own figure.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// Measures each subject in each of `rounds`. The order of the subjects is left shuffled.
pub(crate) fn interleave<S>(
    subjects: &mut [S],
    rounds: usize,
    rng: &mut Xoshiro256PlusPlus,
    mut measure: impl FnMut(&mut S),
) {
    for _ in 0..rounds {
        // So that no peer always follows the same one.
        subjects.shuffle(rng);
        subjects.iter_mut().for_each(&mut measure);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn each_round_measures_every_subject_once_in_an_order_of_its_own() {
        let mut order = Vec::new();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        interleave(&mut [0, 1, 2, 3, 4], 3, &mut rng, |subject| order.push(*subject));
        let rounds: Vec<_> = order.chunks(5).map(<[_]>::to_vec).collect();
        assert_eq!(rounds.len(), 3);
        for round in &rounds {
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
        }
        assert!(rounds[0] != rounds[1] || rounds[1] != rounds[2]);
    }
}
