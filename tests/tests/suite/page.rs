//! The page as a browser gets it. What it does is tried in Chromium, by `tests/browser`.

use std::path::Path;

use reqwest::Method;
use tests::{Answer, Client, Desk, Part, eventually};

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(client.request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    // Compressed forms are no text.
    let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
    Answer { status, headers, text }
}

/// The scripts and styles that the page names.
fn assets(page: &str) -> Vec<String> {
    let named = page.split('"').filter(|text| text.starts_with("/assets/"));
    named.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_page_is_served_with_a_strict_policy_and_asked_about_each_time() {
    let desk = Desk::start().await;
    let browser = desk.anonymous();
    let page = get(&browser, "/", &[]).await;
    page.expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{}", page.text);
    assert_eq!(
        page.headers["content-security-policy"],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    for (name, value) in [
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("vary", "accept-encoding"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    assert!(page.headers["permissions-policy"].to_str().unwrap().contains("camera=()"));
    for path in ["/app", "/app/", "/app/tickets/01a209db-6069-70e4-b0bf-622ef50cbc0e?tab=open"] {
        assert_eq!(get(&browser, path, &[]).await.text, page.text, "{path}");
    }

    let tag = page.headers["etag"].to_str().unwrap();
    for known in [tag, &format!("\"other\", W/{tag}"), "*"] {
        let again = get(&browser, "/", &[("if-none-match", known)]).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
        assert_eq!(again.headers["etag"], page.headers["etag"]);
        assert!(again.headers.contains_key("content-security-policy"));
    }
    get(&browser, "/", &[("if-none-match", "\"other\"")]).await.expect(200);
}

#[tokio::test]
async fn its_files_are_kept_for_good_and_compressed_beforehand() {
    let desk = Desk::start().await;
    let browser = desk.anonymous();
    let named = assets(&get(&browser, "/", &[]).await.text);
    assert!(
        named.iter().any(|name| has_ending(name, "js")) && named.iter().any(|name| has_ending(name, "css")),
        "{named:?}"
    );
    for name in named {
        let plain = get(&browser, &name, &[]).await;
        plain.expect(200);
        assert_eq!(plain.headers["cache-control"], "public, max-age=31536000, immutable", "{name}");
        assert!(!plain.headers.contains_key("content-encoding"));
        let kind = if has_ending(&name, "js") { "text/javascript; charset=utf-8" } else { "text/css; charset=utf-8" };
        assert_eq!(plain.headers["content-type"], kind);
        let length = |answer: &Answer| answer.headers["content-length"].to_str().unwrap().parse::<usize>().unwrap();
        for (accepted, coding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, *", "gzip")] {
            let smaller = get(&browser, &name, &[("accept-encoding", accepted)]).await;
            assert_eq!(smaller.headers["content-encoding"], coding, "{name} {accepted}");
            assert!(length(&smaller) < length(&plain) && smaller.headers["etag"] != plain.headers["etag"], "{name}");
        }
        // The compressed forms are no files of their own.
        get(&browser, &format!("{name}.br"), &[]).await.expect_problem(404, "NOT_FOUND");
    }
    for absent in ["/assets/absent.js", "/assets/", "/assets", "/index.html", "/assets/..%2Findex.html", "/application"]
    {
        get(&browser, absent, &[]).await.expect_problem(404, "NOT_FOUND");
    }
    for path in ["/", "/app/tickets", "/assets/absent.js"] {
        browser.call(Method::POST, path).await.expect_problem(405, "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn while_the_desk_starts_the_page_is_there_and_the_api_says_so() {
    let mut desk = Desk::builder().prepare().await;
    // Without the workers the desk cannot get ready.
    desk.restart(Part::Ingress(0)).await;
    let browser = desk.anonymous();
    let page = eventually("the page is there", || async { browser.try_get("/app/tickets").await.ok() }).await;
    page.expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    browser.get("/tickets").await.expect_problem(503, "UNAVAILABLE");
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}
