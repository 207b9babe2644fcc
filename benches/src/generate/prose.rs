//! What people and agents write to each other.

use super::random::Random;
use super::template::Writer;

/// The language of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Language {
    English,
    Japanese,
}

impl Language {
    /// Draws one as it is met: every fifth conversation is in Japanese.
    pub(super) fn draw(random: &mut Random) -> Self {
        if random.percent(20) { Self::Japanese } else { Self::English }
    }
}

/// Writes a task, a line as typed into the dialog.
pub(super) fn task(writer: &mut Writer, language: Language) -> String {
    let mut out = String::new();
    let patterns = match language {
        Language::English => TASKS,
        Language::Japanese => TASKS_JA,
    };
    writer.expand(patterns, &mut out);
    out
}

/// Writes a message of about `bytes` bytes, whole sentences and now and then a list or some code.
pub(super) fn message(writer: &mut Writer, language: Language, bytes: usize) -> String {
    let sentences = match language {
        Language::English => SENTENCES,
        Language::Japanese => SENTENCES_JA,
    };
    let mut out = String::with_capacity(bytes + 120);
    loop {
        match writer.random.below(100) {
            0..5 => writer.expand(SNIPPETS, &mut out),
            5..14 => {
                out.push('\n');
                for _ in 0..writer.random.between(2, 3) {
                    out.push_str("- ");
                    writer.expand(ITEMS, &mut out);
                    out.push('\n');
                }
            }
            drawn => {
                if matches!(language, Language::English) && drawn < COMPOSED_BELOW {
                    compose(writer, &mut out);
                } else {
                    writer.expand(sentences, &mut out);
                }
                out.push_str(if drawn < 26 { "\n\n" } else { " " });
            }
        }
        // Half a sentence more than asked for is as likely as half a sentence less.
        if out.len() + 35 > bytes {
            return out.trim().to_owned();
        }
    }
}

/// Draws below this many of 100 are sentences put together from parts, so that a dictionary
/// trained on the text learns phrases, as it would from people, and not whole sentences.
const COMPOSED_BELOW: usize = 84;

/// Puts a sentence together from two to five parts.
fn compose(writer: &mut Writer, out: &mut String) {
    if writer.random.percent(55) {
        writer.expand(OPENERS, out);
        out.push(' ');
    }
    for parts in [SUBJECTS, PREDICATES] {
        writer.expand(parts, out);
        out.push(' ');
    }
    writer.expand(OBJECTS, out);
    if writer.random.percent(50) {
        out.push(' ');
        writer.expand(ADJUNCTS, out);
    }
    out.push_str(writer.random.pick(&[".", ".", ".", ".", "!", "?", "…", ":"]));
}

const OPENERS: &[&str] = &[
    "So",
    "But",
    "Then",
    "OK,",
    "Actually,",
    "Since $g failed,",
    "As of $h,",
    "Right now",
    "Wait,",
    "For $c,",
    "In short,",
    "On CI",
    "Locally",
    "$b,",
    "To $v it,",
    "At $w",
    "If $a,",
    "Unless $a,",
    "Besides,",
    "I think",
    "I doubt that",
    "Apparently",
    "Note:",
    "First",
    "Also,",
    "In `$i`",
    "Under load",
    "Good news:",
    "Not sure, but",
    "Per #$3,",
    "With $p $r",
    "When $a,",
    "Once $d,",
    "As you said,",
    "Strangely",
    "Without $n $n,",
    "$k",
];

const SUBJECTS: &[&str] = &[
    "we",
    "I",
    "it",
    "this",
    "you",
    "the $n",
    "a $a $n",
    "both $ns",
    "every $n",
    "`$i`",
    "`$c`",
    "`$y`",
    "my $n",
    "their $n",
    "its $n",
    "that $n",
    "no $n",
    "one $n",
    "the $a one",
    "$n $2",
    "line $3",
    "the old $n",
    "most $ns",
    "$p",
    "the $n of `$c`",
    "whoever $d it",
    "nobody",
    "the $n-$n pair",
    "another $n",
    "what you $d",
    "the user",
];

