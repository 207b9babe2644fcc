// How far a session is verified: what the strip shows, and what it says.

import assert from "node:assert/strict";
import test from "node:test";
import { type Fault, stripOf, toldOf, type Verified } from "../ui/trust";

const known = (verified: number, rows: Fault[] = [], verified_at: number | null = 1): Verified => ({
  through: verified * 10,
  verified,
  revisions: 100,
  end: 1000,
  verified_at,
  busy: false,
  rows,
});
const fault = (revision: number | null, sound = (revision ?? 1) - 1): Fault => ({ fault: "hash does not match the event", position: 5, revision, sound, count_in_log: 1 });

test("nothing is known to be sound that was not read", () => {
  assert.deepEqual(stripOf(null, 100), { sound: 0, read: 0, state: "unknown" });
  assert.deepEqual(stripOf(known(0, [], null), 100), { sound: 0, read: 0, state: "unknown" });
  assert.deepEqual(stripOf(known(0), 0), { sound: 0, read: 0, state: "sound" });
});

test("what was read is sound up to there, and the end is told", () => {
  assert.deepEqual(stripOf(known(40), 100), { sound: 0.4, read: 0.4, state: "part" });
  assert.deepEqual(stripOf(known(100), 100), { sound: 1, read: 1, state: "sound" });
  // What came since is not read yet.
  assert.equal(stripOf(known(100), 125).state, "part");
  assert.equal(toldOf(known(100), 125), "Verified to r100 of 125");
  assert.equal(toldOf(known(100), 100), "Verified to the end, r100");
});

test("nothing after the first fault is sound", () => {
  assert.deepEqual(stripOf(known(100, [fault(80), fault(21)]), 100), { sound: 0.2, read: 1, state: "damaged" });
  // One that is before all of the session's events.
  assert.deepEqual(stripOf(known(100, [fault(80), fault(null)]), 100), { sound: 0, read: 1, state: "damaged" });
  // One of another session's event, between two of this one's.
  assert.deepEqual(stripOf(known(100, [fault(80), fault(null, 30)]), 100), { sound: 0.3, read: 1, state: "damaged" });
  assert.equal(toldOf(known(100, [fault(21)]), 100), "Damaged: 1 kind of fault");
  assert.equal(toldOf(known(100, [fault(80), fault(21)]), 100), "Damaged: 2 kinds of faults");
});
