//! Sessions written by hand, with something to find in them.

use jiff::Timestamp;
use retold_benches::legacy::{Instance, Message, Session};

use super::home::{ATLAS, KAKEIBO};

/// Returns a competition that its second agent wins, and the twin that the old page always made
/// of it: created with the same id, never touched again.
pub(crate) fn login_test() -> [Session; 2] {
    let id = "7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34";
    let times = Times { day: "2025-11-07" };
    let agent = |number: u32, agent_name: &str, runtime: [&str; 3], output: &str| Instance {
        instance_id: number,
        worktree_path: format!("{ATLAS}/src-tauri/.worktrees/competition-7c2f4b1e/{number}"),
        branch: format!("competition/7c2f4b1e/instance-{number}"),
        agent_name: agent_name.to_owned(),
        status: "completed".to_owned(),
        tmux_session_id: format!("ait42-comp-7c2f4b1e-{number}"),
        output: Some(output.to_owned()),
        start_time: Some(times.backend("09:12:05.481920377")),
        ..blank_instance(runtime)
    };
    let sonnet = ["claude", "sonnet", "Claude · Sonnet"];
    let codex = ["codex", "gpt-5-codex", "Codex · GPT-5"];
    let gemini = ["gemini", "gemini-2.5-pro", "Gemini · 2.5 Pro"];
    let instances = vec![
        Instance {
            end_time: Some(times.backend("09:19:40.020114900")),
            files_changed: Some(1),
            lines_added: Some(1),
            lines_deleted: Some(1),
            ..agent(1, "🔧 Backend Developer", sonnet, LOGIN_OUTPUTS[0])
        },
        Instance {
            end_time: Some(times.backend("09:23:58.771302516")),
            files_changed: Some(3),
            lines_added: Some(41),
            lines_deleted: Some(18),
            ..agent(2, "🧪 Test Generator", codex, LOGIN_OUTPUTS[1])
        },
        Instance {
            status: "failed".to_owned(),
            end_time: Some(times.backend("09:27:05.103377218")),
            files_changed: Some(1),
            lines_added: Some(1),
            lines_deleted: Some(0),
            ..agent(3, "🐛 Bug Fixer", gemini, LOGIN_OUTPUTS[2])
        },
    ];
    let chat_history = vec![
        times.user("09:12:03.120", None, "`login_expires_the_old_session` fails about once in thirty runs, only in CI. Please find out why. Do not just raise the timeout."),
        times.system("09:12:06.004", "Competition started: 3 instances, 30 minutes each."),
        times.agent("09:19:41.377", 1, "Raised the wait from 200 ms to 2 s. 48 of 50 runs pass, so this makes it rarer but does not fix it."),
        times.user("09:20:15.902", Some(1), "That is the timeout again 🙂 What is it waiting for?"),
        times.agent("09:21:02.118", 1, "For the expiry task. It compares `SystemTime::now()` with a whole-second timestamp from the database."),
        times.agent("09:24:00.640", 2, "Found it: both logins happen within one second now and then. `expires_at` is stored in whole seconds, so the old session and the new one tie, and the older row wins the sort.\n\n- `Clock` is a parameter now, the test steps it by hand\n- the tie is broken by the row's id\n\n200 of 200 runs pass."),
        times.user("09:25:11.009", Some(2), "Does the tie-break change anything for real users?"),
        times.agent("09:25:49.233", 2, "Yes, for the better: two logins within a second used to keep the first session alive instead of the second."),
        times.agent("09:27:05.950", 3, "I marked the test `#[ignore]`; the suite is green. The cause is unknown."),
        times.user("09:28:30.415", None, "Instance 2 wins. Merging `competition/7c2f4b1e/instance-2` 🎉"),
    ];
    let session = Session {
        status: "completed".to_owned(),
        updated_at: times.backend("09:28:31.006127448"),
        completed_at: Some(times.page("09:28:30.998")),
        chat_history,
        winner_id: Some(2),
        total_duration: Some(987),
        total_files_changed: Some(5),
        total_lines_added: Some(43),
        total_lines_deleted: Some(19),
        preserve_worktrees: Some(false),
        timeout_seconds: Some(1_800),
        runtime_mix: Some(["claude", "codex", "gemini"].map(str::to_owned).to_vec()),
        ..blank(id, "competition", "Fix the flaky login test", &times.page("09:12:03.051"), instances.clone())
    };
    let waiting = instances.iter().map(|started| Instance {
        instance_id: started.instance_id - 1,
        agent_name: format!("Agent {}", started.instance_id),
        status: "idle".to_owned(),
        tmux_session_id: String::new(),
        output: None,
        start_time: None,
        end_time: None,
        files_changed: None,
        lines_added: None,
        lines_deleted: None,
        ..started.clone()
    });
    let twin = Session {
        updated_at: times.page("09:12:03.377"),
        timeout_seconds: Some(1_800),
        ..blank(id, "competition", "Fix the flaky login test", &times.page("09:12:03.377"), waiting.collect())
    };
    [session, twin]
}

