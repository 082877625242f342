//! Which texts the models learn from, and with what weight. The evaluation data contribute to the weights only, none of
//! their texts is part of the product; which of them may is set down in [`MODERATION_SETS`] and [`SHARE_ALIKE`].

use std::path::Path;

use super::corpus::{CorpusError, Label, ModerationRecord, PassageRecord, RoutingRecord, read, read_folder};
use super::evaluation::source_name;
use super::features::{Features, passages};
use super::groups;
use super::moderation::Category;
use super::parallel::in_parallel;
use super::reader::Reader;
use super::solver::Example;
use crate::embedding::EncoderError;

/// Sets which the moderation model learns from, and the weight of their texts. `hatecheck` is missing on purpose: it
/// is a functional test.
const MODERATION_SETS: [(&str, f64); 5] = [
    ("davidson_hate", 2.0),
    ("openai_mod1680", 1.5),
    ("xstest", 1.0),
    ("ticket_style", 2.0),
    ("prompt_injection", 2.0),
];

/// Set whose harmless texts are tickets, so that they count towards the false alarms on plain tickets.
const TICKETS: &str = "ticket_style";

/// Source under a share-alike licence: it is measured and never learned from.
const SHARE_ALIKE: &str = "stackexchange";

/// Weight of a routing source; more for what tickets look like, less for many near-equal utterances.
const ROUTING_WEIGHTS: [(&str, f64); 2] = [("handwritten", 2.0), ("clinc150", 0.5)];

/// Every how many passages of the handbook the moderation model reads one, as harmless office prose.
const HANDBOOK_STEP: usize = 6;

/// Every how many passages it also learns sentence by sentence, for long tickets are also judged by their sentences;
/// and the weight of two sentences.
const SENTENCES_STEP: usize = 24;
const PART_WEIGHT: f64 = 0.25;

/// How many of the product's own tickets make up one long ticket.
const LONG_TICKET: usize = 6;

/// Number of parts, each of which is held out once.
pub(crate) const FOLDS: usize = 5;

/// One text of the training.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) positive: bool,
    pub(crate) category: Option<Category>,
    pub(crate) weight: f64,
    pub(crate) set: String,
    pub(crate) plain_ticket: bool,
    pub(crate) fold: usize,
}

impl Labelled {
    fn harmless(title: &str, description: &str, set: &str, weight: f64, fold: usize) -> Self {
        let (title, description, set) = (title.to_owned(), description.to_owned(), set.to_owned());
        Self { title, description, positive: false, category: None, weight, set, plain_ticket: false, fold }
    }

    fn judged(record: &ModerationRecord, text: &str, set: &str, weight: f64, fold: usize) -> Self {
        Self {
            positive: record.harmful > 0,
            category: category(&record.category).filter(|_| record.harmful > 0),
            ..Self::harmless("", text, set, weight, fold)
        }
    }
}

/// A text of the training as it was read.
pub(crate) struct Sample {
    pub(crate) text: Labelled,
    pub(crate) features: Features,
    /// Its place among all.
    pub(crate) at: usize,
}

impl Sample {
    /// What the solver sees of it.
    pub(crate) fn example(&self) -> Example<'_> {
        Example { features: &self.features, at: self.at, positive: self.text.positive, weight: self.text.weight }
    }
}

/// Reads all texts, which takes some milliseconds for each.
pub(crate) fn read_all(texts: Vec<Labelled>, reader: &Reader) -> Result<Vec<Sample>, EncoderError> {
    let features = in_parallel(&texts, |text| reader.read(&text.title, &text.description))?;
    let samples = texts.into_iter().zip(features).enumerate();
    Ok(samples.map(|(at, (text, features))| Sample { text, features, at }).collect())
}

