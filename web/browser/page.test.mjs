// The page in a browser: every screen is walked, checked for accessibility, and fed what nobody should be fed.
// RETOLD_PROGRAM names the program; RETOLD_SHOTS a folder for pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { accessible, begin, enter, fill, folder, HOSTILE, harmless, open, readable, retold, room, test, transcripts, WIDTHS } from "../test/harness.mjs";

let demo;
let hostile;
let told;

before(async () => {
  demo = await begin(["--demo"]);
  const store = join(folder, "hostile.db");
  fill(store);
  readable(store);
  hostile = await begin(["--store", store]);
  const transcribed = join(folder, "transcripts.db");
  transcripts(transcribed);
  readable(transcribed);
  told = await begin(["--store", transcribed]);
});

const SCREENS = {
  sessions: { path: "/sessions", ready: ".row:not(.heads)" },
  board: { path: "/board", ready: ".card" },
  metrics: { path: "/metrics", ready: ".sums td" },
  usage: { of: "told", path: "/metrics?what=usage&by=model", ready: ".sums td" },
  "no usage": { path: "/metrics?what=usage", ready: ".empty" },
  compare: { path: "/compare?a=7c2f4b1e&b=721b493d", ready: ".pair" },
  "nothing to compare": { path: "/compare", ready: ".empty" },
  sources: { of: "told", path: "/sources", ready: ".sums td" },
  search: { path: "/search?q=test", ready: ".hit" },
  "search for nothing": { path: "/search?q=xyzzy&status=failed", ready: ".empty" },
  session: { path: "/s/7c2f4b1e", ready: ".text" },
  chat: { of: "told", path: "/s/301c46a4?at=r34", ready: ".call", open: true },
  diff: { path: "/s/7c2f4b1e?at=r9&tab=diff&view=output", ready: ".timebar" },
  prose: { of: "told", path: "/s/11111111", ready: ".chat", open: true },
  blame: { path: "/s/7c2f4b1e?at=r21&tab=blame", ready: ".text" },
  past: { path: "/sessions?at=r100", ready: "main" },
  empty: { path: "/sessions?q=nothing-is-called-so", ready: ".empty" },
  missing: { path: "/s/nobody", ready: ".trouble" },
};

for (const [width, height] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every screen is accessible and complains of nothing, ${width} px, ${colorScheme}`, async () => {
      const { page, context, wrong } = await open(demo, { viewport: { width: Number(width), height }, colorScheme, hasTouch: width === "390" });
      for (const [name, { of, path, ready, open: opened }] of Object.entries(SCREENS)) {
        const server = of === "told" ? told : demo;
        if (of === "told") await enter(page, told);
        await page.goto(server.origin + path);
        await page.waitForSelector(ready);
        await page.waitForLoadState("networkidle", { timeout: 2000 }).catch(() => {});
        await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
        if (opened) for (const summary of await page.locator(".chat summary").all()) await summary.click();
        await accessible(page, `${name} at ${width} px, ${colorScheme}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the screen`);
        if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, `${name}-${width}-${colorScheme}.png`) });
      }
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

test("a session is walked by keys alone, and its address is the moment", async () => {
  const { page, context, wrong } = await open(demo);
  assert.ok(!page.url().includes("#t="), "the token is not kept in the address");
  await page.keyboard.press("/");
  await page.keyboard.type("flaky login");
  await page.waitForFunction(() => document.querySelector(".total")?.textContent === "2 sessions");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".timebar");
  const where = () => page.locator(".where > :first-child").textContent();
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  for (const [key, wanted] of [
    ["ArrowLeft", "r25 of 26"],
    ["h", "r24 of 26"],
    ["E", "r21 of 26"],
    ["[", "r18 of 26"],
    ["Shift+ArrowLeft", "r17 of 26"],
    ["Home", "r1 of 26"],
    ["]", "r2 of 26"],
    ["ArrowRight", "r3 of 26"],
    ["5", "r14 of 26"],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await where(), wanted, key);
  }
  await page.waitForFunction(() => new URL(location.href).searchParams.get("at") === "r14");
  await page.reload();
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r14 of 26");
  const status = () =>
    page.evaluate(
      () =>
        document.querySelector(".state .field .value") !== null &&
        [...document.querySelectorAll(".state > .fields .field")].find((row) => row.firstChild?.textContent === "status")?.lastChild?.textContent,
    );
  await page.waitForFunction(() => document.querySelector(".state[aria-busy=false]") !== null);
  assert.equal(await status(), "running");
  await page.keyboard.press("End");
  await page.waitForFunction(() => [...document.querySelectorAll(".state > .fields .field")].some((row) => row.textContent === "statuscompleted"));
  await page.waitForFunction(() => !new URL(location.href).searchParams.has("at"));
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await accessible(page, "the help");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.waitForSelector("dialog[open] input");
  await page.keyboard.type("r7");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r7 of 26");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("dragging asks for little, and playing comes to the end", async () => {
  const { page, context, wrong } = await open(demo);
  const folded = page.waitForResponse(/patches\.json/);
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  await (await folded).finished();
  const states = [];
  page.on("request", (request) => {
    if (/\/s\/[^/]+\.json|patches\.json/.test(request.url())) states.push(request.url());
  });
  const box = await page.locator(".track").boundingBox();
  await page.mouse.move(box.x + box.width - 2, box.y + 20);
  await page.mouse.down();
  for (let step = 0; step <= 60; step += 1) await page.mouse.move(box.x + box.width * (1 - step / 60), box.y + 20);
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r1 of 26");
  assert.deepEqual(states, [], "what is in the window is folded here");
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("+");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26", undefined, { timeout: 20_000 });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("what is new is there without a reload", async () => {
  const { page, context, wrong } = await open(hostile);
  await page.goto(`${hostile.origin}/s/h0`);
  await page.waitForSelector(".timebar");
  await page.waitForSelector(".live.on");
  const call = { jsonrpc: "2.0", id: 1, method: "append_output", params: { workspacePath: "/src/<img src=x onerror=alert(1)>", sessionId: "h0", instanceId: 1, chunk: "more\n" } };
  const done = retold(["--store", join(folder, "hostile.db"), "rpc"], { input: `${JSON.stringify(call)}\n` });
  assert.ok(!done.stdout.includes('"error"'), done.stdout);
  const last = () => page.evaluate(() => Number(document.querySelector(".where > :first-child")?.textContent.split(" of ")[1]));
  await page.waitForFunction(() => Number(document.querySelector(".where > :first-child")?.textContent.split(" of ")[1]) > 1);
  assert.ok((await last()) > 1);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("hostile texts are texts on every screen", async () => {
  const { page, context, wrong } = await open(hostile);
  const rows = await page.evaluate(async () => (await (await fetch("/sessions.json?n=100")).json()).rows.map((row) => row.name.full));
  assert.equal(rows.length, HOSTILE.length + 2);
  for (const path of ["/sessions", "/board"]) {
    await page.goto(hostile.origin + path);
    await page.waitForSelector(".row:not(.heads), .card");
    await harmless(page, path);
  }
  for (const name of rows) {
    for (const query of ["", "?tab=diff&view=output", "?tab=blame", "?tab=raw&view=output", "?tab=files"]) {
      await page.goto(`${hostile.origin}/s/${encodeURIComponent(name).replace(/\.json$/, "%2Ejson")}${query}`);
      await page.waitForSelector(".timebar");
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null && document.querySelector("h1")?.textContent !== "…");
      for (const summary of await page.locator(".chat summary").all()) await summary.click();
      await harmless(page, `${name} ${query}`);
    }
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a browser without the token is told how to get in, and sees nothing", async () => {
  const context = await room();
  const page = await context.newPage();
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForSelector(".trouble");
  const text = await page.evaluate(() => document.body.textContent);
  assert.ok(text.includes("retold ui") && !text.includes("flaky"), text);
  await page.goto(`${demo.origin}/#t=${"0".repeat(64)}`);
  await page.waitForSelector(".trouble");
  await context.close();
});

