//! Measuring the classifiers on labelled files: moderation by precision, recall and false-positive rate, routing by
//! accuracy, each also apart for the categories or sources that the file names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::corpus::{CorpusError, Label, ModerationRecord, RoutingRecord, Ticket, read};
use super::moderation::Moderation;
use super::parallel::in_parallel;
use super::routing::{Choice, Routing};
use crate::embedding::{Embedder, EncoderError};

/// Why an evaluation can't be done.
#[derive(Debug, Error)]
pub enum EvalError {
    /// The labelled file can't be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A text can't be read by the sentence encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// How well yes-or-no decisions agree with their labels. A rate is absent where nothing could be counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Records seen.
    pub records: u32,
    /// Records labelled harmful.
    pub harmful: u32,
    /// Records flagged.
    pub flagged: u32,
    /// Share of the flagged records that are harmful.
    pub precision: Option<f64>,
    /// Share of the harmful records that are flagged.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Share of the harmless records that are flagged.
    pub false_positive_rate: Option<f64>,
}

/// Figures of a moderation file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModerationFigures {
    /// Version of the model.
    pub model: String,
    /// Figures of all records.
    #[serde(flatten)]
    pub all: Figures,
    /// Per category named in the file.
    pub per_category: BTreeMap<String, CategoryFigures>,
}

/// Figures of one category.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CategoryFigures {
    /// Records seen.
    pub records: u32,
    /// Records labelled harmful.
    pub harmful: u32,
    /// Records flagged.
    pub flagged: u32,
    /// Share of the records judged as labelled.
    pub accuracy: f64,
}

/// Figures of a routing file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoutingFigures {
    /// Version of the model.
    pub model: String,
    /// Figures of all records.
    #[serde(flatten)]
    pub all: SourceFigures,
    /// Per source named in the file; the hard records of a source are counted apart, as `<source>_hard`.
    pub per_source: BTreeMap<String, SourceFigures>,
}

/// Figures of one source.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SourceFigures {
    /// Records seen.
    pub records: u32,
    /// Share of the records that reached their department.
    pub accuracy: f64,
}

/// Counts of yes-or-no decisions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    hits: u32,
    false_alarms: u32,
    misses: u32,
    rejections: u32,
}

impl Tally {
    /// Counts one decision.
    pub(crate) fn add(&mut self, labelled: bool, decided: bool) {
        let count = match (labelled, decided) {
            (true, true) => &mut self.hits,
            (false, true) => &mut self.false_alarms,
            (true, false) => &mut self.misses,
            (false, false) => &mut self.rejections,
        };
        *count += 1;
    }

    pub(crate) fn figures(&self) -> Figures {
        let harmful = self.hits + self.misses;
        let flagged = self.hits + self.false_alarms;
        Figures {
            records: harmful + self.false_alarms + self.rejections,
            harmful,
            flagged,
            precision: share(self.hits, flagged),
            recall: share(self.hits, harmful),
            f1: share(2 * self.hits, harmful + flagged),
            false_positive_rate: share(self.false_alarms, self.false_alarms + self.rejections),
        }
    }

