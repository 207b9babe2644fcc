// What is read from the server: not too often, not again and again, and never lost to what comes meanwhile.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { TILE } from "../ui/columns";
import { List } from "../ui/list";
import { Model } from "../ui/model";
import { Asking } from "../ui/net";
import { Past } from "../ui/past";
import { Read } from "../ui/read";
import { Talk } from "../ui/talk";
import { throttle } from "../ui/throttle";

type Answer = { status: number; body: unknown };
let requests: URL[] = [];
let answer: (url: URL) => Answer | Promise<Answer> = () => ({ status: 500, body: {} });

globalThis.fetch = (async (address: string) => {
  const url = new URL(address, "http://retold.example");
  requests.push(url);
  const { status, body } = await answer(url);
  return new Response(JSON.stringify(body), { status });
}) as typeof fetch;

/** Lets everything go on that waits for nothing outside. */
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

beforeEach(() => {
  requests = [];
});

test("steady news are followed at once, and then once a period", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let times = 0;
  const follow = throttle(() => {
    times += 1;
  }, 2000);
  for (let ms = 0; ms < 20_000; ms += 100) {
    follow();
    mock.timers.tick(100);
  }
  assert.ok(times >= 10 && times <= 11, String(times));
  mock.timers.tick(4000);
  const before = times;
  mock.timers.tick(10_000);
  assert.equal(times, before);
  follow();
  assert.equal(times, before + 1);
  mock.timers.reset();
});

test("news do not end a reading that is under way, another address does", async () => {
  const wakes: ((text: string) => void)[] = [];
  const asked: string[] = [];
  const read = new Read<string>((address) => {
    asked.push(address);
    return new Promise((wake) => wakes.push(wake));
  });
  read.of("/a");
  for (let news = 0; news < 5; news += 1) read.of("/a");
  wakes[0]?.("first");
  await settled();
  assert.equal(read.value.value, "first");
  assert.deepEqual(asked, ["/a", "/a"]);
  read.of("/b");
  wakes[1]?.("late");
  wakes[2]?.("other");
  await settled();
  assert.equal(read.value.value, "other");
  assert.deepEqual([asked.at(-1), read.isReading.value], ["/b", false]);
});

/** Pages of ten revisions each, of a session with so many. */
function pages(last: number): (url: URL) => Answer {
  return (url) => {
    const before = url.searchParams.get("before");
    const after = url.searchParams.get("after");
    const from = after !== null ? Number(after) : Math.max(0, Math.min(last, Number(before ?? last)) - 10);
    const to = after !== null ? Math.min(last, from + 10) : Math.min(last, Number(before ?? last));
    return { status: 200, body: { from, to, revisions: last, first: from === 0, rows: [], agents: [] } };
  };
}

test("a conversation that cannot be read is asked for once, and again where somebody wants it", async () => {
  answer = () => ({ status: 500, body: { detail: "broken" } });
  const talk = new Talk("s");
  await talk.show(100, 100);
  await settled();
  assert.equal(requests.length, 1);
  assert.equal(talk.problem.value?.message, "broken");
  answer = pages(100);
  await talk.show(100, 100);
  assert.equal(talk.problem.value, null);
  assert.equal(talk.to, 100);
});

test("of the moments that are wanted while something is read, the latest is shown", async () => {
  answer = pages(10_000);
  const talk = new Talk("s");
  const first = talk.show(100, 10_000);
  for (const wanted of [2000, 3000, 9000]) void talk.show(wanted, 10_000);
  await first;
  await settled();
  assert.ok(talk.from < 9000 && talk.to >= 9000, `${talk.from}..${talk.to}`);
  assert.ok(!requests.some((url) => ["2000", "3000"].includes(url.searchParams.get("before") ?? "")));
});

test("a moment some pages on is read up to", async () => {
  answer = pages(1000);
  const talk = new Talk("s");
  await talk.show(500, 1000);
  await talk.show(545, 1000);
  assert.ok(talk.from < 545 && talk.to >= 545, `${talk.from}..${talk.to}`);
});

