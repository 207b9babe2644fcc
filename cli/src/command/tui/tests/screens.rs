//! Screens, as they are seen.

use super::{Desk, Place};

const SMALL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

macro_rules! screen {
    ($desk:expr, @$expected:literal) => {
        insta::with_settings!({ filters => [
            (r"hash         [0-9a-f]+", "hash         [hash]"),
            (r"│     [0-9a-f]{20,}", "│     [hash]"),
        ] }, { insta::assert_snapshot!($desk.screen(), @$expected) })
    };
}

#[test]
fn a_session_opens_at_its_head() {
    let place = Place::with_sample();
    screen!(place.desk(Some("7c2f4b1e"), SMALL), @"
     Events  26 of 26                   │ State at r26
      r6  Message  system: Competition …│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r7  Output  #1 +585 bytes: > Fix …│ type: competition
      r8  InstanceDetails  #1 set endTi…│ task: Fix the flaky login test
      r9  InstanceStatus  #1 completed  │ status: completed
     r10  Message  assistant: Raised th…│ createdAt: 2025-11-07T09:12:03.051Z
     r11  Message  user: That is the ti…│ updatedAt: 2025-11-07T09:28:31.006127448+…
     r12  Message  assistant: For the e…│ completedAt: 2025-11-07T09:28:30.998Z
     r13  Output  #2 +586 bytes: $ carg…│ timeoutSeconds: 1800
     r14  InstanceDetails  #2 set endTi…│ preserveWorktrees: false
     r15  InstanceStatus  #2 completed  │ winnerId: 2
     r16  Message  assistant: Found it:…│ runtimeMix: claude, codex, gemini
     r17  Message  user: Does the tie-b…│ totalDuration: 987
     r18  Message  assistant: Yes, for …│ totalFilesChanged: 5
     r19  Output  #3 +288 bytes: ✦ Read…│ totalLinesAdded: 43
     r20  InstanceDetails  #3 set endTi…│ totalLinesDeleted: 19
    !r21  InstanceStatus  #3 failed     │ #1, completed: 🔧 Backend Developer
     r22  Message  assistant: I marked …│ #2, completed: 🧪 Test Generator
     r23  Message  user: Instance 2 win…│ #3, failed: 🐛 Bug Fixer
     r24  SessionDetails  set totalDura…│ chatHistory/0: user: `login_expires_the_o…
     r25  WinnerSelected  #2            │ chatHistory/1: system: Competition starte…
    >r26  SessionStatus  completed      │ chatHistory/2: assistant: Raised the wait…
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(place.desk(None, WIDE), @"
     Sessions                     │ Events  3 of 3                         │ State at r3
    >5f861e64  Review the last 7 …│ r1  SessionCreated  ensemble, running:…│ id: 5f861e64-c302-4c06-a25d-796d4721c937
     717f8d36  towerを2.11.29に上…│ r2  SessionDetails  set totalDuration,…│ type: ensemble
     471086a2  Add unbounded feed…│>r3  SessionStatus  completed           │ task: Review the last 7 commits for truncated …
    !de969919  DeprecatedBatchTem…│                                        │ status: completed
     1c12e34f  RemoteOffsetClosur…│                                        │ createdAt: 2025-12-05T14:56:54.938Z
     091ea73f  Why does `join_abs…│                                        │ updatedAt: 2025-12-05T14:56:54.938849815+00:00
     7dbcdaa9  Review the last 8 …│                                        │ completedAt: 2025-12-05T14:56:54.938Z
     15d3b405  react-domを0.5.23… │                                        │ model: sonnet
     9baadf42  依存関係にタイムゾ…│                                        │ timeoutSeconds: 900
     30f172f7  Upgrade image to 1…│                                        │ preserveWorktrees: false
    !8a0188dd  Upgrade tokio to 4…│                                        │ runtimeMix:
     b80d66f2  レシート読み取りの…│                                        │ totalDuration: 0
     febbd603  DynamicImportIndex…│                                        │ totalFilesChanged: 0
     7d1a5507  Write tests for Sh…│                                        │ totalLinesAdded: 0
     446ba4be  👀 Make request ex…│                                        │ totalLinesDeleted: 0
     66826343  Why does `implicit…│                                        │
     41aa90c7  Debate in progress │                                        │
     6bdae9b7  再試行の不具合を直…│                                        │
     7c2f4b1e  Fix the flaky logi…│                                        │
     7c2f4b1e~2  Fix the flaky lo…│                                        │
    !c3e14c4d  Implement changelo…│                                        │
     517526ce  Add transient pane…│                                        │
     c532a457  家族アカウント 👨‍👩‍👧‍👦 …│                                        │
     721b493d  Why does `assert_f…│                                        │
     1b295c13  Review the last 1 …│                                        │
    !febbd603  Debate in progress │                                        │
    !2d1bb192  Move the outlier f…│                                        │
     3da0d0db  Move the tolerance…│                                        │
     dbb25038  Debate in progress │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
     5f861e64  r3  position 337  2025-12-05 14:56:54Z  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to  d diff  b blame  c copy
    ");
}

#[test]
fn the_inspector_shows_what_is_asked_for() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["E", "d"]), @"
     Events  21 of 26                   │ Diff r20..r21
      r6  Message  system: Competition …│ ~ #3/status: running -> failed
      r7  Output  #1 +585 bytes: > Fix …│
      r8  InstanceDetails  #1 set endTi…│
      r9  InstanceStatus  #1 completed  │
     r10  Message  assistant: Raised th…│
     r11  Message  user: That is the ti…│
     r12  Message  assistant: For the e…│
     r13  Output  #2 +586 bytes: $ carg…│
     r14  InstanceDetails  #2 set endTi…│
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     r22  Message  assistant: I marked …│
     r23  Message  user: Instance 2 win…│
     r24  SessionDetails  set totalDura…│
     r25  WinnerSelected  #2            │
     r26  SessionStatus  completed      │
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(desk.press(&["3"]), @"
     Events  21 of 26                   │ Blame at r21
      r6  Message  system: Competition …│ r1    11-07 09:12  id: 7c2f4b1e-93d5-4c0a…
      r7  Output  #1 +585 bytes: > Fix …│ r1    11-07 09:12  type: competition
      r8  InstanceDetails  #1 set endTi…│ r1    11-07 09:12  task: Fix the flaky lo…
      r9  InstanceStatus  #1 completed  │ r1    11-07 09:12  status: running
     r10  Message  assistant: Raised th…│ r1    11-07 09:12  createdAt: 2025-11-07T…
     r11  Message  user: That is the ti…│ r1    11-07 09:12  updatedAt: 2025-11-07T…
     r12  Message  assistant: For the e…│ r1    11-07 09:12  timeoutSeconds: 1800
     r13  Output  #2 +586 bytes: $ carg…│ r1    11-07 09:12  preserveWorktrees: fal…
     r14  InstanceDetails  #2 set endTi…│ r1    11-07 09:12  runtimeMix: claude, co…
     r15  InstanceStatus  #2 completed  │ r3    11-07 09:12  #1, completed: 🔧 Back…
     r16  Message  assistant: Found it:…│ r4    11-07 09:12  #2, completed: 🧪 Test…
     r17  Message  user: Does the tie-b…│ r5    11-07 09:12  #3, failed: 🐛 Bug Fix…
     r18  Message  assistant: Yes, for …│ r2    11-07 09:12  chatHistory/0: user: `…
     r19  Output  #3 +288 bytes: ✦ Read…│ r6    11-07 09:12  chatHistory/1: system:…
     r20  InstanceDetails  #3 set endTi…│ r10   11-07 09:19  chatHistory/2: assista…
    !r21  InstanceStatus  #3 failed     │ r11   11-07 09:20  chatHistory/3: user: T…
     r22  Message  assistant: I marked …│ r12   11-07 09:21  chatHistory/4: assista…
     r23  Message  user: Instance 2 win…│ r16   11-07 09:24  chatHistory/5: assista…
     r24  SessionDetails  set totalDura…│ r17   11-07 09:25  chatHistory/6: user: D…
     r25  WinnerSelected  #2            │ r18   11-07 09:25  chatHistory/7: assista…
     r26  SessionStatus  completed      │
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(desk.press(&["4"]), @r#"
     Events  21 of 26                   │ Body of r21
      r6  Message  system: Competition …│ position     559
      r7  Output  #1 +585 bytes: > Fix …│ type         InstanceStatusChanged
      r8  InstanceDetails  #1 set endTi…│ recorded_at  2026-11-23 10:00:00Z
      r9  InstanceStatus  #1 completed  │ occurred_at  2025-11-07 09:27:05Z
     r10  Message  assistant: Raised th…│ commit_first 539
     r11  Message  user: That is the ti…│ hash         [hash]
     r12  Message  assistant: For the e…│     [hash]
     r13  Output  #2 +586 bytes: $ carg…│ {
     r14  InstanceDetails  #2 set endTi…│   "index": 2,
     r15  InstanceStatus  #2 completed  │   "status": "failed"
     r16  Message  assistant: Found it:…│ }
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     r22  Message  assistant: I marked …│
     r23  Message  user: Instance 2 win…│
     r24  SessionDetails  set totalDura…│
     r25  WinnerSelected  #2            │
     r26  SessionStatus  completed      │
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    "#);
}

#[test]
fn a_place_is_entered_and_left() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["Tab", "End", "Enter"]), @"
     Events  26 of 26                   │ State at r26  chatHistory/9
      r6  Message  system: Competition …│>id: msg-1762507710415
      r7  Output  #1 +585 bytes: > Fix …│ role: user
      r8  InstanceDetails  #1 set endTi…│ content: Instance 2 wins. Merging `compet…
      r9  InstanceStatus  #1 completed  │ timestamp: 2025-11-07T09:28:30.415Z
     r10  Message  assistant: Raised th…│
     r11  Message  user: That is the ti…│
     r12  Message  assistant: For the e…│
     r13  Output  #2 +586 bytes: $ carg…│
     r14  InstanceDetails  #2 set endTi…│
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     r22  Message  assistant: I marked …│
     r23  Message  user: Instance 2 win…│
     r24  SessionDetails  set totalDura…│
     r25  WinnerSelected  #2            │
    >r26  SessionStatus  completed      │
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(desk.press(&["↓", "↓", "Enter"]), @"
     Events  26 of 26                   │ State at r26  chatHistory/9/content
      r6  Message  system: Competition …│>Instance 2 wins. Merging `competition/7c2f
      r7  Output  #1 +585 bytes: > Fix …│ 4b1e/instance-2` 🎉
      r8  InstanceDetails  #1 set endTi…│
      r9  InstanceStatus  #1 completed  │
     r10  Message  assistant: Raised th…│
     r11  Message  user: That is the ti…│
     r12  Message  assistant: For the e…│
     r13  Output  #2 +586 bytes: $ carg…│
     r14  InstanceDetails  #2 set endTi…│
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     r22  Message  assistant: I marked …│
     r23  Message  user: Instance 2 win…│
     r24  SessionDetails  set totalDura…│
     r25  WinnerSelected  #2            │
    >r26  SessionStatus  completed      │
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(desk.press(&["Esc", "Esc"]), @"
     Events  26 of 26                   │ State at r26
      r6  Message  system: Competition …│ timeoutSeconds: 1800
      r7  Output  #1 +585 bytes: > Fix …│ preserveWorktrees: false
      r8  InstanceDetails  #1 set endTi…│ winnerId: 2
      r9  InstanceStatus  #1 completed  │ runtimeMix: claude, codex, gemini
     r10  Message  assistant: Raised th…│ totalDuration: 987
     r11  Message  user: That is the ti…│ totalFilesChanged: 5
     r12  Message  assistant: For the e…│ totalLinesAdded: 43
     r13  Output  #2 +586 bytes: $ carg…│ totalLinesDeleted: 19
     r14  InstanceDetails  #2 set endTi…│ #1, completed: 🔧 Backend Developer
     r15  InstanceStatus  #2 completed  │ #2, completed: 🧪 Test Generator
     r16  Message  assistant: Found it:…│ #3, failed: 🐛 Bug Fixer
     r17  Message  user: Does the tie-b…│ chatHistory/0: user: `login_expires_the_o…
     r18  Message  assistant: Yes, for …│ chatHistory/1: system: Competition starte…
     r19  Output  #3 +288 bytes: ✦ Read…│ chatHistory/2: assistant: Raised the wait…
     r20  InstanceDetails  #3 set endTi…│ chatHistory/3: user: That is the timeout …
    !r21  InstanceStatus  #3 failed     │ chatHistory/4: assistant: For the expiry …
     r22  Message  assistant: I marked …│ chatHistory/5: assistant: Found it: both …
     r23  Message  user: Instance 2 win…│ chatHistory/6: user: Does the tie-break c…
     r24  SessionDetails  set totalDura…│ chatHistory/7: assistant: Yes, for the be…
     r25  WinnerSelected  #2            │ chatHistory/8: assistant: I marked the te…
    >r26  SessionStatus  completed      │>chatHistory/9: user: Instance 2 wins. Mer…
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
}

#[test]
fn a_base_is_compared_with() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["Home", "x", "End", "d"]), @r"
     Events  26 of 26                   │ Diff r1..r26
      r6  Message  system: Competition …│ ~ status: running -> completed
      r7  Output  #1 +585 bytes: > Fix …│ ~ updatedAt: 2025-11-07T09:12:03.051Z -> 2
      r8  InstanceDetails  #1 set endTi…│     025-11-07T09:28:31.006127448+00:00
      r9  InstanceStatus  #1 completed  │ ~ completedAt: null -> 2025-11-07T09:28:30
     r10  Message  assistant: Raised th…│     .998Z
     r11  Message  user: That is the ti…│ ~ winnerId: null -> 2
     r12  Message  assistant: For the e…│ ~ totalDuration: null -> 987
     r13  Output  #2 +586 bytes: $ carg…│ ~ totalFilesChanged: null -> 5
     r14  InstanceDetails  #2 set endTi…│ ~ totalLinesAdded: null -> 43
     r15  InstanceStatus  #2 completed  │ ~ totalLinesDeleted: null -> 19
     r16  Message  assistant: Found it:…│ + #1: completed: 🔧 Backend Developer
     r17  Message  user: Does the tie-b…│ + #1/output: 585 B
     r18  Message  assistant: Yes, for …│     + > Fix the flaky login test
     r19  Output  #3 +288 bytes: ✦ Read…│     +
     r20  InstanceDetails  #3 set endTi…│     + \u{1b}[1m●\u{1b}[0m I'll run the tes
    !r21  InstanceStatus  #3 failed     │     t in a loop first.
     r22  Message  assistant: I marked …│     + \u{1b}[32m●\u{1b}[0m Bash(for i in $
     r23  Message  user: Instance 2 win…│     (seq 50); do cargo test -q login_expir
     r24  SessionDetails  set totalDura…│     es; done)
     r25  WinnerSelected  #2            │     +   ⎿  \u{1b}[31m2 of 50 failed\u{1b}[
    >r26  SessionStatus  completed      │     0m: assertion failed: store.get(old).i
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  base r1  follow
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
}

#[test]
fn a_search_finds_or_says_that_nothing_was_found() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["Home", "/"]);
    desk.model.update(crate::command::tui::model::Input::Text("flaky".to_owned()));
    screen!(desk, @"
     Events  1 of 26                    │ State at r1
    > r1  SessionCreated  competition, …│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  Message  user: `login_expires…│ type: competition
      r3  Instance  #1, running: 🔧 Bac…│ task: Fix the flaky login test
      r4  Instance  #2, running: 🧪 Tes…│ status: running
      r5  Instance  #3, running: 🐛 Bug…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  Message  system: Competition …│ updatedAt: 2025-11-07T09:12:03.051Z
      r7  Output  #1 +585 bytes: > Fix …│ timeoutSeconds: 1800
      r8  InstanceDetails  #1 set endTi…│ preserveWorktrees: false
      r9  InstanceStatus  #1 completed  │ runtimeMix: claude, codex, gemini
     r10  Message  assistant: Raised th…│
     r11  Message  user: That is the ti…│
     r12  Message  assistant: For the e…│
     r13  Output  #2 +586 bytes: $ carg…│
     r14  InstanceDetails  #2 set endTi…│
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     7c2f4b1e  r1  position 539  2025-11-07 09:12:03Z
    search: flaky▏
    ");
    screen!(desk.press(&["Enter"]), @"
     Events  7 of 26                    │ State at r7
      r1  SessionCreated  competition, …│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  Message  user: `login_expires…│ type: competition
      r3  Instance  #1, running: 🔧 Bac…│ task: Fix the flaky login test
      r4  Instance  #2, running: 🧪 Tes…│ status: running
      r5  Instance  #3, running: 🐛 Bug…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  Message  system: Competition …│ updatedAt: 2025-11-07T09:12:03.051Z
    > r7  Output  #1 +585 bytes: > Fix …│ timeoutSeconds: 1800
      r8  InstanceDetails  #1 set endTi…│ preserveWorktrees: false
      r9  InstanceStatus  #1 completed  │ runtimeMix: claude, codex, gemini
     r10  Message  assistant: Raised th…│ #1, running: 🔧 Backend Developer
     r11  Message  user: That is the ti…│ #2, running: 🧪 Test Generator
     r12  Message  assistant: For the e…│ #3, running: 🐛 Bug Fixer
     r13  Output  #2 +586 bytes: $ carg…│ chatHistory/0: user: `login_expires_the_o…
     r14  InstanceDetails  #2 set endTi…│ chatHistory/1: system: Competition starte…
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     7c2f4b1e  r7  position 545  2025-11-07 09:19:40Z
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error  / search  g go to
    ");
    screen!(desk.press(&["n", "n", "n", "n", "n", "n", "n", "n"]), @r#"
     Events  1 of 26                    │ State at r1
    > r1  SessionCreated  competition, …│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  Message  user: `login_expires…│ type: competition
      r3  Instance  #1, running: 🔧 Bac…│ task: Fix the flaky login test
      r4  Instance  #2, running: 🧪 Tes…│ status: running
      r5  Instance  #3, running: 🐛 Bug…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  Message  system: Competition …│ updatedAt: 2025-11-07T09:12:03.051Z
      r7  Output  #1 +585 bytes: > Fix …│ timeoutSeconds: 1800
      r8  InstanceDetails  #1 set endTi…│ preserveWorktrees: false
      r9  InstanceStatus  #1 completed  │ runtimeMix: claude, codex, gemini
     r10  Message  assistant: Raised th…│
     r11  Message  user: That is the ti…│
     r12  Message  assistant: For the e…│
     r13  Output  #2 +586 bytes: $ carg…│
     r14  InstanceDetails  #2 set endTi…│
     r15  InstanceStatus  #2 completed  │
     r16  Message  assistant: Found it:…│
     r17  Message  user: Does the tie-b…│
     r18  Message  assistant: Yes, for …│
     r19  Output  #3 +288 bytes: ✦ Read…│
     r20  InstanceDetails  #3 set endTi…│
    !r21  InstanceStatus  #3 failed     │
     7c2f4b1e  r1  position 539  2025-11-07 09:12:03Z
    past the last event: from the first again
    "#);
}

#[test]
fn a_point_that_is_none_is_told() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["g"]).type_in("mark:nowhere"), @"
     Events  26 of 26                   │ State at r26
      r6  Message  system: Competition …│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r7  Output  #1 +585 bytes: > Fix …│ type: competition
      r8  InstanceDetails  #1 set endTi…│ task: Fix the flaky login test
      r9  InstanceStatus  #1 completed  │ status: completed
     r10  Message  assistant: Raised th…│ createdAt: 2025-11-07T09:12:03.051Z
     r11  Message  user: That is the ti…│ updatedAt: 2025-11-07T09:28:31.006127448+…
     r12  Message  assistant: For the e…│ completedAt: 2025-11-07T09:28:30.998Z
     r13  Output  #2 +586 bytes: $ carg…│ timeoutSeconds: 1800
     r14  InstanceDetails  #2 set endTi…│ preserveWorktrees: false
     r15  InstanceStatus  #2 completed  │ winnerId: 2
     r16  Message  assistant: Found it:…│ runtimeMix: claude, codex, gemini
     r17  Message  user: Does the tie-b…│ totalDuration: 987
     r18  Message  assistant: Yes, for …│ totalFilesChanged: 5
     r19  Output  #3 +288 bytes: ✦ Read…│ totalLinesAdded: 43
     r20  InstanceDetails  #3 set endTi…│ totalLinesDeleted: 19
    !r21  InstanceStatus  #3 failed     │ #1, completed: 🔧 Backend Developer
     r22  Message  assistant: I marked …│ #2, completed: 🧪 Test Generator
     r23  Message  user: Instance 2 win…│ #3, failed: 🐛 Bug Fixer
     r24  SessionDetails  set totalDura…│ chatHistory/0: user: `login_expires_the_o…
     r25  WinnerSelected  #2            │ chatHistory/1: system: Competition starte…
    >r26  SessionStatus  completed      │ chatHistory/2: assistant: Raised the wait…
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    point mark:nowhere: there is no mark yet
    ");
}

#[test]
fn the_help_shows_every_key() {
    let place = Place::with_sample();
    let mut desk = place.desk(None, WIDE);
    screen!(desk.press(&["?"]), @"
     Keys
     → l          the next event of the session
     ← h          the event before
     ↓ j          down in the pane
     ↑ k          up in the pane
     PgDn Ctrl-F  a page down
     PgUp Ctrl-B  a page up
     Home         the first of the pane
     End G        the last of the pane
     Tab          the next pane: sessions, events, inspector
     Shift-Tab    the pane before
     s            the sessions
     Enter        open the session, the place, or the event that wrote it
     Esc          stop what is under way, or go out of the place
     Backspace    to where you were before the last jump
     ]            the next message
     [            the message before
     e            the next error
     E            the error before
     /            search the events for a text
     n            the next event that holds it
     N            the one before
     g :          go to a point: r7, head-3, 15min-ago, mark:NAME, SESSION:r7
     m            give this moment a name
     Space        play the session from here, or stop
     +            play twice as fast
     -            play half as fast
     f            go to the head and follow what comes, or stop
     1            the state after the event
     2 d          what changed since the base; without one, by the event
     3            who last wrote what
     4            the event as it was recorded
     b            who last wrote what is under the cursor
     x            make this event the base; on the base, take it away
     c            copy the command that gives the same view
     ? F1         this help
     q            leave
     Ctrl-C       leave at once

    37 of 37 keys  ↓↑ scroll  Esc back
    ");
}

#[test]
fn the_command_is_shown_whole() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), (60, 12));
    screen!(desk.press(&["Tab", "End", "Enter", "c"]), @"
     Events  26 of 26          │ State at r26  chatHistory/9
     r18  Message  assistant: …│>id: msg-1762507710415
     r19  Output  #3 +288 byte…│ role: user
     r20  InstanceDetails  #3 …│ content: Instance 2 wins. Merg…
    !r21  InstanceStatus  #3 f…│ timestamp: 2025-11-07T09:28:30…
     r22  Message  assistant: …│
     r23  Message  user: Insta…│
     r24  SessionDetails  set …│
     r25  WinnerSelected  #2   │
    >r26  SessionStatus  compl…│
    retold show c41d22cca937429a/7c2f4b1e-93d5-4c0a-8e57-1d6f0a9
    b2c34 --path chatHistory/9 --at r26
    ");
}

#[test]
fn a_store_without_a_session_says_so() {
    let place = Place::empty();
    let mut desk = place.desk(None, (60, 12));
    screen!(desk.press(&["l", "Enter", "c", "x", "Tab", "e"]), @"
     Sessions
     no session yet
     `retold import ~/.ait42` takes some in







     no session
    ? help  q quit  ←→ step  Tab pane  [ ] message  e error
    ");
}

#[test]
fn a_small_terminal_is_told_and_nothing_breaks_at_any_size() {
    let place = Place::with_sample();
    screen!(place.desk(Some("7c2f4b1e"), (39, 10)), @"





    40×10 wanted
    ");
    for (width, height) in [(0, 0), (1, 1), (40, 10), (41, 11), (109, 10), (110, 10), (500, 200)] {
        let mut desk = place.desk(Some("7c2f4b1e"), (width, height));
        for key in ["Tab", "2", "3", "4", "Tab", "?", "Esc", "c", "g", "Esc"] {
            desk.press(&[key]).screen();
        }
    }
}

#[test]
fn going_back_and_forth_shows_the_same() {
    let place = Place::with_sample();
    let mut desk: Desk<'_> = place.desk(Some("7c2f4b1e"), SMALL);
    let before = desk.screen();
    let after = desk.press(&["←", "←", "←", "→", "→", "→"]).screen();
    assert_eq!(before, after);
}
