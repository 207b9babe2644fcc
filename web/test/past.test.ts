// Lists at any moment: from whichever moment they are known, changes lead to what every other moment has.

import assert from "node:assert/strict";
import test from "node:test";
import type { SessionRow } from "../ui/list";
import type { Json } from "../ui/net";
import { type Change, Folded, fits, Past, pointOf, sorted } from "../ui/past";

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Rows = Map<number, Record<string, Json>>;

/** A history of changes, and the rows after each of its events. */
function history(seed: number): { changes: Change[]; states: Rows[] } {
  const next = random(seed);
  const rows: Rows = new Map();
  const states: Rows[] = [new Map()];
  const changes: Change[] = [];
  for (let position = 1; position <= 60; position += 1) {
    const stream = 1 + Math.floor(next() * 5);
    const name = { full: `w/${stream}`, short: String(stream), workspace: "w", id: String(stream) };
    const change = (field: string, was: Json, is: Json): void => {
      // Some events happen at one time.
      changes.push({ stream, name, field, was, is, position, happened: Math.floor(position / 3) * 1_000_000 });
    };
    const row = rows.get(stream);
    if (row === undefined) {
      change("exists", 0, 1);
      change("status", null, "running");
      change("tags", null, "[]");
      rows.set(stream, { status: "running", tags: "[]" });
    } else if (next() < 0.2) {
      change("exists", 1, 0);
      for (const [field, was] of Object.entries(row)) change(field, was, null);
      rows.delete(stream);
    } else {
      const is = ["running", "paused", "completed"][Math.floor(next() * 3)] ?? "";
      if (is !== row.status) change("status", row.status ?? null, is);
      row.status = is;
    }
    states.push(new Map([...rows].map(([key, value]) => [key, { ...value }])));
  }
  return { changes, states };
}

/** Changes as the server gives them from a moment on: forward as they are, back the last event first with the sides exchanged. */
function sides(changes: Change[], keyOf: (change: Change) => number, anchor: number): [Change[], Change[]] {
  const forward = changes.filter((change) => keyOf(change) > anchor);
  const positions = [...new Set(changes.filter((change) => keyOf(change) <= anchor).map((change) => change.position))].reverse();
  const back = positions.flatMap((position) => changes.filter((change) => change.position === position).map((change) => ({ ...change, was: change.is, is: change.was })));
  return [forward, back];
}

test("a list led from any moment to any other is what the other has", () => {
  for (const clock of ["recorded", "occurred"] as const) {
    for (let seed = 1; seed < 30; seed += 1) {
      const { changes, states } = history(seed);
      const keyOf = (change: Change): number => (clock === "recorded" ? change.position : change.happened);
      const keys = [...new Set([0, ...changes.map(keyOf)])];
      const stateAt = (key: number): Rows => {
        let last = 0;
        for (let position = 1; position < states.length; position += 1) {
          const at = clock === "recorded" ? position : Math.floor(position / 3) * 1_000_000;
          if (at <= key) last = position;
        }
        return states[last] ?? new Map();
      };
      const next = random(seed + 1000);
      const pick = (): number => keys[Math.floor(next() * keys.length)] ?? 0;
      const anchor = pick();
      const rows = [...stateAt(anchor)].map(([stream, row]) => ({ stream, ...row, name: { full: `w/${stream}` } }) as unknown as SessionRow);
      const folded = new Folded(rows, clock, anchor);
      const [forward, back] = sides(changes, keyOf, anchor);
      folded.forward.changes.push(...forward);
      folded.back.changes.push(...back);
      folded.forward.isWhole = true;
      folded.back.isWhole = true;
      for (let move = 0; move < 40; move += 1) {
        const to = pick();
        assert.equal(folded.seek(to), null);
        const told = folded.all().map((row) => [row.stream, row.status] as const);
        const wanted = [...stateAt(to)].map(([stream, row]) => [stream, row.status] as const);
        assert.deepEqual(new Map(told), new Map(wanted), `${clock} ${seed}: from ${anchor} to ${to}`);
        const after = changes.map(keyOf).filter((key) => key > to);
        assert.equal(folded.step(to, true), after.length === 0 ? undefined : Math.min(...after));
      }
    }
  }
});

test("what is missing is said, one way or the other", () => {
  const folded = new Folded([], "recorded", 10);
  assert.equal(folded.seek(10), null);
  assert.equal(folded.seek(11), folded.forward);
  assert.equal(folded.seek(9), folded.back);
});

test("a moment is written so that no microsecond is lost", () => {
  assert.equal(pointOf("occurred", 1_762_707_165_004_718), "2025-11-09T16:52:45.004718Z");
  assert.equal(pointOf("recorded", 412), "412");
});

test("rows are left out and ordered as they are asked for", () => {
  const row = (stream: number, updated_at: string, more: object = {}): SessionRow =>
    ({ stream, updated_at, status: "running", tags: [], name: { workspace: "w" }, ...more }) as unknown as SessionRow;
  const rows = [row(1, "2025-01-01T00:00:00Z"), row(2, "2025-01-02T00:00:00Z", { tags: ["x"] }), row(3, "no time"), row(4, "2025-01-01T00:00:00Z")];
  assert.deepEqual(
    sorted(rows, null).map((one) => one.stream),
    [2, 1, 4, 3],
  );
  assert.deepEqual(
    rows.filter((one) => fits(one, { tag: "x" })).map((one) => one.stream),
    [2],
  );
});

test("a time is read to the microsecond, however many digits it is written with", () => {
  const past = new Past();
  for (const [text, micros] of [
    ["2025-11-01T08:29:36Z", 0],
    ["2025-11-01T08:29:36.5Z", 500_000],
    ["2025-11-01T08:29:36.08185Z", 81_850],
    ["2025-11-01T08:29:36.081850Z", 81_850],
    ["2025-11-01T08:29:36.081001Z", 81_001],
  ] as const) {
    assert.equal(past.keyOf(text), Date.UTC(2025, 10, 1, 8, 29, 36) * 1000 + micros, text);
  }
});
