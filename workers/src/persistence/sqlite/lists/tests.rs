use std::error::Error;

use contracts::{
    Department, Status, TicketId,
    query::{TicketFilter, TicketScope},
};

use super::*;
use crate::persistence::sqlite::connection;

/// Every scope with every set of filters, from every kind of position.
fn queries() -> Vec<ListTickets> {
    let user = UserId::new();
    let mut queries = Vec::new();
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(Department::It), TicketScope::All] {
        for filters in 0..16 {
            let filter = TicketFilter {
                user_id: (filters & 1 > 0).then_some(user),
                status: (filters & 2 > 0).then_some(Status::Open),
                department: (filters & 4 > 0).then_some(Department::It),
                text: (filters & 8 > 0).then(|| "printer".to_owned()),
            };
            for position in [TicketPosition::Skip(0), TicketPosition::After(TicketId::new())] {
                queries.push(ListTickets { viewer: user, scope, filter: filter.clone(), position, limit: 20 });
            }
        }
    }
    queries
}

fn plan(db: &Connection, sql: &str, parameters: Vec<Value>) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    statement.query_map(params_from_iter(parameters), |row| row.get("detail"))?.collect()
}

#[test]
fn no_list_sorts_or_walks_the_table() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("desk.db");
    let writer = connection::for_writing(&path)?;
    let reader = connection::for_reading(&path)?;
    for query in queries() {
        let selection = Selection::new(&query).ok_or("the filter leaves nothing")?;
        let whole = selection.user.is_none() && selection.department.is_none() && selection.status.is_none();
        for (sql, parameters) in [selection.page(query.position, query.limit), selection.total()] {
            let steps = plan(&reader, &sql, parameters)?;
            let by_user = steps.iter().any(|step| step.contains("tickets_by_user"));
            assert_eq!(by_user, selection.user.is_some(), "{steps:?}: {sql}");
            for step in steps {
                assert!(!step.contains("TEMP B-TREE"), "{step}: {sql}");
                let in_order = step.contains("USING INDEX") || step.contains("USING COVERING INDEX");
                let walks = step.starts_with("SCAN tickets") && !(whole && (in_order || sql.contains("count(*)")));
                assert!(!walks, "{step}: {sql}");
            }
        }
    }
    drop(writer);
    Ok(())
}
