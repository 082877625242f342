//! Answers in the words of a language model, which may misbehave in every way.

use serde_json::json;
use tests::{Client, Desk, DeskBuilder, ModelCall, ModelReply, ModelServer, Piece, eventually};

use super::{
    ask, ask_in, check, numbers, publish, publish_both,
    stream::{events, leave_at, open, text, told},
};

const KEY: &str = "sk-never-to-be-logged";
const QUESTION: &str = "How do I connect to the VPN?";

fn desk(model: &ModelServer) -> DeskBuilder {
    let desk = Desk::builder().set("llm.base_url", model.url()).set("llm.model", "double-1").set("llm.api_key", KEY);
    desk.set("llm.timeout_seconds", 1).set("llm.answer_seconds", 3)
}

/// What the double may do. A question tells it by a number, so that no word of it is looked for.
const BEHAVIOURS: &[&str] = &[
    "split",
    "nothing",
    "links",
    "hang",
    "status",
    "redirect",
    "garbage",
    "garbled",
    "no stream",
    "stalls",
    "breaks",
    "cut",
    "length",
    "slow",
    "over-long",
    "pings",
    "flood",
    "unfounded",
    "false number",
];

fn to(behaviour: &str) -> String {
    let number = BEHAVIOURS.iter().position(|known| *known == behaviour).unwrap();
    format!("{QUESTION} #{number}")
}

fn behaviour(call: &ModelCall) -> &'static str {
    let question = call.data()["question"].as_str().unwrap().to_owned();
    question.split_once(" #").map_or("", |(_, number)| BEHAVIOURS[number.parse::<usize>().unwrap()])
}

fn text_event(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn answer(call: &ModelCall) -> ModelReply {
    let begun = |then: Piece| {
        let begun = ModelReply::token("Open Causeway and choose Connect [1]. Then more");
        ModelReply::events(vec![Piece::Text(begun), then])
    };
    match behaviour(call) {
        "" => ModelReply::writes(&["Open Causeway and cho", "ose **Connect** [1]", ". Approve on your phone [1][7]."]),
        "split" => {
            let whole =
                format!("{}{}data: [DONE]\n\n", ModelReply::token("Öffne Causeway [1]."), ModelReply::end("stop"));
            ModelReply::events(whole.chars().map(|letter| Piece::Text(letter.to_string())).collect())
        }
        "nothing" => ModelReply::writes(&["NO_", "ANSWER"]),
        "links" => ModelReply::writes(&[
            "Open [Cause",
            "way](https://evil.exa",
            "mple/?q=secret) [1].\n\n![x](http://evil.example/p.png) ",
            "Or https://evil.example now [1].\n\n[1]: https://evil.example\n",
        ]),
        "hang" => ModelReply::Hang,
        "status" => ModelReply::Status(500),
        "redirect" => ModelReply::Redirect,
        "garbage" => ModelReply::Pieces("text/html", vec![text_event("<html>")]),
        "garbled" => ModelReply::events(vec![text_event("data: {\"choices\": 7}\n\n")]),
        "no stream" => {
            ModelReply::Json(json!({"choices": [{"message": {"content": "Connect [1]."}, "finish_reason": "stop"}]}))
        }
        "stalls" => begun(Piece::Hang),
        "breaks" => begun(Piece::Break),
        "cut" => begun(text_event("data: [DONE]\n\n")),
        "length" => begun(Piece::Text(ModelReply::end("length"))),
        "slow" => begun(Piece::Endless(ModelReply::token("."))),
        "over-long" => begun(Piece::Endless(ModelReply::token(&"more and more ".repeat(50)))),
        "pings" => begun(Piece::Endless(": ping\n\n".to_owned())),
        "flood" => begun(Piece::Endless(format!(": {}\n\n", "x".repeat(200_000)))),
        "unfounded" => ModelReply::writes(&["Ask the wizard of the third floor."]),
        "false number" => ModelReply::writes(&["Ask the wizard [9]."]),
        other => panic!("the double does not know {other:?}"),
    }
}

async fn start() -> (ModelServer, Desk, Client) {
    let model = ModelServer::start(answer).await;
    let desk = desk(&model).start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    (model, desk, user)
}

#[tokio::test]
async fn the_model_writes_from_the_passages_and_is_told_what_was_said() {
    let (model, desk, user) = start().await;
    let known = model.calls().len();
    let first = ask(&user, QUESTION).await.expect(200);
    check(&first);
    assert_eq!(first["answer"], "Open Causeway and choose **Connect** [1]. Approve on your phone [1].");
    assert_eq!(first["sources"].as_array().unwrap().len(), 1, "what is not named is no source: {first}");
    let second = ask_in(&user, &first["session_id"], "And if it is slow?").await.expect(200);
    assert_eq!(second["turn"], 2);

    let calls = &model.calls()[known..];
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.authorization, format!("Bearer {KEY}"));
        assert_eq!((&call.body["model"], &call.body["stream"]), (&json!("double-1"), &json!(true)));
        assert_eq!(call.body["messages"].as_array().unwrap().len(), 2);
        assert!(call.data()["passages"].as_array().unwrap().len() <= contracts::ai::SOURCES_MAX);
        assert!(!call.was_left());
    }
    assert_eq!(calls[0].data()["conversation"], json!([]));
    let past = json!([{"question": QUESTION, "answer": first["answer"]}]);
    assert_eq!((&calls[1].data()["conversation"], &calls[1].data()["question"]), (&past, &json!("And if it is slow?")));
    assert!(!desk.logs().contains(KEY), "the key is in a log");
}

