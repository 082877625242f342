//! Training of one head: a least-squares support vector machine (Suykens and Vandewalle, 1999), solved in the dual by
//! coordinate descent as Hsieh et al. do with other losses ("A dual coordinate descent method for large-scale linear SVM",
//! ICML 2008). With vectors of the meaning, squared errors on both sides of the margin did better on held-out texts than a
//! hinge. A head is linear in the n-grams and of the second degree in the meaning, for which the solver works on the scalar
//! products alone. It adds, multiplies and divides only, in a fixed order, so that every machine with IEEE 754 arithmetic
//! gets the same bits.

use super::features::{Features, GROUPS};
use super::gram::Gram;
use super::linear::{Dense, Head, ONE, Table, slot};
use super::meaning::{FINE, PRODUCTS};
use crate::embedding::DIMENSIONS;

/// What the solver may be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Table sizes in bits, per feature group.
    pub(crate) bits: [u8; GROUPS],
    /// Share of each feature group in the kernel.
    pub(crate) shares: [f64; GROUPS],
    /// Share of the meaning in the kernel: of the cosine and of its square.
    pub(crate) meaning: [f64; 2],
    /// Cost of an error; the less, the smoother the model.
    pub(crate) cost: f64,
}

/// A text of the training with its label and its weight in the loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example<'a> {
    pub(crate) features: &'a Features,
    /// Its place in the [`Gram`].
    pub(crate) at: usize,
    pub(crate) positive: bool,
    pub(crate) weight: f64,
}

impl Example<'_> {
    fn sign(&self) -> f64 {
        if self.positive { 1.0 } else { -1.0 }
    }
}

const PASSES: usize = 20;
const BIAS: f64 = 1.0;

