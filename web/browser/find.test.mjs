// Search, find in a session, the palette, and commands that are copied.

import assert from "node:assert/strict";
import { join } from "node:path";
import test, { before } from "node:test";
import { accessible, begin, fill, folder, open, readable } from "../test/harness.mjs";

let demo;
let hostile;

before(async () => {
  demo = await begin(["--demo"]);
  const store = join(folder, "hostile-search.db");
  fill(store);
  readable(store);
  hostile = await begin(["--store", store]);
});

test("what is searched for is narrowed, and leads to its moment", async () => {
  const { page, context, wrong } = await open(demo);
  await page.goto(`${demo.origin}/search`);
  await page.waitForFunction(() => document.activeElement?.localName === "input");
  await page.keyboard.type("test");
  await page.waitForSelector(".hit");
  const sum = async () => Number((await page.locator(".total").textContent()).split(" ")[0]);
  const all = await sum();
  await page.locator(".rail .chip", { hasText: "message" }).first().click();
  await page.waitForFunction((before) => Number(document.querySelector(".total").textContent.split(" ")[0]) < before, all);
  assert.equal(new URL(page.url()).searchParams.get("what"), "message");
  const revision = await page.locator(".hit .rev").first().textContent();
  await page.locator(".hit").first().click();
  await page.waitForFunction((wanted) => document.querySelector(".where > :first-child")?.textContent.startsWith(`${wanted} of`), revision);
  await page.goto(`${demo.origin}/search?q=${encodeURIComponent("再試")}`);
  await page.waitForSelector(".hit mark");
  await page.goto(`${demo.origin}/search?q=${encodeURIComponent('"')}`);
  await page.waitForSelector(".trouble, .empty");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("find in a session goes from hit to hit", async () => {
  const { page, context, wrong } = await open(demo);
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  await page.keyboard.press("Home");
  await page.keyboard.press("/");
  await page.waitForSelector(".find input:focus");
  await page.keyboard.type("clock");
  await page.waitForSelector(".find mark");
  const at = () => page.evaluate(() => Number(document.querySelector(".where > :first-child").textContent.slice(1).split(" ")[0]));
  const first = await at();
  await accessible(page, "find in a session");
  await page.keyboard.press("Enter");
  await page.waitForFunction((before) => Number(document.querySelector(".where > :first-child").textContent.slice(1).split(" ")[0]) !== before, first);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector(".find") === null);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the palette finds sessions, screens and keys, and does what is chosen", async () => {
  const { page, context, wrong } = await open(demo);
  await page.keyboard.press("Control+k");
  await page.waitForSelector("[role=option]");
  await accessible(page, "the palette");
  await page.keyboard.type("flaky login");
  await page.waitForFunction(() => document.querySelector("[role=option]")?.textContent.includes("Fix the flaky login test"));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".timebar");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("the first event");
  await page.waitForFunction(() => [...document.querySelectorAll("[aria-selected=true]")].some((node) => node.textContent.includes("the first event")));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent.startsWith("r1 of"));
  await page.keyboard.press("Control+k");
  await page.keyboard.type("board");
  await page.waitForFunction(() => [...document.querySelectorAll("[role=option]")].some((node) => node.textContent.includes("Board")));
  await page.locator("[role=option]", { hasText: "screenBoard" }).click();
  await page.waitForSelector(".card");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every screen copies the command that shows the same on a terminal", async () => {
  const { page, context, wrong } = await open(demo, { permissions: ["clipboard-read", "clipboard-write"] });
  const copied = async () => {
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.querySelector(".notice").textContent.startsWith("Copied"));
    return page.evaluate(() => navigator.clipboard.readText());
  };
  for (const [path, ready, command] of [
    ["/sessions?status=failed&q=a%20b", "main", "retold sessions --status failed --search 'a b' --flat --sort updated"],
    ["/board?at=100", ".card, .empty", "retold sessions --at 100 --flat --sort updated"],
    ["/s/7c2f4b1e?at=r9", ".timebar", "retold show"],
    ["/search?q=it%27s&what=output", ".filters", "retold search 'it'\\''s' --what output"],
  ]) {
    await page.goto(demo.origin + path);
    await page.waitForSelector(ready);
    await page.evaluate(() => document.activeElement?.blur());
    assert.ok((await copied()).startsWith(command), `${path}: ${await copied()}`);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("hits of hostile texts are texts", async () => {
  const { page, context, wrong } = await open(hostile);
  for (const words of ["alert", "evil", "b", "constructor"]) {
    await page.goto(`${hostile.origin}/search?q=${words}`);
    await page.waitForSelector(".hit, .empty");
    const there = await page.evaluate(() =>
      [...document.querySelectorAll("#app *")].map((node) => node.localName).filter((name) => ["img", "script", "iframe", "svg", "b", "i"].includes(name)),
    );
    assert.deepEqual(there, [], words);
  }
  await page.keyboard.press("Control+k");
  await page.waitForSelector("[role=option]");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("what is typed stays while what was looked for before it is drawn", async () => {
  const { page, context, wrong } = await open(demo);
  let release;
  const gate = new Promise((go) => {
    release = go;
  });
  await page.route(/\/search\.json\?q=fi(&|$)/, async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(`${demo.origin}/search`);
  const box = page.locator("input.wide");
  const asked = page.waitForRequest(/\/search\.json\?q=fi(&|$)/);
  await box.pressSequentially("fi");
  await asked;
  const drawn = page.waitForResponse(/\/search\.json\?q=fi(&|$)/);
  // One letter every 100 ms: the next request does not begin.
  const typing = box.pressSequentially("x the flaky", { delay: 100 });
  release();
  await drawn;
  await typing;
  assert.equal(await box.inputValue(), "fix the flaky");
  await page.waitForFunction(() => new URL(location.href).searchParams.get("q") === "fix the flaky");
  assert.deepEqual(wrong, []);
  await context.close();
});
