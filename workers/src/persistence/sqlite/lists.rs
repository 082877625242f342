//! Pages of tickets. Each list walks one index in the order of its page, so that a page costs what it holds,
//! however many tickets there are.

use contracts::{
    Ticket, UserId,
    query::{ListTickets, TOTAL_MAX, TicketItem, TicketPage, TicketPosition},
};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::{
    messages, read_marks,
    rows::{integer, number},
    tickets::{COLUMNS, from_row},
};
use crate::persistence::{selection::Selection, store::StoreError};

pub(super) fn list(db: &Connection, query: &ListTickets) -> Result<TicketPage, StoreError> {
    let Some(selection) = Selection::new(query) else {
        return Ok(TicketPage { items: Vec::new(), total: 0, total_capped: false, has_more: false });
    };
    let (sql, parameters) = selection.page(query.position, query.limit);
    let mut page = db.prepare_cached(&sql)?;
    let items = page.query_map(params_from_iter(parameters), from_row)?;
    let mut tickets: Vec<_> = items.collect::<Result<_, _>>()?;
    let has_more = tickets.len() as u64 > u64::from(query.limit);
    if has_more {
        tickets.pop();
    }
    let items = tickets.into_iter().map(|ticket| item(db, ticket, query.viewer)).collect::<Result<_, _>>()?;
    let (sql, parameters) = selection.total();
    let total: u64 = db.prepare_cached(&sql)?.query_one(params_from_iter(parameters), |row| number(row, 0))?;
    Ok(TicketPage { items, total: total.min(TOTAL_MAX), total_capped: total > TOTAL_MAX, has_more })
}

fn item(db: &Connection, ticket: Ticket, viewer: UserId) -> Result<TicketItem, StoreError> {
    let last_seq = messages::last_seq(db, ticket.id)?;
    let unread = last_seq.saturating_sub(read_marks::last(db, ticket.id, viewer)?);
    Ok(TicketItem { ticket, last_seq, unread })
}

impl Selection {
    fn page(&self, position: TicketPosition, limit: u32) -> (String, Vec<Value>) {
        let (rows, mut parameters) = self.rows();
        let after = if let TicketPosition::After(ticket) = position {
            parameters.push(Value::Blob(ticket.uuid().into_bytes().to_vec()));
            "AND id < ?"
        } else {
            ""
        };
        parameters.push((i64::from(limit) + 1).into());
        let skip = if let TicketPosition::Skip(count) = position {
            parameters.push(count.into());
            "OFFSET ?"
        } else {
            ""
        };
        (format!("SELECT {COLUMNS} FROM {rows} {after} ORDER BY id DESC LIMIT ? {skip}"), parameters)
    }

    fn total(&self) -> (String, Vec<Value>) {
        let (rows, mut parameters) = self.rows();
        parameters.push(integer(TOTAL_MAX + 1).into());
        (format!("SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT ?)"), parameters)
    }

    /// The index is named because the planner, which has no statistics, could take one that needs a sort or
    /// walks a whole department for one user.
    fn rows(&self) -> (String, Vec<Value>) {
        let index = match (self.user, self.department, self.status) {
            (Some(_), _, _) => "INDEXED BY tickets_by_user",
            (None, Some(_), Some(_)) => "INDEXED BY tickets_by_department_status",
            (None, Some(_), None) => "INDEXED BY tickets_by_department",
            (None, None, Some(_)) => "INDEXED BY tickets_by_status",
            (None, None, None) => "",
        };
        let user = self.user.map(|user| ("AND user_id = ?", Value::Blob(user.uuid().into_bytes().to_vec())));
        let department = self.department.map(|department| ("AND department = ?", department.to_string().into()));
        let status = self.status.map(|status| ("AND status = ?", status.to_string().into()));
        let text = self.text.clone().map(Value::Text);
        let text = text.map(|text| ("AND (holds_folded(title, ?1) OR holds_folded(description, ?1))", text));
        // The text comes first because its parameter, used twice, has a number.
        let (conditions, parameters): (Vec<&str>, Vec<Value>) =
            [text, user, department, status].into_iter().flatten().unzip();
        (format!("tickets {index} WHERE TRUE {}", conditions.join(" ")), parameters)
    }
}

#[cfg(test)]
mod tests;