test("who scrolls up stays there, also where the session grows", async () => {
  answer = pages(1000);
  const talk = new Talk("s");
  await talk.show(1000, 1000);
  for (let page = 0; page < 20; page += 1) await talk.before();
  const [from, to] = [talk.from, talk.to];
  assert.ok(to < 1000);
  await talk.show(1000, 1001);
  assert.deepEqual([talk.from, talk.to], [from, to]);
  await talk.show(999, 1001);
  assert.ok(talk.from < 999 && talk.to >= 999);
});

const named = (id: string) => ({
  stream: Number(id),
  name: { full: `w/${id}`, short: id, workspace: "w", id },
  status: "open",
  type: "t",
  tags: [],
  updated_at: "",
  created_at: "",
});

/** A list of two sessions, of which one has the text that is looked for. */
function lists(url: URL): Answer {
  const rows = url.searchParams.has("q") ? [named("1")] : [named("1"), named("2")];
  return { status: 200, body: { rows, next: null, as_of: { position: 7, hash: "", view: "" } } };
}

test("a text filter of the past that is cleared leaves no list filtered", async () => {
  answer = lists;
  const past = new Past();
  past.clock.value = "recorded";
  await past.open("7", { q: "one" });
  assert.equal(past.total.value, 1);
  await past.open("7", {});
  assert.equal(past.total.value, 2);
  // Also where the filter is cleared before it moves.
  await past.open("7", { q: "one" });
  past.refine({});
  await past.moveTo(7);
  assert.equal(past.total.value, 2);
});

test("a step waits for the rows of the moment", async () => {
  const wakes: (() => void)[] = [];
  answer = (url) => new Promise((wake) => wakes.push(() => wake(lists(url))));
  const past = new Past();
  past.clock.value = "recorded";
  const waiting = past.anchored();
  void past.open("7", {});
  await settled();
  assert.equal(past.folded, null);
  for (const wake of wakes) wake();
  assert.equal(await waiting, true);
  assert.equal(past.at.value, 7);
  const broken = new Past();
  answer = () => ({ status: 500, body: {} });
  const refused = broken.anchored();
  void broken.open("7", {});
  assert.equal(await refused, false);
});

/** Answers that come when somebody says so, in any order: the one that was asked for as the nth. */
function gates(of: (url: URL) => Answer): ((nth: number) => Promise<void>) & { count: () => number } {
  const wakes: (() => void)[] = [];
  answer = (url) => {
    const now = of(url);
    return new Promise((wake) => wakes.push(() => wake(now)));
  };
  const open = async (nth: number): Promise<void> => {
    wakes[nth]?.();
    for (let round = 0; round < 4; round += 1) await settled();
  };
  return Object.assign(open, { count: () => wakes.length });
}

test("what somebody let go of is neither answered nor refused later", async () => {
  for (const status of [200, 500]) {
    const open = gates(() => ({ status, body: { detail: "late" } }));
    const heard: string[] = [];
    const asking = new Asking();
    const ask = (address: string): void =>
      asking.ask(
        address,
        () => heard.push(`answer to ${address}`),
        () => heard.push(`problem of ${address}`),
      );
    ask("/a");
    ask("/b");
    await open(1);
    await open(0);
    const wanted = [status === 200 ? "answer to /b" : "problem of /b"];
    assert.deepEqual(heard, wanted);
    ask("/c");
    asking.end();
    await open(2);
    assert.deepEqual(heard, wanted);
  }
});