#[tokio::test]
async fn its_words_are_sent_on_as_they_come() {
    let (_model, _desk, user) = start().await;
    for (query, whole) in [
        (QUESTION.to_owned(), "Open Causeway and choose **Connect** [1]. Approve on your phone [1]."),
        (to("split"), "Öffne Causeway [1]."),
    ] {
        let events = events(open(&user, &json!({"query": query})).await).await;
        let [done] = told(&events, "done").try_into().unwrap();
        check(done);
        assert_eq!((done["answer"].as_str().unwrap(), text(&events).as_str()), (whole, whole));
    }
    let declined = events(open(&user, &json!({"query": to("nothing")})).await).await;
    assert_eq!(text(&declined), "");
    let [done] = told(&declined, "done").try_into().unwrap();
    check(done);
    assert_eq!(done["answered"], false);
}

/// However the model fails, before or after its first words, the articles' own words stand in.
#[tokio::test]
async fn when_the_model_fails_the_answer_is_quoted() {
    let (model, desk, user) = start().await;
    for (behaviour, began) in [
        ("hang", false),
        ("status", false),
        ("redirect", false),
        ("garbage", false),
        ("garbled", false),
        ("no stream", false),
        ("stalls", true),
        ("cut", true),
        ("length", true),
        ("slow", true),
        ("over-long", true),
        ("pings", true),
        ("flood", true),
        ("unfounded", true),
        ("false number", true),
    ] {
        let query = to(behaviour);
        let events = events(open(&user, &json!({"query": query})).await).await;
        assert_eq!(!text(&events).is_empty(), began, "{behaviour}: {events:?}");
        let [done] = told(&events, "done").try_into().unwrap_or_else(|_| panic!("{behaviour}: {events:?}"));
        check(done);
        assert_eq!(done["answered"], true, "{behaviour}");
        let answer = done["answer"].as_str().unwrap();
        assert!(answer.contains("Open Causeway on your laptop") && !numbers(done).is_empty(), "{behaviour}: {answer}");
        assert!(!answer.contains("wizard") && !answer.contains("more and more"), "{behaviour}: {answer}");
    }
    // Whether anything came before a connection broke is chance.
    let broken = ask(&user, &to("breaks")).await.expect(200);
    check(&broken);
    assert!(broken["answer"].as_str().unwrap().contains("Open Causeway on your laptop"), "{broken}");
    // What may pass was tried again, once; and nobody waits for an answer that is given up.
    let calls = |behaviour: &str| {
        model.calls().into_iter().filter(|call| self::behaviour(call) == behaviour).collect::<Vec<_>>()
    };
    for (behaviour, tries) in [("status", 2), ("hang", 2), ("redirect", 1), ("stalls", 1)] {
        assert_eq!(calls(behaviour).len(), tries, "{behaviour}");
    }
    for behaviour in ["hang", "stalls", "slow", "over-long", "pings", "flood"] {
        eventually(&format!("{behaviour} is left"), || async {
            calls(behaviour).iter().all(ModelCall::was_left).then_some(())
        })
        .await;
    }
    assert!(!desk.logs().contains(KEY), "the key is in a log");
    // The same without a stream.
    let answer = ask(&user, &to("cut")).await.expect(200);
    check(&answer);
    assert!(answer["answer"].as_str().unwrap().contains("Open Causeway on your laptop"), "{answer}");
}

