// The fold of the page against the server's states. The vectors are the server's, written by `tests/page/patches.rs`.

import assert from "node:assert/strict";
import test from "node:test";
import { back, forward, type Given, type State, type Step, stateOf } from "../ui/fold";
import vectors from "./fold-vectors.json";

interface Vector {
  session: string;
  steps: Step[];
  states: [number, Given][];
}

const all = vectors as unknown as Vector[];

function plain(state: State): unknown {
  const rows = (list: (object | undefined)[]) => list.map((row) => (row === undefined ? null : { ...row }));
  return { own: state.own === null ? null : { ...state.own }, instances: rows(state.instances), messages: state.chatHistory.length };
}

function given(state: Given): unknown {
  return plain(stateOf(state));
}

test("from the beginning on every state is the server's", () => {
  for (const { session, steps, states } of all) {
    const state = stateOf(null);
    for (const step of steps) {
      forward(state, step);
      const wanted = states.find(([revision]) => revision === step.revision);
      if (wanted !== undefined) assert.deepEqual(plain(state), given(wanted[1]), `${session} r${step.revision}`);
    }
  }
});

test("back from any state of the server to any other", () => {
  for (const { session, steps, states } of all) {
    for (const [from, start] of states) {
      const state = stateOf(start);
      for (let revision = from; revision >= 1; revision -= 1) {
        const wanted = states.find(([known]) => known === revision);
        if (wanted !== undefined) assert.deepEqual(plain(state), given(wanted[1]), `${session} r${from} back to r${revision}`);
        back(state, steps[revision - 1] as Step);
      }
      assert.equal(state.own, null, `${session}: before its first event there is nothing`);
    }
  }
});

test("forward and back is where it was, however one walks", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (const { steps } of all) {
    const seen: string[] = [JSON.stringify(plain(stateOf(null)))];
    const first = stateOf(null);
    for (const step of steps) {
      forward(first, step);
      seen.push(JSON.stringify(sorted(plain(first))));
    }
    seen[0] = JSON.stringify(sorted(plain(stateOf(null))));
    const state = stateOf(null);
    let at = 0;
    for (let walk = 0; walk < 300; walk += 1) {
      const to = random(steps.length + 1);
      while (at < to) forward(state, steps[at++] as Step);
      while (at > to) back(state, steps[--at] as Step);
      assert.equal(JSON.stringify(sorted(plain(state))), seen[at]);
    }
  }
});

// A key that went and came back is at the end: the order of keys is not part of a state.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

test("a key that objects inherit is a key like any other", () => {
  const state = stateOf({ own: JSON.parse('{"__proto__":{"a":1},"constructor":2}'), instances: [], instance_count: 0, message_count: 0 });
  const step: Step = { revision: 2, position: 2, patches: [{ in: "own", key: "__proto__", op: "set", old: { a: 1 }, new: 5 }] };
  forward(state, step);
  assert.equal(({} as { a?: number }).a, undefined);
  back(state, step);
  assert.equal(JSON.stringify(state.own?.constructor), "2");
});
