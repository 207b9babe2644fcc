//! Which address leads where.

use super::*;

fn data(path: &str) -> Option<(&'static str, Asked)> {
    match find(path) {
        Found::Data(route, asked) => Some((route.path, asked)),
        _ => None,
    }
}

#[test]
fn an_address_leads_to_one_route() {
    let (path, asked) = data("/s/atlas%2Fa1~2.json").unwrap();
    assert_eq!((path, asked.session.as_str()), ("/s/{session}.json", "atlas/a1~2"));
    let (path, asked) = data("/s/a1/tiles/12.json").unwrap();
    assert_eq!((path, asked.session.as_str(), asked.number), ("/s/{session}/tiles/{number}.json", "a1", 12));
    for page in ["/", "/sessions", "/board", "/s/a1", "/s/atlas%2Fa1"] {
        assert!(matches!(find(page), Found::Page), "{page}");
    }
    for nothing in [
        "",
        "//",
        "/s",
        "/s/",
        "/s/.json",
        "/s/a1/",
        "/s/a1/b",
        "/sessions/",
        "/sessions.json/",
        "/s/%ff.json",
        "/s/%2.json",
        "/s/a1/tiles/-1.json",
        "/s/a1/tiles/.json",
        "/s/a1/tiles/1",
        "/s/a1/tiles/99999999999999999999.json",
        "/../etc/passwd",
        "/s/../../etc/passwd",
        "/dist/app.js",
        "/etc/passwd",
        "/s/a/b/c.json",
    ] {
        assert!(matches!(find(nothing), Found::Nothing), "{nothing}");
    }
}

#[test]
fn a_name_that_looks_like_an_ending_is_escaped() {
    assert!(matches!(find("/s/x%2Ejson"), Found::Page));
    assert_eq!(data("/s/x%2Ejson.json").unwrap().1.session, "x.json");
    assert_eq!(data("/s/..%2F..%2Fetc%2Fpasswd.json").unwrap().1.session, "../../etc/passwd");
}

#[test]
fn the_description_has_every_route_and_parameter() {
    let description = openapi();
    for route in ROUTES {
        let parameters = description["paths"][route.path]["get"]["parameters"].as_array().unwrap();
        for known in route.parameters {
            assert!(
                parameters.iter().any(|there| there["name"] == known.name),
                "{} {}",
                route.path,
                known.name
            );
        }
        assert!(reference().contains(route.path));
    }
    for action in ACTIONS {
        let post = &description["paths"][action.path]["post"];
        let fields = &post["requestBody"]["content"]["application/json"]["schema"]["properties"];
        assert!(action.fields.iter().all(|field| fields[field.name].is_object()), "{}", action.path);
        assert!(reference().contains(action.path));
    }
}