/** A session of the view that is there: each of its events says in which one it was read. */
function session(now: { last: number; view: string }): (url: URL) => Answer {
  return (url) => {
    const { last, view } = now;
    const as_of = { position: last, hash: "", view };
    const body = ((): object => {
      if (url.pathname.endsWith("/patches.json")) {
        const [from, to] = [Number(url.searchParams.get("from")), Math.min(last, Number(url.searchParams.get("to")))];
        const rows = Array.from({ length: to - from }, (_, nth) => ({
          revision: from + nth + 1,
          position: from + nth + 1,
          patches: [{ in: "own", key: "view", op: "set", new: `${view} r${from + nth + 1}` }],
        }));
        return { rows, through: to, as_of };
      }
      if (url.pathname.endsWith("/events.json")) {
        const from = Number(url.searchParams.get("from"));
        return { rows: Array.from({ length: last - from + 1 }, (_, nth) => ({ revision: from + nth, said: view })), as_of };
      }
      if (url.pathname.includes("/tiles/")) {
        const zeros = Array.from({ length: last }, () => 0);
        return { tile: { first: 1, kinds: ["k"], kind: zeros, time: zeros, flags: zeros, instance: zeros, bytes: zeros }, as_of };
      }
      const state = { own: { view }, instances: [], instance_count: 0, message_count: 0 };
      return { session: named("s").name, folder: null, revision: last, revisions: last, position: last, occurred_at: 0, state, as_of };
    })();
    return { status: 200, body };
  };
}

test("a session that grows, or loses bodies, while a part of it is read is shown whole, and as it is now", async () => {
  for (const view of ["v", "w"]) {
    const now = { last: 5, view: "v" };
    const open = gates(session(now));
    const model = new Model("s");
    void model.open(null);
    await open(0);
    // The tile and the window of five events are asked for, and so are their rows.
    assert.equal(open.count(), 3);
    assert.equal(model.row(2), undefined);
    [now.last, now.view] = [8, view];
    void model.grew(8, view);
    // What was asked for first comes last.
    for (let nth = open.count() - 1; nth > 0; nth -= 1) await open(nth);
    for (let nth = 0; nth < open.count(); nth += 1) await open(nth);
    assert.equal(model.problem.value, null);
    assert.equal(model.stateAt, 8);
    for (let revision = 1; revision <= 8; revision += 1) {
      // One that is missing is asked for.
      model.row(revision);
      for (let nth = 0; nth < open.count(); nth += 1) await open(nth);
      const [patch] = model.step(revision)?.patches ?? [];
      assert.deepEqual([patch?.new, model.row(revision)?.said], [`${view} r${revision}`, view]);
    }
    model.close();
  }
});

test("a session is there once its state is, and its outline comes a few tiles at a time", async () => {
  const now = { last: 5 * TILE, view: "v" };
  const open = gates(session(now));
  const model = new Model("s");
  void model.open(null);
  assert.equal(model.folded.value, 0);
  await open(0);
  assert.deepEqual([model.stateAt, model.state?.own?.view, model.folded.value > 0], [now.last, "v", true]);
  // The tile and the rows around the cursor.
  assert.equal(open.count(), 3);
  assert.equal(model.isSeen.value, false);
  await open(1);
  await open(2);
  // Three more tiles, and the window of the end.
  assert.equal(open.count(), 7);
  assert.equal(model.isSeen.value, true);
  await open(3);
  assert.equal(open.count(), 8);
  for (let nth = 0; nth < open.count(); nth += 1) await open(nth);
  assert.deepEqual([model.reads.tiles, model.problem.value], [5, null]);
  const drawn = model.version.value;
  assert.ok(drawn > 0 && drawn <= 8, `${drawn}`);
  model.close();
});

test("a session that is opened at two moments is at the last of them", async () => {
  const now = { last: 5, view: "v" };
  const open = gates(session(now));
  const model = new Model("s");
  void model.open("r3");
  now.last = 4;
  void model.open("r4");
  await open(1);
  await open(0);
  assert.equal(model.cursor.value, 4);
});

