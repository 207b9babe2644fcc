// Figures, comparisons and sources.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { begin, enter, folder, open, test, transcripts } from "../test/harness.mjs";

let demo;
let told;

before(async () => {
  demo = await begin(["--demo"]);
  const store = join(folder, "sums.db");
  transcripts(store);
  told = await begin(["--store", store]);
});

const location = (page) => new URL(page.url()).pathname + new URL(page.url()).search;
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
  await enter(page, told);
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

test("figures are by the clock that the address says, and so is their bar", async () => {
  const { page, context, wrong } = await open(demo);
  const shows = async (path, clock) => {
    const query = new URL(path, demo.origin).searchParams;
    const { rows } = await json(page, `/metrics.json?by=day&clock=${clock}${query.get("at") === null ? "" : `&at=${query.get("at")}`}`);
    const told = clock === "recorded" ? "as recorded" : "as it happened";
    await page.waitForFunction(
      ([days, told]) =>
        JSON.stringify([...document.querySelectorAll(".sums tbody tr th")].map((node) => node.textContent)) === JSON.stringify(days) &&
        document.querySelector(".axes .axis").textContent === told,
      [rows.map((row) => row[0]), told],
    );
  };
  await page.goto(`${demo.origin}/metrics`);
  await shows("/metrics", "occurred");
  await page.locator(".axes .axis").first().click();
  await shows("/metrics", "recorded");
  assert.equal(new URL(page.url()).searchParams.get("clock"), "recorded");
  // The address without it, in the same page.
  await page.locator("nav a[href='/metrics']").click();
  await shows("/metrics", "occurred");
  await page.goBack();
  await shows("/metrics", "recorded");
  await page.goForward();
  await shows("/metrics", "occurred");
  for (const clock of ["recorded", "occurred"]) {
    await page.goto(`${demo.origin}/metrics?clock=${clock}`);
    await shows("/metrics", clock);
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => new URLSearchParams(location.search).get("at") !== null);
    await shows(location(page), clock);
  }
  // What was used is known by when it was.
  await page.goto(`${demo.origin}/metrics?what=usage`);
  await page.waitForSelector(".sums-screen .axes");
  assert.deepEqual(await page.locator(".axes .axis").allTextContents(), ["by time"]);
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
