//! What the routes answer with.

use retold::Message;

use super::{Page, sample};

#[test]
fn a_session_is_shown_as_it_was() {
    let page = Page::with(sample);
    let list = page.get("/sessions.json").json();
    assert_eq!(list["total"], 1);
    let name = list["rows"][0]["name"]["full"].as_str().unwrap().replace('/', "%2F");
    let head = page.get(&format!("/s/{name}.json")).json();
    assert_eq!(head["state"]["own"]["task"], "Fix the flaky login test");
    assert_eq!(
        (head["revision"].clone(), head["state"]["message_count"].clone()),
        (head["revisions"].clone(), 2.into())
    );
    let first = page.get("/s/a1.json?at=r1").json();
    assert_eq!((first["revision"].as_u64(), first["state"]["message_count"].as_u64()), (Some(1), Some(0)));
    assert_eq!(page.get("/sessions.json?at=1").json()["rows"][0]["message_count"], 0);
    let changes = page.get("/sessions/changes.json?from=1").json();
    let counts = changes["rows"].as_array().unwrap().iter().filter(|row| row["field"] == "message_count");
    assert_eq!(counts.map(|row| row["is"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let standing = page.get("/sessions/standings.json?streams=999,1,2").json();
    let stream = &list["rows"][0]["stream"];
    let standing = standing["rows"].as_array().unwrap().iter().find(|row| &row["stream"] == stream).unwrap();
    assert_eq!(standing["status"], list["rows"][0]["status"]);
    assert!(standing["since"].as_i64().is_some_and(|since| since > 1_600_000_000_000_000), "{standing}");
    let messages = page.get("/s/a1/messages.json?from=1").json();
    assert_eq!(messages["rows"][0]["text"], "It compares whole seconds");
    let output = page.get("/s/a1/output/0.json?from=17&bytes=10").json();
    assert_eq!((output["text"].as_str(), output["from"].as_u64()), (Some("冬の朝 "), Some(17)));
    let blame = page.get("/s/a1/blame.json?path=instances/0/output").json();
    assert_eq!(blame["rows"][0]["kind"], "OutputAppended");
    let diff = page.get("/s/a1/diff.json?base=r1").json();
    assert!(diff["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{diff}");
    let tile = page.get("/s/a1/tiles/0.json").json();
    let flags: Vec<u64> =
        tile["tile"]["flags"].as_array().unwrap().iter().map(|flag| flag.as_u64().unwrap()).collect();
    assert_eq!(flags.iter().filter(|flag| *flag & 4 != 0).count(), 1, "one turn: {flags:?}");
    assert_eq!(flags.iter().filter(|flag| *flag & 1 != 0).count(), 1, "one error: {flags:?}");
    let resolved = page.get("/resolve.json?point=r2&session=a1").json();
    assert_eq!(resolved["revision"], 2);
}

#[test]
fn a_session_is_a_conversation_page_by_page() {
    let page = Page::with(|history| {
        sample(history);
        for nth in 0..30 {
            history.add_message("/src/atlas", "a1", Message::new(format!("u{nth}"), "user", "next")).unwrap();
            history
                .add_message("/src/atlas", "a1", Message::new(format!("v{nth}"), "assistant", "done"))
                .unwrap();
        }
    });
    let last = page.get("/s/a1/conversation.json?n=5").json();
    assert_eq!((last["rows"].as_array().unwrap().len(), &last["to"]), (5, &last["revisions"]));
    let (mut after, mut revisions) = (0, Vec::new());
    loop {
        let read = page.get(&format!("/s/a1/conversation.json?n=7&after={after}")).json();
        let entries =
            read["rows"].as_array().unwrap().iter().flat_map(|turn| turn["entries"].as_array().unwrap());
        revisions.extend(
            entries
                .filter(|entry| entry["entry"] == "message")
                .map(|entry| entry["revision"].as_u64().unwrap()),
        );
        after = read["to"].as_u64().unwrap();
        if read["to"] == read["revisions"] {
            break;
        }
    }
    assert_eq!(revisions.len(), 62);
    assert!(revisions.is_sorted());
    let early = page.get(&format!("/s/a1/conversation.json?at=r{}", revisions[0])).json();
    assert_eq!(early["messages"], 1);
    let entry = &last["rows"][4]["entries"][0];
    let text = page.get(&format!("/s/a1/texts/{}.json", entry["position"])).json();
    assert_eq!((text["text"].as_str(), text["total"].as_u64()), (Some("next"), Some(4)));
    assert_eq!(page.get("/s/a1/conversation.json?before=3&after=2").status, 400);
    assert_eq!(page.get("/s/a1/texts/99999.json").status, 404);
}

#[test]
fn a_search_leads_to_moments_and_shows_no_secret() {
    let page = Page::with(|history| {
        sample(history);
        let secret = "the key is ghp_0123456789abcdefghijABCDEFGHIJ012345";
        history.add_message("/src/atlas", "a1", Message::new("m3", "user", secret)).unwrap();
    });
    let found = page.get("/search.json?q=seconds").json();
    assert_eq!(found["found"], 1);
    let hit = &found["rows"][0];
    let there = page.get(&format!("/s/a1/events/{}.json", hit["revision"])).json();
    assert_eq!(there["event"]["position"], hit["position"]);
    assert!(hit["snippet"].as_array().unwrap().iter().any(|piece| piece[1] == true));
    assert_eq!(page.get("/search.json?q=seconds&role=user").json()["found"], 0);
    assert_eq!(page.get("/search.json?q=seconds&session=a1").json()["found"], 1);
    for (more, found) in
        [("in=messages", 1), ("in=outputs", 0), ("in=paths", 0), ("tool=ait42", 1), ("tool=codex", 0)]
    {
        assert_eq!(page.get(&format!("/search.json?q=seconds&{more}")).json()["found"], found, "{more}");
    }
    let secret = page.get("/search.json?q=key").body;
    assert!(secret.contains("[masked: github-token]") && !secret.contains("ghp_0123"), "{secret}");
    for (refused, status) in [
        ("/search.json", 400),
        ("/search.json?q=%22", 400),
        ("/search.json?q=a&what=x", 400),
        ("/search.json?q=a&in=titles", 400),
        ("/search.json?q=a&session=none", 404),
    ] {
        assert_eq!(page.get(refused).status, status, "{refused}");
    }
    // What is new is found.
    page.history.add_message("/src/atlas", "a1", Message::new("m4", "user", "xylophone")).unwrap();
    assert_eq!(page.get("/search.json?q=xylophone").json()["found"], 1);
}

/// A snippet is a part of a text: the token is at every place around its ends.
#[test]
fn a_snippet_that_ends_within_a_secret_shows_nothing_of_it() {
    const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let page = Page::with(|history| {
        sample(history);
        let say = |id: String, text: String| {
            history.add_message("/src/atlas", "a1", Message::new(id, "user", text)).unwrap();
        };
        for (word, is_japanese) in [("needle", false), ("扉の鍵", true)] {
            let around = if is_japanese { "冬" } else { "x " };
            for far in 0..130 {
                let far = if is_japanese { far } else { far / 2 };
                let space = around.repeat(far);
                say(format!("{word} b{far}"), format!("{TOKEN} {space}{word} behind"));
                say(format!("{word} a{far}"), format!("{word} {space} {TOKEN} {}", "y ".repeat(90)));
            }
        }
    });
    for (query, word) in [("needle", "needle"), ("%E6%89%89%E3%81%AE%E9%8D%B5", "扉の鍵")] {
        let found = page.get(&format!("/search.json?q={query}&n=500"));
        assert!(found.body.contains("[masked: github-token]"), "{word}");
        let rows = found.json()["rows"].as_array().unwrap().clone();
        assert!(rows.len() > 200, "{word}: {}", rows.len());
        for row in rows {
            let pieces = row["snippet"].as_array().unwrap();
            let marked = pieces.iter().any(|piece| piece[0] == word && piece[1] == true);
            assert!(marked, "{row}");
            let text: String = pieces.iter().filter_map(|piece| piece[0].as_str()).collect();
            // No piece of the token that would help.
            let is_part = |at: usize| text.contains(&TOKEN[at..at + 6]);
            assert!(!(0..TOKEN.len() - 6).any(is_part), "{text}");
        }
    }
}

#[test]
fn what_is_required_is_what_there_is_no_answer_without() {
    let page = Page::with(sample);
    let description = page.get("/openapi.json").json();
    for (path, about) in description["paths"].as_object().unwrap() {
        let Some(parameters) = about["get"]["parameters"].as_array() else { continue };
        let is_required = |known: &&serde_json::Value| known["in"] == "query" && known["required"] == true;
        let path = path.replace("{session}", "a1").replace("{number}", "0");
        let needs: Vec<_> = parameters.iter().filter(is_required).collect();
        assert_eq!(page.get(&path).status == 400, !needs.is_empty(), "{path}: {needs:?}");
    }
}

#[test]
fn messages_that_are_left_out_of_a_comparison_are_said_to_be() {
    let page = Page::with(|history| {
        for (id, last) in [("long", "one end"), ("other", "another end")] {
            let messages =
                (0..4000).map(|nth| Message::new(format!("m{nth}"), "user", format!("said {nth}")));
            let messages = messages.chain([Message::new("last", "user", last)]);
            let session =
                messages.fold(retold::Session::new(id, "competition", "Talk"), retold::Session::with_message);
            history.create("/src/atlas", session).unwrap();
        }
        sample(history);
    });
    let long = page.get("/compare.json?a=long&b=other").json();
    assert_eq!((long["is_cut"].as_bool(), long["rows"].as_array().unwrap().len()), (Some(true), 4000));
    assert!(long["divergence"].is_string());
    assert_eq!(page.get("/compare.json?a=a1&b=a1").json()["is_cut"], false);
}

#[test]
fn a_list_is_asked_for_by_either_clock() {
    let page = Page::with(sample);
    let at = |clock: &str| page.get(&format!("/sessions.json?at=2030-01-01T00:00:00Z&clock={clock}")).json();
    assert_eq!((at("occurred")["total"].as_u64(), at("recorded")["total"].as_u64()), (Some(1), Some(1)));
    assert_eq!(at("occurred")["as_of"]["clock"], "occurred");
    assert_eq!(page.get("/sessions.json?clock=other").status, 400);
}

#[test]
fn two_sessions_are_compared_and_figures_summed_up() {
    let page = Page::with(|history| {
        sample(history);
        let session = retold::Session::new("b2", "competition", "Fix the flaky login test")
            .with_instance(retold::Instance::new(1, "Ada").with_branch("fix-login"));
        history.create("/src/atlas", session).unwrap();
        history.add_message("/src/atlas", "b2", Message::new("m1", "user", "Start with the clock")).unwrap();
    });
    let both = page.get("/compare.json?a=a1&b=b2").json();
    let same: Vec<bool> =
        both["rows"].as_array().unwrap().iter().map(|row| row["is_same"].as_bool().unwrap()).collect();
    assert_eq!(same, [true, false], "{both}");
    assert!(both["divergence"].is_string());
    assert_eq!(both["rows"][1]["right"], serde_json::Value::Null);
    assert_eq!(page.get("/compare.json?a=a1&b=a1").json()["divergence"], serde_json::Value::Null);
    assert_eq!(
        (page.get("/compare.json?a=a1").status, page.get("/compare.json?a=a1&b=none").status),
        (400, 404)
    );
    let metrics = page.get("/metrics.json?by=type").json();
    assert_eq!(
        (metrics["rows"][0][0].as_str(), metrics["rows"].as_array().unwrap().len()),
        (Some("competition"), 1)
    );
    assert_eq!(metrics["rows"][0].as_array().unwrap().len(), metrics["columns"].as_array().unwrap().len());
    assert_eq!(page.get("/usage.json?by=model").json()["rows"], serde_json::json!([]));
    assert_eq!(page.get("/sources.json").json()["rows"], serde_json::json!([]));
    assert_eq!(page.get("/metrics.json?by=week").status, 400);
}

#[test]
fn a_text_of_another_session_is_not_given() {
    let page = Page::with(|history| {
        sample(history);
        history.create("/src/atlas", retold::Session::new("b2", "competition", "secret plan")).unwrap();
    });
    let other = page.get("/s/b2.json").json()["position"].as_u64().unwrap();
    assert_eq!(page.get(&format!("/s/a1/texts/{other}.json")).status, 404);
}

#[test]
fn the_same_basis_gives_the_same_bytes_and_is_not_sent_twice() {
    let page = Page::with(sample);
    for address in [
        "/sessions.json",
        "/s/a1.json?at=r3",
        "/s/a1/events.json?n=2",
        "/s/a1/diff.json",
        "/moments.json",
        "/s/a1/conversation.json",
    ] {
        let (one, other) = (page.get(address), page.get(address));
        assert_eq!(one.body, other.body, "{address}");
        let tag = format!("If-None-Match: {}", one.header("etag").unwrap());
        let (host, bearer) =
            (format!("Host: {}", page.address), format!("Authorization: Bearer {}", page.token.as_str()));
        let known = page.ask(&format!("GET {address}"), &[&host, &bearer, &tag]);
        assert_eq!((known.status, known.body.as_str()), (304, ""), "{address}");
    }
    let before = page.get("/s/a1.json").header("etag").unwrap().to_owned();
    page.history.append_output("/src/atlas", "a1", 1, "more\n").unwrap();
    assert_ne!(page.get("/s/a1.json").header("etag").unwrap(), before);
}

#[test]
fn figures_by_day_are_by_either_clock() {
    let page = Page::with(sample);
    let log = page.history.store().log();
    let mut old = retold::Session::new("old", "debate", "Long ago");
    old.created_at = "2019-03-04T05:06:07Z".to_owned();
    let event = retold_core::event::SessionCreated { session: old, place: None, home: None };
    let occurred_at = retold_core::time::parse("2019-03-04T05:06:07Z");
    let event = retold_core::NewEvent { event: event.into(), occurred_at };
    let name = retold_core::StreamName::session("/src/atlas", "old", 1);
    log.append(retold_core::Commit::to(name, retold_core::Expected::Any, [event])).unwrap();
    let days = |query: &str| -> Vec<String> {
        let rows = page.get(&format!("/metrics.json?by=day{query}")).json()["rows"].clone();
        rows.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
    };
    let is_old = |days: Vec<String>| days.iter().any(|day| day == "2019-03-04");
    let head = page.get("/sessions.json").json()["as_of"]["position"].as_u64().unwrap();
    for at in [String::new(), format!("&at={head}")] {
        assert!(is_old(days(&at)), "as it happened, {at}");
        assert!(is_old(days(&format!("{at}&clock=occurred"))), "{at}");
        let recorded = days(&format!("{at}&clock=recorded"));
        assert!(!recorded.is_empty() && !is_old(recorded), "as recorded, {at}");
    }
}

#[test]
fn figures_are_those_of_the_moment() {
    let page = Page::with(|history| {
        sample(history);
        history.create("/src/atlas", retold::Session::new("b2", "debate", "Later")).unwrap();
        history.set_status("/src/atlas", "a1", "completed", None).unwrap();
    });
    let rows = |query: &str| page.get(&format!("/metrics.json?{query}")).json()["rows"].clone();
    let head = page.get("/sessions.json").json()["as_of"]["position"].as_u64().unwrap();
    let then = rows(&format!("by=type&at={}", head - 2));
    assert_eq!(then, serde_json::json!([["competition", 1, 0, 0, 1, 2, 0, null]]));
    let now = rows(&format!("by=type&at={head}"));
    assert_eq!(now[0][2], 1, "{now}");
    assert_eq!(now.as_array().unwrap().len(), 2);
    for by in ["agent", "runtime"] {
        assert_eq!(page.get(&format!("/metrics.json?by={by}&at={head}")).status, 400);
    }
    assert_eq!(page.get("/metrics.json?clock=now").status, 400);
    assert_eq!(page.get("/usage.json?at=2026-08-01&clock=occurred").status, 200);
    assert_eq!(page.get("/usage.json?at=3").status, 400, "usage is not known by position");
}
