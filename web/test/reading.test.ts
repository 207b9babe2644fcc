// What is read from the server: not too often, not again and again, and never lost to what comes meanwhile.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
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
