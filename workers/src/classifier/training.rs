//! Training of both models from labelled folders. Five-fold held-out scores set the moderation threshold and go into
//! the report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::corpus::{CorpusError, RoutingRecord, read_folder};
use super::evaluation::{Figures, SourceFigures, Tally};
use super::gram::Gram;
use super::linear::{Head, LinearModel, ModelError, ONE};
use super::moderation::{self, Category, HARMFUL};
use super::routing::{self, HR};
use super::samples::{FOLDS, Sample, moderation_texts, read_all, routing_texts};
use super::solver::{self, Example, Settings};
use crate::embedding::{Embedder, EncoderError};

const MODERATION_VERSION: &str = "moderation-minilm-3";
const ROUTING_VERSION: &str = "routing-minilm-3";

/// Share of plain tickets that may be flagged when held out: half the limit of one percent that the product promises.
const FALSE_ALARMS: f64 = 0.005;

/// The lowest threshold. Somewhat before the boundary that the training draws, held-out texts are judged best: a text unlike
/// all that was learned tends to be scored lower.
const LOWEST_THRESHOLD: i64 = -ONE / 20;

const HARMFUL_SETTINGS: Settings =
    Settings { bits: [16, 16, 12], shares: [1.0, 1.0, 0.5], meaning: [600.0, 600.0], cost: 0.012 };
const CATEGORY_SETTINGS: Settings =
    Settings { bits: [13, 13, 10], shares: [1.0, 1.0, 0.5], meaning: [600.0, 0.0], cost: 0.01 };
const ROUTING_SETTINGS: Settings =
    Settings { bits: [15, 15, 12], shares: [1.0, 1.0, 0.5], meaning: [600.0, 600.0], cost: 0.01 };

/// Why training failed.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// Labelled data can't be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A text can't be read by the sentence encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A model can't be expressed in its file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model file can't be written.
    #[error("can't write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

/// What was trained, and how well it does on texts held out from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingReport {
    /// The moderation model.
    pub moderation: ModerationReport,
    /// The routing model.
    pub routing: RoutingReport,
}

/// Report on the moderation model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModerationReport {
    /// Its version.
    pub version: String,
    /// Texts that it learned from.
    pub texts: usize,
    /// Held-out figures per set; `plain_tickets` joins all tickets that are harmless.
    pub held_out: BTreeMap<String, Figures>,
    /// Share of the flagged harmful texts, held out, whose category was named rightly.
    pub category_accuracy: f64,
}

/// Report on the routing model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoutingReport {
    /// Its version.
    pub version: String,
    /// Texts that it learned from.
    pub texts: usize,
    /// Held-out accuracy per source.
    pub held_out: BTreeMap<String, SourceFigures>,
}

/// Trains both models from the evaluation data in `data` (folders `moderation/<set>` and `routing/it_hr`) and the
/// product's own texts in `own` (folders `moderation` and `routing`), and writes `moderation.model` and
/// `routing.model` to `out`. The same data give the same bytes on the same kind of processor. Takes minutes, most of them
/// for reading the texts.
pub fn train(data: &Path, own: &Path, out: &Path, embedder: &Arc<Embedder>) -> Result<TrainingReport, TrainingError> {
    let tickets: Vec<RoutingRecord> = read_folder(&data.join("routing/it_hr"))?;
    let own_tickets: Vec<RoutingRecord> = read_folder(&own.join("routing"))?;
    let texts = moderation_texts(data, own, &tickets, &own_tickets)?;
    let (moderation, model) = train_moderation(&read_all(texts, &moderation::reader(Arc::clone(embedder)))?);
    write(&out.join("moderation.model"), &model)?;
    let texts = routing_texts(&tickets, &own_tickets);
    let (routing, model) = train_routing(&read_all(texts, &routing::reader(Arc::clone(embedder)))?);
    write(&out.join("routing.model"), &model)?;
    Ok(TrainingReport { moderation, routing })
}

fn write(path: &Path, model: &LinearModel) -> Result<(), TrainingError> {
    let bytes = model.encode()?;
    std::fs::write(path, bytes).map_err(|source| TrainingError::Write { path: path.to_owned(), source })
}

fn train_moderation(samples: &[Sample]) -> (ModerationReport, LinearModel) {
    let gram = gram(samples);
    let scores = held_out(HARMFUL, samples, &gram, &HARMFUL_SETTINGS);
    let mut head = head(HARMFUL, samples.iter(), &gram, &HARMFUL_SETTINGS);
    head.threshold =
        threshold(samples.iter().zip(&scores).filter(|(s, _)| s.text.plain_ticket).map(|(_, score)| *score));
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (sample, score) in samples.iter().zip(&scores) {
        let flagged = *score > head.threshold;
        tallies.entry(sample.text.set.clone()).or_default().add(sample.text.positive, flagged);
        if sample.text.plain_ticket {
            tallies.entry("plain_tickets".to_owned()).or_default().add(false, flagged);
        }
    }
    let flagged: Vec<usize> = (0..samples.len()).filter(|at| scores[*at] > head.threshold).collect();
    let report = ModerationReport {
        version: MODERATION_VERSION.to_owned(),
        texts: samples.iter().filter(|sample| sample.text.weight > 0.0).count(),
        held_out: tallies.into_iter().map(|(set, tally)| (set, tally.figures())).collect(),
        category_accuracy: category_accuracy(samples, &flagged, &gram),
    };
    let categories = category_heads(&samples.iter(), &gram);
    (report, LinearModel { version: MODERATION_VERSION.to_owned(), heads: [vec![head], categories].concat() })
}

