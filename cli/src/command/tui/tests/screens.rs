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
    screen!(place.desk(Some("7c2f4b1e"), SMALL), @r#"
     Events  26 of 26                   │ State at r26
      r7  09:19  Output  #1 +585 bytes:…│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r8  09:19  InstanceDetails  #1 se…│ type: competition
      r9  09:19  InstanceStatus  #1 com…│ task: Fix the flaky login test
     r10  09:19  Message  assistant: Ra…│ status: completed
     r11  09:20  Message  user: That is…│ createdAt: 2025-11-07T09:12:03.051Z
     r12  09:21  Message  assistant: Fo…│ updatedAt: 2025-11-07T09:28:31.006127448+…
     r13  09:23  Output  #2 +586 bytes:…│ completedAt: 2025-11-07T09:28:30.998Z
     r14  09:23  InstanceDetails  #2 se…│ timeoutSeconds: 1800
     r15  09:23  InstanceStatus  #2 com…│ preserveWorktrees: false
     r16  09:24  Message  assistant: Fo…│ winnerId: 2
     r17  09:25  Message  user: Does th…│ runtimeMix: claude, codex, gemini
     r18  09:25  Message  assistant: Ye…│ totalDuration: 987
     r19  09:27  Output  #3 +288 bytes:…│ totalFilesChanged: 5
     r20  09:27  InstanceDetails  #3 se…│ totalLinesAdded: 43
    !r21  09:27  InstanceStatus  #3 fai…│ totalLinesDeleted: 19
     r22  09:27  Message  assistant: I …│ #1, completed: 🔧 Backend Developer
     r23  09:28  Message  user: Instanc…│ #2, completed: 🧪 Test Generator
     r24  09:28  SessionDetails  set to…│ #3, failed: 🐛 Bug Fixer
     r25  09:28  WinnerSelected  #2     │ chatHistory/0: user: `login_expires_the_o…
    >r26  09:28  SessionStatus  complet…│ chatHistory/1: system: Competition starte…
    ───────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(place.desk(None, WIDE), @r#"
     Sessions                     │ Events  3 of 3                         │ State at r3
    > 5f861e64   12-05 Review the…│ r1  14:56  SessionCreated  ensemble, r…│ id: 5f861e64-c302-4c06-a25d-796d4721c937
      717f8d36   12-04 towerを2.1…│ r2  14:56  SessionDetails  set totalDu…│ type: ensemble
      471086a2   12-04 Add unboun…│>r3  14:56  SessionStatus  completed    │ task: Review the last 7 commits for truncated …
     !de969919   12-03 Deprecated…│                                        │ status: completed
      1c12e34f   12-02 RemoteOffs…│                                        │ createdAt: 2025-12-05T14:56:54.938Z
      091ea73f   12-01 Why does `…│                                        │ updatedAt: 2025-12-05T14:56:54.938849815+00:00
      7dbcdaa9   12-01 Review the…│                                        │ completedAt: 2025-12-05T14:56:54.938Z
      15d3b405    2025 react-dom… │                                        │ model: sonnet
      30f172f7    2025 Upgrade im…│                                        │ timeoutSeconds: 900
      9baadf42    2025 依存関係に…│                                        │ preserveWorktrees: false
     !8a0188dd    2025 Upgrade to…│                                        │ runtimeMix:
      b80d66f2    2025 レシート読…│                                        │ totalDuration: 0
      febbd603    2025 DynamicImp…│                                        │ totalFilesChanged: 0
      7d1a5507    2025 Write test…│                                        │ totalLinesAdded: 0
      446ba4be    2025 👀 Make re…│                                        │ totalLinesDeleted: 0
      66826343    2025 Why does `…│                                        │
      41aa90c7    2025 Debate in …│                                        │
      6bdae9b7    2025 再試行の不…│                                        │
      7c2f4b1e    2025 Fix the fl…│                                        │
      7c2f4b1e~2  2025 Fix the fl…│                                        │
     !c3e14c4d    2025 Implement …│                                        │
      517526ce    2025 Add transi…│                                        │
      c532a457    2025 家族アカウ…│                                        │
      721b493d    2025 Why does `…│                                        │
      1b295c13    2025 Review the…│                                        │
     !febbd603    2025 Debate in …│                                        │
     !2d1bb192    2025 Move the o…│                                        │
      3da0d0db    2025 Move the t…│                                        │
      dbb25038    2025 Debate in …│                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
                                  │                                        │
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────●
     5f861e64  r3  position 337  2025-12-05 14:56:54Z  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom  d diff  1 state  b blame  o open all
    "#);
}

#[test]
fn the_inspector_shows_what_is_asked_for() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["E", "d"]), @r#"
     Events  21 of 26                   │ Diff r20..r21
      r7  09:19  Output  #1 +585 bytes:…│ ~ #3/status: running -> failed
      r8  09:19  InstanceDetails  #1 se…│
      r9  09:19  InstanceStatus  #1 com…│
     r10  09:19  Message  assistant: Ra…│
     r11  09:20  Message  user: That is…│
     r12  09:21  Message  assistant: Fo…│
     r13  09:23  Output  #2 +586 bytes:…│
     r14  09:23  InstanceDetails  #2 se…│
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    !r21  09:27  InstanceStatus  #3 fai…│
     r22  09:27  Message  assistant: I …│
     r23  09:28  Message  user: Instanc…│
     r24  09:28  SessionDetails  set to…│
     r25  09:28  WinnerSelected  #2     │
     r26  09:28  SessionStatus  complet…│
    ───────────────────────────────────────────────────────────────●────────────────
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(desk.press(&["3"]), @r#"
     Events  21 of 26                   │ Blame at r21
      r7  09:19  Output  #1 +585 bytes:…│ r1    11-07 09:12  id: 7c2f4b1e-93d5-4c0a…
      r8  09:19  InstanceDetails  #1 se…│ r1    11-07 09:12  type: competition
      r9  09:19  InstanceStatus  #1 com…│ r1    11-07 09:12  task: Fix the flaky lo…
     r10  09:19  Message  assistant: Ra…│ r1    11-07 09:12  status: running
     r11  09:20  Message  user: That is…│ r1    11-07 09:12  createdAt: 2025-11-07T…
     r12  09:21  Message  assistant: Fo…│ r1    11-07 09:12  updatedAt: 2025-11-07T…
     r13  09:23  Output  #2 +586 bytes:…│ r1    11-07 09:12  timeoutSeconds: 1800
     r14  09:23  InstanceDetails  #2 se…│ r1    11-07 09:12  preserveWorktrees: fal…
     r15  09:23  InstanceStatus  #2 com…│ r1    11-07 09:12  runtimeMix: claude, co…
     r16  09:24  Message  assistant: Fo…│ r3    11-07 09:12  #1, completed: 🔧 Back…
     r17  09:25  Message  user: Does th…│ r4    11-07 09:12  #2, completed: 🧪 Test…
     r18  09:25  Message  assistant: Ye…│ r5    11-07 09:12  #3, failed: 🐛 Bug Fix…
     r19  09:27  Output  #3 +288 bytes:…│ r2    11-07 09:12  chatHistory/0: user: `…
     r20  09:27  InstanceDetails  #3 se…│ r6    11-07 09:12  chatHistory/1: system:…
    !r21  09:27  InstanceStatus  #3 fai…│ r10   11-07 09:19  chatHistory/2: assista…
     r22  09:27  Message  assistant: I …│ r11   11-07 09:20  chatHistory/3: user: T…
     r23  09:28  Message  user: Instanc…│ r12   11-07 09:21  chatHistory/4: assista…
     r24  09:28  SessionDetails  set to…│ r16   11-07 09:24  chatHistory/5: assista…
     r25  09:28  WinnerSelected  #2     │ r17   11-07 09:25  chatHistory/6: user: D…
     r26  09:28  SessionStatus  complet…│ r18   11-07 09:25  chatHistory/7: assista…
    ───────────────────────────────────────────────────────────────●────────────────
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(desk.press(&["4"]), @r#"
     Events  21 of 26                   │ Body of r21
      r7  09:19  Output  #1 +585 bytes:…│ position     559
      r8  09:19  InstanceDetails  #1 se…│ type         InstanceStatusChanged
      r9  09:19  InstanceStatus  #1 com…│ recorded_at  2026-11-23 10:00:00Z
     r10  09:19  Message  assistant: Ra…│ occurred_at  2025-11-07 09:27:05Z
     r11  09:20  Message  user: That is…│ commit_first 539
     r12  09:21  Message  assistant: Fo…│ hash         [hash]
     r13  09:23  Output  #2 +586 bytes:…│     [hash]
     r14  09:23  InstanceDetails  #2 se…│ {
     r15  09:23  InstanceStatus  #2 com…│   "index": 2,
     r16  09:24  Message  assistant: Fo…│   "status": "failed"
     r17  09:25  Message  user: Does th…│ }
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    !r21  09:27  InstanceStatus  #3 fai…│
     r22  09:27  Message  assistant: I …│
     r23  09:28  Message  user: Instanc…│
     r24  09:28  SessionDetails  set to…│
     r25  09:28  WinnerSelected  #2     │
     r26  09:28  SessionStatus  complet…│
    ───────────────────────────────────────────────────────────────●────────────────
     7c2f4b1e  r21  position 559  2025-11-07 09:27:05Z
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
}

#[test]
fn a_place_is_entered_and_left() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["Tab", "End", "Enter"]), @r#"
     Events  26 of 26                   │ State at r26  chatHistory/9
      r7  09:19  Output  #1 +585 bytes:…│>id: msg-1762507710415
      r8  09:19  InstanceDetails  #1 se…│ role: user
      r9  09:19  InstanceStatus  #1 com…│ content: Instance 2 wins. Merging `compet…
     r10  09:19  Message  assistant: Ra…│ timestamp: 2025-11-07T09:28:30.415Z
     r11  09:20  Message  user: That is…│
     r12  09:21  Message  assistant: Fo…│
     r13  09:23  Output  #2 +586 bytes:…│
     r14  09:23  InstanceDetails  #2 se…│
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    !r21  09:27  InstanceStatus  #3 fai…│
     r22  09:27  Message  assistant: I …│
     r23  09:28  Message  user: Instanc…│
     r24  09:28  SessionDetails  set to…│
     r25  09:28  WinnerSelected  #2     │
    >r26  09:28  SessionStatus  complet…│
    ───────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(desk.press(&["↓", "↓", "Enter"]), @r#"
     Events  26 of 26                   │ State at r26  chatHistory/9/content
      r7  09:19  Output  #1 +585 bytes:…│>Instance 2 wins. Merging `competition/7c2f
      r8  09:19  InstanceDetails  #1 se…│ 4b1e/instance-2` 🎉
      r9  09:19  InstanceStatus  #1 com…│
     r10  09:19  Message  assistant: Ra…│
     r11  09:20  Message  user: That is…│
     r12  09:21  Message  assistant: Fo…│
     r13  09:23  Output  #2 +586 bytes:…│
     r14  09:23  InstanceDetails  #2 se…│
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    !r21  09:27  InstanceStatus  #3 fai…│
     r22  09:27  Message  assistant: I …│
     r23  09:28  Message  user: Instanc…│
     r24  09:28  SessionDetails  set to…│
     r25  09:28  WinnerSelected  #2     │
    >r26  09:28  SessionStatus  complet…│
    ───────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(desk.press(&["Esc", "Esc"]), @r#"
     Events  26 of 26                   │ State at r26
      r7  09:19  Output  #1 +585 bytes:…│ preserveWorktrees: false
      r8  09:19  InstanceDetails  #1 se…│ winnerId: 2
      r9  09:19  InstanceStatus  #1 com…│ runtimeMix: claude, codex, gemini
     r10  09:19  Message  assistant: Ra…│ totalDuration: 987
     r11  09:20  Message  user: That is…│ totalFilesChanged: 5
     r12  09:21  Message  assistant: Fo…│ totalLinesAdded: 43
     r13  09:23  Output  #2 +586 bytes:…│ totalLinesDeleted: 19
     r14  09:23  InstanceDetails  #2 se…│ #1, completed: 🔧 Backend Developer
     r15  09:23  InstanceStatus  #2 com…│ #2, completed: 🧪 Test Generator
     r16  09:24  Message  assistant: Fo…│ #3, failed: 🐛 Bug Fixer
     r17  09:25  Message  user: Does th…│ chatHistory/0: user: `login_expires_the_o…
     r18  09:25  Message  assistant: Ye…│ chatHistory/1: system: Competition starte…
     r19  09:27  Output  #3 +288 bytes:…│ chatHistory/2: assistant: Raised the wait…
     r20  09:27  InstanceDetails  #3 se…│ chatHistory/3: user: That is the timeout …
    !r21  09:27  InstanceStatus  #3 fai…│ chatHistory/4: assistant: For the expiry …
     r22  09:27  Message  assistant: I …│ chatHistory/5: assistant: Found it: both …
     r23  09:28  Message  user: Instanc…│ chatHistory/6: user: Does the tie-break c…
     r24  09:28  SessionDetails  set to…│ chatHistory/7: assistant: Yes, for the be…
     r25  09:28  WinnerSelected  #2     │ chatHistory/8: assistant: I marked the te…
    >r26  09:28  SessionStatus  complet…│>chatHistory/9: user: Instance 2 wins. Mer…
    ───────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
}

#[test]
fn a_base_is_compared_with() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["Home", "x", "End", "d"]), @r#"
     Events  26 of 26                   │ Diff r1..r26
      r7  09:19  Output  #1 +585 bytes:…│ ~ status: running -> completed
      r8  09:19  InstanceDetails  #1 se…│ ~ updatedAt: 2025-11-07T09:12:03.051Z -> 2
      r9  09:19  InstanceStatus  #1 com…│     025-11-07T09:28:31.006127448+00:00
     r10  09:19  Message  assistant: Ra…│ ~ completedAt: null -> 2025-11-07T09:28:30
     r11  09:20  Message  user: That is…│     .998Z
     r12  09:21  Message  assistant: Fo…│ ~ winnerId: null -> 2
     r13  09:23  Output  #2 +586 bytes:…│ ~ totalDuration: null -> 987
     r14  09:23  InstanceDetails  #2 se…│ ~ totalFilesChanged: null -> 5
     r15  09:23  InstanceStatus  #2 com…│ ~ totalLinesAdded: null -> 43
     r16  09:24  Message  assistant: Fo…│ ~ totalLinesDeleted: null -> 19
     r17  09:25  Message  user: Does th…│ + #1: completed: 🔧 Backend Developer
     r18  09:25  Message  assistant: Ye…│ + #1/output: 585 B
     r19  09:27  Output  #3 +288 bytes:…│     + > Fix the flaky login test
     r20  09:27  InstanceDetails  #3 se…│     +
    !r21  09:27  InstanceStatus  #3 fai…│     + \u{1b}[1m●\u{1b}[0m I'll run the tes
     r22  09:27  Message  assistant: I …│     t in a loop first.
     r23  09:28  Message  user: Instanc…│     + \u{1b}[32m●\u{1b}[0m Bash(for i in $
     r24  09:28  SessionDetails  set to…│     (seq 50); do cargo test -q login_expir
     r25  09:28  WinnerSelected  #2     │     es; done)
    >r26  09:28  SessionStatus  complet…│     +   ⎿  \u{1b}[31m2 of 50 failed\u{1b}[
    *──────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  base r1  follow
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
}

#[test]
fn a_search_finds_or_says_that_nothing_was_found() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["Home", "/"]);
    desk.model.update(crate::command::tui::model::Input::Text("flaky".to_owned()));
    screen!(desk, @r#"
     Events  1 of 26                    │ State at r1
    > r1  09:12  SessionCreated  compet…│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  09:12  Message  user: `login_…│ type: competition
      r3  09:12  Instance  #1, running:…│ task: Fix the flaky login test
      r4  09:12  Instance  #2, running:…│ status: running
      r5  09:12  Instance  #3, running:…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  09:12  Message  system: Compe…│ updatedAt: 2025-11-07T09:12:03.051Z
      r7  09:19  Output  #1 +585 bytes:…│ timeoutSeconds: 1800
      r8  09:19  InstanceDetails  #1 se…│ preserveWorktrees: false
      r9  09:19  InstanceStatus  #1 com…│ runtimeMix: claude, codex, gemini
     r10  09:19  Message  assistant: Ra…│
     r11  09:20  Message  user: That is…│
     r12  09:21  Message  assistant: Fo…│
     r13  09:23  Output  #2 +586 bytes:…│
     r14  09:23  InstanceDetails  #2 se…│
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    ●───────────────────────────────────────────────────────────────────────────────
     7c2f4b1e  r1  position 539  2025-11-07 09:12:03Z
    search: flaky▏
    "#);
    screen!(desk.press(&["Enter"]), @r#"
     Events  7 of 26                    │ State at r7
      r1  09:12  SessionCreated  compet…│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  09:12  Message  user: `login_…│ type: competition
      r3  09:12  Instance  #1, running:…│ task: Fix the flaky login test
      r4  09:12  Instance  #2, running:…│ status: running
      r5  09:12  Instance  #3, running:…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  09:12  Message  system: Compe…│ updatedAt: 2025-11-07T09:12:03.051Z
    > r7  09:19  Output  #1 +585 bytes:…│ timeoutSeconds: 1800
      r8  09:19  InstanceDetails  #1 se…│ preserveWorktrees: false
      r9  09:19  InstanceStatus  #1 com…│ runtimeMix: claude, codex, gemini
     r10  09:19  Message  assistant: Ra…│ #1, running: 🔧 Backend Developer
     r11  09:20  Message  user: That is…│ #2, running: 🧪 Test Generator
     r12  09:21  Message  assistant: Fo…│ #3, running: 🐛 Bug Fixer
     r13  09:23  Output  #2 +586 bytes:…│ chatHistory/0: user: `login_expires_the_o…
     r14  09:23  InstanceDetails  #2 se…│ chatHistory/1: system: Competition starte…
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    ──────────────────●─────────────────────────────────────────────────────────────
     7c2f4b1e  r7  position 545  2025-11-07 09:19:40Z
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error  / find  g go  z zoom
    "#);
    screen!(desk.press(&["n", "n", "n", "n", "n", "n", "n", "n"]), @r#"
     Events  1 of 26                    │ State at r1
    > r1  09:12  SessionCreated  compet…│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r2  09:12  Message  user: `login_…│ type: competition
      r3  09:12  Instance  #1, running:…│ task: Fix the flaky login test
      r4  09:12  Instance  #2, running:…│ status: running
      r5  09:12  Instance  #3, running:…│ createdAt: 2025-11-07T09:12:03.051Z
      r6  09:12  Message  system: Compe…│ updatedAt: 2025-11-07T09:12:03.051Z
      r7  09:19  Output  #1 +585 bytes:…│ timeoutSeconds: 1800
      r8  09:19  InstanceDetails  #1 se…│ preserveWorktrees: false
      r9  09:19  InstanceStatus  #1 com…│ runtimeMix: claude, codex, gemini
     r10  09:19  Message  assistant: Ra…│
     r11  09:20  Message  user: That is…│
     r12  09:21  Message  assistant: Fo…│
     r13  09:23  Output  #2 +586 bytes:…│
     r14  09:23  InstanceDetails  #2 se…│
     r15  09:23  InstanceStatus  #2 com…│
     r16  09:24  Message  assistant: Fo…│
     r17  09:25  Message  user: Does th…│
     r18  09:25  Message  assistant: Ye…│
     r19  09:27  Output  #3 +288 bytes:…│
     r20  09:27  InstanceDetails  #3 se…│
    ●───────────────────────────────────────────────────────────────────────────────
     7c2f4b1e  r1  position 539  2025-11-07 09:12:03Z
    past the last event: from the first again
    "#);
}

#[test]
fn a_point_that_is_none_is_told() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    screen!(desk.press(&["g"]).type_in("mark:nowhere"), @r#"
     Events  26 of 26                   │ State at r26
      r7  09:19  Output  #1 +585 bytes:…│ id: 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
      r8  09:19  InstanceDetails  #1 se…│ type: competition
      r9  09:19  InstanceStatus  #1 com…│ task: Fix the flaky login test
     r10  09:19  Message  assistant: Ra…│ status: completed
     r11  09:20  Message  user: That is…│ createdAt: 2025-11-07T09:12:03.051Z
     r12  09:21  Message  assistant: Fo…│ updatedAt: 2025-11-07T09:28:31.006127448+…
     r13  09:23  Output  #2 +586 bytes:…│ completedAt: 2025-11-07T09:28:30.998Z
     r14  09:23  InstanceDetails  #2 se…│ timeoutSeconds: 1800
     r15  09:23  InstanceStatus  #2 com…│ preserveWorktrees: false
     r16  09:24  Message  assistant: Fo…│ winnerId: 2
     r17  09:25  Message  user: Does th…│ runtimeMix: claude, codex, gemini
     r18  09:25  Message  assistant: Ye…│ totalDuration: 987
     r19  09:27  Output  #3 +288 bytes:…│ totalFilesChanged: 5
     r20  09:27  InstanceDetails  #3 se…│ totalLinesAdded: 43
    !r21  09:27  InstanceStatus  #3 fai…│ totalLinesDeleted: 19
     r22  09:27  Message  assistant: I …│ #1, completed: 🔧 Backend Developer
     r23  09:28  Message  user: Instanc…│ #2, completed: 🧪 Test Generator
     r24  09:28  SessionDetails  set to…│ #3, failed: 🐛 Bug Fixer
     r25  09:28  WinnerSelected  #2     │ chatHistory/0: user: `login_expires_the_o…
    >r26  09:28  SessionStatus  complet…│ chatHistory/1: system: Competition starte…
    ───────────────────────────────────────────────────────────────────────────────●
     7c2f4b1e  r26  position 564  2025-11-07 09:28:30Z  follow
    point mark:nowhere: there is no mark yet
    "#);
}

#[test]
fn the_help_shows_every_key() {
    let place = Place::with_sample();
    let mut desk = place.desk(None, WIDE);
    screen!(desk.press(&["?"]), @r#"
     Keys
     → l              the next event of the session
     ← h              the event before
     ↓ j              down in the pane
     ↑ k              up in the pane
     PgDn Ctrl-F      a page down
     PgUp Ctrl-B      a page up
     Home             the first of the pane
     End G            the last of the pane
     Tab              the next pane: sessions, events, inspector
     Shift-Tab        the pane before
     s                the sessions
     Enter            open the session, the place, or the event that wrote it
     Esc              stop what is under way, or go out of the place
     Backspace        to where you were before the last jump
     ]                the next message
     [                the message before
     e                the next error
     E                the error before
     /                search the events for a text
     n                the next event that holds it
     N                the one before
     F                list only: tool:codex project:P status:failed since:3d WORDS
     T                times: when it happened, or when the log got it
     g :              go to a point: r7, head-3, 15min-ago, mark:NAME, SESSION:r7
     m                give this moment a name
     Space            play the session from here, or stop
     +                play twice as fast
     -                play half as fast
     f                go to the head and follow what comes, or stop
     5 t              the conversation up to the event
     o                open all that is folded in the pane, or fold it
     u                show the sub-agents and forks under a session, or fold them
     .                go to the event of the row, also of a sub-agent
     z                the pane alone on the screen, or with the others
     1                the state after the event
     2 d              what changed since the base; without one, by the event
     3                who last wrote what
     4                the event as it was recorded
    rows 1 to 38 of 47  ↓↑ scroll  Esc back
    "#);
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
    screen!(desk.press(&["l", "Enter", "c", "x", "Tab", "e"]), @r#"
     Sessions
     no session yet
     `retold import` takes in what is on this machine







     no session
    ? help  q quit  ←→ step  Tab pane  s list  t talk  e error
    "#);
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