const LOGIN_OUTPUTS: [&str; 3] = [
    "> Fix the flaky login test\n\n\x1b[1m●\x1b[0m I'll run the test in a loop first.\n\x1b[32m●\x1b[0m Bash(for i in $(seq 50); do cargo test -q login_expires; done)\n  ⎿  \x1b[31m2 of 50 failed\x1b[0m: assertion failed: store.get(old).is_none()\n\x1b[32m●\x1b[0m Update(src/auth/login_test.rs)\n  ⎿  Updated src/auth/login_test.rs with 1 addition and 1 removal\n      88 -    wait_ms(200);\n      88 +    wait_ms(2_000);\n\x1b[32m●\x1b[0m Bash(for i in $(seq 50); do cargo test -q login_expires; done)\n  ⎿  \x1b[31m2 of 50 failed\x1b[0m\n\x1b[1m●\x1b[0m The timeout is not the cause, but it passes more often on my machine.\n",
    "$ cargo test -q login_expires -- --nocapture\nold expires_at=1762506725 new expires_at=1762506725 \x1b[33m<- same second\x1b[0m\ntest auth::login_expires_the_old_session ... \x1b[31mFAILED\x1b[0m\n\n$ git diff --stat\n src/auth/clock.rs      | 22 \x1b[32m++++++++++++++++++++++\x1b[0m\n src/auth/session.rs    | 13 \x1b[32m+++++++\x1b[31m------\x1b[0m\n src/auth/login_test.rs | 24 \x1b[32m++++++++++++\x1b[31m------------\x1b[0m\n 3 files changed, 41 insertions(+), 18 deletions(-)\n\n$ for i in $(seq 200); do cargo test -q login_expires || break; done; echo $i\n200\n\x1b[32mtest result: ok\x1b[0m. 1 passed; 0 failed; finished in 0.01s\n",
    "✦ Reading src/auth/login_test.rs (112 lines)\n✦ Running the suite 10 times … \x1b[32m10 passed\x1b[0m\n✦ I cannot reproduce the failure.\n\x1b[31m✖ quota exceeded, retrying in 30s\x1b[0m\n\x1b[31m✖ quota exceeded, retrying in 60s\x1b[0m\n✦ Marking the test as ignored: `#[ignore = \"flaky in CI\"]`\n",
];

