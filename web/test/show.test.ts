// What people read, and what they cannot be made to read.

import assert from "node:assert/strict";
import test from "node:test";
import { part, screenOf, sessionPath } from "../ui/address";
import { lines } from "../ui/ansi";
import { eventAt, placesOf } from "../ui/bar";
import { Columns, rowAt, rowsOf, type Tile } from "../ui/columns";
import { dataOf } from "../ui/data";
import { columnOf, glyphOf, line, size, standing, stretch, timeOf, visible } from "../ui/show";

test("an open session runs for ten minutes after it moved, as the command line has it", () => {
  const now = Date.UTC(2026, 10, 23, 10);
  for (const [status, seconds, stands] of [
    ["open", 0, "running"],
    ["open", 600, "running"],
    ["open", 601, "paused"],
    ["open", Number.NaN, "paused"],
    ["interrupted", 0, "interrupted"],
    ["running", 99_999, "running"],
  ] as const) {
    assert.equal(standing(status, now - seconds * 1000, now), stands, `${status} ${seconds}`);
  }
  assert.equal(columnOf("interrupted"), "failed");
  assert.notEqual(glyphOf("interrupted"), glyphOf("failed"));
});

test("nothing steers its reader", () => {
  assert.equal(visible("a\u202egpj.exe\u2066"), "a\\u{202e}gpj.exe\\u{2066}");
  assert.equal(visible("\u0000\u001b[2J\u200b\ufeff"), "\\u{0}\\u{1b}[2J\\u{200b}\\u{feff}");
  for (const plain of ["", "直してください", "👩‍🔧 é", "one\ntwo\tthree"]) assert.equal(visible(plain), plain);
  assert.equal(line("one\r\ntwo"), "one ⏎ two");
});

test("colours are classes, and every other sequence is shown", () => {
  const [first, second] = lines("\u001b[1;31mFAILED\u001b[0m ok\n\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007");
  assert.deepEqual(first, [
    { text: "FAILED", class: "fg-red bold" },
    { text: " ok", class: "" },
  ]);
  assert.equal(second?.map((piece) => piece.text).join(""), "\\u{1b}]8;;http://evil.example\\u{7}click\\u{1b}]8;;\\u{7}");
  assert.deepEqual(
    lines("10%\r50%\r100%\nab\bc").map((pieces) => pieces.map((piece) => piece.text).join("")),
    ["100%", "ac"],
  );
});

test("a name of any kind is one part of an address, and comes back", () => {
  for (const name of ["atlas/a1~2", "x.json", "atlas/..", "atlas/.", "a?b#c", "%2F", "冬", "a b", "a/b.json", "'\"<>"]) {
    const path = sessionPath(name);
    assert.ok(!/\.json$/.test(path) && !path.slice(3).includes("/"), path);
    assert.equal(new URL(path, "http://a.example").pathname, path, "browsers leave it as it is");
    assert.deepEqual(screenOf(path), { name: "session", session: name });
    assert.equal(decodeURIComponent(part(name)), name);
  }
});

test("sizes and times are short", () => {
  assert.deepEqual([0, 1023, 1024, 1536].map(size), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB"]);
  assert.deepEqual([0, 59_000, 61_000, 3_600_000, 90_000_000 * 3].map(stretch), ["0 s", "59 s", "1 min 1 s", "1 h", "3 days"]);
  assert.equal(timeOf("2025-11-07 09:12:03"), Date.UTC(2025, 10, 7, 9, 12, 3));
  assert.ok(Number.isNaN(timeOf("soon")));
  assert.deepEqual(["running", "round_2", "failed", "completed", ""].map(columnOf), ["running", "other", "failed", "completed", "other"]);
});

function tile(first: number, flags: number[]): Tile {
  const zeros = flags.map(() => 0);
  return { first, kinds: ["MessageAdded"], kind: zeros, time: flags.map((_, nth) => (nth === 0 ? first * 1_000_000 : 1_000_000)), flags, instance: zeros, bytes: zeros };
}

test("events have their turns, whichever tile comes first", () => {
  const columns = new Columns();
  columns.grow(8);
  columns.take(tile(5, [6, 0, 6, 1]));
  assert.ok(!columns.isWhole());
  columns.take(tile(1, [0, 6, 2, 0]));
  assert.ok(columns.isWhole());
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((revision) => columns.turnOf(revision)),
    [0, 1, 1, 1, 2, 2, 3, 3],
  );
  const rows = rowsOf(columns, new Set([2]), () => true);
  assert.deepEqual([...rows], [1, -1, 2, 3, 4, -2, -3, 7, 8]);
  assert.deepEqual(
    [1, 4, 6, 8].map((revision) => rowAt(rows, columns, revision)),
    [0, 4, 5, 8],
  );
  assert.equal(columns.next(4, true, 1), 8);
  assert.equal(columns.turnStart(8, false), 7);
});

test("a place on either axis leads to its event and back", () => {
  const columns = new Columns();
  columns.take(tile(1, Array(500).fill(0)));
  for (const axis of ["events", "time"] as const) {
    const places = placesOf(columns, axis);
    for (const revision of [1, 2, 250, 499, 500]) assert.equal(eventAt(places, places[revision - 1] ?? 0), revision);
    assert.deepEqual([eventAt(places, 0), eventAt(places, 1)], [1, 500]);
  }
});

test("the data of every screen is at an address of its own", () => {
  for (const [page, data] of [
    ["/", "/sessions.json"],
    ["/sessions?at=r7&q=two+words", "/sessions.json?at=r7&q=two+words"],
    ["/board?status=open&type=transcript", "/sessions.json?status=open&type=transcript"],
    ["/search?q=hinge&what=output&other=1", "/search.json?q=hinge&what=output"],
    ["/metrics?what=usage&by=model", "/usage.json?by=model"],
    ["/metrics?by=day", "/metrics.json?by=day"],
    ["/metrics?by=day&clock=recorded", "/metrics.json?by=day&clock=recorded"],
    ["/compare?a=1&b=2", "/compare.json?a=1&b=2"],
    ["/sources", "/sources.json"],
    ["/s/w%2F1?at=r3&tab=diff", "/s/w%2F1.json?at=r3"],
  ]) {
    const url = new URL(page ?? "", "http://retold.example");
    assert.equal(dataOf(url.pathname, url.searchParams), data);
  }
});
