//! Training of one head: a linear support vector machine with squared hinge loss, solved in the dual by coordinate
//! descent (Hsieh et al., "A dual coordinate descent method for large-scale linear SVM", ICML 2008). The solver adds,
//! multiplies and divides only, in a fixed order, so that every machine with IEEE 754 arithmetic gets the same bits.

use super::features::{Features, GROUPS};
use super::linear::{Head, ONE, Table, slot};

/// What the solver may be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Table sizes in bits, per feature group.
    pub(crate) bits: [u8; GROUPS],
    /// Share of each feature group in the kernel.
    pub(crate) shares: [f64; GROUPS],
    /// Cost of an error; the less, the smoother the model.
    pub(crate) cost: f64,
}

/// A text of the training with its label and its weight in the loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example<'a> {
    pub(crate) features: &'a Features,
    pub(crate) positive: bool,
    pub(crate) weight: f64,
}

const PASSES: usize = 40;
const BIAS: f64 = 1.0;

/// Trains a head; its threshold is the boundary itself.
pub(crate) fn train(name: &str, examples: &[Example<'_>], settings: &Settings) -> Head {
    let offsets = offsets(settings.bits);
    let scales = column_scales(examples, settings, &offsets);
    let rows: Vec<Vec<(usize, f64)>> =
        examples.iter().map(|example| row(example.features, settings, &offsets, &scales)).collect();
    let mut weights = vec![0.0; offsets[GROUPS] + 1];
    descend(&rows, examples, settings.cost, &mut weights);
    for (weight, scale) in weights.iter_mut().zip(&scales) {
        *weight *= scale;
    }
    let tables = [0, 1, 2].map(|group| {
        quantized(settings.bits[group], settings.shares[group], &weights[offsets[group]..offsets[group + 1]])
    });
    Head { name: name.to_owned(), bias: fixed(weights[offsets[GROUPS]] * BIAS), threshold: 0, tables }
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

fn descend(rows: &[Vec<(usize, f64)>], examples: &[Example<'_>], cost: f64, weights: &mut [f64]) {
    let squares: Vec<f64> = rows.iter().map(|row| row.iter().map(|(_, value)| value * value).sum()).collect();
    let mut duals = vec![0.0_f64; rows.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..PASSES {
        shuffle(&mut order, &mut random);
        for &at in &order {
            let example = &examples[at];
            if example.weight <= 0.0 {
                continue;
            }
            let sign = if example.positive { 1.0 } else { -1.0 };
            let margin: f64 = rows[at].iter().map(|(column, value)| weights[*column] * value).sum::<f64>() * sign;
            let softness = 0.5 / (cost * example.weight);
            let gradient = margin - 1.0 + softness * duals[at];
            let dual = (duals[at] - gradient / (squares[at] + softness)).max(0.0);
            let step = (dual - duals[at]) * sign;
            duals[at] = dual;
            for (column, value) in &rows[at] {
                weights[*column] += step * value;
            }
        }
    }
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

/// Eight bits per weight; the largest weight of the table sets the step.
#[expect(clippy::cast_possible_truncation, reason = "a quotient by the largest weight lies within -127..=127")]
fn quantized(bits: u8, share: f64, weights: &[f64]) -> Table {
    let largest = weights.iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
    let step = (largest / 127.0).max(f64::MIN_POSITIVE);
    let scale = u32::try_from(fixed(step * share * 65_536.0)).unwrap_or(u32::MAX);
    Table { bits, scale, weights: weights.iter().map(|weight| (weight / step).round() as i8).collect() }
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
    use super::{Example, Settings, logarithm, train};

    #[test]
    fn a_trained_head_separates_its_examples_and_comes_out_the_same_again() {
        let concepts = Concepts::routing();
        let texts =
            [("the printer jams", true), ("printer driver", true), ("my pay is late", false), ("pay rise", false)];
        let features: Vec<_> = texts.iter().map(|(text, _)| Features::of(text, "", 1, &concepts)).collect();
        let examples: Vec<_> = texts
            .iter()
            .zip(&features)
            .map(|((_, positive), features)| Example { features, positive: *positive, weight: 1.0 })
            .collect();
        let settings = Settings { bits: [10, 10, 8], shares: [1.0; 3], cost: 1.0 };
        let head = train("it", &examples, &settings);
        assert!(examples.iter().all(|example| (head.score(example.features) > 0) == example.positive));
        assert_eq!(head, train("it", &examples, &settings));
    }

    #[test]
    fn the_logarithm_is_exact_at_powers_of_two_and_grows_between() {
        assert!((logarithm(8) - 3.0).abs() < f64::EPSILON);
        assert!(logarithm(8) < logarithm(11) && logarithm(11) < logarithm(16));
    }
}
