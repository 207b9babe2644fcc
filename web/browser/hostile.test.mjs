// Texts that nobody should be fed, where the page changes things: in every sheet, as what is typed, and as what comes of it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { begin, fill, folder, HOSTILE, harmless, line, open, readable, test } from "../test/harness.mjs";

let writes;

before(async () => {
  const store = join(folder, "hostile-writes.db");
  fill(store);
  readable(store);
  writes = await begin(["--store", store, "--write"]);
});

const ask = (page, path) => page.evaluate(async (path) => (await fetch(path)).json(), path);
const pathOf = (name) => `/s/${encodeURIComponent(name).replace(/\.json$/, "%2Ejson")}`;

async function opened(page, path) {
  await page.goto(writes.origin + path);
  await page.waitForSelector(".timebar");
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null && document.querySelector("h1")?.textContent !== "…");
}

/** Opens a sheet by its key; where there is none, for the session is of the past or has no such thing, says so. */
async function sheet(page, key) {
  await page.keyboard.press(key);
  await page.waitForSelector("dialog[open] .change-part");
  await page.waitForFunction(() => document.querySelector("dialog[open] [aria-busy=true]") === null);
}

async function closed(page) {
  if ((await page.locator("dialog[open]").count()) > 0) await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog[open]") === null);
}

/** Sends the form of the sheet that is open; it goes, or says why it stays. */
async function sent(page, value) {
  const input = page.locator("dialog[open] form input");
  await input.fill(value);
  await page.locator("dialog[open] form button[type=submit]").click();
  await page.waitForFunction(
    () => document.querySelector("dialog[open]") === null || document.querySelector("dialog[open] .trouble") !== null || document.querySelector("dialog[open] input")?.value === "",
  );
}

test("hostile texts are texts on every screen that changes things", async () => {
  const { page, context, wrong } = await open(writes);
  const rows = (await ask(page, "/sessions.json?n=100")).rows.map((row) => row.name);
  assert.equal(rows.length, HOSTILE.length + 2);
  await page.goto(`${writes.origin}/board`);
  await page.waitForSelector(".card .move, .move");
  await harmless(page, "the board");
  for (const grip of (await page.locator(".move").all()).slice(0, 5)) {
    await grip.click();
    await page.waitForSelector("dialog[open] .change-part");
    await harmless(page, "the sheet of a card");
    await closed(page);
  }
  await page.goto(`${writes.origin}/sessions`);
  await page.waitForSelector(".row:not(.heads)");
  for (let row = 0; row < rows.length; row += 1) {
    await page.keyboard.press("j");
    await page.keyboard.press("w");
    await page.waitForSelector("dialog[open] .change-part");
    await harmless(page, `the sheet of row ${row}`);
    await closed(page);
  }
  for (const { full, short } of rows) {
    await opened(page, pathOf(full));
    const { state } = await ask(page, `${pathOf(full)}.json`);
    // A long one is given by its two ends, and is none of a sheet's.
    const told = (value) => (typeof value === "string" ? line(value) : "");
    const task = told(state.own[".title"]) || told(state.own.task);
    for (const key of ["w", "t", "m", "F"]) {
      await sheet(page, key);
      assert.equal(await page.locator("dialog[open] .subject-of").textContent(), `${line(short)} ${task}`, full);
      await harmless(page, `${full}: the sheet of ${key}`);
      await closed(page);
    }
    if (state.instances.length > 0) {
      await sheet(page, "W");
      assert.equal(await page.locator(".candidates th[scope=col]").first().textContent(), `#${state.instances[0].instanceId} ${told(state.instances[0].agentName)}`);
      await harmless(page, `${full}: the candidates`);
      await closed(page);
    }
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("hostile texts that are typed become texts, or are refused in words", async () => {
  const { page, context, wrong } = await open(writes);
  for (const [nth, text] of HOSTILE.entries()) {
    const { name } = (await ask(page, "/sessions.json?n=100")).rows.find((row) => row.name.id === "h0" || row.name.id.startsWith("h0 ")) ?? {};
    assert.ok(name, "it is there");
    await opened(page, pathOf(name.full));
    const what = `${nth}: ${text.slice(0, 20)}`;
    for (const [key, value] of [
      ["w", text.slice(0, 60)],
      ["t", text.slice(0, 60)],
      ["m", text.slice(0, 60)],
    ]) {
      await sheet(page, key);
      await sent(page, value);
      await harmless(page, `${what}, sent by ${key}`);
      await closed(page);
    }
    const status = (await ask(page, `${pathOf(name.full)}.json`)).state.own.status;
    await page.waitForFunction((wanted) => document.querySelector(".top .status")?.textContent?.includes(wanted), line(status));
    await harmless(page, `${what}, as it is now`);
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelector("main.past") !== null);
    await sheet(page, "R");
    await harmless(page, `${what}, what a revert would change`);
    await page.locator("dialog[open] .change-part > button").click();
    await page.waitForFunction(() => document.querySelector(".done > span")?.textContent.includes(" is what it was at r1"));
    await harmless(page, `${what}, reverted`);
    await closed(page);
    await page.keyboard.press("u");
    await page.waitForFunction(() => document.querySelector(".done > span")?.textContent.startsWith("Undone: "));
    await harmless(page, `${what}, undone`);
    await sheet(page, "F");
    await sent(page, `fork ${text.slice(0, 100)}`);
    await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    await harmless(page, `${what}, forked`);
    await closed(page);
  }
  await page.goto(`${writes.origin}/board`);
  await page.waitForSelector(".card");
  await harmless(page, "the board after it");
  assert.deepEqual(wrong, []);
  await context.close();
});
