//! Which tickets a list holds: its scope and its filter in one.

use contracts::{
    Department, Status, Ticket, UserId,
    query::{ListTickets, TicketScope},
    text::fold_case,
};

/// What a ticket must be like to be in a list. What is left out may be any.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) user: Option<UserId>,
    pub(super) department: Option<Department>,
    pub(super) status: Option<Status>,
    /// In the form in which texts are compared.
    pub(super) text: Option<String>,
}

impl Selection {
    /// None when the filter leaves nothing of the scope.
    pub(super) fn new(query: &ListTickets) -> Option<Self> {
        let (user, department) = match query.scope {
            TicketScope::RaisedBy(user) => (Some(user), None),
            TicketScope::Department(department) => (None, Some(department)),
            TicketScope::All => (None, None),
        };
        let filter = &query.filter;
        Some(Self {
            user: both(user, filter.user_id)?,
            department: both(department, filter.department)?,
            status: filter.status,
            text: filter.text.as_deref().map(fold_case),
        })
    }

    /// Who raised the tickets, where it is all that they raised.
    pub(super) fn everything_of(&self) -> Option<UserId> {
        let filtered = self.department.is_some() || self.status.is_some() || self.text.is_some();
        self.user.filter(|_| !filtered)
    }

    /// Whether a ticket is in the list, as it is now.
    pub(super) fn holds(&self, ticket: &Ticket) -> bool {
        self.user.is_none_or(|user| ticket.user_id == user)
            && self.in_state(ticket.department, ticket.status)
            && self.says(&ticket.title, &ticket.description)
    }

    /// Whether tickets of this department and status can be in the list.
    pub(super) fn in_state(&self, department: Option<Department>, status: Status) -> bool {
        self.department.is_none_or(|wanted| department == Some(wanted))
            && self.status.is_none_or(|wanted| status == wanted)
    }

    /// Whether one of a ticket's texts holds what is searched.
    pub(super) fn says(&self, title: &str, description: &str) -> bool {
        self.text.as_ref().is_none_or(|text| fold_case(title).contains(text) || fold_case(description).contains(text))
    }
}

/// What two wishes for a value leave, each of which may be for any: none when they differ.
#[allow(clippy::option_option, reason = "a wish for any value is not the absence of a value that fits")]
fn both<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<Option<T>> {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).then_some(Some(one)),
        (one, other) => Some(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_differ_leave_nothing() {
        assert_eq!(both(Some(1), Some(2)), None);
        assert_eq!(both(Some(1), None), Some(Some(1)));
        assert_eq!(both(None, Some(1)), Some(Some(1)));
        assert_eq!(both::<u8>(None, None), Some(None));
    }
}
