//! The vocabulary, and names made from it.

use super::random::Random;

/// Things that programs are made of.
#[rustfmt::skip]
pub(super) const NOUNS: &[&str] = &[
    "parser", "session", "token", "buffer", "queue", "worker", "cursor", "socket", "handler", "timeout",
    "retry", "snapshot", "migration", "schema", "index", "column", "cache", "entry", "lock", "mutex",
    "thread", "channel", "payload", "header", "cookie", "request", "response", "route", "middleware",
    "template", "component", "hook", "store", "reducer", "selector", "fixture", "mock", "assertion",
    "suite", "coverage", "branch", "commit", "patch", "diff", "merge", "conflict", "rebase", "worktree",
    "pipeline", "runner", "container", "image", "volume", "manifest", "bundle", "chunk", "asset",
    "stylesheet", "layout", "sidebar", "dialog", "toast", "button", "form", "field", "label", "tooltip",
    "viewport", "canvas", "shader", "texture", "vertex", "frame", "camera", "tile", "layer", "polygon",
    "geometry", "projection", "latitude", "invoice", "receipt", "currency", "ledger", "balance",
    "category", "budget", "statement", "export", "import", "upload", "download", "stream", "reader",
    "writer", "encoder", "decoder", "codec", "charset", "locale", "timezone", "calendar", "clock",
    "deadline", "scheduler", "interval", "debounce", "throttle", "batch", "page", "offset", "limit",
    "filter", "query", "planner", "join", "transaction", "savepoint", "checkpoint", "journal",
    "replica", "leader", "follower", "quorum", "election", "heartbeat", "lease", "partition", "shard",
    "bucket", "histogram", "gauge", "counter", "metric", "trace", "span", "logger", "appender",
    "formatter", "linter", "compiler", "lexer", "grammar", "node", "visitor", "closure", "iterator",
    "generic", "lifetime", "trait", "enum", "struct", "macro", "attribute", "derive", "crate", "module",
    "workspace", "dependency", "lockfile", "registry", "mirror", "release", "changelog", "tag",
    "milestone", "issue", "review", "comment", "thread-pool", "allocator", "arena", "slab", "pointer",
    "reference", "borrow", "stack", "heap", "bitmap", "checksum", "digest", "signature", "certificate",
    "keychain", "credential", "secret", "permission", "role", "tenant", "account", "profile", "avatar",
    "notification", "webhook", "event", "listener", "observer", "subscription", "feed", "timeline",
    "editor", "pane", "tab", "terminal", "prompt", "keybinding", "palette", "theme", "icon", "gutter",
    "minimap", "breakpoint", "watcher", "debugger", "profiler", "flamegraph", "benchmark", "regression",
    "baseline", "threshold", "tolerance", "outlier", "sample", "median", "percentile", "latency",
    "throughput", "backlog", "ticket",
];

/// What such things are.
#[rustfmt::skip]
pub(super) const ADJECTIVES: &[&str] = &[
    "stale", "empty", "missing", "broken", "nested", "optional", "shared", "global", "local", "async",
    "blocking", "lazy", "eager", "cached", "dirty", "pending", "partial", "incomplete", "duplicate",
    "redundant", "obsolete", "deprecated", "unused", "unsafe", "mutable", "immutable", "private",
    "public", "internal", "external", "remote", "atomic", "idempotent", "deterministic", "flaky",
    "slow", "fast", "expensive", "cheap", "narrow", "wide", "deep", "shallow", "strict", "loose",
    "implicit", "explicit", "generic", "concrete", "abstract", "dynamic", "static", "inline",
    "recursive", "bounded", "unbounded", "signed", "unsigned", "numeric", "textual", "binary", "raw",
    "malformed", "truncated", "escaped", "quoted", "trailing", "leading", "previous", "current", "next",
    "outer", "inner", "primary", "secondary", "default", "custom", "minimal", "verbose", "silent",
    "hidden", "visible", "disabled", "enabled", "expired", "valid", "invalid", "ambiguous",
    "unreachable", "concurrent", "sequential", "incremental", "persistent", "temporary", "volatile",
    "transient", "noisy", "surprising", "subtle", "obvious", "harmless", "dangerous", "correct", "wrong",
];

/// How something is done.
#[rustfmt::skip]
pub(super) const ADVERBS: &[&str] = &[
    "only", "again", "twice", "always", "never", "sometimes", "silently", "explicitly", "eagerly",
    "lazily", "directly", "indirectly", "immediately", "eventually", "correctly", "incorrectly",
    "separately", "locally", "remotely", "already", "still", "probably", "clearly", "simply",
    "currently", "previously", "carefully", "briefly", "safely", "cleanly", "recursively", "manually",
    "automatically",
];

