//! The committed bundle, checked without Node.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// As `build.mjs` makes it.
fn sources_hash() -> String {
    let mut names: Vec<String> = std::fs::read_dir(here("ui"))
        .unwrap()
        .map(|entry| format!("ui/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|name| [".ts", ".tsx", ".css", ".html", ".svg"].iter().any(|ending| name.ends_with(ending)))
        .chain(["build.mjs".to_owned(), "package-lock.json".to_owned()])
        .collect();
    names.sort();
    assert!(names.len() > 20, "{names:?}");
    let mut hash = Sha256::new();
    for name in names {
        let text = std::fs::read(here(&name)).unwrap();
        hash.update(format!("{name}\n{}\n", text.len()));
        hash.update(&text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bundle_is_of_these_sources() {
    for name in ["dist/app.js", "dist/more.js", "dist/ja.js", "dist/app.css"] {
        let text = std::fs::read_to_string(here(name)).unwrap();
        let first = text.lines().next().unwrap();
        assert!(
            first.contains(&sources_hash()),
            "{name} is of other sources: `node build.mjs` in web/ builds it\n{first}"
        );
        // It is committed as people read it; what a browser gets of it packed, `build.mjs --check` bounds.
        assert!(text.len() <= 300_000, "{name}");
    }
}

#[test]
fn no_text_becomes_markup() {
    for entry in std::fs::read_dir(here("ui")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "dangerouslySetInnerHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
            "createContextualFragment",
            "DOMParser",
            "setHTML",
        ] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
        let is_style = path.extension().is_some_and(|ending| ending == "css");
        assert!(!is_style || !text.contains("url("), "{}", path.display());
    }
    let index = std::fs::read_to_string(here("ui/index.html")).unwrap();
    assert!(!index.contains("<style") && !index.contains("<script>") && !index.contains("//"), "{index}");
}

#[test]
fn the_documentation_has_the_routes_of_the_code() {
    let place = here("../docs/WEB.md");
    let page = std::fs::read_to_string(&place).unwrap();
    let (begin, end) = ("<!-- routes -->\n", "<!-- /routes -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (there, after) = rest.split_once(end).unwrap();
    let made = retold_web::reference();
    if std::env::var_os("RETOLD_UPDATE").is_some() {
        std::fs::write(&place, format!("{before}{begin}{made}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(there, made, "RETOLD_UPDATE=1 writes it");
}
