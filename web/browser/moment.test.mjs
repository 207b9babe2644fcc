// Moments: what lists, figures and texts say of them; and how much is done for a step through time, in counters that do not flicker.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { begin, folder, open, retold, test } from "../test/harness.mjs";

const store = join(folder, "moments.db");
let server;

/** More than any column has room for. */
const SESSIONS = 300;
const EVENTS = 6000;
const stamp = (minutes) => new Date(Date.UTC(2025, 10, 7, 9, minutes)).toISOString().replace(".000Z", "Z");

function rpc(calls) {
  const input = `${calls.map(([method, params], id) => JSON.stringify({ jsonrpc: "2.0", id, method, params: { workspacePath: "/src/atlas", ...params } })).join("\n")}\n`;
  const done = retold(["--store", store, "rpc"], { input });
  assert.ok(!done.stdout.includes('"error"'), done.stdout.slice(0, 2000));
}

before(async () => {
  const instance = { instanceId: 1, agentName: "Ada", branch: "", worktreePath: "", status: "running", tmuxSessionId: "" };
  const session = (id, status, minutes, more = {}) => ({
    id,
    type: "debate",
    task: `Task ${id}`,
    status,
    createdAt: stamp(minutes),
    updatedAt: stamp(minutes),
    instances: [],
    chatHistory: [],
    ...more,
  });
  rpc([
    ...Array.from({ length: SESSIONS }, (_, nth) => ["create_session", { session: session(`s${nth}`, "running", nth) }]),
    ["create_session", { session: session("old", "open", 0) }],
    ["create_session", { session: { ...session("new", "open", 0), updatedAt: new Date().toISOString() } }],
    ["create_session", { session: session("stopped", "interrupted", 0) }],
    [
      "create_session",
      {
        session: session("long", "completed", 0, {
          type: "competition",
          instances: [instance],
          chatHistory: [{ id: "m", role: "user", content: "the first wording", timestamp: stamp(1) }],
        }),
      },
    ],
  ]);
  const then = JSON.parse(retold(["--store", store, "show", "long", "-o", "json"]).stdout);
  assert.ok(then !== null);
  rpc([
    [
      "update_session",
      {
        session: session("long", "completed", 0, {
          type: "competition",
          instances: [instance],
          chatHistory: [{ id: "m", role: "user", content: "the second wording", timestamp: stamp(1) }],
        }),
      },
    ],
    ...Array.from({ length: EVENTS }, (_, nth) => ["append_output", { sessionId: "long", instanceId: 1, chunk: `line ${nth}\n` }]),
  ]);
  server = await begin(["--store", store]);
});