/// Regular verbs that keep their last consonant single; see [`past`].
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
    "parse", "load", "store", "flush", "close", "open", "render", "mount", "fetch", "cache", "retry",
    "resolve", "reject", "compare", "merge", "rebase", "join", "extract", "inline", "rename", "delete",
    "remove", "create", "update", "insert", "append", "replace", "restore", "rotate", "validate",
    "sanitize", "escape", "encode", "decode", "compress", "expand", "truncate", "normalize",
    "serialize", "measure", "profile", "trace", "record", "replay", "simulate", "mock", "assert",
    "check", "verify", "lock", "release", "acquire", "borrow", "clone", "move", "return", "collect",
    "filter", "sort", "group", "count", "reduce", "fold", "traverse", "visit", "walk", "search",
    "index", "migrate", "upgrade", "bump", "document", "annotate", "lint", "compile", "install",
    "deploy", "publish", "revert",
];

/// The same in Japanese.
#[rustfmt::skip]
pub(super) const NOUNS_JA: &[&str] = &[
    "セッション", "認証処理", "テスト", "ログイン画面", "設定ファイル", "非同期処理", "データベース", "移行スクリプト", "エラーメッセージ", "依存関係", "型定義",
    "戻り値", "引数", "排他制御", "タイムアウト", "再試行", "キャッシュ", "レシート画像", "家計簿", "通貨換算", "地図タイル", "座標変換", "描画",
    "検索インデックス", "全文検索", "形態素解析", "文字コード", "改行コード", "タイムゾーン", "通知", "購読", "履歴", "差分", "ブランチ", "作業ツリー",
    "レビュー", "ビルド", "リント", "性能測定", "メモリ使用量", "スレッド", "キュー", "トランザクション", "外部キー", "ロールバック", "例外処理",
];

/// Plain ones, joined ones, flags and skin tones.
#[rustfmt::skip]
pub(super) const EMOJI: &[&str] = &[
    "🚀", "✅", "❌", "🔧", "🐛", "✨", "📦", "🎉", "🔥", "👀", "🧪", "💡", "📝", "⚡", "🛡️", "🎨", "👩‍💻", "🧑‍🔬",
    "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇯🇵", "👍🏽", "🤔", "⏱️",
];

/// Folders of source code.
#[rustfmt::skip]
pub(super) const FOLDERS: &[&str] = &[
    "auth", "session", "store", "editor", "terminal", "tiles", "receipts", "budget", "export", "import",
    "sync", "search", "worker", "queue", "schema", "api", "ui", "hooks", "core", "shared", "net",
    "cache", "render", "geo", "ocr", "ledger",
];

/// Packages that builds print.
#[rustfmt::skip]
pub(super) const PACKAGES: &[&str] = &[
    "serde", "tokio", "axum", "sqlx", "tracing", "anyhow", "regex", "rayon", "bytes", "hyper", "tower",
    "reqwest", "clap", "indexmap", "smallvec", "parking_lot", "crossbeam-utils", "memchr", "ryu",
    "itoa", "libc", "rustix", "mio", "futures-core", "pin-project-lite", "unicode-ident", "proc-macro2",
    "quote", "syn", "thiserror", "once_cell", "url", "percent-encoding", "base64", "sha2", "zeroize",
    "rustls", "ring", "webpki-roots", "image", "png", "flate2", "miniz_oxide", "csv", "chrono", "uuid",
    "rand", "rand_core", "num-traits", "bitflags", "log", "env_logger", "tempfile", "walkdir", "ignore",
    "globset", "aho-corasick", "vite", "react", "react-dom", "zustand", "vitest", "typescript",
    "eslint", "prettier", "postcss", "tailwindcss",
];

/// Names of workspaces.
#[rustfmt::skip]
pub(super) const PROJECTS: &[&str] = &[
    "atlas", "kakeibo", "lighthouse", "orchard", "ferry", "mosaic", "tideline", "quarry", "lantern",
    "harbor", "sparrow", "juniper", "compass", "pebble", "meadow",
];

/// Owners of workspaces.
#[rustfmt::skip]
pub(super) const PEOPLE: &[&str] = &[
    "mika", "ren", "sora", "haru", "yuki", "kenji", "aoi", "naomi",
];

/// Agents as shown to people, and as used in names of branches.
const AGENTS: &[&(&str, &str)] = &[
    &("🏛️ System Architect", "system-architect"),
    &("🔧 Backend Developer", "backend-developer"),
    &("🎨 Frontend Developer", "frontend-developer"),
    &("🧪 Test Generator", "test-generator"),
    &("👀 Code Reviewer", "code-reviewer"),
    &("🔒 Security Tester", "security-tester"),
    &("🗃️ Database Designer", "database-designer"),
    &("🐛 Bug Fixer", "bug-fixer"),
    &("♻️ Refactor Specialist", "refactor-specialist"),
    &("⚡ Performance Tester", "performance-tester"),
    &("👩‍💻 API 設計担当", "api-designer"),
    &("🧑‍🔬 テスト担当 (第2班)", "qa-validator"),
    &("📝 Tech Writer", "tech-writer"),
    &("🚀 DevOps Engineer", "devops-engineer"),
    &("統合担当エージェント", "integration-planner"),
];

