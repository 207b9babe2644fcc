//! What a terminal shows while an agent works.

use super::template::Writer;

/// Writes a log of `bytes` bytes, less the few of a character cut at the end.
///
/// An agent runs the same few programs again and again, and its screen is redrawn now and then.
pub(super) fn log(writer: &mut Writer, bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 512);
    let programs = 2 + bytes / 4_000;
    let scenes: Vec<&Scene> = (0..programs).map(|_| writer.random.pick(SCENES)).collect();
    while out.len() < bytes {
        let scene = writer.random.pick(&scenes);
        let from = out.len();
        line(writer, scene.opening, &mut out);
        for _ in 0..writer.random.between(scene.lines_min, scene.lines_max) {
            line(writer, scene.body, &mut out);
        }
        line(writer, scene.closing, &mut out);
        if writer.random.percent(REDRAWN_PERCENT) {
            out.extend_from_within(from..);
        }
    }
    out.truncate(out.floor_char_boundary(bytes));
    out
}

const REDRAWN_PERCENT: usize = 15;

fn line(writer: &mut Writer, patterns: &[&str], out: &mut String) {
    if !patterns.is_empty() {
        writer.expand(patterns, out);
        out.push('\n');
    }
}

/// One program's part of the log.
struct Scene {
    opening: &'static [&'static str],
    body: &'static [&'static str],
    lines_min: usize,
    lines_max: usize,
    closing: &'static [&'static str],
}

const SCENES: &[&Scene] = &[
    &AGENT,
    &AGENT,
    &CARGO_BUILD,
    &CARGO_TEST,
    &RUSTC,
    &RUSTC,
    &VITEST,
    &TSC,
    &GIT_LOG,
    &GIT_DIFF,
    &STACK,
    &SERVER,
    &AGENT_JA,
];

const AGENT: Scene = Scene {
    opening: &[
        "\x1b[1m●\x1b[0m I'll $v the $a $n first, then look at `$i`.",
        "\x1b[1m●\x1b[0m The $n is $d twice, which explains the $a $n.",
        "> $v the $n in $f and keep the $n $a",
        "\x1b[35m✻\x1b[0m Thinking… ($2s · ↑ $r k tokens · esc to interrupt)",
    ],
    body: &[
        "\x1b[32m●\x1b[0m Read($f)\n  ⎿  Read $3 lines",
        "\x1b[32m●\x1b[0m Update($t)\n  ⎿  Updated $t with $2 additions and $1 removals",
        "\x1b[32m●\x1b[0m Bash(cargo test -p $p $i)\n  ⎿  $3 passed, $1 failed in $m",
        "\x1b[32m●\x1b[0m Search(pattern: \"$i\", path: \"src\")\n  ⎿  Found $2 matches",
        "      $3 -    let $n = $c::$i($2);\n      $3 +    let $n = self.$i(&$n)?;",
        "  ☐ $v the $n in `$c`\n  ☒ $v $a $n",
        "\x1b[1m●\x1b[0m `$i` $b $vs the $n, but `$c` expects a $a $n.",
        "\x1b[31m●\x1b[0m Bash(rg $i $f)\n  ⎿  Error: exit code $1",
    ],
    lines_min: 3,
    lines_max: 9,
    closing: &[
        "\x1b[1m●\x1b[0m Done: the $n is $a and $3 tests pass. $k",
        "\x1b[1m●\x1b[0m Next I will $v the $n and $v `$y`.",
    ],
};

const AGENT_JA: Scene = Scene {
    opening: &["\x1b[1m●\x1b[0m $jを確認します。", "> $jの$jを直してください"],
    body: &[
        "\x1b[32m●\x1b[0m Read($f)\n  ⎿  Read $3 lines",
        "\x1b[1m●\x1b[0m `$i`で$jが$2回呼ばれています。$jを修正します。",
        "\x1b[32m●\x1b[0m Update($f)\n  ⎿  $2行追加、$1行削除",
        "  ☒ $jの追加\n  ☐ $jの確認",
    ],
    lines_min: 2,
    lines_max: 6,
    closing: &["\x1b[1m●\x1b[0m 完了しました $k テスト$3件すべて成功 ($m)"],
};

