//! Articles while a title is typed.

use serde_json::json;
use tests::Desk;

use super::publish_both;

#[tokio::test]
async fn articles_are_suggested_for_what_is_typed() {
    let desk = Desk::start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    for typed in ["VPN", "vpn does not connect in the hotel"] {
        let suggested = user.get(&format!("/ai/suggest?q={}", typed.replace(' ', "%20"))).await.expect(200);
        let first = &suggested["items"][0];
        assert_eq!(first["title"], "Connect to the VPN", "{typed}: {suggested}");
        assert!(first["article_id"].is_string() && first["heading"].is_string(), "{suggested}");
        let snippet = first["snippet"].as_str().unwrap();
        assert!(!snippet.is_empty() && snippet.chars().count() <= 160 && !snippet.contains('\n'), "{suggested}");
        let ids: Vec<_> = suggested["items"].as_array().unwrap().iter().map(|item| &item["article_id"]).collect();
        let distinct = ids.iter().map(|id| id.as_str().unwrap()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(ids.len(), distinct.len(), "each article once: {suggested}");
    }
    let one = user.get("/ai/suggest?q=vpn%20payday&limit=1").await.expect(200);
    assert!(one["items"].as_array().unwrap().len() <= 1);
    assert_eq!(user.get("/ai/suggest?q=zebra%20crossing").await.expect(200), json!({"items": []}));
}