/// All texts of the moderation model. Those of weight zero are measured only.
pub(crate) fn moderation_texts(
    data: &Path,
    own: &Path,
    tickets: &[RoutingRecord],
    own_tickets: &[RoutingRecord],
) -> Result<Vec<Labelled>, CorpusError> {
    let mut texts = Vec::new();
    for (set, weight) in MODERATION_SETS {
        let records: Vec<ModerationRecord> = read_folder(&data.join("moderation").join(set))?;
        for (at, record) in records.iter().enumerate() {
            let plain_ticket = set == TICKETS && record.harmful == 0;
            let text = Labelled::judged(record, &record.text, set, weight, fold(&record.id, at));
            texts.push(Labelled { plain_ticket, ..text });
        }
    }
    let records: Vec<ModerationRecord> = read_folder(&own.join("moderation"))?;
    for (at, record) in records.iter().enumerate() {
        let (fillings, weight) = groups::fillings(&record.text, at);
        texts.extend(fillings.iter().map(|text| Labelled::judged(record, text, "own", weight, at % FOLDS)));
    }
    for (records, set) in [(tickets, "it_hr"), (own_tickets, "own_it_hr")] {
        for (at, record) in records.iter().enumerate() {
            let weight = if record.source == SHARE_ALIKE { 0.0 } else { 1.0 };
            let text = Labelled::harmless(&record.title, &record.description, set, weight, fold(&record.id, at));
            texts.push(Labelled { plain_ticket: true, ..text });
        }
    }
    texts.extend(long_texts(data, own_tickets)?);
    Ok(texts)
}

/// Long harmless texts: passages of the handbook, and own tickets strung together.
fn long_texts(data: &Path, own: &[RoutingRecord]) -> Result<Vec<Labelled>, CorpusError> {
    let handbook: Vec<PassageRecord> = read(&data.join("retrieval/handbook18f/docs.jsonl"))?;
    let handbook = handbook.iter().enumerate().step_by(HANDBOOK_STEP).flat_map(|(at, record)| {
        let fold = at / HANDBOOK_STEP % FOLDS;
        let whole = Labelled::harmless(&record.title, &record.text, "handbook", 1.0, fold);
        let parts = if at % SENTENCES_STEP == 0 { passages(&record.text) } else { Vec::new() };
        let part = move |text| Labelled::harmless("", text, "handbook_sentences", PART_WEIGHT, fold);
        std::iter::once(whole).chain(parts.into_iter().map(part))
    });
    let joined = own.iter().enumerate().step_by(LONG_TICKET).map(|(at, first)| {
        // From places far apart in the files, so that a long ticket holds several topics.
        let texts: Vec<String> = (0..LONG_TICKET)
            .map(|part| &own[(at + part * own.len() / LONG_TICKET) % own.len()])
            .map(|ticket| format!("{}. {}", ticket.title, ticket.description))
            .collect();
        Labelled::harmless(&first.title, &texts.join("\n"), "long_tickets", 1.0, at / LONG_TICKET % FOLDS)
    });
    Ok(handbook.chain(joined).collect())
}

/// The category that a set's own name for it stands for, if it stands for one only.
fn category(name: &str) -> Option<Category> {
    Some(match name {
        "threat" => Category::Violence,
        "jailbreak" => Category::PromptInjection,
        "contrast_discr" => Category::Hate,
        "contrast_privacy" => Category::Illicit,
        _ => return Category::HARMFUL.into_iter().find(|category| category.name() == name),
    })
}

/// All tickets of the routing model. Those of weight zero are measured only.
pub(crate) fn routing_texts(tickets: &[RoutingRecord], own: &[RoutingRecord]) -> Vec<Labelled> {
    let mut texts = Vec::new();
    for (records, set) in [(tickets, None), (own, Some("own"))] {
        for (at, record) in records.iter().enumerate() {
            let known = ROUTING_WEIGHTS.iter().find(|(source, _)| *source == record.source);
            let weight = if record.source == SHARE_ALIKE { 0.0 } else { known.map_or(1.0, |(_, weight)| *weight) };
            let set = source_name(set.unwrap_or(&record.source), record.hard > 0);
            let text = Labelled::harmless(&record.title, &record.description, &set, weight, fold(&record.id, at));
            texts.push(Labelled { positive: record.department == Label::Hr, ..text });
        }
    }
    texts
}

/// The fold of a record, by the number in its id if it has one. The sets number their records in blocks of 25, in
/// which twins (a harmful text and its harmless contrast) have the same place, so twins share a fold.
fn fold(id: &str, at: usize) -> usize {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(at) % 25 % FOLDS
}

#[cfg(test)]
mod tests {
    use super::{Category, category, fold};

    #[test]
    fn twins_share_a_fold_and_other_records_are_spread() {
        assert_eq!(fold("xs-4", 0), fold("xs-29", 7));
        assert_ne!(fold("xs-4", 0), fold("xs-5", 0));
        assert_ne!(fold("", 1), fold("", 2));
    }

    #[test]
    fn a_set_s_own_category_names_are_understood() {
        assert_eq!(category("threat"), Some(Category::Violence));
        assert_eq!(category("self_harm"), Some(Category::SelfHarm));
        assert_eq!(category("contrast_homonyms"), None);
    }
}
