//! Access tokens: only those that the desk signed for this purpose, and that are still good, open anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tests::{Client, Desk, Part, SIGNING_KEY, eventually};

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// The value with some members changed; null takes one away.
fn with(mut value: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("not an object") };
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes {
        match change {
            Value::Null => members.remove(&name),
            change => members.insert(name, change),
        };
    }
    value
}

/// A token with any header and claims, signed with the desk's own secret.
fn signed(header: &Value, claims: &Value, algorithm: Algorithm, secret: &str) -> String {
    // The library writes the header that it knows; what it signs is taken apart and put together anew.
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret.as_bytes()), algorithm);
    format!("{message}.{}", signature.unwrap())
}

async fn expect_refused(client: &Client, token: &str, why: &str) {
    let answer = client.with_token(token).get("/auth/me").await;
    assert_eq!(answer.status, 401, "{why}: {}", answer.text);
    answer.expect_problem(401, "UNAUTHENTICATED");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let token = user.token.clone().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims) = (decoded(parts[0]), decoded(parts[1]));
    let sign = |header: &Value, claims: &Value| signed(header, claims, Algorithm::HS256, SIGNING_KEY.1);
    // What follows is refused for what it changes: signed like this and unchanged, it is good.
    user.with_token(&sign(&header, &claims)).get("/auth/me").await.expect(200);
    assert_eq!(header["alg"], "HS256");

    let now = claims["iat"].as_i64().unwrap();
    let key = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(SIGNING_KEY.1)});
    for (why, change) in [
        ("another kid", json!({"kid": "other"})),
        ("no kid", json!({"kid": null})),
        ("a kid that is a path", json!({"kid": "../../dev/null"})),
        ("a key of its own", json!({"jwk": key})),
        ("the address of a key", json!({"jku": "http://127.0.0.1/keys"})),
        ("the address of a certificate", json!({"x5u": "http://127.0.0.1/keys"})),
        ("a critical extension", json!({"crit": ["exp"]})),
        ("a refresh token's type", json!({"typ": "rt+jwt"})),
        ("no type", json!({"typ": null})),
        ("another algorithm in the header", json!({"alg": "HS512"})),
        ("no algorithm", json!({"alg": "none"})),
        ("an unknown algorithm", json!({"alg": "none ", "typ": "at+jwt"})),
    ] {
        expect_refused(&user, &sign(&with(header.clone(), change), &claims), why).await;
    }
    for (why, change) in [
        ("expired", json!({"exp": now - 60})),
        ("no expiry", json!({"exp": null})),
        ("not good yet", json!({"nbf": now + 600})),
        ("no issuer", json!({"iss": null})),
        ("another issuer", json!({"iss": "somebody"})),
        ("no audience", json!({"aud": null})),
        ("another audience", json!({"aud": "somebody"})),
        ("a refresh token's audience", json!({"aud": "deskwire/refresh"})),
        ("no subject", json!({"sub": null})),
        ("no session", json!({"sid": null})),
        ("an unknown role", json!({"role": "root"})),
    ] {
        expect_refused(&user, &sign(&header, &with(claims.clone(), change)), why).await;
    }
    let admin = with(claims.clone(), json!({"role": "admin"}));
    for (why, token) in [
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        (
            "no signature and no algorithm",
            format!("{}.{}.", encoded(&json!({"alg": "none", "typ": "at+jwt"})), parts[1]),
        ),
        ("other claims under the same signature", format!("{}.{}.{}", parts[0], encoded(&admin), parts[2])),
        ("another secret", signed(&header, &admin, Algorithm::HS256, "another secret that is long enough")),
        ("an empty secret", signed(&header, &admin, Algorithm::HS256, "")),
        (
            "another algorithm",
            signed(&with(header.clone(), json!({"alg": "HS512"})), &admin, Algorithm::HS512, SIGNING_KEY.1),
        ),
        ("half a token", parts[..2].join(".")),
        ("nothing", String::new()),
    ] {
        expect_refused(&user, &token, why).await;
    }
    for index in 0..3 {
        let flipped = if parts[2].as_bytes()[index] == b'A' { "B" } else { "A" };
        let signature = format!("{}{flipped}{}", &parts[2][..index], &parts[2][index + 1..]);
        expect_refused(&user, &format!("{}.{}.{signature}", parts[0], parts[1]), "a flipped signature").await;
    }
    for (name, value) in [("authorization", "Basic dXNlcjE6ZGVza3dpcmUtZGVtbw=="), ("cookie", token.as_str())] {
        let answer = desk.anonymous().post_raw("/auth/logout", &[(name, value)], "").await;
        answer.expect_problem(401, "UNAUTHENTICATED");
    }
    desk.anonymous().get(&format!("/auth/me?access_token={token}")).await.expect_problem(401, "UNAUTHENTICATED");
    let header_of_library = Header { kid: Some("other".to_owned()), ..Header::default() };
    let foreign = encode(&header_of_library, &admin, &EncodingKey::from_secret(b"whatever")).unwrap();
    expect_refused(&user, &foreign, "a token of another house").await;
    user.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn while_keys_change_tokens_of_both_are_good_and_then_those_of_the_old_are_not() {
    let mut desk = Desk::start().await;
    let old = desk.login("user1").await;
    let (new_key, old_key) = ("{kid=\"new\",secret=\"another secret of tests, long enough\"}", key(SIGNING_KEY));
    desk.kill(Part::Ingress(0));
    desk.set("auth.keys", format!("[{new_key},{old_key}]"));
    desk.restart(Part::Ingress(0)).await;
    desk.ready().await;
    old.get("/auth/me").await.expect(200);
    let new = desk.login("user1").await;
    assert_eq!(decoded(new.token.as_deref().unwrap().split('.').next().unwrap())["kid"], "new");

    desk.kill(Part::Ingress(0));
    desk.set("auth.keys", format!("[{new_key}]"));
    desk.restart(Part::Ingress(0)).await;
    desk.ready().await;
    new.get("/auth/me").await.expect(200);
    expect_refused(&old, old.token.as_deref().unwrap(), "the old key's").await;
}

