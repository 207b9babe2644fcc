// Lists and the board at any moment.

import assert from "node:assert/strict";
import { before } from "node:test";
import { begin, latch, open, test } from "../test/harness.mjs";

let demo;

before(async () => {
  demo = await begin(["--demo"]);
});

/** What the board shows, and what the server says of the same moment. */
async function both(page) {
  const shown = await page.evaluate(() =>
    [...document.querySelectorAll(".column")].flatMap((column) =>
      [...column.querySelectorAll(".card")].map((card) => [column.classList[1], card.querySelector(".id").textContent, card.children[2].textContent]),
    ),
  );
  const at = new URL(await page.evaluate(() => document.querySelector(".card")?.href ?? location.href)).searchParams.get("at");
  const rows = await page.evaluate(async (point) => (await (await fetch(`/sessions.json?n=1000${point === null ? "" : `&at=${encodeURIComponent(point)}`}`)).json()).rows, at);
  const many = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
  const columns = { running: "running", active: "running", paused: "paused", completed: "completed", failed: "failed" };
  const order = ["running", "paused", "completed", "failed", "other"];
  const wanted = rows
    .map((row) => [
      columns[row.status] ?? "other",
      row.name.short,
      [many(row.instance_count, "agent"), many(row.message_count, "message"), ...(row.total_files_changed === null ? [] : [many(row.total_files_changed, "file")])].join(" · "),
    ])
    .sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  return { shown, wanted, at };
}

test("the board dragged anywhere is what the server says of that moment, by either clock", async () => {
  // High enough for all cards of a column.
  const { page, context, wrong } = await open(demo, { viewport: { width: 1440, height: 3200 } });
  await page.goto(`${demo.origin}/board`);
  await page.waitForSelector(".card");
  const lists = [];
  page.on("request", (request) => {
    if (/\/sessions\.json/.test(request.url())) lists.push(request.url());
  });
  for (const clock of ["as it happened", "as recorded"]) {
    if ((await page.locator(".where .axis").first().textContent()) !== clock) await page.locator(".where .axis").first().click();
    const box = await page.locator(".track").boundingBox();
    let asked = 0;
    for (let nth = 1; nth <= 12; nth += 1) {
      const place = ((nth * 7919) % 97) / 100;
      const before = lists.length;
      await page.mouse.click(box.x + box.width * place, box.y + 20);
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null && document.querySelector(".banner") !== null);
      await page.waitForTimeout(400);
      if (nth > 1) asked += lists.length - before;
      const { shown, wanted, at } = await both(page);
      assert.notEqual(at, null);
      assert.deepEqual(shown, wanted, `${clock}, ${at}`);
    }
    assert.equal(asked, 0, "what changes is folded here");
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a card says for how long its session has stood so, and no card asks while time is dragged", async () => {
  const { page, context, wrong } = await open(demo, { viewport: { width: 1440, height: 3200 } });
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/standings.json")) asked.push(request.url());
  });
  const at = "2025-11-20T00:00:00.000000Z";
  await page.goto(`${demo.origin}/board?at=${at}`);
  await page.waitForSelector(".stood");
  assert.equal(asked.length, 1, "all cards ask at once");
  const rows = await page.evaluate(async (address) => (await (await fetch(address)).json()).rows, asked[0]);
  const days = new Map(rows.map((row) => [row.stream, Math.floor((Date.parse(at) - row.since / 1000) / 86_400_000)]));
  const cards = await page.evaluate(() =>
    [...document.querySelectorAll(".card-place")].map((card) => [Number(card.dataset.stream), card.querySelector(".stood")?.textContent ?? ""]),
  );
  // Where the card tells a status, that follows from when it was written to last.
  const told = cards.filter(([stream]) => (days.get(stream) ?? 0) >= 2);
  assert.ok(told.length > 1, JSON.stringify([cards, rows]));
  for (const [stream, stood] of told) assert.equal(stood.trim(), `for ${days.get(stream)} days`);
  asked.length = 0;
  const box = await page.locator(".track").boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20);
  await page.mouse.down();
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.move(box.x + box.width * (0.9 - step / 100), box.y + 20);
    await page.waitForTimeout(16);
  }
  // A pointer may come to rest for a moment where the machine is busy.
  assert.ok(asked.length <= 3, asked.join("\n"));
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelector(".card") === null || document.querySelector(".stood") !== null);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a list goes from change to change by keys, and back to now", async () => {
  const { page, context, wrong } = await open(demo);
  await page.goto(`${demo.origin}/board`);
  await page.waitForSelector(".card");
  const now = (await both(page)).shown;
  const at = () => page.evaluate(() => new URL(location.href).searchParams.get("at"));
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => new URL(location.href).searchParams.get("at") !== null);
  const last = await at();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((before) => new URL(location.href).searchParams.get("at") < before, last);
  const earlier = await at();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((before) => new URL(location.href).searchParams.get("at") > before, earlier);
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector(".banner") === null);
  assert.deepEqual((await both(page)).shown, now);
  await page.keyboard.press("Home");
  await page.waitForSelector(".banner");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a step and playing wait for the rows of the moment that was gone to", async () => {
  const { page, context, wrong } = await open(demo);
  let gate;
  await page.route(/\/sessions\.json\?.*at=/, async (route) => {
    await gate;
    await route.continue();
  });
  const at = () => page.evaluate(() => new URL(location.href).searchParams.get("at"));
  for (const act of [
    async () => {
      await page.keyboard.press("Home");
      await page.waitForSelector(".banner");
      await page.keyboard.press("ArrowRight");
    },
    async () => {
      await page.locator("button.play").click();
      await page.waitForSelector(".banner");
      // Longer than a step takes.
      await page.waitForTimeout(1000);
    },
  ]) {
    await page.goto(`${demo.origin}/sessions`);
    await page.waitForSelector(".row:not(.heads)");
    const { promise, resolve: release } = latch();
    gate = promise;
    const asked = page.waitForRequest(/\/sessions\.json\?.*at=/);
    await act();
    await asked;
    const first = await at();
    assert.notEqual(first, null, "rows are still read");
    release();
    await page.waitForFunction((before) => (new URL(location.href).searchParams.get("at") ?? "") > before, first);
    assert.notEqual(await page.locator(".banner").count(), 0);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});