    pub(crate) fn agreement(&self) -> SourceFigures {
        let records = self.figures().records;
        SourceFigures { records, accuracy: share(self.hits + self.rejections, records).unwrap_or(0.0) }
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// Name of a record's source in a report.
pub(crate) fn source_name(source: &str, hard: bool) -> String {
    let source = if source.is_empty() { "unnamed" } else { source };
    if hard { format!("{source}_hard") } else { source.to_owned() }
}

/// Judges every record of a moderation file (`text`, `harmful`, `category`). A routing file can be given as well: its
/// tickets count as harmless.
pub fn evaluate_moderation(file: &Path, embedder: &Arc<Embedder>) -> Result<ModerationFigures, EvalError> {
    let moderation = Moderation::new(Arc::clone(embedder));
    let records = read::<Ticket>(file)?;
    let assessments = in_parallel(&records, |record| match record {
        Ticket::Judged(ModerationRecord { text, .. }) => moderation.assess("", text),
        Ticket::Routed(RoutingRecord { title, description, .. }) => moderation.assess(title, description),
    })?;
    let mut all = Tally::default();
    let mut categories: BTreeMap<String, Tally> = BTreeMap::new();
    for (record, assessment) in records.iter().zip(assessments) {
        let (harmful, category) = match record {
            Ticket::Judged(ModerationRecord { harmful, category, .. }) => (*harmful > 0, category),
            Ticket::Routed(RoutingRecord { source, .. }) => (false, source),
        };
        all.add(harmful, assessment.is_harmful);
        categories.entry(source_name(category, false)).or_default().add(harmful, assessment.is_harmful);
    }
    let per_category = categories
        .into_iter()
        .map(|(name, tally)| {
            let Figures { records, harmful, flagged, .. } = tally.figures();
            (name, CategoryFigures { records, harmful, flagged, accuracy: tally.agreement().accuracy })
        })
        .collect();
    Ok(ModerationFigures { model: moderation.version().to_owned(), all: all.figures(), per_category })
}

/// Routes every record of a routing file (`title`, `description`, `department`, `source`, `hard`).
pub fn evaluate_routing(file: &Path, embedder: &Arc<Embedder>) -> Result<RoutingFigures, EvalError> {
    let routing = Routing::new(Arc::clone(embedder));
    let records = read::<RoutingRecord>(file)?;
    let choices = in_parallel(&records, |record| routing.department(&record.title, &record.description))?;
    let mut all = Tally::default();
    let mut sources: BTreeMap<String, Tally> = BTreeMap::new();
    for (record, choice) in records.iter().zip(choices) {
        let labelled = record.department == Label::Hr;
        let decided = choice == Choice::Hr;
        all.add(labelled, decided);
        sources.entry(source_name(&record.source, record.hard > 0)).or_default().add(labelled, decided);
    }
    let per_source = sources.into_iter().map(|(name, tally)| (name, tally.agreement())).collect();
    Ok(RoutingFigures { model: routing.version().to_owned(), all: all.agreement(), per_source })
}

#[cfg(test)]
mod tests {
    use super::super::test_embedder;
    use super::{EvalError, Tally, evaluate_moderation, evaluate_routing};

    fn file(name: &str, content: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("deskwire-{}-{name}.jsonl", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    #[test]
    fn rates_follow_from_the_counts() {
        let mut tally = Tally::default();
        for (labelled, decided) in [(true, true), (true, true), (true, false), (false, true), (false, false)] {
            tally.add(labelled, decided);
        }
        let figures = tally.figures();
        assert_eq!((figures.records, figures.harmful, figures.flagged), (5, 3, 3));
        assert_eq!(figures.precision, Some(2.0 / 3.0));
        assert_eq!(figures.f1, Some(4.0 / 6.0));
        assert_eq!(figures.false_positive_rate, Some(0.5));
        assert_eq!(Tally::default().figures().precision, None);
    }

    #[test]
    fn both_kinds_of_file_are_measured() {
        let path = file(
            "moderation",
            "{\"text\": \"I will kill you\", \"harmful\": 1, \"category\": \"threat\"}\n{\"text\": \"printer jam\", \"harmful\": 0}\n",
        );
        let figures = evaluate_moderation(&path, &test_embedder()).unwrap();
        assert_eq!((figures.all.records, figures.all.recall), (2, Some(1.0)));
        assert_eq!(figures.per_category["threat"].flagged, 1);
        let tickets = "{\"title\": \"printer jam\", \"department\": \"IT\", \"source\": \"own\", \"hard\": 1}\n";
        std::fs::write(&path, tickets).unwrap();
        assert_eq!(evaluate_moderation(&path, &test_embedder()).unwrap().all.false_positive_rate, Some(0.0));
        let figures = evaluate_routing(&path, &test_embedder()).unwrap();
        assert!((figures.per_source["own_hard"].accuracy - 1.0).abs() < f64::EPSILON);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_without_labels_is_an_error() {
        let path = file("unlabelled", "{\"text\": \"hello\"}\n");
        assert!(matches!(evaluate_moderation(&path, &test_embedder()), Err(EvalError::Corpus(_))));
        assert!(matches!(evaluate_routing(&path, &test_embedder()), Err(EvalError::Corpus(_))));
        std::fs::remove_file(path).unwrap();
    }
}
