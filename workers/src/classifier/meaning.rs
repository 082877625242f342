//! The vector of the sentence encoder as a feature of a text. A head takes it in with a form of the second degree, so that
//! its boundary through the vectors may be curved: "not" and "hate" mean something else together than each alone. The
//! vector is rounded first, and scores are computed on integers, so that the last bits of the encoder's arithmetic, which
//! differ between processors, do not matter.

use crate::embedding::{DIMENSIONS, Embedding};

/// Fixed-point unit of a rounded vector.
pub(crate) const FINE: i64 = 4096;

/// Number of the products of two of a vector's numbers, each pair once.
pub(crate) const PRODUCTS: usize = DIMENSIONS * (DIMENSIONS + 1) / 2;

/// A rounded vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning(Box<[i16; DIMENSIONS]>);

impl Meaning {
    /// Rounds a vector of length one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "no number is beyond FINE")]
    pub(crate) fn of(embedding: &Embedding) -> Self {
        Self(Box::new(embedding.map(|value| (value * FINE as f32).round() as i16)))
    }

    /// The numbers in units of [`FINE`].
    pub(crate) fn values(&self) -> impl Iterator<Item = i64> {
        self.0.iter().map(|value| i64::from(*value))
    }

    /// The products of each pair of numbers, in the order of the upper triangle's rows.
    pub(crate) fn products(&self) -> impl Iterator<Item = i64> {
        let rows = self.0.iter().enumerate();
        rows.flat_map(|(at, left)| self.0[at..].iter().map(|right| i64::from(i32::from(*left) * i32::from(*right))))
    }

    /// The scalar product of two, in units of [`FINE`] squared.
    pub(crate) fn dot(&self, other: &Self) -> i32 {
        self.0.iter().zip(other.0.iter()).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, FINE, Meaning, PRODUCTS};

    #[test]
    fn a_difference_below_the_rounding_changes_nothing() {
        let vector = [1.0 / 32.0; DIMENSIONS];
        assert_eq!(Meaning::of(&vector), Meaning::of(&vector.map(|value| value + 1e-6)));
    }

    #[test]
    fn the_products_are_those_of_each_pair_once() {
        let mut vector = [0.0; DIMENSIONS];
        (vector[1], vector[383]) = (0.6, -0.8);
        let meaning = Meaning::of(&vector);
        let products: Vec<i64> = meaning.products().collect();
        let [small, large] = [2458, -3277];
        assert_eq!(products.len(), PRODUCTS);
        assert_eq!((products[DIMENSIONS], products[PRODUCTS - 1]), (small * small, large * large));
        assert_eq!(products[DIMENSIONS..2 * DIMENSIONS - 1].iter().sum::<i64>(), small * small + small * large);
        assert!((i64::from(meaning.dot(&meaning)) - FINE * FINE).abs() < FINE);
    }
}