#[tokio::test]
async fn who_goes_away_stops_the_model() {
    let model = ModelServer::start(answer).await;
    // It would wait for long.
    let desk = desk(&model).set("llm.timeout_seconds", 120).set("llm.answer_seconds", 600).start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let stalled = |behaviour: &'static str| {
        let calls = model.calls();
        calls.into_iter().filter(move |call| self::behaviour(call) == behaviour).collect::<Vec<_>>()
    };
    let left = |behaviour: &'static str| async move {
        let calls = stalled(behaviour);
        (!calls.is_empty() && calls.iter().all(ModelCall::was_left)).then_some(())
    };
    leave_at(open(&user, &json!({"query": to("stalls")})).await, "token").await;
    eventually("the stream is left", || left("stalls")).await;
    // Without a stream, and before the model says a word.
    let asking = user.clone();
    let asking = tokio::spawn(async move { ask(&asking, &to("hang")).await });
    eventually("the model is asked", || async { (!stalled("hang").is_empty()).then_some(()) }).await;
    asking.abort();
    eventually("the call is left", || left("hang")).await;
    // Nothing is remembered, nothing is under way.
    let answers = [ask(&user, QUESTION).await, ask(&user, QUESTION).await];
    assert!(answers.iter().all(|answer| answer.expect(200)["turn"] == 1));
}

#[tokio::test]
async fn two_questions_of_one_person_are_under_way_at_most() {
    let model = ModelServer::start(answer).await;
    let desk = desk(&model).set("llm.timeout_seconds", 120).set("llm.answer_seconds", 600).start().await;
    publish_both(&desk.login("admin").await).await;
    let (user, other) = (desk.login("user1").await, desk.login("user2").await);
    let stalled = json!({"query": to("stalls")});
    let (first, _second) = (open(&user, &stalled).await, open(&user, &stalled).await);
    let refused = ask(&user, QUESTION).await;
    refused.expect_problem(429, "AI_TOO_MANY_QUESTIONS");
    assert!(refused.headers.contains_key("retry-after"));
    ask(&other, QUESTION).await.expect(200);
    drop(first);
    eventually("there is room again", || async { (ask(&user, QUESTION).await.status == 200).then_some(()) }).await;
}

#[tokio::test]
async fn links_that_a_model_writes_are_dropped_in_every_piece() {
    let (_model, _desk, user) = start().await;
    let events = events(open(&user, &json!({"query": to("links")})).await).await;
    let [done] = told(&events, "done").try_into().unwrap();
    check(done);
    for text in [text(&events), done["answer"].as_str().unwrap().to_owned()] {
        assert!(!text.contains("evil") && !text.contains("secret") && !text.contains("]("), "{text}");
        assert!(text.starts_with("Open Causeway [1]."), "{text}");
    }
}

/// The retriever is asked for what one may be shown; a model is given nothing else.
#[tokio::test]
async fn the_model_is_given_what_the_asker_may_be_shown() {
    let (model, desk, user) = start().await;
    let admin = desk.login("admin").await;
    publish(&admin, "VPN keys", "To connect to the VPN as root, the master key is swordfish.", "it").await;
    let agent = desk.login("it-agent").await;
    let saw = |calls: &[ModelCall]| {
        calls.last().is_some_and(|call| call.data()["passages"].to_string().contains("swordfish"))
    };
    let question = "What is the master key to connect to the VPN?";
    eventually("the agent's model is given it", || async {
        ask(&agent, question).await.expect(200);
        saw(&model.calls()).then_some(())
    })
    .await;
    let before = model.calls().len();
    ask(&user, question).await.expect(200);
    assert!(!saw(&model.calls()[before..]), "a requester's model was given it");
}
