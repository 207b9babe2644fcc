//! `log --follow` tells what another process writes.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use retold_core::{Commit, Expected};
use retold_tests::{Store, created, name};

/// Starts the other process with the first line, and presses Ctrl-C at the last one.
struct Told {
    text: Arc<Mutex<String>>,
    store: std::path::PathBuf,
    child: Option<Child>,
    last: usize,
    interrupt: Arc<AtomicBool>,
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut text = self.text.lock().unwrap();
        text.push_str(std::str::from_utf8(bytes).unwrap());
        if self.child.is_none() && text.contains('\n') {
            let child = Command::new(env!("CARGO_BIN_EXE_child"))
                .arg("write")
                .arg(&self.store)
                .args(["other", "20"])
                .stdout(Stdio::null())
                .spawn()?;
            self.child = Some(child);
        }
        if text.lines().count() >= self.last {
            self.interrupt.store(true, Ordering::SeqCst);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.wait().unwrap();
        }
    }
}

#[test]
fn what_another_process_writes_is_told_once_and_in_order() {
    let store = Store::new();
    let log =
        retold_projections::Store::open(store.path(), retold_core::Options::new().create(true)).unwrap();
    log.log().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    drop(log);
    let mut io = retold_cli::Io::of_process(Arc::default());
    let text = Arc::new(Mutex::new(String::new()));
    // The session's own event, then its creation and twenty tasks of the other process.
    io.out = Box::new(Told {
        text: Arc::clone(&text),
        store: store.path(),
        child: None,
        last: 1 + 1 + 20,
        interrupt: Arc::clone(&io.interrupt),
    });
    io.out_is_terminal = false;
    let path = store.path();
    let args = ["retold", "--store", path.to_str().unwrap(), "log", "--follow", "-o", "jsonl"];
    let exit = retold_cli::run(args.map(Into::into), &mut io);
    // It was ended from outside.
    assert_eq!(exit, std::process::ExitCode::from(130));
    drop(io);
    let text = text.lock().unwrap().clone();
    let positions: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["position"].as_u64().unwrap())
        .collect();
    assert_eq!(positions, (1..=22).collect::<Vec<_>>());
}
