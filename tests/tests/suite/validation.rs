//! Bad input: each is refused with a problem that names the field, and nothing is stored.

use reqwest::header;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A ticket with one field changed.
fn ticket_with(field: &str, value: impl Into<Value>) -> String {
    let mut ticket = json!({"title": "Fan", "description": "It makes a noise.", "urgency": "low"});
    ticket[field] = value.into();
    ticket.to_string()
}

fn ticket_without(field: &str) -> String {
    let mut ticket: Value = ticket_with("urgency", "low").parse().unwrap();
    ticket.as_object_mut().unwrap().remove(field);
    ticket.to_string()
}

fn refused(answer: &Answer, field: &str, input: &str) {
    assert_eq!(answer.status, 422, "{input}: {}", answer.text);
    let problem = answer.expect_problem(422, "VALIDATION_FAILED");
    let [wrong] = answer.wrong_fields().try_into().unwrap_or_else(|_| panic!("{input}: {}", answer.text));
    // Of a value with parts, the part is named.
    assert!(wrong == field || wrong.starts_with(&format!("{field}.")), "{input}: {}", answer.text);
    assert!(problem["detail"].as_str().unwrap().contains(field), "{input}: {}", answer.text);
    assert!(!answer.text.contains('\u{1b}') && answer.text.len() < 1_000, "{input}: {}", answer.text);
}

async fn expect_nothing_stored(user: &Client, total: usize) {
    assert_eq!(user.get("/tickets").await.expect(200)["total"], total);
    assert_eq!(user.get("/quota").await.expect(200)["used"], total);
}