/// Returns an ensemble in Japanese: three agents, and a fourth that joins their work.
pub(crate) fn receipts() -> Session {
    let times = Times { day: "2025-11-18" };
    let agent = |number: u32, agent_name: &str, status: &str, output: Option<&str>| Instance {
        instance_id: number,
        worktree_path: format!("{KAKEIBO}/src-tauri/.worktrees/ensemble-b80d66f2/{number}"),
        branch: format!("ensemble/b80d66f2/instance-{number}"),
        agent_name: agent_name.to_owned(),
        status: status.to_owned(),
        tmux_session_id: format!("ait42-ensemble-b80d66f2-{number}"),
        output: output.map(str::to_owned),
        start_time: Some(times.backend("14:02:11.000214806")),
        ..blank_instance(["claude", "opus", "Claude · Opus"])
    };
    let instances = vec![
        agent(
            1,
            "👩‍💻 画像処理担当",
            "completed",
            Some(
                "\x1b[1m●\x1b[0m レシート画像を二値化してから傾きを補正します。\n\x1b[32m●\x1b[0m Update(src/ocr/deskew.rs)\n  ⎿  34行追加、8行削除\n平均誤差: \x1b[33m1.8%\x1b[0m → \x1b[32m0.4%\x1b[0m (120枚)\n",
            ),
        ),
        agent(
            2,
            "🧑‍🔬 金額解析担当",
            "completed",
            Some(
                "\x1b[32m✓\x1b[0m parse_amount(\"¥1,280\") = 1280\n\x1b[32m✓\x1b[0m parse_amount(\"１，２８０円\") = 1280\n\x1b[31m×\x1b[0m parse_amount(\"1.280\") = 1 (期待値 1280)\n",
            ),
        ),
        agent(3, "テスト担当 🧪", "completed", Some("")),
        agent(4, "🔗 統合担当", "running", None),
    ];
    let chat_history = vec![
        times.user(
            "14:02:09.551",
            None,
            "レシートの合計金額が1割ほどの確率でずれます。全角数字と桁区切りが怪しいです 🧾",
        ),
        times.agent("14:09:30.120", 1, "傾き補正を入れたところ、読み取り誤差が1.8%から0.4%に下がりました。"),
        times.agent(
            "14:11:02.874",
            2,
            "原因の一つは全角の「，」でした。半角に正規化してから解析するようにしました。",
        ),
        times.user("14:12:40.006", Some(2), "「1.280」のような点区切りはどうなりますか？"),
        times.agent(
            "14:13:25.390",
            2,
            "まだ 1 円と解釈されます。店の国が分かれば判定できるので、統合担当に引き継ぎます。",
        ),
        times.agent("14:15:00.001", 9, "統合を開始しました。3つのブランチを順に取り込みます。"),
    ];
    Session {
        status: "running".to_owned(),
        updated_at: times.backend("14:15:00.120448031"),
        chat_history,
        model: Some("opus".to_owned()),
        runtime_mix: Some(vec!["claude".to_owned(); 4]),
        timeout_seconds: Some(3_600),
        preserve_worktrees: Some(true),
        ..blank(
            "b80d66f2-0c1b-4e7e-a1f4-5b9be2d7c410",
            "ensemble",
            "レシート読み取りの金額ずれを直す 👩‍💻🧾",
            &times.page("14:02:09.480"),
            instances,
        )
    }
}

