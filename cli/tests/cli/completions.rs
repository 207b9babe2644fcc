use crate::support::{Place, snapshot};

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Place::empty().piped(&["completions", shell]).done();
        for word in ["import", "quarantine", "dry-run"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    snapshot!(Place::empty().piped(&["completions", "cmd"]).refused(2), @"
    error: cmd: it is not one of bash, elvish, fish, powershell, zsh
    hint: `retold completions --help` lists what it takes
    ");
}