test("the next page of a list is that of the list that is shown", async () => {
  const open = gates((url) => ({
    status: 200,
    body: {
      rows: [named(url.searchParams.get("q") === "other" ? "2" : "1")],
      next: `after ${url.searchParams.get("q")}`,
      total: 9,
      counts: [],
      as_of: { position: 7, hash: "", view: "" },
    },
  }));
  const list = new List(1);
  void list.read({ q: "one" });
  await open(0);
  const more = list.more();
  void list.read({ q: "other" });
  await open(1);
  assert.equal(await more, false);
  assert.equal(list.isReading.value, true, "the other list is still read");
  assert.equal(await list.more(), false);
  await open(2);
  assert.equal(requests.length, 3);
  assert.deepEqual(
    list.rows.value.map((row) => row.stream),
    [2],
  );
});

test("news do not end the reading of a list: it is read once more after that", async () => {
  let total = 0;
  const open = gates(() => {
    total += 1;
    return { status: 200, body: { rows: [named("1")], next: null, total, counts: [], as_of: { position: total, hash: "", view: "" } } };
  });
  const list = new List(1);
  void list.read({ q: "one" });
  for (let news = 0; news < 5; news += 1) void list.read({ q: "one" });
  assert.equal(open.count(), 1);
  await open(0);
  assert.deepEqual([list.total.value, open.count(), list.isReading.value], [1, 2, true]);
  await open(1);
  assert.deepEqual([list.total.value, open.count(), list.isReading.value], [2, 2, false]);
  // Another list is read at once.
  void list.read({ q: "one" });
  void list.read({ q: "other" });
  assert.equal(open.count(), 4);
  await open(2);
  await open(3);
  assert.deepEqual([open.count(), list.isReading.value, list.problem.value], [4, false, null]);
});

test("news do not end the look at how far a session is: it is looked once more after that", async () => {
  const now = { last: 2, view: "v" };
  const open = gates(session(now));
  const model = new Model("s");
  void model.open(null);
  for (let nth = 0; nth < open.count() || nth < 1; nth += 1) await open(nth);
  const before = open.count();
  for (let news = 0; news < 5; news += 1) void model.look();
  assert.equal(open.count(), before + 1);
  await open(before);
  assert.equal(open.count(), before + 2, "once more, for all of them");
  await open(before + 1);
  assert.equal(open.count(), before + 2);
  model.close();
});

test("changes that a step and a move read at once are applied once", async () => {
  const change = (position: number) => ({ stream: 1, name: named("1").name, field: "exists", was: 1, is: 0, position, happened: position });
  const list = lists;
  const open = gates((url) =>
    url.pathname.endsWith("/changes.json") ? { status: 200, body: { rows: [change(8), change(9)], next: null, as_of: { position: 7, hash: "", view: "" } } } : list(url),
  );
  const past = new Past();
  past.clock.value = "recorded";
  void past.open("7", {});
  await open(0);
  void past.moveTo(20);
  const step = past.step(true);
  await open(1);
  await open(2);
  await step;
  assert.deepEqual(
    past.folded?.forward.changes.map(({ position }) => position),
    [8, 9],
  );
});

test("a moment with what was corrected since is left by reading another one, and not by patches", async () => {
  const of = session({ last: 5, view: "v" });
  answer = (url) => {
    const at = url.searchParams.get("at");
    const given = of(url);
    if (url.pathname !== "/s/s.json" || at === null) return given;
    const revision = at === "r2" ? 2 : 3;
    const state = { own: { view: at === "r2" ? "v r2" : "corrected" }, instances: [], instance_count: 0, message_count: 0 };
    return { status: 200, body: { ...(given.body as object), revision, state, happened: at === "r2" ? null : { at: 1_000, corrections: 2 } } };
  };
  const calm = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) await settled();
  };
  const model = new Model("s");
  await model.open("2026-11-22T09:15:00Z");
  await calm();
  assert.deepEqual([model.stateAt, model.state?.own?.view, model.happened.value?.corrections], [3, "corrected", 2]);
  for (const [to, reads] of [
    [2, 1],
    [3, 1],
  ] as const) {
    model.moveTo(to);
    await calm();
    assert.deepEqual([model.stateAt, model.state?.own?.view, model.happened.value, model.reads.states], [to, `v r${to}`, null, reads]);
  }
});