fn key((kid, secret): (&str, &str)) -> String {
    format!("{{kid=\"{kid}\",secret=\"{secret}\"}}")
}

#[tokio::test]
async fn no_log_shows_a_password_or_a_token_and_what_it_shows_of_a_request_is_escaped() {
    let mut desk = Desk::builder().set("log.filter", "debug,ingress=trace,platform=trace,workers=trace").start().await;
    let answer = desk.anonymous().post("/auth/login", &json!({"username": "user1", "password": tests::PASSWORD})).await;
    let access = answer.expect(200)["access_token"].as_str().unwrap().to_owned();
    let (user, refresh) = (desk.anonymous().with_token(&access), answer.refresh_token());
    let next = user.refresh(&refresh).await.refresh_token();
    let secret = "a wrong password to look for";
    let wrong = json!({"username": "user1", "password": secret});
    desk.anonymous().post("/auth/login", &wrong).await.expect_problem(401, "INVALID_CREDENTIALS");
    user.post("/auth/login", &json!({"username": "user1", "password": [secret]})).await.expect(422);
    let admin = desk.login("admin").await;
    admin.post("/users", &json!({"username": "ada", "password": secret, "role": "user"})).await.expect(201);
    let ticket = user.raise("A title to look for", "A description to look for.").await.expect(201);
    let room = ticket["id"].as_str().unwrap();
    let one_time = user.call(reqwest::Method::POST, "/auth/ws-ticket").await.expect(200)["ticket"].clone();
    let one_time = one_time.as_str().unwrap().to_owned();
    let mut socket = user.knock_at(&format!("/ws/chat/{room}?ticket={one_time}")).open().await.unwrap();
    socket.say_as("an id to look for", "A message to look for").await;
    socket.send(&json!({"type": "chat", "content": "to look for", "sender_role": "to look for"})).await;
    socket.next("error").await;
    let body = json!({"content": "Another to look for"});
    user.post(&format!("/tickets/{room}/messages"), &body).await.expect(201);
    let hostile = "/%0d%0aINFO%20forged/\u{1b}[31m";
    let line =
        format!("GET /{hostile} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {access}\r\nconnection: close\r\n\r\n");
    tests::wire::exchange(&desk.url(0), line.as_bytes()).await;
    user.get("/%0d%0aINFO%20forged/%1b[31m").await.expect_problem(404, "NOT_FOUND");
    user.call(reqwest::Method::POST, "/auth/logout").await.expect(204);
    eventually("the log shows that requests were answered", || async {
        desk.logs().contains("/auth/logout").then_some(())
    })
    .await;
    // A start that fails tells which key is wrong, and not its value.
    desk.kill(Part::Ingress(0));
    desk.set("auth.keys", format!("[{{kid=\"short\",secret=\"{}\"}}]", "fifteen letters"));
    desk.restart(Part::Ingress(0)).await;
    let logs = eventually("the start is refused", || async {
        let logs = desk.logs();
        logs.contains("auth.keys").then_some(logs)
    })
    .await;
    let tokens = [access, refresh, next, admin.token.clone().unwrap()];
    let signatures = tokens.iter().map(|token| token.rsplit('.').next().unwrap()).chain([one_time.as_str()]);
    let texts = [
        tests::PASSWORD,
        secret,
        SIGNING_KEY.1,
        "fifteen letters",
        "to look for",
        "$argon2id",
        "dGVzdHMtb25seS10ZXN0cw",
    ];
    for text in signatures.chain(texts) {
        let line = logs.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "{text} is in a log: {line:?}");
    }
    assert!(!logs.contains('\u{1b}') && !logs.lines().any(|line| line.starts_with("INFO forged")));
}
