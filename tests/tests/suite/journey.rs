//! The journey of a requester, over HTTP alone.

use serde_json::json;
use tests::Desk;

#[tokio::test]
async fn a_ticket_is_raised_routed_assigned_listed_opened_and_resolved() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let answer = user.raise("My laptop does not start", "It stays black since this morning's update.").await;
    let ticket = answer.expect(201);
    assert_eq!(answer.headers["location"], format!("/tickets/{}", ticket["id"].as_str().unwrap()).as_str());
    assert_eq!(ticket["status"], "assigned");
    assert_eq!(ticket["department"], "IT");
    let path = answer.headers["location"].to_str().unwrap().to_owned();
    let opened = user.get(&path).await.expect(200);
    assert_eq!(opened["ticket"], ticket);
    let list = user.get("/tickets").await.expect(200);
    assert_eq!(list["items"], json!([ticket]));
    let resolved = user.post(&format!("{path}/resolve"), &json!({"feedback": "quick", "rating": 5})).await.expect(200);
    assert_eq!(resolved["status"], "resolved");
}
