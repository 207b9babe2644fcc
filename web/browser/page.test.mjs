// The page in a browser: every screen is walked, checked for accessibility, and fed what nobody should be fed.
// RETOLD_PROGRAM names the program; RETOLD_SHOTS a folder for pictures.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { chromium } from "playwright-core";

const program = process.env.RETOLD_PROGRAM;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = { 1440: 900, 1024: 768, 390: 844 };
let browser;
let demo;
let hostile;
const folder = mkdtempSync(join(tmpdir(), "retold-browser-"));

async function serve(args) {
  const child = spawn(program, ["ui", "--no-open", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const entrance = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (bytes) => {
      text += bytes;
      if (text.includes("\n")) resolve(text.split("\n")[0]);
    });
    child.on("exit", (code) => reject(new Error(`retold ui ended with ${code}: ${text}`)));
  });
  return { child, entrance, origin: new URL(entrance).origin };
}

/** Texts that are markup, escape sequences, or something else somewhere. */
const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(2)</script></script>",
  "javascript:alert(3)",
  "![x](http://evil.example/x.png) [y](javascript:alert(4))",
  "\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007",
  "\u202eexe.gpj\u2066 \u0000 \u200b",
  "__proto__",
  "constructor",
  "{{7*7}}$" + "{7*7}",
  "=cmd|' /C calc'!A0",
  "<svg/onload=alert(5)>",
  '"><iframe srcdoc="<script>alert(6)</script>">',
  "'/*\"/**/-alert(7)//",
  "a".repeat(20_000),
  "```\n<b>bold</b>\n```\n`<i>`",
];