const CARGO_BUILD: Scene = Scene {
    opening: &[
        "$$ cargo build --release",
        "$$ cargo check --workspace --all-targets",
        "$$ cargo clippy -p $p",
    ],
    body: &[
        "\x1b[32m\x1b[1m   Compiling\x1b[0m $p v$r",
        "\x1b[32m\x1b[1m    Checking\x1b[0m $p v$r",
        "\x1b[32m\x1b[1m  Downloaded\x1b[0m $p v$r",
    ],
    lines_min: 4,
    lines_max: 14,
    closing: &[
        "\x1b[32m\x1b[1m    Finished\x1b[0m `dev` profile [unoptimized + debuginfo] target(s) in $m",
        "\x1b[32m\x1b[1m    Finished\x1b[0m `release` profile [optimized] target(s) in $m",
    ],
};

const CARGO_TEST: Scene = Scene {
    opening: &["     Running unittests src/lib.rs (target/debug/deps/$i-$h$h)\n\nrunning $2 tests"],
    body: &[
        "test $n::tests::$i_$vs_the_$n ... \x1b[32mok\x1b[0m",
        "test $n::$n::tests::a_$a_$n_is_$d ... \x1b[32mok\x1b[0m",
        "test $i ... \x1b[32mok\x1b[0m",
        "test $n::tests::$i ... \x1b[31mFAILED\x1b[0m",
        "test $n::$i ... \x1b[33mignored\x1b[0m, needs a $a $n",
    ],
    lines_min: 5,
    lines_max: 18,
    closing: &[
        "\ntest result: \x1b[32mok\x1b[0m. $2 passed; 0 failed; $1 ignored; 0 measured; $3 filtered out; finished in $m\n",
        "\nfailures:\n    $n::tests::$i\n\ntest result: \x1b[31mFAILED\x1b[0m. $2 passed; $1 failed; finished in $m\n",
        "\n---- $n::tests::$i stdout ----\nthread '$n::tests::$i' panicked at $f:$l:\nassertion `left == right` failed\n  left: $3\n right: $4\n",
    ],
};

const RUSTC: Scene = Scene {
    opening: &[],
    body: &[
        "\x1b[31m\x1b[1merror[$e]\x1b[0m: mismatched types\n   \x1b[34m-->\x1b[0m $f:$l\n    |\n$3 |     $n.$i(&$n, $2)\n    |            ^^^^ expected `$c`, found `Option<$c>`\n",
        "\x1b[31m\x1b[1merror[$e]\x1b[0m: cannot find function `$i` in module `$n`\n   \x1b[34m-->\x1b[0m $f:$l\n    |\n$2 |         let $n = $n::$i();\n    |                       ^^^^ not found in `$n`\n",
        "\x1b[33m\x1b[1mwarning\x1b[0m: unused variable: `$i`\n   \x1b[34m-->\x1b[0m $f:$l\n    = help: prefix it with an underscore: `_$i`\n",
        "\x1b[31m\x1b[1merror[$e]\x1b[0m: borrow of moved value: `$n`\n   \x1b[34m-->\x1b[0m $f:$l\n$3 |     $v($n);\n    |       ---- value moved here\n$3 |     $n.$v();\n    |     ^^^^ value borrowed here after move\n",
        "\x1b[33m\x1b[1mwarning\x1b[0m: method `$i` is never used\n   \x1b[34m-->\x1b[0m $f:$l\n    = note: `#[warn(dead_code)]` on by default\n",
    ],
    lines_min: 1,
    lines_max: 4,
    closing: &[
        "\x1b[31m\x1b[1merror\x1b[0m: could not compile `$p` (lib) due to $1 previous errors; $2 warnings emitted",
    ],
};

const VITEST: Scene = Scene {
    opening: &["$$ pnpm vitest run\n\n \x1b[36m RUN \x1b[0m v$r"],
    body: &[
        " \x1b[32m✓\x1b[0m $t \x1b[2m($2 tests)\x1b[0m \x1b[33m$m\x1b[0m",
        "   \x1b[32m✓\x1b[0m $c > $vs the $a $n \x1b[33m$m\x1b[0m",
        " \x1b[31m❯\x1b[0m $t ($2 tests | $1 failed) $m",
        "   \x1b[31m×\x1b[0m $c > $vs a $a $n\n     → expected $3 to be $4 // Object.is equality",
    ],
    lines_min: 3,
    lines_max: 10,
    closing: &[
        "\n Test Files  $2 passed ($2)\n      Tests  $3 passed ($3)\n   Start at  $w\n   Duration  $m (transform $m, setup $m, collect $m)\n",
    ],
};