/// Trains a head; its threshold is the boundary itself.
pub(crate) fn train(name: &str, examples: &[Example<'_>], gram: &Gram, settings: &Settings) -> Head {
    let offsets = offsets(settings.bits);
    let scales = column_scales(examples, settings, &offsets);
    let rows: Vec<Vec<(usize, f64)>> =
        examples.iter().map(|example| row(example.features, settings, &offsets, &scales)).collect();
    let mut weights = vec![0.0; offsets[GROUPS] + 1];
    let duals = descend(&rows, examples, gram, settings, &mut weights);
    for (weight, scale) in weights.iter_mut().zip(&scales) {
        *weight *= scale;
    }
    let tables = [0, 1, 2].map(|group| {
        let (scale, weights) = quantized(settings.shares[group], &weights[offsets[group]..offsets[group + 1]]);
        Table { bits: settings.bits[group], scale, weights }
    });
    let (numbers, products) = unfolded(examples, &duals, settings.meaning);
    let bias = fixed(weights[offsets[GROUPS]] * BIAS);
    Head { name: name.to_owned(), bias, threshold: 0, tables, numbers, products }
}

/// The weights of the meaning that its part of the kernel amounts to.
fn unfolded(examples: &[Example<'_>], duals: &[f64], [first, second]: [f64; 2]) -> (Dense, Dense) {
    let mut numbers = vec![0.0; if first > 0.0 { DIMENSIONS } else { 0 }];
    let mut products = vec![0.0; if second > 0.0 { PRODUCTS } else { 0 }];
    for (example, dual) in examples.iter().zip(duals) {
        let Some(meaning) = example.features.meaning() else { continue };
        let step = dual * example.sign() / exact(FINE);
        for (number, value) in numbers.iter_mut().zip(meaning.values()) {
            *number += first * step * exact(value);
        }
        for (product, value) in products.iter_mut().zip(meaning.products()) {
            *product += second * step * exact(value) / exact(FINE);
        }
    }
    // Each pair is kept once, and stands for both of its orders.
    let pairs = (0..DIMENSIONS).flat_map(|row| (row..DIMENSIONS).map(move |column| row != column));
    for (product, _) in products.iter_mut().zip(pairs).filter(|(_, mixed)| *mixed) {
        *product *= 2.0;
    }
    let dense = |weights: &[f64]| {
        let (scale, weights) = quantized(1.0, weights);
        Dense { scale, weights }
    };
    (dense(&numbers), dense(&products))
}

/// Where each group's table begins in the vector of all weights; the last is the bias.
fn offsets(bits: [u8; GROUPS]) -> [usize; GROUPS + 1] {
    let mut offsets = [0; GROUPS + 1];
    for (group, bits) in bits.iter().enumerate() {
        offsets[group + 1] = offsets[group] + (1 << bits);
    }
    offsets
}

/// Inverse document frequency of each table entry, folded into the weights after training, so that prediction needs
/// no second table.
fn column_scales(examples: &[Example<'_>], settings: &Settings, offsets: &[usize; GROUPS + 1]) -> Vec<f64> {
    let mut counts = vec![0_u32; offsets[GROUPS]];
    for example in examples {
        for (group, offset) in offsets[..GROUPS].iter().enumerate() {
            let mut last = usize::MAX;
            for (hash, _) in example.features.group(group) {
                let column = offset + slot(*hash, settings.bits[group]);
                if column != last {
                    counts[column] += 1;
                }
                last = column;
            }
        }
    }
    let documents = u32::try_from(examples.len()).unwrap_or(u32::MAX);
    let mut scales: Vec<f64> =
        counts.iter().map(|count| 1.0 + logarithm(documents + 1) - logarithm(count + 1)).collect();
    scales.push(1.0);
    scales
}

/// Binary logarithm by Mitchell's approximation (1962): exact at powers of two, straight lines between them. The
/// library's logarithm may differ between platforms in the last bit.
fn logarithm(number: u32) -> f64 {
    let exponent = number.max(1).ilog2();
    f64::from(exponent) + f64::from(number.max(1)) / f64::from(1_u32 << exponent) - 1.0
}

fn row(features: &Features, settings: &Settings, offsets: &[usize; GROUPS + 1], scales: &[f64]) -> Vec<(usize, f64)> {
    let mut row = Vec::new();
    for (group, offset) in offsets[..GROUPS].iter().enumerate() {
        let unit = settings.shares[group] / exact(features.norm(group));
        for (hash, value) in features.group(group) {
            let column = offset + slot(*hash, settings.bits[group]);
            let value = exact(*value) * unit * scales[column];
            match row.last_mut() {
                Some((last, sum)) if *last == column => *sum += value,
                _ => row.push((column, value)),
            }
        }
    }
    row.push((offsets[GROUPS], BIAS));
    row
}

/// Solves the dual; `weights` become those of the n-grams and the bias.
fn descend(
    rows: &[Vec<(usize, f64)>],
    examples: &[Example<'_>],
    gram: &Gram,
    settings: &Settings,
    weights: &mut [f64],
) -> Vec<f64> {
    let [first, second] = settings.meaning;
    let kernel = |cosine: f32| f64::from(cosine) * (first + second * f64::from(cosine));
    let own = |example: &Example<'_>| kernel(gram.row(example.at)[example.at]);
    let squares = |row: &[(usize, f64)]| row.iter().map(|(_, value)| value * value).sum::<f64>();
    let squares: Vec<f64> = rows.iter().zip(examples).map(|(row, example)| squares(row) + own(example)).collect();
    let mut duals = vec![0.0_f64; rows.len()];
    // What the meaning adds to the score of each example.
    let mut meant = vec![0.0_f64; rows.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..PASSES {
        shuffle(&mut order, &mut random);
        for &at in &order {
            let example = &examples[at];
            if example.weight <= 0.0 {
                continue;
            }
            let said: f64 = rows[at].iter().map(|(column, value)| weights[*column] * value).sum();
            let margin = (said + meant[at]) * example.sign();
            let softness = 0.5 / (settings.cost * example.weight);
            let gradient = margin - 1.0 + softness * duals[at];
            let dual = duals[at] - gradient / (squares[at] + softness);
            let step = (dual - duals[at]) * example.sign();
            duals[at] = dual;
            for (column, value) in &rows[at] {
                weights[*column] += step * value;
            }
            let cosines = gram.row(example.at);
            for (meant, other) in meant.iter_mut().zip(examples) {
                *meant += step * kernel(cosines[other.at]);
            }
        }
    }
    duals
}

/// Fisher-Yates with a xorshift generator.
fn shuffle(order: &mut [usize], random: &mut u64) {
    for last in (1..order.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        order.swap(last, usize::try_from(*random % bound).unwrap_or(0));
    }
}

/// Eight bits per weight; the largest of them sets the step. The scale that goes with them, and the weights.
#[expect(clippy::cast_possible_truncation, reason = "a quotient by the largest weight lies within -127..=127")]
fn quantized(share: f64, weights: &[f64]) -> (u32, Vec<i8>) {
    let largest = weights.iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
    let step = (largest / 127.0).max(f64::MIN_POSITIVE);
    let scale = u32::try_from(fixed(step * share * 65_536.0)).unwrap_or(u32::MAX);
    (scale, weights.iter().map(|weight| (weight / step).round() as i8).collect())
}

/// In units of [`ONE`], to the nearest.
#[expect(clippy::cast_possible_truncation, reason = "scores of a trained head are far below 2^47")]
fn fixed(number: f64) -> i64 {
    (number * exact(ONE)).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "feature values and norms are far below 2^53")]
fn exact(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::super::concepts::Concepts;
    use super::super::features::Features;
    use super::{DIMENSIONS, Example, Gram, Settings, logarithm, train};

    #[test]
    fn a_trained_head_separates_its_examples_and_comes_out_the_same_again() {
        let concepts = Concepts::routing();
        let texts =
            [("the printer jams", true), ("printer driver", true), ("my pay is late", false), ("pay rise", false)];
        let features: Vec<_> = texts.iter().map(|(text, _)| Features::of(text, "", 1, &concepts)).collect();
        let gram = Gram::of(&features.iter().collect::<Vec<_>>());
        let examples: Vec<_> = texts
            .iter()
            .zip(&features)
            .enumerate()
            .map(|(at, ((_, positive), features))| Example { features, at, positive: *positive, weight: 1.0 })
            .collect();
        let settings = Settings { bits: [10, 10, 8], shares: [1.0; 3], meaning: [0.0; 2], cost: 1.0 };
        let head = train("it", &examples, &gram, &settings);
        assert!(examples.iter().all(|example| (head.score(example.features) > 0) == example.positive));
        assert_eq!(head, train("it", &examples, &gram, &settings));
    }

    #[test]
    fn what_neither_of_two_signs_tells_alone_is_learned_from_their_product() {
        let concepts = Concepts::routing();
        let vector = |x: f32, y: f32| {
            let mut vector = [0.0; DIMENSIONS];
            (vector[0], vector[5], vector[200]) = (x * 0.5, y * 0.5, 0.707);
            vector
        };
        let meant = [(1.0, 1.0, true), (-1.0, -1.0, true), (1.0, -1.0, false), (-1.0, 1.0, false)];
        let features = meant.map(|(x, y, _)| Features::of("", "", 1, &concepts).with_meaning(&vector(x, y)));
        let gram = Gram::of(&features.iter().collect::<Vec<_>>());
        let examples: Vec<_> =
            (0..4).map(|at| Example { features: &features[at], at, positive: meant[at].2, weight: 1.0 }).collect();
        let right = |meaning| {
            let settings = Settings { bits: [10, 10, 8], shares: [1.0; 3], meaning, cost: 100.0 };
            let head = train("same", &examples, &gram, &settings);
            examples.iter().filter(|example| (head.score(example.features) > 0) == example.positive).count()
        };
        assert_eq!(right([1.0, 1.0]), 4);
        assert!(right([1.0, 0.0]) < 4);
    }

    #[test]
    fn the_logarithm_is_exact_at_powers_of_two_and_grows_between() {
        assert!((logarithm(8) - 3.0).abs() < f64::EPSILON);
        assert!(logarithm(8) < logarithm(11) && logarithm(11) < logarithm(16));
    }
}