/// Runtime, model and label.
pub(super) const RUNTIMES: [(&str, &str, &str); 6] = [
    ("claude", "sonnet", "Claude · Sonnet"),
    ("claude", "opus", "Claude · Opus"),
    ("claude", "haiku", "Claude · Haiku"),
    ("codex", "gpt-5-codex", "Codex · GPT-5"),
    ("codex", "gpt-4.1", "Codex · GPT-4.1"),
    ("gemini", "gemini-2.5-pro", "Gemini · 2.5 Pro"),
];

/// Returns the path of workspace number `number`, a different one for each.
pub(super) fn workspace(number: usize) -> String {
    let (project, round) = (PROJECTS[number % PROJECTS.len()], number / PROJECTS.len());
    let person = PEOPLE[number % PEOPLE.len()];
    if round == 0 {
        format!("/home/{person}/work/{project}")
    } else {
        format!("/home/{person}/work/{project}-{round}")
    }
}

pub(super) fn agent(random: &mut Random) -> (&'static str, &'static str) {
    *random.pick(AGENTS)
}

/// Returns an agent's name as people see it: with an emoji, or the plain name.
pub(super) fn agent_name(random: &mut Random) -> String {
    let (shown, plain) = agent(random);
    if random.percent(70) { shown.to_owned() } else { plain.to_owned() }
}

/// Appends the past tense of `verb`.
pub(super) fn past(verb: &str, out: &mut String) {
    match verb.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => out.extend([stem, "ied"]),
        _ if verb.ends_with('e') => out.extend([verb, "d"]),
        _ => out.extend([verb, "ed"]),
    }
}

/// Appends the gerund of `verb`.
pub(super) fn gerund(verb: &str, out: &mut String) {
    out.extend([verb.strip_suffix('e').unwrap_or(verb), "ing"]);
}

/// Appends an identifier such as `parse_stale_token2`.
pub(super) fn snake(random: &mut Random, out: &mut String) {
    let pattern = random.below(6);
    if pattern != 1 {
        out.extend([random.pick(VERBS), "_"]);
    }
    if pattern < 3 {
        out.extend([random.pick(ADJECTIVES), "_"]);
    }
    out.extend(random.pick(NOUNS).split('-'));
    if pattern == 5 {
        out.push_str(random.pick(&["_2", "_id", "_ms", "_by_id", "s", "_or_default"]));
    }
}

/// Appends an identifier such as `StaleTokenParser`.
pub(super) fn upper_camel(random: &mut Random, out: &mut String) {
    camel(random, true, out);
}

/// Appends an identifier such as `staleTokenParser`.
pub(super) fn lower_camel(random: &mut Random, out: &mut String) {
    camel(random, false, out);
}

fn camel(random: &mut Random, upper: bool, out: &mut String) {
    let words = [random.pick(ADJECTIVES), random.pick(NOUNS), random.pick(NOUNS)];
    let skipped = random.below(2);
    for (place, word) in words[skipped..].iter().flat_map(|word| word.split('-')).enumerate() {
        let (first, rest) = word.split_at(1);
        if upper || place > 0 {
            out.push_str(&first.to_ascii_uppercase());
        } else {
            out.push_str(first);
        }
        out.push_str(rest);
    }
}

pub(super) fn rust_path(random: &mut Random, out: &mut String) {
    let root = random.pick(&["src", "src-tauri/src", "crates/engine/src", "tests"]);
    out.extend([root, "/", random.pick(FOLDERS), "/"]);
    if random.percent(30) {
        out.extend([random.pick(ADJECTIVES), "_"]);
    }
    out.extend(random.pick(NOUNS).split('-'));
    out.push_str(".rs");
}

pub(super) fn script_path(random: &mut Random, out: &mut String) {
    out.extend([random.pick(&["src", "app", "packages/web/src"]), "/", random.pick(FOLDERS), "/"]);
    let upper = random.percent(60);
    camel(random, upper, out);
    out.push_str(random.pick(&[".ts", ".tsx", ".test.ts"]));
}

pub(super) fn package(random: &mut Random, out: &mut String) {
    out.push_str(random.pick(PACKAGES));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn verbs_are_inflected() {
        let mut out = String::new();
        for verb in ["retry", "cache", "lock", "deploy"] {
            past(verb, &mut out);
            gerund(verb, &mut out);
        }
        assert_eq!(out, "retriedretryingcachedcachinglockedlockingdeployeddeploying");
    }

    #[test]
    fn every_workspace_has_its_own_path() {
        assert_eq!((0..500).map(workspace).collect::<HashSet<_>>().len(), 500);
    }
}
