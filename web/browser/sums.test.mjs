// Figures, comparisons and sources.

import assert from "node:assert/strict";
import { join } from "node:path";
import test, { before } from "node:test";
import { begin, folder, open, transcripts } from "../test/harness.mjs";

let demo;
let told;

before(async () => {
  demo = await begin(["--demo"]);
  const store = join(folder, "sums.db");
  transcripts(store);
  told = await begin(["--store", store]);
});

const json = (page, path) => page.evaluate(async (address) => (await fetch(address)).json(), path);

test("figures are those of the server, by whatever they are summed up", async () => {
  const { page, context, wrong } = await open(demo);
  await page.goto(`${demo.origin}/metrics`);
  await page.waitForSelector(".sums td");
  for (const by of ["type", "runtime", "agent", "day"]) {
    await page.locator(".chip", { hasText: new RegExp(`^${by}$`) }).click();
    const { rows } = await json(page, `/metrics.json?by=${by}`);
    const wanted = rows.map((row) => row[0] ?? "unknown");
    await page.waitForFunction((names) => JSON.stringify([...document.querySelectorAll(".sums tbody tr th")].map((node) => node.textContent)) === JSON.stringify(names), wanted);
  }
  await page.goto(told.entrance);
  await page.waitForSelector(".row:not(.heads)");
  await page.goto(`${told.origin}/metrics?what=usage&by=model`);
  await page.waitForSelector(".sums tfoot");
  const usage = await json(page, "/usage.json?by=model");
  assert.deepEqual(
    await page.locator(".sums tbody tr th").allTextContents(),
    usage.rows.map((row) => row.key ?? "unknown"),
  );
  await page.goto(`${told.origin}/sources`);
  await page.waitForSelector(".sums td");
  assert.equal(await page.locator(".sums tbody tr").count(), (await json(page, "/sources.json")).rows.length);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("two sessions are marked in the list and compared, and every message leads to its moment", async () => {
  const { page, context, wrong } = await open(demo);
  for (const key of ["j", "v", "j", "v"]) await page.keyboard.press(key);
  await page.waitForSelector(".pair");
  const query = new URL(page.url()).searchParams;
  assert.notEqual(query.get("a"), query.get("b"));
  await page.goto(`${demo.origin}/compare?a=7c2f4b1e&b=7c2f4b1e`);
  await page.waitForSelector(".equal");
  assert.match(await page.locator(".parted").textContent(), /nothing differs/);
  await page.locator(".equal").click();
  const revision = await page.locator(".pair a.number").first().textContent();
  await page.locator(".pair a.number").first().click();
  await page.waitForFunction((wanted) => document.querySelector(".where > :first-child")?.textContent.startsWith(`${wanted} of`), revision);
  assert.deepEqual(wrong, []);
  await context.close();
});