/// Returns a debate in its second round, whose task the old backend has overwritten.
pub(crate) fn tile_cache_debate() -> Session {
    let times = Times { day: "2025-11-09" };
    let side = |number: u32, agent_name: &str, status: &str, output: &str| Instance {
        instance_id: number,
        worktree_path: format!("{ATLAS}/src-tauri/.worktrees/debate-41aa90c7/{number}"),
        branch: format!("debate/41aa90c7/round-2-{number}"),
        agent_name: agent_name.to_owned(),
        status: status.to_owned(),
        tmux_session_id: format!("ait42-debate-41aa90c7-{number}"),
        output: Some(output.to_owned()),
        start_time: Some(times.backend("16:40:00.918273645")),
        ..blank_instance(["claude", "sonnet", "Claude · Sonnet"])
    };
    let instances = vec![
        side(
            0,
            "🏛️ System Architect",
            "completed",
            "# Round 2\nA tile's URL should carry the digest of its style and data. Then nothing is ever invalidated: a new style is a new URL.\n",
        ),
        side(
            1,
            "⚡ Performance Tester",
            "running",
            "# Round 2\nDigests in URLs cost a manifest round trip: \x1b[33m+38 ms\x1b[0m at the median, \x1b[31m+210 ms\x1b[0m at p99 on mobile.\n",
        ),
        side(2, "🗃️ Database Designer", "idle", ""),
    ];
    let chat_history = vec![
        times.system("16:40:01.250", "Round 1: how should cached map tiles be invalidated?"),
        times.agent("16:44:12.007", 0, "By content: put the digest into the URL and cache for a year."),
        times.agent(
            "16:45:30.661",
            1,
            "By time: five minutes, and serve stale while fetching. Simple, and nobody sees a road move.",
        ),
        times.agent(
            "16:46:58.300",
            2,
            "By event: the importer knows which tiles it touched, so let it delete exactly those.",
        ),
        times.system("16:47:02.118", "Round 2: answer the strongest objection."),
        times.agent(
            "16:52:44.925",
            0,
            "The manifest is 3 KB and cached itself; the round trip is paid once per visit.",
        ),
    ];
    Session {
        status: "round_2".to_owned(),
        updated_at: times.backend("16:52:45.004718000"),
        chat_history,
        timeout_seconds: Some(900),
        ..blank(
            "41aa90c7-6f3e-4d28-b9c1-e02f7a55d1b6",
            "debate",
            "Debate in progress",
            &times.backend("16:40:00.500118264"),
            instances,
        )
    }
}

/// Spells times of one day, and messages at them.
struct Times {
    day: &'static str,
}

impl Times {
    fn page(&self, time: &str) -> String {
        format!("{}T{time}Z", self.day)
    }

    fn backend(&self, time: &str) -> String {
        format!("{}T{time}+00:00", self.day)
    }

    fn user(&self, time: &str, instance_id: Option<u32>, content: &str) -> Message {
        self.message(time, "user", "", instance_id, content)
    }

    fn agent(&self, time: &str, instance_id: u32, content: &str) -> Message {
        self.message(time, "assistant", "-response", Some(instance_id), content)
    }

    fn system(&self, time: &str, content: &str) -> Message {
        self.message(time, "system", "-system", None, content)
    }

    fn message(&self, time: &str, role: &str, suffix: &str, instance_id: Option<u32>, text: &str) -> Message {
        let timestamp = self.page(time);
        let at: Timestamp = timestamp.parse().expect("the story's times are RFC 3339");
        let id = format!("msg-{}{suffix}", at.as_millisecond());
        Message { id, role: role.to_owned(), content: text.to_owned(), timestamp, instance_id }
    }
}

fn blank(id: &str, kind: &str, task: &str, created_at: &str, instances: Vec<Instance>) -> Session {
    Session {
        id: id.to_owned(),
        session_type: kind.to_owned(),
        task: task.to_owned(),
        status: "running".to_owned(),
        created_at: created_at.to_owned(),
        updated_at: created_at.to_owned(),
        completed_at: None,
        instances,
        chat_history: Vec::new(),
        model: None,
        timeout_seconds: None,
        preserve_worktrees: None,
        winner_id: None,
        runtime_mix: None,
        total_duration: None,
        total_files_changed: None,
        total_lines_added: None,
        total_lines_deleted: None,
    }
}

fn blank_instance([runtime, model, label]: [&str; 3]) -> Instance {
    Instance {
        instance_id: 0,
        worktree_path: String::new(),
        branch: String::new(),
        agent_name: String::new(),
        status: "running".to_owned(),
        tmux_session_id: String::new(),
        output: None,
        start_time: None,
        end_time: None,
        files_changed: None,
        lines_added: None,
        lines_deleted: None,
        runtime: Some(runtime.to_owned()),
        model: Some(model.to_owned()),
        runtime_label: Some(label.to_owned()),
    }
}
