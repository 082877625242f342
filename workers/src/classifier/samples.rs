//! Which texts the models learn from, and with what weight. The evaluation data contribute to the weights only, none of
//! their texts is part of the product; which of them may is set down in [`MODERATION_SETS`] and [`SHARE_ALIKE`].

use std::path::Path;

use super::concepts::Concepts;
use super::corpus::{CorpusError, Label, ModerationRecord, PassageRecord, RoutingRecord, read, read_folder};
use super::evaluation::source_name;
use super::features::{Features, passages};
use super::moderation::Category;
use super::routing::TITLE_WEIGHT;
use super::solver::Example;

/// Sets which the moderation model learns from, and the weight of their texts. `hatecheck` is missing on purpose: it
/// is a functional test.
const MODERATION_SETS: [(&str, f64); 5] = [
    ("davidson_hate", 2.0),
    ("openai_mod1680", 1.0),
    ("xstest", 1.0),
    ("ticket_style", 2.0),
    ("prompt_injection", 1.0),
];

/// Set whose harmless texts are tickets, so that they count towards the false alarms on plain tickets.
const TICKETS: &str = "ticket_style";

/// Source under a share-alike licence: it is measured and never learned from.
const SHARE_ALIKE: &str = "stackexchange";

/// Weight of a routing source; more for what tickets look like, less for many near-equal utterances.
const ROUTING_WEIGHTS: [(&str, f64); 2] = [("handwritten", 2.0), ("clinc150", 0.5)];

/// Every how many passages of the handbook the moderation model learns one, as harmless office prose.
const HANDBOOK_STEP: usize = 3;

/// Every how many passages it also learns sentence by sentence, for long tickets are also judged by their sentences;
/// and the weight of two sentences.
const SENTENCES_STEP: usize = 12;
const PART_WEIGHT: f64 = 0.25;

/// How many of the product's own tickets make up one long ticket.
const LONG_TICKET: usize = 6;

/// Number of parts, each of which is held out once.
pub(crate) const FOLDS: usize = 5;

/// What stands for `{group}` in the product's own texts: everything hateful is also said kindly of the same groups.
const GROUPS: [&str; 16] = [
    "women",
    "muslims",
    "jews",
    "black people",
    "gay people",
    "immigrants",
    "disabled people",
    "trans people",
    "refugees",
    "christians",
    "foreigners",
    "lesbians",
    "asians",
    "old people",
    "mexicans",
    "arabs",
];

/// How many of the groups each such text is filled with, and the weight of each filling.
const FILLINGS: usize = 8;
const FILLING_WEIGHT: f64 = 0.5;

/// One text of the training.
pub(crate) struct Sample {
    pub(crate) features: Features,
    pub(crate) positive: bool,
    pub(crate) category: Option<Category>,
    pub(crate) weight: f64,
    pub(crate) set: String,
    pub(crate) plain_ticket: bool,
    pub(crate) fold: usize,
}

impl Sample {
    /// What the solver sees of it.
    pub(crate) fn example(&self) -> Example<'_> {
        Example { features: &self.features, positive: self.positive, weight: self.weight }
    }
}

/// All texts of the moderation model. Those of weight zero are measured only.
pub(crate) fn moderation_samples(
    data: &Path,
    own: &Path,
    tickets: &[RoutingRecord],
    own_tickets: &[RoutingRecord],
) -> Result<Vec<Sample>, CorpusError> {
    let concepts = Concepts::moderation();
    let mut samples = Vec::new();
    for (set, weight) in MODERATION_SETS {
        let records: Vec<ModerationRecord> = read_folder(&data.join("moderation").join(set))?;
        for (at, record) in records.iter().enumerate() {
            let plain_ticket = set == TICKETS && record.harmful == 0;
            let fold = fold(&record.id, at);
            samples.push(judged(record, &record.text, weight, set, &concepts, plain_ticket, fold));
        }
    }
    let records: Vec<ModerationRecord> = read_folder(&own.join("moderation"))?;
    for (at, record) in records.iter().enumerate() {
        if record.text.contains("{group}") {
            for filling in 0..FILLINGS {
                let text = record.text.replace("{group}", GROUPS[(at * 5 + filling * 7) % GROUPS.len()]);
                samples.push(judged(record, &text, FILLING_WEIGHT, "own", &concepts, false, at % FOLDS));
            }
        } else {
            samples.push(judged(record, &record.text, 1.0, "own", &concepts, false, at % FOLDS));
        }
    }
    for (records, set) in [(tickets, "it_hr"), (own_tickets, "own_it_hr")] {
        for (at, record) in records.iter().enumerate() {
            let weight = if record.source == SHARE_ALIKE { 0.0 } else { 1.0 };
            let fold = fold(&record.id, at);
            samples.push(harmless(&record.title, &record.description, weight, set, &concepts, true, fold));
        }
    }
    samples.extend(long_samples(data, own_tickets, &concepts)?);
    Ok(samples)
}