const TSC: Scene = Scene {
    opening: &["$$ tsc --noEmit -p tsconfig.json"],
    body: &[
        "$t($2,$2): error TS2345: Argument of type '$c' is not assignable to parameter of type '$c'.",
        "$t($3,$1): error TS2339: Property '$y' does not exist on type '$c'.",
        "$t($2,$1): error TS6133: '$y' is declared but its value is never read.",
        "$t($3,$2): error TS2322: Type 'string | undefined' is not assignable to type '$c'.",
        "$t($2,$2): error TS7006: Parameter '$n' implicitly has an 'any' type.",
    ],
    lines_min: 2,
    lines_max: 8,
    closing: &["\nFound $2 errors in $1 files."],
};

const GIT_LOG: Scene = Scene {
    opening: &[
        "$$ git log --oneline --stat -n $1",
        "$$ git status --short --branch\n## $A/$i...origin/main [ahead $1]",
    ],
    body: &[
        "\x1b[33m$h\x1b[0m $n: $v the $a $n",
        "\x1b[33m$h\x1b[0m $v $n in $c (#$4)",
        " $f | $2 \x1b[32m+++++\x1b[31m--\x1b[0m",
        " $t | $3 \x1b[32m++++++++\x1b[0m",
        " M $f",
        "?? $t",
    ],
    lines_min: 3,
    lines_max: 10,
    closing: &[" $1 files changed, $3 insertions(+), $2 deletions(-)"],
};

const GIT_DIFF: Scene = Scene {
    opening: &[
        "\x1b[1mdiff --git a/$f b/$f\nindex $h..$h 100644\x1b[0m\n\x1b[36m@@ -$3,$1 +$3,$2 @@\x1b[0m impl $c {",
    ],
    body: &[
        "\x1b[32m+        let $n = self.$i($n)?;\x1b[0m",
        "\x1b[31m-        $n.$v($n.$i());\x1b[0m",
        "     /// $vs the $a $n, or the $n where there is none.",
        "     pub fn $i(&self, $n: $c) -> Option<u64> {",
        "\x1b[32m+        if $n.$i() > $3 { return Err($c::$c); }\x1b[0m",
        "     }",
        "\x1b[32m+    const $c: usize = $4;\x1b[0m",
    ],
    lines_min: 4,
    lines_max: 12,
    closing: &[""],
};

const STACK: Scene = Scene {
    opening: &[
        "TypeError: Cannot read properties of undefined (reading '$y')",
        "Error: $c timed out after $4 ms waiting for the $n",
        "thread 'main' panicked at $f:$l:\ncalled `Result::unwrap()` on an `Err` value: $c { $n: $3, $n: \"$i\" }\nstack backtrace:",
    ],
    body: &[
        "    at $y ($t:$l)",
        "    at async $c.$y ($t:$l)",
        "    at $c.$y (node_modules/$p/dist/index.js:$4:$2)",
        "  $2: $p::$n::$c::$i\n             at ./$f:$l",
        "  $2: 0x$x - $n::$i::h$x",
    ],
    lines_min: 3,
    lines_max: 9,
    closing: &[
        "note: run with `RUST_BACKTRACE=full` for a verbose backtrace",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:$2:$1)",
    ],
};

const SERVER: Scene = Scene {
    opening: &["$$ cargo run --bin $p"],
    body: &[
        "\x1b[2m$w.$3\x1b[0m \x1b[32m INFO\x1b[0m $p::$n: $d the $n \x1b[3mid\x1b[0m=$u \x1b[3melapsed\x1b[0m=$m",
        "\x1b[2m$w.$3\x1b[0m \x1b[33m WARN\x1b[0m $p::$n: $a $n, $g again \x1b[3mattempt\x1b[0m=$1",
        "\x1b[2m$w.$3\x1b[0m \x1b[34mDEBUG\x1b[0m $p::$n::$n: rows=$4 digest=$H",
        "GET /api/$n/$4?$n=$2 200 $m - $4 bytes",
        "\x1b[2m$w.$3\x1b[0m \x1b[31mERROR\x1b[0m $n::$i: $a $n at 0x$x",
    ],
    lines_min: 3,
    lines_max: 9,
    closing: &["^C", "\x1b[2m$w.$3\x1b[0m \x1b[32m INFO\x1b[0m $p: listening on 127.0.0.1:$4"],
};
