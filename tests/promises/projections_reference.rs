//! docs/PROJECTIONS.md says of every event what a projection can use, and its examples are projections.

use std::fmt::Write as _;
use std::path::Path;

use retold_core::EventType;
use retold_projections::{Declaration, parameters};

const BEGIN: &str = "<!-- made from the code: the test says how -->\n";
const END: &str = "<!-- the end of what is made from the code -->\n";

fn reference() -> String {
    let mut text = String::new();
    let mut table = |title: &str, is_meant: &dyn Fn(&retold_projections::Parameter) -> bool| {
        writeln!(text, "### {title}\n\n| parameter | type | what it tells |\n|---|---|---|").unwrap();
        for parameter in parameters().iter().filter(|parameter| is_meant(parameter)) {
            writeln!(text, "| `:{}` | {} | {} |", parameter.name, parameter.kind, parameter.about).unwrap();
        }
        text.push('\n');
    };
    table("Every event", &|parameter| parameter.is_of_all());
    for kind in EventType::ALL {
        table(kind.name(), &|parameter| !parameter.is_of_all() && parameter.is_of(*kind));
    }
    text
}

/// `RETOLD_UPDATE=1 cargo test -p retold-tests projections_reference` writes the file anew.
#[test]
fn the_reference_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROJECTIONS.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the file says where the reference begins");
    let (_, after) = rest.split_once(END).expect("the file says where the reference ends");
    let made = format!("{before}{BEGIN}\n{}{END}{after}", reference());
    if std::env::var_os("RETOLD_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(made == std::fs::read_to_string(&path).unwrap(), "docs/PROJECTIONS.md is not what the code says");
}

#[test]
fn the_examples_of_the_docs_and_of_the_folder_are_sound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = std::fs::read_to_string(root.join("docs/PROJECTIONS.md")).unwrap();
    let in_docs: Vec<&str> =
        docs.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let declared: Vec<&str> = in_docs.into_iter().filter(|text| text.starts_with("-- projection:")).collect();
    assert!(!declared.is_empty());
    declared.iter().for_each(|text| Declaration::read(text).unwrap().check().unwrap());
    let mut count = 0;
    for entry in std::fs::read_dir(root.join("examples/projections")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        Declaration::read(&text).unwrap().check().unwrap();
        count += 1;
    }
    assert_eq!(count, 5);
}
