//! The scalar products of the meanings of all texts of a training, which the solver needs again and again.

use std::convert::Infallible;

use super::features::Features;
use super::meaning::FINE;
use super::parallel::in_parallel;

/// Cosines between any two texts; 4 bytes for each pair.
pub(crate) struct Gram {
    rows: Vec<Vec<f32>>,
}

impl Gram {
    /// Takes time and memory in proportion to the square of the number of texts. A text without a meaning is far from all.
    pub(crate) fn of(features: &[&Features]) -> Self {
        let row = |this: &&Features| {
            let cosines = features.iter().map(|other| match (this.meaning(), other.meaning()) {
                (Some(this), Some(other)) => cosine(this.dot(other)),
                _ => 0.0,
            });
            Ok::<Vec<f32>, Infallible>(cosines.collect())
        };
        let Ok(rows) = in_parallel(features, row);
        Self { rows }
    }

    /// The cosines between this text and each.
    pub(crate) fn row(&self, text: usize) -> &[f32] {
        &self.rows[text]
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded, alike on every machine")]
fn cosine(product: i32) -> f32 {
    product as f32 / (FINE * FINE) as f32
}
