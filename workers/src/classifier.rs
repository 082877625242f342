//! Local text classifiers: is a ticket harmful, and is it for IT or for HR. They are linear models over hashed n-grams
//! (`features`), small enough to be part of the binary, and the answer to a text is the same on every machine. The
//! repository holds their weights, the texts written for them, and the command that trains them again.

mod concepts;
mod corpus;
mod evaluation;
mod features;
mod linear;
mod moderation;
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
