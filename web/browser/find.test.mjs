// Search, find in a session, the palette, and commands that are copied.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { before } from "node:test";
import { accessible, begin, fill, folder, held, open, program, readable, test, transcripts, until } from "../test/harness.mjs";

let demo;
let hostile;
let known;
const store = join(folder, "known.db");

before(async () => {
  demo = await begin(["--demo"]);
  const texts = join(folder, "hostile-search.db");
  fill(texts);
  readable(texts);
  hostile = await begin(["--store", texts]);
  readable(store);
  transcripts(store);
  known = await begin(["--store", store]);
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

test("where an expression changes is found, stepped through and shown on the bar", async () => {
  const { page, context, wrong } = await open(demo);
  const session = "7c2f4b1e";
  await page.goto(`${demo.origin}/s/${session}`);
  await page.waitForSelector(".state[aria-busy=false]");
  // All events are on the bar.
  await page.waitForLoadState("networkidle");
  const drawn = () => page.evaluate(() => document.querySelector(".track canvas").toDataURL());
  const before = await drawn();
  const wanted = (await page.evaluate(async (session) => (await fetch(`/s/${session}/trace.json?of=message_count`)).json(), session)).rows;
  assert.ok(wanted.length > 2);
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector(".where > :first-child").textContent.startsWith("r1 of"));
  await page.keyboard.press("=");
  await page.waitForSelector(".find input:focus");
  await page.keyboard.type("message_count");
  await page.waitForFunction((number) => document.querySelector(".find .number").textContent.includes(`${number}`), wanted.length);
  await accessible(page, "where an expression changes");
  await page.waitForFunction((before) => document.querySelector(".track canvas").toDataURL() !== before, before);
  const revisions = wanted.map(({ revision }) => revision);
  // The first one from the cursor on is gone to.
  await page.waitForFunction((first) => document.querySelector(".where > :first-child").textContent.startsWith(`r${first} of`), revisions[0]);
  await page.keyboard.press("Enter");
  await page.waitForFunction((next) => document.querySelector(".where > :first-child").textContent.startsWith(`r${next} of`), revisions[1]);
  assert.equal(await page.locator(".find .snippet").textContent(), `${wanted[0].value} → ${wanted[1].value}`);
  await page.keyboard.press("Shift+Enter");
  await page.waitForFunction((first) => document.querySelector(".where > :first-child").textContent.startsWith(`r${first} of`), revisions[0]);
  // What is not an expression is told, and nothing of the one before stays.
  await page.locator(".find input").fill("message_count >");
  await page.waitForFunction(() => /ends too early/.test(document.querySelector(".find .number").textContent));
  await page.waitForFunction((before) => document.querySelector(".track canvas").toDataURL() === before, before);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector(".find") === null);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the files that calls changed are listed at the cursor, and lead to their changes", async () => {
  const { page, context, wrong } = await open(known);
  const found = await page.evaluate(async () => {
    const { rows } = await (await fetch("/sessions.json?n=100")).json();
    for (const { name } of rows) {
      const answer = await (await fetch(`/s/${encodeURIComponent(name.full)}/files.json`)).json();
      if (new Set(answer.rows.map(({ path }) => path)).size > 1) return { name: name.full, rows: answer.rows };
    }
    return null;
  });
  assert.ok(found !== null, "a transcript changes files");
  await page.goto(`${known.origin}/s/${encodeURIComponent(found.name)}`);
  await page.waitForSelector(".state[aria-busy=false]");
  await page.keyboard.press("p");
  await page.waitForSelector(".files[aria-busy=false] .file");
  await accessible(page, "files");
  const paths = new Set(found.rows.map(({ path }) => path));
  assert.equal(await page.locator(".file").count(), paths.size);
  // The one that was changed last is the first, and the first change of it leads back.
  const last = found.rows.at(-1);
  const own = found.rows.filter(({ path }) => path === last.path);
  await page.locator(".file summary").first().click();
  assert.equal(await page.locator(".file").first().locator(".file-change").count(), own.length);
  await page.locator(".file").first().locator(".file-change").first().click();
  await page.waitForFunction((first) => document.querySelector(".where > :first-child").textContent.startsWith(`r${first} of`), own[0].revision);
  const later = found.rows.filter(({ path }) => !found.rows.some((row) => row.path === path && row.revision <= own[0].revision));
  await page.waitForFunction((number) => document.querySelectorAll(".file.later").length === number, new Set(later.map(({ path }) => path)).size);
  assert.equal(new URL(page.url()).searchParams.get("tab"), "files");
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

test("every command that a screen shows runs on a terminal, and says what the screen says", async () => {
  const { page, context, wrong } = await open(known, { permissions: ["clipboard-read", "clipboard-write"] });
  const run = (command) => {
    const env = { ...process.env, RETOLD_PROGRAM: program, RETOLD_STORE: store };
    return spawnSync("sh", ["-c", `retold() { "$RETOLD_PROGRAM" "$@"; }; ${command}${command.includes(" -o ") ? "" : " -o json"}`], { encoding: "utf8", env });
  };
  const used = (await page.evaluate(async () => (await fetch("/usage.json?by=day")).json())).rows[0].key;
  for (const path of [
    "/sessions?q=a%20b",
    "/board?at=3",
    "/search?q=login",
    "/metrics",
    "/metrics?by=type",
    "/metrics?clock=recorded",
    "/metrics?what=usage&by=model",
    `/metrics?what=usage&by=model&at=${used}T23:59:59.999999Z`,
    `/metrics?what=usage&by=model&at=${used}`,
    "/sources?tool=claude",
    "/compare?a=11111111&b=22222222",
    "/s/11111111?at=r3",
    "/s/11111111?at=r3&tab=diff",
    "/s/11111111?at=r3&tab=blame",
    "/s/11111111?at=r3&tab=raw",
  ]) {
    await page.goto(known.origin + path);
    await page.waitForSelector(".timebar, .rows, .board, .hit, .empty, .sums td, .pair");
    await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    await page.evaluate(() => document.activeElement?.blur());
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await page.keyboard.press("c");
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await until(async () => (await copied()) !== "");
    const command = await copied();
    const done = run(command);
    // One that finds nothing says so.
    assert.ok(done.status === 0 || (done.status === 1 && !done.stderr.includes("error: ")), `${path}: ${command}: ${done.status} ${done.stderr}`);
    if (!path.includes("what=usage&by=model")) continue;
    const shown = await page.evaluate(async (query) => (await fetch(`/usage.json${query}`)).json(), path.replace("/metrics?what=usage&", "?"));
    const rows = JSON.parse(done.stdout).rows;
    assert.deepEqual(
      rows.map((row) => [row.model, row.records]),
      shown.rows.map((row) => [row.key, row.records]),
      command,
    );
  }
  // As of a moment sessions are summed up on the page alone.
  await page.goto(`${known.origin}/metrics?at=3`);
  await page.waitForSelector(".sums td, .empty");
  await page.keyboard.press("c");
  await page.waitForFunction(() => document.querySelector(".notice").textContent === "There is no command for this.");
  assert.deepEqual(wrong, []);
  await context.close();
});

/** Lets the answer of an address come once something else was done. */
async function late(page, part) {
  await page.evaluate((part) => {
    const { fetch } = window;
    window.fetch = async (address, options) => {
      if (!address.includes(part)) return fetch(address, options);
      const answer = await (await fetch(address)).json();
      await new Promise((resolve) => {
        window.release = resolve;
      });
      window.isAnswered = true;
      return { ok: true, json: async () => answer };
    };
  }, part);
}

/** Lets it come, and everything that follows at once. */
async function comes(page) {
  await page.waitForFunction(() => window.release !== undefined);
  await page.evaluate(async () => {
    window.release();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
  await page.waitForFunction(() => window.isAnswered);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

test("who has closed the sheet of a moment, or left a search, is not led anywhere by what was asked", async () => {
  const { page, context, wrong } = await open(demo);
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForSelector(".timebar");
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
  const where = () => page.locator(".where").textContent();
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  const before = await where();
  await late(page, "/resolve.json");
  await page.keyboard.press("g");
  await page.locator("dialog[open] input").fill("r3");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.release !== undefined);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  await page.keyboard.press("g");
  await page.waitForSelector("dialog[open]");
  await comes(page);
  assert.equal(await page.locator("dialog[open]").count(), 1, "the sheet that was opened since stays");
  await page.keyboard.press("Escape");
  assert.equal(await where(), before);
  // A find that is closed before it is answered.
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  await late(page, "/search.json");
  await page.keyboard.press("/");
  await page.keyboard.type("login");
  await page.waitForFunction(() => window.release !== undefined);
  // It comes in the very moment in which the find goes.
  await page.evaluate(() => {
    new MutationObserver((_, watcher) => {
      if (document.querySelector(".find") !== null) return;
      watcher.disconnect();
      window.release();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector(".find") === null);
  await comes(page);
  assert.equal(await where(), before);
  // What is typed in a list that is left at once.
  await page.goto(`${demo.origin}/sessions`);
  await page.waitForSelector(".row:not(.heads)");
  await page.locator("input[type=search]").fill("login");
  await page.evaluate(() => document.querySelector("nav a[href^='/metrics']").click());
  await page.waitForSelector(".sums td");
  assert.equal(new URL(page.url()).pathname, "/metrics");
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
  const words = /\/search\.json\?q=fi(&|$)/;
  const { isAsked, release } = await held(page, words);
  await page.goto(`${demo.origin}/search`);
  const box = page.locator("input.wide");
  await box.pressSequentially("fi");
  await isAsked();
  const drawn = page.waitForResponse(words);
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
