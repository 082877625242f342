//! Local text classifiers: is a ticket harmful, and is it for IT or for HR. They judge by hashed n-grams (`features`)
//! and by the meaning that the sentence encoder finds in the text (`meaning`), and are small enough to be part of the
//! binary. The repository holds their weights, the texts written for them, and the command that trains them again.

mod concepts;
mod corpus;
mod evaluation;
mod features;
mod gram;
mod groups;
mod linear;
mod meaning;
mod moderation;
mod parallel;
mod reader;
mod routing;
mod samples;
mod solver;
mod training;

pub use corpus::CorpusError;
pub use evaluation::{
    CategoryFigures, EvalError, Figures, ModerationFigures, RoutingFigures, SourceFigures, evaluate_moderation,
    evaluate_routing,
};
pub use linear::ModelError;
pub use moderation::{Assessment, Category, Moderation};
pub use routing::{Choice, Routing};
pub use training::{ModerationReport, RoutingReport, TrainingError, TrainingReport, train};

/// The real encoder, loaded once for all tests.
#[cfg(test)]
fn test_embedder() -> std::sync::Arc<crate::embedding::Embedder> {
    use std::sync::{Arc, LazyLock};

    use crate::embedding::Embedder;

    static EMBEDDER: LazyLock<Arc<Embedder>> =
        LazyLock::new(|| Arc::new(Embedder::open(&tests::embedding_model()).unwrap()));
    Arc::clone(&EMBEDDER)
}