const PREDICATES: &[&str] = &[
    "$d",
    "never $d",
    "should $v",
    "can't $v",
    "will $v",
    "has $d",
    "was $g",
    "must not $v",
    "$b $d",
    "might $v",
    "doesn't $v",
    "needs",
    "returns",
    "holds",
    "wants to $v",
    "is",
    "keeps $g",
    "stopped $g",
    "would have $d",
    "breaks",
    "skips",
    "leaks",
    "owns",
    "hides",
    "fails to $v",
    "ends up $g",
    "no longer $vs",
    "used to $v",
    "is not",
    "lacks",
    "had to $v",
    "could $v",
    "gets",
    "misses",
    "expects",
    "shares",
];

const OBJECTS: &[&str] = &[
    "the $n",
    "a $a $n",
    "$a $ns",
    "`$i`",
    "`$c`",
    "any $n",
    "its own $n",
    "all $3 $ns",
    "$n and $n",
    "the $n's $n",
    "nothing",
    "it",
    "them $b",
    "$f",
    "$t",
    "that $n",
    "more $ns than $ns",
    "only $2",
    "one $n per $n",
    "every $a $n",
    "the wrong $n",
    "$4 bytes",
    "our $n",
    "some $n",
    "$n #$3",
    "the $n I $d",
    "no $ns",
    "each $n twice",
    "$m",
];

const ADJUNCTS: &[&str] = &[
    "$b",
    "in $f",
    "after $m",
    "before $g",
    "instead",
    "for now",
    "on every $n",
    "too",
    "without $g",
    "again",
    "because $n is $a",
    "since $h",
    "per $n",
    "at line $3",
    "when $a",
    "by $g the $n",
    "as a $n",
    "under $p",
    "(see $f)",
    "with $2 $ns",
    "and $vs",
    "but not the $n",
    "if you $v it",
    "over $n",
    "until $w",
    "like `$i` did",
    "from $t",
    "out of $3",
    "so I $d",
    "or $v it",
    "about $2 %",
    "until the $n $vs",
    "within $m",
];

const TASKS: &[&str] = &[
    "Fix the $a $n in $f",
    "Add $a $n support to the $n $n",
    "Refactor `$i` so that the $n no longer $vs the $n twice",
    "Write tests for $c: $a $n, $a $n, no $n at all",
    "$k Make $n $g $3 ms faster without $g the $n",
    "Why does `$i` fail with code $2 when the $n is $a? Find out and fix it.",
    "Move the $n from $t into its own $n, keep the public $n as it is",
    "Upgrade $p to $r and $v whatever breaks",
    "Implement $n $n with a $a $n; see #$3",
    "Review the last $1 commits for $a $n handling",
];

const TASKS_JA: &[&str] = &[
    "$jの不具合を直す ($f)",
    "$jに$jの対応を追加してください $k",
    "「$j」が遅いので原因を調べて$2%速くする",
    "$cのテストを書く：正常系、$jが空の場合、$jが$3件を超える場合",
    "$pを$rに上げて、壊れた$jを直してください",
    "$jのリファクタリング（公開APIは変えない）👩‍💻",
];

const ITEMS: &[&str] = &[
    "`$i` $vs the $n $b",
    "$f: $a $n, $2 lines",
    "$n: $3 before, $2 after",
    "$v the $a $n in `$c`",
    "no $n for `$y` yet (#$3)",
    "$t ($l) still $vs a $a $n",
    "$p $r needs a $a $n",
    "commit $h: $v $n and $n",
];