#[tokio::test]
async fn a_bad_ticket_is_refused_field_by_field() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let (title_limit, description_limit) = ("\u{1f600}".repeat(200), "\u{e9}".repeat(10_000));
    let mut cases = vec![
        ("title", ticket_with("title", "x".repeat(201))),
        ("title", ticket_with("title", format!("{title_limit}x"))),
        ("description", ticket_with("description", "x".repeat(10_001))),
        ("description", ticket_with("description", format!("{description_limit}\u{e9}"))),
        ("title", ticket_with("title", "One line\nand another")),
        ("title", ticket_with("title", "One line\u{2028}and another")),
        ("body", "[\"Fan\", \"It makes a noise.\", \"low\"]".to_owned()),
        ("body", "\"Fan\"".to_owned()),
        ("body", "null".to_owned()),
        ("body", "7".to_owned()),
        ("title", r#"{"title":"Fan","title":"Fan","description":"A noise.","urgency":"low"}"#.to_owned()),
        ("urgency", r#"{"urgency":"low","title":"Fan","description":"A noise.","urgency":"high"}"#.to_owned()),
        ("title", ticket_with("title", json!([[[]]]))),
        ("title", r#"{"title":"half a pair \ud800"}"#.to_owned()),
        ("a\u{fffd}[31m", r#"{"a\u001b[31m":1}"#.to_owned()),
    ];
    for field in ["title", "description", "urgency"] {
        cases.push((field, ticket_without(field)));
        for wrong in [json!(null), json!(7), json!(true), json!(["low"]), json!({"low": "low"})] {
            cases.push((field, ticket_with(field, wrong)));
        }
    }
    for field in ["title", "description"] {
        for text in
            ["", " ", "\t \n", "\u{3000}\u{a0}", "\u{200b}\u{feff}", "a\0b", "\u{1b}[31mred", "a\u{7f}", "a\u{85}b"]
        {
            cases.push((field, ticket_with(field, text)));
        }
    }
    for urgency in ["", "urgent", "LOW", "low "] {
        cases.push(("urgency", ticket_with("urgency", urgency)));
    }
    for field in ["user_id", "status", "role", "department", "misuse_flag", "id", "Title"] {
        cases.push((field, ticket_with(field, "open")));
    }
    for (field, body) in &cases {
        refused(&user.post_raw("/tickets", &[JSON], body.clone()).await, field, body);
    }
    // More than one wrong field: each is named.
    let answer = user.post_raw("/tickets", &[JSON], r#"{"title":"","description":"\u0000","urgency":"low"}"#).await;
    assert_eq!(answer.wrong_fields(), ["description", "title"]);

    let deep = format!("{{\"title\":{}", "[".repeat(50_000));
    let unknown_deep = format!("{{\"urgency\":{}1{}}}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    for body in ["", "{", "{\"title\":}", "{'title':'Fan'}", "\u{feff}{}", "NaN"] {
        user.post_raw("/tickets", &[JSON], body).await.expect_problem(400, "INVALID_JSON");
    }
    let trailing = format!("{}}}", ticket_with("urgency", "low"));
    user.post_raw("/tickets", &[JSON], trailing).await.expect_problem(400, "INVALID_JSON");
    let latin1 = b"{\"title\":\"\xfcber\"}".to_vec();
    refused(&user.post_raw("/tickets", &[JSON], latin1).await, "title", "what is not UTF-8");
    for body in [deep, unknown_deep] {
        let answer = user.post_raw("/tickets", &[JSON], body).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    expect_nothing_stored(&user, 0).await;

    // At the limit, and however it is escaped, it is a ticket.
    let escaped = format!(
        r#"{{"title":"{}","description":"{}","urgency":"critical"}}"#,
        "\\ud83d\\ude00".repeat(200),
        "\\u00e9".repeat(10_000)
    );
    let ticket = user.post_raw("/tickets", &[("content-type", "application/json; charset=utf-8")], escaped).await;
    let ticket = ticket.expect(201);
    assert_eq!((&ticket["title"], &ticket["description"]), (&json!(title_limit), &json!(description_limit)));
    let path = format!("/tickets/{}", ticket["id"].as_str().unwrap());
    assert_eq!(user.get(&path).await.expect(200)["ticket"], ticket);

    let resolve = format!("{path}/resolve");
    for (field, body) in [
        ("rating", r#"{"rating":0}"#.to_owned()),
        ("rating", r#"{"rating":6}"#.to_owned()),
        ("rating", r#"{"rating":-1}"#.to_owned()),
        ("rating", r#"{"rating":4.5}"#.to_owned()),
        ("rating", r#"{"rating":"5"}"#.to_owned()),
        ("rating", r#"{"rating":1e9}"#.to_owned()),
        ("feedback", json!({"feedback": "x".repeat(2_001)}).to_string()),
        ("feedback", r#"{"feedback":" "}"#.to_owned()),
        ("feedback", r#"{"feedback":"\u0007"}"#.to_owned()),
        ("status", r#"{"status":"closed"}"#.to_owned()),
        ("body", "[null, 5]".to_owned()),
    ] {
        refused(&user.post_raw(&resolve, &[JSON], body.clone()).await, field, &body);
    }
    assert_eq!(user.get(&path).await.expect(200)["ticket"], ticket);
    expect_nothing_stored(&user, 1).await;
}

#[tokio::test]
async fn a_body_that_is_no_plain_json_is_refused() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let ticket = ticket_with("urgency", "low");
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data", ""]
    {
        let answer = user.post_raw("/tickets", &[("content-type", content_type)], ticket.clone()).await;
        answer.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    user.post_raw("/tickets", &[], ticket.clone()).await.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
    for encoding in ["gzip", "deflate", "br"] {
        let answer = user.post_raw("/tickets", &[JSON, ("content-encoding", encoding)], ticket.clone()).await;
        answer.expect_problem(415, "UNSUPPORTED_ENCODING");
    }
    for size in [161 * 1024, 1 << 20] {
        let answer = user.post_raw("/tickets", &[JSON], ticket_with("description", "x".repeat(size))).await;
        answer.expect_problem(413, "BODY_TOO_LARGE");
    }
    expect_nothing_stored(&user, 0).await;
}

#[tokio::test]
async fn a_bad_account_is_refused_field_by_field() {
    let desk = Desk::start().await;
    let admin = desk.login("admin").await;
    let valid = json!({"username": "ada", "password": "correct horse", "role": "user"});
    let cases = [
        ("username", json!({"username": "a"})),
        ("username", json!({"username": "x".repeat(65)})),
        ("username", json!({"username": "ada lovelace"})),
        ("username", json!({"username": "<script>"})),
        ("username", json!({"username": "ada\r\nx"})),
        ("username", json!({"username": null})),
        ("password", json!({"password": "1234567"})),
        ("password", json!({"password": "x".repeat(257)})),
        ("password", json!({"password": 12_345_678})),
        ("role", json!({"role": "root"})),
        ("role", json!({"role": ["admin"]})),
        ("department", json!({"role": "agent"})),
        ("department", json!({"department": "IT"})),
        ("department", json!({"role": "agent", "department": "Sales"})),
        ("disabled", json!({"disabled": false})),
    ];
    for (field, change) in cases {
        let mut body = valid.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = admin.post("/users", &body).await;
        refused(&answer, field, &change.to_string());
        assert!(!answer.text.contains("1234567"), "{}", answer.text);
    }
    let login = json!({"username": "ada", "password": "correct horse"});
    desk.anonymous().post("/auth/login", &login).await.expect_problem(401, "INVALID_CREDENTIALS");
    assert_eq!(admin.post("/users", &valid).await.expect(201)["username"], "ada");
    let shouted = json!({"username": "ADA", "password": "correct horse", "role": "user"});
    admin.post("/users", &shouted).await.expect_problem(409, "USERNAME_TAKEN");
    desk.anonymous().login("Ada", "correct horse").await;
}

#[tokio::test]
async fn bad_parameters_are_refused_by_name() {
    let desk = Desk::start().await;
    let (user, other) = (desk.login("user1").await, desk.login("user2").await);
    for owner in [&user, &other] {
        for title in ["Fan", "Mouse", "Screen"] {
            owner.raise(title, "It is broken.").await.expect(201);
        }
    }
    let first = user.get("/tickets?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let others = other.get("/tickets?limit=1").await.expect(200);
    let others = others["next_cursor"].as_str().unwrap();
    // The last character of a signature may hold unused bits: change one in the middle of each part.
    let tampered: Vec<String> = cursor.split('.').map(|part| cursor.replacen(part, &flipped(part), 1)).collect();
    let mut cases = vec![
        ("user_id", "user_id=me".to_owned()),
        ("status", "status=done".to_owned()),
        ("status", "status=OPEN".to_owned()),
        ("status", "status=".to_owned()),
        ("department", "department=Sales".to_owned()),
        ("q", format!("q={}", "x".repeat(201))),
        ("page", "page=51".to_owned()),
        ("page", "page=4294967295&limit=100".to_owned()),
        ("page", "page=1&page=2".to_owned()),
        ("sort", "sort=title".to_owned()),
        ("cursor", "cursor=".to_owned()),
        ("cursor", "cursor=abc".to_owned()),
        ("cursor", format!("cursor={others}")),
        ("cursor", format!("cursor={cursor}&status=open")),
        ("cursor", format!("cursor={cursor}&q=fan")),
        ("cursor", format!("cursor={cursor}&page=1")),
        // Tokens are no cursors.
        ("cursor", format!("cursor={}", user.token.as_deref().unwrap())),
    ];
    cases.extend(tampered.into_iter().map(|cursor| ("cursor", format!("cursor={cursor}"))));
    for number in ["0", "-1", "1000000000", "1e9", "1.5", "x", "", "99999999999999999999"] {
        cases.push(("page", format!("page={number}")));
        cases.push(("limit", format!("limit={number}")));
    }
    cases.push(("limit", "limit=101".to_owned()));
    for (field, query) in &cases {
        refused(&user.get(&format!("/tickets?{query}")).await, field, query);
    }
    for (field, query) in [
        ("limit", "limit=0"),
        ("limit", "limit=101"),
        ("limit", "limit=x"),
        ("before", "before=yesterday"),
        ("page", "page=1"),
    ] {
        refused(&user.get(&format!("/notifications?{query}")).await, field, query);
    }
    // As it is, the cursor is good, and it is no token.
    assert_eq!(user.get(&format!("/tickets?limit=2&cursor={cursor}")).await.expect(200)["items"][1]["title"], "Fan");
    user.with_token(cursor).get("/tickets").await.expect_problem(401, "UNAUTHENTICATED");

    // Two admins see the same list, and yet each has cursors of their own.
    let (admin, second_admin) = (desk.login("admin").await, desk.new_account("admin").await);
    let first = admin.get("/tickets?limit=1").await.expect(200);
    let query = format!("/tickets?cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(admin.get(&query).await.expect(200)["items"].as_array().unwrap().len(), 5);
    refused(&second_admin.get(&query).await, "cursor", "another admin's cursor");

    let foreign = user.get(&format!("/tickets?user_id={}", other.id())).await;
    foreign.expect_problem(403, "FORBIDDEN");
    assert!(foreign.headers.get(header::WWW_AUTHENTICATE).is_none());
}

/// The text with the bits of a character in its middle changed.
fn flipped(part: &str) -> String {
    let middle = part.len() / 2;
    let other = if &part[middle..=middle] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &part[..middle], &part[middle + 1..])
}