/// One head per category, trained on harmful texts against harmful texts of the other categories.
fn category_heads<'a>(samples: &(impl Iterator<Item = &'a Sample> + Clone), gram: &Gram) -> Vec<Head> {
    let heads = Category::HARMFUL.map(|category| {
        let examples: Vec<Example<'_>> = samples
            .clone()
            .filter(|sample| sample.text.category.is_some())
            .map(|sample| Example { positive: sample.text.category == Some(category), ..sample.example() })
            .collect();
        solver::train(category.name(), &examples, gram, &CATEGORY_SETTINGS)
    });
    heads.into()
}

fn category_accuracy(samples: &[Sample], flagged: &[usize], gram: &Gram) -> f64 {
    let mut tally = Tally::default();
    for fold in 0..FOLDS {
        let heads = category_heads(&samples.iter().filter(|sample| sample.text.fold != fold), gram);
        for sample in flagged.iter().map(|at| &samples[*at]).filter(|sample| sample.text.fold == fold) {
            let best =
                heads.iter().map(|head| head.score(&sample.features)).enumerate().max_by_key(|(_, score)| *score);
            if let (Some(category), Some((best, _))) = (sample.text.category, best) {
                tally.add(true, Category::HARMFUL[best] == category);
            }
        }
    }
    tally.agreement().accuracy
}

/// The lowest threshold, or as much more as keeps the flagged among these scores to the permitted share.
fn threshold(scores: impl Iterator<Item = i64>) -> i64 {
    let mut scores: Vec<i64> = scores.collect();
    scores.sort_unstable_by(|left, right| right.cmp(left));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    let permitted = (scores.len() as f64 * FALSE_ALARMS) as usize;
    scores.get(permitted).copied().unwrap_or(0).max(LOWEST_THRESHOLD)
}

fn train_routing(samples: &[Sample]) -> (RoutingReport, LinearModel) {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let gram = gram(samples);
    for (sample, score) in samples.iter().zip(held_out(HR, samples, &gram, &ROUTING_SETTINGS)) {
        tallies.entry(sample.text.set.clone()).or_default().add(sample.text.positive, score > 0);
    }
    let report = RoutingReport {
        version: ROUTING_VERSION.to_owned(),
        texts: samples.iter().filter(|sample| sample.text.weight > 0.0).count(),
        held_out: tallies.into_iter().map(|(set, tally)| (set, tally.agreement())).collect(),
    };
    let heads = vec![head(HR, samples.iter(), &gram, &ROUTING_SETTINGS)];
    (report, LinearModel { version: ROUTING_VERSION.to_owned(), heads })
}

fn gram(samples: &[Sample]) -> Gram {
    Gram::of(&samples.iter().map(|sample| &sample.features).collect::<Vec<_>>())
}

fn head<'a>(name: &str, samples: impl Iterator<Item = &'a Sample>, gram: &Gram, settings: &Settings) -> Head {
    let examples: Vec<_> = samples.filter(|sample| sample.text.weight > 0.0).map(Sample::example).collect();
    solver::train(name, &examples, gram, settings)
}

/// The score of each sample by a head that was trained without its fold.
fn held_out(name: &str, samples: &[Sample], gram: &Gram, settings: &Settings) -> Vec<i64> {
    let heads: Vec<Head> = (0..FOLDS)
        .map(|fold| head(name, samples.iter().filter(|sample| sample.text.fold != fold), gram, settings))
        .collect();
    samples.iter().map(|sample| heads[sample.text.fold].score(&sample.features)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::corpus::RoutingRecord;
    use super::super::test_embedder;
    use super::{LOWEST_THRESHOLD, ONE, read_all, routing, routing_texts, threshold, train_routing};

    fn tickets() -> Vec<RoutingRecord> {
        let texts =
            [("IT", ["mouse", "screen", "router", "laptop"]), ("HR", ["salary", "holiday", "pension", "wedding"])];
        let lines = texts.iter().flat_map(|(department, words)| {
            words.iter().flat_map(move |word| {
                ["my", "the", "our", "a", "this"].map(|start| {
                    format!(
                        "{{\"title\": \"{start} {word}\", \"department\": \"{department}\", \"source\": \"fixture\"}}"
                    )
                })
            })
        });
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    }

    #[test]
    fn training_twice_gives_the_same_bytes_and_held_out_texts_are_understood() {
        let samples = read_all(routing_texts(&tickets(), &[]), &routing::reader(test_embedder())).unwrap();
        let (report, model) = train_routing(&samples);
        assert_eq!(report.texts, 40);
        assert!((report.held_out["fixture"].accuracy - 1.0).abs() < f64::EPSILON);
        assert_eq!(model.encode().unwrap(), train_routing(&samples).1.encode().unwrap());
    }

    #[test]
    fn the_threshold_flags_no_more_than_the_permitted_share() {
        let scores = || -100..900;
        let threshold = threshold(scores());
        assert_eq!(scores().filter(|score| *score > threshold).count(), 5);
        assert_eq!(super::threshold(-2 * ONE..-ONE), LOWEST_THRESHOLD);
    }
}