test("a token that is typed lets in, and no other", async () => {
  const context = await room();
  const page = await context.newPage();
  const address = `${demo.origin}/s/7c2f4b1e?at=r5`;
  await page.goto(address);
  const box = page.locator(".entrance input");
  await box.fill("0".repeat(64));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".entrance .trouble");
  assert.match(await page.locator(".entrance .trouble").textContent(), /not the token/);
  await accessible(page, "no way in");
  await box.fill(` ${new URL(demo.entrance).hash.slice("#t=".length)}\n`);
  await page.getByRole("button", { name: "Enter" }).click();
  // To where one was going.
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r5 of 26");
  assert.equal(page.url(), address);
  assert.equal(await page.locator(".entrance").count(), 0);
});

test("eight tabs live on one stream", async () => {
  const { page, context, wrong } = await open(demo);
  const pages = [page];
  for (let tab = 1; tab < 8; tab += 1) pages.push(await context.newPage());
  for (const tab of pages) await tab.goto(`${demo.origin}/s/7c2f4b1e`);
  for (const tab of pages) await tab.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a conversation has its calls with their results, its sub-agents in place, and what is said later is grey", async () => {
  const { page, context, wrong } = await open(told);
  await page.goto(`${told.origin}/s/301c46a4?at=r34`);
  await page.waitForSelector(".call");
  const agent = page.locator(".call", { hasText: "Agent" });
  assert.equal(await agent.locator("summary .status").first().textContent(), "▶running".replace("▶", "○"), "its result comes after the cursor");
  await agent.locator("summary").first().click();
  await agent.getByRole("button", { name: "open here" }).click();
  await page.waitForSelector(".sub-agent .inner .said-by");
  assert.ok((await page.locator(".sub-agent .inner").textContent()).includes("List test files"));
  const grey = () =>
    page.evaluate(() => [...document.querySelectorAll(".chat > .turn-of-talk [data-revision]")].map((node) => [Number(node.dataset.revision), node.classList.contains("later")]));
  for (const [revision, isLater] of await grey()) assert.equal(isLater, revision > 34, `r${revision}`);
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector(".chat .later") === null);
  assert.equal(await agent.locator("summary .status").first().textContent(), "✓ok");
  await page.goto(`${told.origin}/s/11111111`);
  await page.waitForSelector(".call");
  await page.getByRole("button", { name: "Changes" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".chat .call").length === 2);
  await page.locator(".call summary").first().click();
  await page.waitForSelector(".difference .added");
  assert.deepEqual(wrong, []);
  await context.close();
});
