//! Is a ticket for IT or for HR.

use std::sync::Arc;

use super::concepts::Concepts;
use super::linear::{Head, LinearModel, ModelError};
use super::reader::Reader;
use crate::embedding::{Embedder, EncoderError};

/// Name of the only head; a positive score means HR.
pub(crate) const HR: &str = "hr";

/// How many times the words of a title count.
const TITLE_WEIGHT: usize = 2;

/// The department that a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Devices, software, accounts and access.
    It,
    /// Pay, leave, contracts and people.
    Hr,
}

/// The routing model.
pub struct Routing {
    version: String,
    head: Head,
    reader: Reader,
}

impl Routing {
    /// The model that is part of this binary.
    ///
    /// # Panics
    /// If that model is damaged, which a test rules out.
    #[expect(clippy::expect_used, reason = "these bytes are part of the binary, and a test loads them")]
    pub fn new(embedder: Arc<Embedder>) -> Self {
        Self::from_bytes(include_bytes!("../../models/routing.model"), embedder).expect("the embedded model is sound")
    }

    /// A model from the bytes of its file.
    pub fn from_bytes(bytes: &[u8], embedder: Arc<Embedder>) -> Result<Self, ModelError> {
        let mut model = LinearModel::decode(bytes)?;
        let head = model.take(HR)?;
        Ok(Self { version: model.version, head, reader: reader(embedder) })
    }

    /// Name and number of the model, such as `routing-minilm-3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Chooses the department; a text that says nothing about it goes to IT. Blocks for some milliseconds.
    pub fn department(&self, title: &str, description: &str) -> Result<Choice, EncoderError> {
        let features = self.reader.read(title, description)?;
        let hr = !features.is_empty() && self.head.score(&features) > self.head.threshold;
        Ok(if hr { Choice::Hr } else { Choice::It })
    }
}

/// How the routing model reads.
pub(crate) fn reader(embedder: Arc<Embedder>) -> Reader {
    Reader::new(embedder, Concepts::routing(), TITLE_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::super::test_embedder;
    use super::{Choice, ModelError, Routing};

    #[test]
    fn plain_tickets_reach_their_department() {
        let routing = Routing::new(test_embedder());
        for (title, description, department) in [
            ("Notebook does not start", "The power light blinks but the screen stays dark.", Choice::It),
            ("VPN login rejected", "The client says that my certificate has expired.", Choice::It),
            ("Days of leave", "How many vacation days may I carry over to next year?", Choice::Hr),
            ("Payslip", "My salary for May is too low, the overtime has not been paid.", Choice::Hr),
            ("", "", Choice::It),
        ] {
            assert_eq!(routing.department(title, description).unwrap(), department, "{title}");
        }
    }

    #[test]
    fn the_matter_counts_more_than_the_vocabulary() {
        let routing = Routing::new(test_embedder());
        for (title, description, department) in [
            ("Payroll portal down", "The salary site shows error 502 and does not load in any browser.", Choice::It),
            ("Vacation planner crashes", "The leave app closes on my phone as soon as I open it.", Choice::It),
            ("Weekend work on servers", "Are the hours paid as overtime, and am I entitled to a day off?", Choice::Hr),
            (
                "Laptop on parental leave",
                "May I keep working part-time and how much parental pay do I get?",
                Choice::Hr,
            ),
        ] {
            assert_eq!(routing.department(title, description).unwrap(), department, "{title}");
        }
    }

    #[test]
    fn a_foreign_model_is_refused() {
        let moderation = include_bytes!("../../models/moderation.model");
        assert_eq!(
            Routing::from_bytes(moderation, test_embedder()).err(),
            Some(ModelError::MissingHead("hr".to_owned()))
        );
        assert_eq!(Routing::new(test_embedder()).version(), "routing-minilm-3");
    }
}
