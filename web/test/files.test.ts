// The files that a session changed: in which order, and how many lines.

import assert from "node:assert/strict";
import test from "node:test";
import { filesOf, linesOf } from "../ui/files";

const change = (path: string | null, revision: number, added: number | null = 1, removed: number | null = 0) => ({
  path,
  is: "changed" as const,
  added,
  removed,
  revision,
  occurred_at: 0,
});

test("the file that was changed last by the cursor is the first, those that are changed later come in their order", () => {
  const rows = [change("a", 1), change("b", 2), change("a", 3), change("c", 5), change(null, 6), change("b", 7)];
  const order = (cursor: number) => filesOf(rows, cursor).map(({ path }) => path);
  assert.deepEqual(order(7), ["b", null, "c", "a"]);
  assert.deepEqual(order(4), ["a", "b", "c", null]);
  assert.deepEqual(order(0), ["a", "b", "c", null]);
  assert.deepEqual(
    filesOf(rows, 7)
      .find(({ path }) => path === "a")
      ?.changes.map(({ revision }) => revision),
    [1, 3],
  );
});

test("lines are summed where all of them are known", () => {
  assert.equal(linesOf([change("a", 1, 2), change("a", 2, 3)], "added"), 5);
  assert.equal(linesOf([change("a", 1, 2), change("a", 2, null)], "added"), null);
  assert.equal(linesOf([], "removed"), 0);
});