/// Long harmless texts: passages of the handbook, all measured and some learned, and own tickets strung together.
fn long_samples(data: &Path, own: &[RoutingRecord], concepts: &Concepts) -> Result<Vec<Sample>, CorpusError> {
    let handbook: Vec<PassageRecord> = read(&data.join("retrieval/handbook18f/docs.jsonl"))?;
    let handbook = handbook.iter().enumerate().flat_map(|(at, record)| {
        let learned = at % HANDBOOK_STEP == 0;
        let fold = at / HANDBOOK_STEP % FOLDS;
        let whole =
            harmless(&record.title, &record.text, f64::from(u8::from(learned)), "handbook", concepts, false, fold);
        let parts = if at % SENTENCES_STEP == 0 { passages(&record.text) } else { Vec::new() };
        let part = move |text| harmless("", text, PART_WEIGHT, "handbook_sentences", concepts, false, fold);
        std::iter::once(whole).chain(parts.into_iter().map(part))
    });
    let joined = own.iter().enumerate().filter(|(at, _)| at % LONG_TICKET == 0).map(|(at, first)| {
        // From places far apart in the files, so that a long ticket holds several topics.
        let texts: Vec<String> = (0..LONG_TICKET)
            .map(|part| &own[(at + part * own.len() / LONG_TICKET) % own.len()])
            .map(|ticket| format!("{}. {}", ticket.title, ticket.description))
            .collect();
        harmless(&first.title, &texts.join("\n"), 1.0, "long_tickets", concepts, false, at / LONG_TICKET % FOLDS)
    });
    Ok(handbook.chain(joined).collect())
}

fn harmless(
    title: &str,
    description: &str,
    weight: f64,
    set: &str,
    concepts: &Concepts,
    plain_ticket: bool,
    fold: usize,
) -> Sample {
    let features = Features::of(title, description, 1, concepts);
    Sample { features, positive: false, category: None, weight, set: set.to_owned(), plain_ticket, fold }
}

fn judged(
    record: &ModerationRecord,
    text: &str,
    weight: f64,
    set: &str,
    concepts: &Concepts,
    plain_ticket: bool,
    fold: usize,
) -> Sample {
    Sample {
        features: Features::of("", text, 1, concepts),
        positive: record.harmful > 0,
        category: category(&record.category).filter(|_| record.harmful > 0),
        weight,
        set: set.to_owned(),
        plain_ticket,
        fold,
    }
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
pub(crate) fn routing_samples(tickets: &[RoutingRecord], own: &[RoutingRecord]) -> Vec<Sample> {
    let concepts = Concepts::routing();
    let mut samples = Vec::new();
    for (records, set) in [(tickets, None), (own, Some("own"))] {
        for (at, record) in records.iter().enumerate() {
            let known = ROUTING_WEIGHTS.iter().find(|(source, _)| *source == record.source);
            samples.push(Sample {
                features: Features::of(&record.title, &record.description, TITLE_WEIGHT, &concepts),
                positive: record.department == Label::Hr,
                category: None,
                weight: if record.source == SHARE_ALIKE { 0.0 } else { known.map_or(1.0, |(_, weight)| *weight) },
                set: source_name(set.unwrap_or(&record.source), record.hard > 0),
                plain_ticket: true,
                fold: fold(&record.id, at),
            });
        }
    }
    samples
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
