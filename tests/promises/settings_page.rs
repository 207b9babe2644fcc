//! docs/SETTINGS.md is what the table of keys says.

use std::path::Path;

/// `RETOLD_UPDATE=1 cargo test -p retold-tests settings_page` writes the file again.
#[test]
fn the_page_of_settings_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SETTINGS.md");
    let made = retold_cli::settings_reference();
    if std::env::var_os("RETOLD_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(made == std::fs::read_to_string(&path).unwrap(), "docs/SETTINGS.md is not what the code says");
}
