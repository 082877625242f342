//! One line and one object for each fault.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::Part;

use crate::{
    check::Violations,
    fault::Fault,
    load::Done,
    place::{Harm, Target},
    tally::{Failure, Known, Write},
};

const HEAD: &str = "\
fault            tickets messages resolved   no ticket    no message  failed  other   lost doubled disordered quota untold
                                             acked stored acked stored at victim";

/// A fault that was there.
pub(crate) struct Trial {
    pub(crate) fault: Fault,
    pub(crate) harm: Harm,
    /// When the workload was under way, when the fault came, and when the workload was to end.
    pub(crate) since: Instant,
    pub(crate) harmed: Instant,
    pub(crate) until: Instant,
    pub(crate) done: Done,
}

/// What is to be told of it.
pub(crate) struct Report {
    fault: String,
    counts: [usize; 3],
    /// The longest time without a write: of tickets and of messages, each acknowledged and in the store.
    gaps: [Duration; 4],
    at_victim: BTreeMap<String, usize>,
    elsewhere: BTreeMap<String, usize>,
    violations: Violations,
    /// What is worse than it may be.
    excess: Vec<String>,
    victims: String,
}

impl Report {
    pub(crate) fn new(trial: &Trial, violations: Violations) -> Self {
        let Trial { fault, harm, since, until, done, .. } = trial;
        let tally = done.tally();
        let gap = |write, known| tally.longest_gap(write, known, (*since, *until));
        let [tickets, messages] =
            [Write::Ticket, Write::Message].map(|write| [gap(write, Known::Acknowledged), gap(write, Known::Stored)]);
        let gaps = [tickets[0], tickets[1], messages[0], messages[1]];
        let elsewhere = counted(tally.failures(|failure| !trial.is_of_victim(failure)));
        let mut excess = Vec::new();
        if let Some(limit) = fault.longest_gap() {
            for (what, gap) in [("ticket", gaps[1]), ("message", gaps[3])] {
                if gap > limit {
                    excess.push(format!(
                        "no {what} was stored for {:.2} s, and may be {:.0}",
                        seconds(gap),
                        seconds(limit)
                    ));
                }
            }
        }
        if fault.spares_others() && !elsewhere.is_empty() {
            excess.push(format!("requests failed that nothing was to happen to: {elsewhere:?}"));
        }
        Self {
            fault: fault.name(),
            counts: [Write::Ticket, Write::Message, Write::Change].map(|write| tally.count(write)),
            gaps,
            at_victim: counted(tally.failures(|failure| trial.is_of_victim(failure))),
            elsewhere,
            violations,
            excess,
            victims: format!("{harm:?}"),
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.excess.is_empty() && self.violations.count() == 0
    }

    pub(crate) fn json(&self) -> Value {
        let [tickets, messages, resolved] = self.counts;
        let [ticket, stored_ticket, message, stored_message] = self.gaps.map(seconds);
        let violations: BTreeMap<_, _> =
            self.violations.kinds().into_iter().map(|(kind, found)| (kind, found.len())).collect();
        json!({
            "fault": self.fault,
            "harm": self.victims,
            "acknowledged": {"tickets": tickets, "messages": messages, "resolved": resolved},
            "longest_seconds_without": {
                "ticket": {"acknowledged": ticket, "stored": stored_ticket},
                "message": {"acknowledged": message, "stored": stored_message},
            },
            "failed_at_victim": self.at_victim,
            "failed_elsewhere": self.elsewhere,
            "violations": violations,
            "excess": self.excess,
        })
    }

    fn line(&self) -> String {
        let [tickets, messages, resolved] = self.counts;
        let [ticket, stored_ticket, message, stored_message] = self.gaps.map(seconds);
        let sum = |failures: &BTreeMap<String, usize>| failures.values().sum::<usize>();
        let (at_victim, elsewhere) = (sum(&self.at_victim), sum(&self.elsewhere));
        let [lost, doubled, disordered, quota, untold, _] = self.violations.kinds().map(|(_, found)| found.len());
        format!(
            "{:<16} {tickets:>7} {messages:>8} {resolved:>8}  {ticket:>6.2} {stored_ticket:>6.2} {message:>5.2} \
             {stored_message:>6.2} {at_victim:>9} {elsewhere:>6} {lost:>6} {doubled:>7} {disordered:>10} {quota:>5} \
             {untold:>6}{}",
            self.fault,
            if self.is_good() { "" } else { "  FAILED" },
        )
    }

    /// What was wrong, a line each.
    pub(crate) fn complaints(&self) -> impl Iterator<Item = String> {
        let found = self
            .violations
            .kinds()
            .into_iter()
            .flat_map(|(kind, found)| found.iter().map(move |what| format!("{kind}: {what}")));
        found.chain(self.excess.iter().cloned()).map(|what| format!("{}: {what}", self.fault))
    }
}

impl Trial {
    /// Whether a request failed that the fault may cost: at the process in question, or under way when it came.
    fn is_of_victim(&self, failure: &Failure) -> bool {
        let victims = self.harm.victims();
        let at_victim = victims.contains(&Target::Part(Part::Ingress(failure.ingress)));
        let by_worker = victims.iter().any(|victim| matches!(victim, Target::Part(Part::Workers(_))));
        let under_way = failure.began.is_some_and(|began| began < self.harmed);
        failure.ended >= self.harmed && (at_victim || (by_worker && under_way))
    }
}

/// The table of all.
pub(crate) fn table(reports: &[Report]) -> String {
    let lines: Vec<_> = [HEAD.to_owned()].into_iter().chain(reports.iter().map(Report::line)).collect();
    lines.join("\n")
}

fn counted(causes: Vec<String>) -> BTreeMap<String, usize> {
    causes.into_iter().fold(BTreeMap::new(), |mut counts, cause| {
        *counts.entry(cause).or_default() += 1;
        counts
    })
}

/// Two digits behind the point.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100.0).round() / 100.0
}