test("a column of the board leads to all of its cards, and holds only those that are seen", async () => {
  const { page, context, wrong } = await open(server);
  await page.goto(`${server.origin}/board`);
  await page.waitForFunction((all) => document.querySelector(".column.running h2 .number")?.textContent === String(all), SESSIONS + 1);
  const cards = page.locator(".column.running .pool");
  const there = () => page.locator(".column.running .card").count();
  assert.ok((await there()) < 20);
  const seen = new Set();
  const height = await cards.evaluate((node) => node.scrollHeight);
  for (let top = 0; top <= height; top += 500) {
    await cards.evaluate((node, top) => node.scrollTo(0, top), top);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    for (const id of await page.locator(".column.running .card .id").allTextContents()) seen.add(id);
  }
  assert.equal(seen.size, SESSIONS + 1);
  assert.ok((await there()) < 20);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("an open session runs as long as it moves, and one that was interrupted has a sign of its own, in lists and on its page", async () => {
  const { page, context, wrong } = await open(server);
  await page.goto(`${server.origin}/board`);
  await page.waitForSelector(".card");
  await page.waitForFunction(() => document.querySelector(".column.failed h2 .number")?.textContent === "1");
  assert.ok((await page.locator(".column.running .card").first().textContent()).includes("new"), "it moved last");
  assert.ok((await page.locator(".column.paused .card").textContent()).includes("old"));
  assert.ok((await page.locator(".column.failed .card").textContent()).includes("⊘interrupted"));
  for (const [id, stands] of [
    ["new", "▶running"],
    ["old", "‖paused"],
    ["stopped", "⊘interrupted"],
  ]) {
    await page.goto(`${server.origin}/sessions?q=${id}`);
    await page.waitForFunction((stands) => document.querySelector(".row:not(.heads) .status")?.textContent === stands, stands);
  }
  await page.goto(`${server.origin}/s/stopped`);
  await page.waitForSelector(".title .status");
  assert.equal(await page.locator(".title .status").textContent(), "⊘interrupted");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a message that was changed later reads as it did at the moment", async () => {
  const { page, context, wrong } = await open(server);
  await page.goto(`${server.origin}/s/long?at=r3`);
  await page.waitForFunction(() => document.querySelector(".said-by .text")?.textContent === "the first wording");
  assert.ok((await page.locator(".said-by header").first().textContent()).includes("edited later"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector(".said-by .text")?.textContent === "the second wording");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("one bar moves both sessions that are compared, and the figures", async () => {
  const { page, context, wrong } = await open(server);
  await page.goto(`${server.origin}/compare?a=long&b=s1`);
  await page.waitForSelector(".heads-of");
  const revision = () => page.locator(".heads-of > div").first().textContent();
  const now = await revision();
  await page.locator(".timebar .track, .track").focus();
  const head = await page.evaluate(async () => (await (await fetch("/sessions.json?n=1")).json()).as_of.position);
  await page.goto(`${server.origin}/compare?a=long&b=s1&at=${head - 100}`);
  await page.waitForFunction((now) => document.querySelector(".heads-of > div") !== null && document.querySelector(".heads-of > div").textContent !== now, now);
  await page.keyboard.press("End");
  await page.waitForFunction((now) => document.querySelector(".heads-of > div")?.textContent === now, now);
  await page.goto(`${server.origin}/metrics?by=type&at=5`);
  await page.waitForFunction(() => document.querySelector(".sums tbody td")?.textContent === "4");
  assert.equal(await page.getByRole("button", { name: "agent" }).count(), 0, "what is not known of the past is not offered");
  await page.getByRole("link", { name: "back to now" }).click();
  await page.waitForFunction(() => document.querySelector(".sums tbody")?.textContent.includes("debate303"));
  assert.deepEqual(wrong, []);
  await context.close();
});

/** What the page holds, as the browser counts it. */
async function counted(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics").catch(() => ({ metrics: [] }));
  await session.detach();
  const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return { nodes: await page.evaluate(() => document.querySelectorAll("*").length), listeners: of("JSEventListeners") };
}

for (const [what, path, ready] of [
  ["a long session", "/s/long", ".event"],
  ["the board", "/board", ".card"],
  ["the list", "/sessions", ".row:not(.heads)"],
]) {
  test(`dragging through ${what} asks for little, and leaves nothing behind`, async () => {
    const { page, context, wrong } = await open(server);
    await page.goto(server.origin + path);
    await page.waitForSelector(ready);
    await page.waitForLoadState("networkidle");
    const cdp = await context.newCDPSession(page);
    await cdp.send("Performance.enable");
    let asked = 0;
    page.on("request", () => {
      asked += 1;
    });
    const box = await page.locator(".track").boundingBox();
    const y = box.y + box.height / 2;
    const drag = async () => {
      await page.mouse.move(box.x + box.width - 2, y);
      await page.mouse.down();
      for (let step = 0; step <= 120; step += 1) {
        const phase = Math.abs(((step / 60) % 2) - 1);
        await page.mouse.move(box.x + 4 + (box.width - 8) * phase, y);
      }
      await page.mouse.up();
      await page.waitForLoadState("networkidle");
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    };
    // The first one reads what there is; those that follow have it.
    await drag();
    const before = await counted(page);
    asked = 0;
    await drag();
    const after = await counted(page);
    assert.ok(asked <= 30, `${asked} requests in a drag`);
    assert.ok(after.nodes <= 2500 && Math.abs(after.nodes - before.nodes) <= 120, `${before.nodes} then ${after.nodes} elements`);
    assert.ok(after.listeners <= before.listeners + 60, `${before.listeners} then ${after.listeners} listeners`);
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("a step through a session draws at most the rows that are seen", async () => {
  const { page, context, wrong } = await open(server);
  await page.goto(`${server.origin}/s/long?at=r3000`);
  await page.waitForSelector(".event.here");
  await page.waitForLoadState("networkidle");
  const slots = await page.locator(".events .slot").count();
  await page.evaluate(() => {
    window.touched = new Set();
    window.added = 0;
    new MutationObserver((changes) => {
      for (const change of changes) {
        const node = change.target instanceof Element ? change.target : change.target.parentElement;
        const slot = node?.closest(".slot");
        if (slot) window.touched.add(slot);
        window.added += change.addedNodes.length;
      }
    }).observe(document.querySelector(".events"), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  for (let step = 0; step < 20; step += 1) {
    await page.evaluate(() => window.touched.clear());
    await page.keyboard.press("ArrowRight");
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    const touched = await page.evaluate(() => window.touched.size);
    assert.ok(touched <= slots, `${touched} of ${slots} rows`);
  }
  assert.ok((await page.evaluate(() => window.added)) <= 20 * slots);
  assert.deepEqual(wrong, []);
  await context.close();
});