function fill(store) {
  const calls = HOSTILE.flatMap((text, nth) => {
    const id = nth < 4 ? `h${nth}` : `h${nth} ${text.slice(0, 40)}`;
    const session = {
      id,
      type: text.slice(0, 60),
      task: text,
      status: nth % 2 === 0 ? "running" : text.slice(0, 30),
      createdAt: "2025-11-07T09:00:00Z",
      updatedAt: text.slice(0, 40),
      [text.slice(0, 20)]: text,
      instances: [
        {
          instanceId: 1,
          agentName: text.slice(0, 300),
          branch: text.slice(0, 100),
          worktreePath: text.slice(0, 100),
          status: text.slice(0, 20),
          tmuxSessionId: text.slice(0, 20),
          output: text,
        },
      ],
      chatHistory: [{ id: "m", role: text.slice(0, 20), content: text, timestamp: text.slice(0, 30) }],
    };
    return [{ jsonrpc: "2.0", id: nth, method: "create_session", params: { workspacePath: `/src/${text.slice(0, 30).replaceAll("\u0000", "")}`, session } }];
  });
  const input = `${calls.map((call) => JSON.stringify(call)).join("\n")}\n`;
  const done = spawnSync(program, ["--store", store, "rpc"], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  const refused = done.stdout
    .trim()
    .split("\n")
    .filter((line) => JSON.parse(line).error !== undefined);
  assert.deepEqual(refused, [], done.stderr);
}

before(async () => {
  assert.ok(program, "RETOLD_PROGRAM names the program");
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  demo = await serve(["--demo"]);
  const store = join(folder, "hostile.db");
  fill(store);
  hostile = await serve(["--store", store]);
});

after(async () => {
  await browser?.close();
  for (const server of [demo, hostile]) server?.child.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a page that notes what must not happen: dialogs, foreign requests, reports of the policy, errors. */
async function open(server, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", bypassCSP: false, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => wrong.push(`an error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) wrong.push(`the console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== server.origin && url.protocol !== "data:") wrong.push(`a request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(server.entrance);
  await page.waitForSelector(".row:not(.heads), .trouble");
  return { page, context, wrong };
}

async function accessible(page, what) {
  // Into the isolated world: the page itself allows no script but its own.
  const found = await page.evaluate(`(() => { ${axe}; return axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }); })()`);
  const told = found.violations.map(
    (one) =>
      `${one.id}: ${one.nodes
        .map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`)
        .slice(0, 3)
        .join(" | ")}`,
  );
  assert.deepEqual(told, [], what);
}

const SCREENS = {
  sessions: { path: "/sessions", ready: ".row:not(.heads)" },
  board: { path: "/board", ready: ".card" },
  session: { path: "/s/7c2f4b1e", ready: ".text" },
  diff: { path: "/s/7c2f4b1e?at=r9&tab=diff&view=output", ready: ".timebar" },
  blame: { path: "/s/7c2f4b1e?at=r21&tab=blame", ready: ".text" },
  past: { path: "/sessions?at=r100", ready: "main" },
  empty: { path: "/sessions?q=nothing-is-called-so", ready: ".empty" },
  missing: { path: "/s/nobody", ready: ".trouble" },
};

for (const [width, height] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every screen is accessible and complains of nothing, ${width} px, ${colorScheme}`, async () => {
      const { page, context, wrong } = await open(demo, { viewport: { width: Number(width), height }, colorScheme, hasTouch: width === "390" });
      for (const [name, { path, ready }] of Object.entries(SCREENS)) {
        await page.goto(demo.origin + path);
        await page.waitForSelector(ready);
        await page.waitForLoadState("networkidle", { timeout: 2000 }).catch(() => {});
        await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
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
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r26 of 26");
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
  const done = spawnSync(program, ["--store", join(folder, "hostile.db"), "rpc"], { input: `${JSON.stringify(call)}\n`, encoding: "utf8" });
  assert.ok(!done.stdout.includes('"error"'), done.stdout);
  const last = () => page.evaluate(() => Number(document.querySelector(".where > :first-child")?.textContent.split(" of ")[1]));
  await page.waitForFunction(() => Number(document.querySelector(".where > :first-child")?.textContent.split(" of ")[1]) > 1);
  assert.ok((await last()) > 1);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("hostile texts are texts on every screen", async () => {
  const { page, context, wrong } = await open(hostile);
  const elements = () =>
    page.evaluate(() =>
      [...new Set([...document.querySelectorAll("#app *")].map((node) => node.localName))].filter((name) =>
        ["img", "script", "iframe", "svg", "object", "embed", "b", "i", "base", "meta", "link", "style"].includes(name),
      ),
    );
  const rows = await page.evaluate(async () => (await (await fetch("/sessions.json?n=100")).json()).rows.map((row) => row.name.full));
  assert.equal(rows.length, HOSTILE.length);
  for (const path of ["/sessions", "/board"]) {
    await page.goto(hostile.origin + path);
    await page.waitForSelector(".row:not(.heads), .card");
    assert.deepEqual(await elements(), [], path);
  }
  for (const name of rows) {
    for (const query of ["", "?tab=diff&view=output", "?tab=blame", "?tab=raw&view=output"]) {
      await page.goto(`${hostile.origin}/s/${encodeURIComponent(name).replace(/\.json$/, "%2Ejson")}${query}`);
      await page.waitForSelector(".timebar");
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null && document.querySelector("h1")?.textContent !== "…");
      assert.deepEqual(await elements(), [], `${name} ${query}`);
      const steering = await page.evaluate(() =>
        ["\u0000", "\u001b", "\u202e", "\u2066", "\u200b"].some((letter) => document.getElementById("app")?.textContent?.includes(letter)),
      );
      assert.ok(!steering, `${name} ${query}`);
    }
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a browser without the token is told how to get in, and sees nothing", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${demo.origin}/s/7c2f4b1e`);
  await page.waitForSelector(".trouble");
  const text = await page.evaluate(() => document.body.textContent);
  assert.ok(text.includes("retold ui") && !text.includes("flaky"), text);
  await page.goto(`${demo.origin}/#t=${"0".repeat(64)}`);
  await page.waitForSelector(".trouble");
  await context.close();
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
