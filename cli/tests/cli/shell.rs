use crate::support::{Place, snapshot};

#[test]
fn every_shell_gets_a_script_that_asks_the_program() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Place::empty().piped(&["shell", "print", shell]).done();
        assert!(script.contains("RETOLD_COMPLETE") && script.contains("retold"), "{shell}: {script}");
    }
    snapshot!(Place::empty().piped(&["shell", "print", "cmd"]).refused(2), @r#"
    error: cmd: it is not one of bash, zsh, fish, elvish, powershell, man
    hint: `retold shell print --help` lists what it takes
    "#);
    snapshot!(Place::empty().piped(&["shell", "print", "fish", "store"]).refused(2), @r#"
    error: shell print store: it is one argument too many
    hint: only `retold shell print man` takes a command
    "#);
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Place::empty();
    for (command, _) in retold_cli::commands() {
        let words: Vec<&str> = command.split(' ').collect();
        if words.len() == 1 && ["verify", "backup", "doctor", "stats"].contains(&words[0])
            || words[0] == "backup"
        {
            continue;
        }
        let page = place.piped(&[&["shell", "print", "man"], words.as_slice()].concat()).done();
        assert!(page.contains(".SH SYNOPSIS"), "{command}: {page}");
    }
    let page = place.piped(&["shell", "print", "man", "store", "prune"]).done();
    assert!(page.contains("retold\\-store\\-prune") || page.contains("retold-store-prune"), "{page}");
    snapshot!(place.piped(&["shell", "print", "man", "fly"]).refused(2), @r#"
    error: shell print man fly: there is no such command
    hint: `retold help commands` lists the commands
    "#);
}

#[test]
fn completions_and_pages_are_written_where_they_are_looked_for() {
    let place = Place::empty();
    let to = place.folder().join("local");
    let to = to.to_str().unwrap();
    let said = place.piped(&["shell", "install", "--to", to]).done();
    assert!(said.contains("manual pages in"), "{said}");
    for file in [
        "share/bash-completion/completions/retold",
        "share/zsh/site-functions/_retold",
        "share/fish/vendor_completions.d/retold.fish",
        "share/man/man1/retold.1",
        "share/man/man1/retold-store-prune.1",
    ] {
        assert!(place.folder().join("local").join(file).is_file(), "{file}");
    }
    // The same again, over what is there.
    place.piped(&["shell", "install", "--to", to]).done();
}