const SNIPPETS: &[&str] = &[
    "\n```rust\nlet $n = $c::new($2).$v()?;\nassert_eq!($n.$i(), $3);\n```\n",
    "\n```rust\nfn $i($n: &$c) -> Result<u64, $cError> {\n    $n.$i($2).map_err(|e| e.into())\n}\n```\n",
    "\n```ts\nconst $y = await $y({ $n: $3, $n: '$i' });\n```\n",
    "\n```ts\nexport function $y($n: $c): Promise<$c[]> {\n  return $n.$y($2);\n}\n```\n",
    "\n```sh\n$$ cargo test -p $p $i -- --nocapture\n```\n",
    "\n```sql\nselect $n, count(*) from $i where $n > $4 group by 1;\n```\n",
];

const SENTENCES: &[&str] = &[
    "The $a $n in `$f` is $d before the $n is $d, so the second $n sees a $a $n.",
    "I $d `$i` and the suite passes now, $3 tests in $m.",
    "Could you $v the $n $b and tell me what the $n looks like afterwards?",
    "That is not the $n I meant: $v `$c` instead, and leave the $n alone.",
    "`$i` at line $3 $b $vs the $n, even when the $n is $a.",
    "After $g the $n I get $2 failures out of $3, all of them in $t.",
    "It looks like $p $r changed how a $a $n is $d.",
    "We should not $v here; the $n already holds the $n and would deadlock.",
    "The trace ends in `$c::$i` with 0x$x on the stack.",
    "Please keep the $n $a, somebody downstream may $v it.",
    "I would rather $v the $n once at start than $v it for each $n.",
    "Median went from $3 ms to $2 ms, but the $n of the slowest $n is unchanged.",
    "Commit $h $d this: the $n used to be $a and is now $a.",
    "There are two options: $v the $n in `$i`, or make the $n $a and $v it later.",
    "Done. $2 files changed, $3 insertions, $2 deletions, and the $n is $a again.",
    "Why is the $a $n still there?",
    "Run it again with `$i=$2`, please $k",
    "The $n says $a, yet the $n says $a; one of them lies.",
    "I am $g the $a $n first because everything else depends on its $n.",
    "Nothing in `$t` uses `$y` any more, so I $d it.",
    "Session $u shows the same $n at $w.",
    "On $n $4 the $n overflows, which `$i` $b hides.",
    "The reviewer asked for a $a $n; see #$4.",
    "Each $n now has its own $n, which costs $3 bytes and saves a $n.",
    "If the $n is $a we $v it $b, otherwise the $n falls back to $2.",
    "Sounds good. $v the $n, then the $n, and stop there.",
    "The type of `$y` should be `$c | null`, not `$c`.",
    "`cargo clippy` complains about a $a $n in `$i` ($f:$l).",
    "This took $m; most of it went into $g the $n.",
    "The test is flaky because the $n and the $n race for the same $n.",
    "I have not $d the $n yet: it needs a $a $n that only $A can provide.",
    "With the $a $n the $n $vs in $m instead of $m.",
    "$k All green, pushed to `$A/$i`.",
    "Hmm, `$c` has no $n for that, so the $a $n wins.",
    "My suspicion is the $n in $f: it $vs $4 rows for one $n.",
    "Rolling back to $h made the $n $a, so the $n is in the last $1 commits.",
];

const SENTENCES_JA: &[&str] = &[
    "$jの$jが原因でした。`$i`を直したところ、$3件のテストが通りました。",
    "$fの$2行目で$jが二重に呼ばれています。",
    "先に$jを片付けてから、$jに取り掛かってください。",
    "`$c`はまだ$jを考慮していないようです $k",
    "処理時間は$3msから$2msになりましたが、$jは変わりません。",
    "$pを$rに上げると$jが壊れます。",
    "了解です、$jは触らずに$jだけ直します。",
    "この$jは必要ですか？ 使われている箇所が見つかりません。",
    "コミット$hで$jの挙動が変わっていました。",
    "$jが空のときに`$i`が落ちるので、$jを追加しました。",
    "ログ（$w）を見る限り、$jより先に$jが終わっています。",
    "レビューで指摘された$jは#$4で対応済みです。",
    "$jを$j側へ移したので、$tの変更は不要になりました。",
    "もう一度`$i=$2`で実行してもらえますか？",
];
