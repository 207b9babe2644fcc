// What the tests in the browser share: servers on stores of their own, pages that note what must not happen, and axe.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import declare, { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { chromium } from "playwright-core";

export const program = process.env.RETOLD_PROGRAM;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const WIDTHS = { 1440: 900, 1024: 768, 390: 844 };
export let browser;
export const folder = mkdtempSync(join(tmpdir(), "retold-browser-"));

/** Far more than any test takes on a slow machine. */
const LONGEST = 180_000;
const PATIENCE = 20_000;

/** Runs the program to its end. */
export function retold(args, options = {}) {
  return spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, timeout: LONGEST, ...options });
}

export async function serve(args) {
  const child = spawn(program, ["ui", "--no-open", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const entrance = await new Promise((resolve, reject) => {
    let text = "";
    setTimeout(() => reject(new Error(`retold ui says nothing: ${text}`)), PATIENCE).unref();
    child.stdout.on("data", (bytes) => {
      text += bytes;
      if (text.includes("\n")) resolve(text.split("\n")[0]);
    });
    child.on("exit", (code) => reject(new Error(`retold ui ended with ${code}: ${text}`)));
  });
  return { child, entrance, origin: new URL(entrance).origin };
}

/** Texts that are markup, escape sequences, or something else somewhere. */
export const HOSTILE = [
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

export function fill(store) {
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
  const done = retold(["--store", store, "rpc"], { input });
  const refused = done.stdout
    .trim()
    .split("\n")
    .filter((line) => JSON.parse(line).error !== undefined);
  assert.deepEqual(refused, [], done.stderr);
}

/** The transcripts that the importer is tested with. */
export function transcripts(store) {
  const home = (tool) => fileURLToPath(new URL(`../../tests/transcripts/${tool}/home`, import.meta.url));
  for (const tool of ["claude", "codex"]) {
    const done = retold(["--store", store, "import", tool, tool === "codex" ? join(home(tool), ".codex") : home(tool)]);
    assert.ok([0, 6].includes(done.status), done.stderr);
  }
}

const servers = [];

/** Begins a server, which ends with the tests. */
export async function begin(args) {
  const server = await serve(args);
  servers.push(server);
  return server;
}

before(async () => {
  assert.ok(program, "RETOLD_PROGRAM names the program");
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  for (const server of servers) server.child.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
});

const opened = new Set();

/** A context that ends with its test. */
export async function room(options) {
  const context = await browser.newContext(options);
  opened.add(context);
  return context;
}

/** What a page looks like from outside, where it still answers. */
async function seen(page) {
  const asked = page.evaluate(() => ({
    focused: document.activeElement?.outerHTML.slice(0, 200),
    open: document.querySelector("dialog[open]")?.outerHTML.slice(0, 1000),
    busy: [...document.querySelectorAll("[aria-busy=true]")].map((node) => node.className),
    trouble: [...document.querySelectorAll(".trouble")].map((node) => node.textContent),
  }));
  const told = await Promise.race([asked.catch((error) => error.message), sleep(5000, "it does not answer", { ref: false })]);
  return `${page.url()}: ${JSON.stringify(told, null, 2)}`;
}

/** A test of the page: it ends, its contexts are closed after it, and where it failed it is told what its pages showed then. */
export function test(name, body) {
  declare(name, async (told) => {
    const tooLong = new AbortController();
    try {
      await Promise.race([body(told), sleep(LONGEST, undefined, { signal: tooLong.signal }).then(() => assert.fail(`it had not ended after ${LONGEST / 1000} s`))]);
    } catch (error) {
      for (const page of [...opened].flatMap((context) => context.pages())) console.log(await seen(page));
      throw error;
    } finally {
      tooLong.abort();
      for (const context of opened) await Promise.race([context.close(), sleep(5000, undefined, { ref: false })]);
      opened.clear();
    }
  });
}

/** Waits for what has to be asked for: `waitForFunction` takes a promise for a yes. */
export async function until(isSo) {
  for (const end = Date.now() + PATIENCE; !(await isSo()); await sleep(20)) assert.ok(Date.now() < end, `not so within ${PATIENCE / 1000} s: ${isSo}`);
}

/** Holds what is asked of an address back until it is released. */
export async function held(page, address) {
  const { promise: gate, resolve: release } = latch();
  const { promise: asked, resolve: came } = latch();
  await page.route(address, async (route) => {
    came(true);
    await gate;
    await route.continue().catch(() => {});
  });
  const isAsked = async () => assert.ok(await Promise.race([asked, sleep(PATIENCE, false, { ref: false })]), `nothing was asked of ${address}`);
  return { isAsked, release };
}

/** A promise, and what fulfils it. */
export function latch() {
  let resolve;
  const promise = new Promise((go) => {
    resolve = go;
  });
  return { promise, resolve };
}

/** Opens a page that notes what must not happen: dialogs, foreign requests, reports of the policy, errors. */
export async function open(server, options = {}) {
  const context = await room({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", bypassCSP: false, ...options });
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
    if (![server, ...servers].some((known) => known.origin === url.origin) && url.protocol !== "data:") wrong.push(`a request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await enter(page, server);
  return { page, context, wrong };
}

/** Lets a page in: the token is traded for a cookie once its first list is there, and who goes on before that is not let in. */
export async function enter(page, server) {
  await page.goto(server.entrance);
  await page.waitForSelector(".row:not(.heads), .trouble");
}

/** How the page writes what steers: its own rule. */
globalThis.location ??= { pathname: "/", search: "", hash: "" };
globalThis.addEventListener ??= () => {};
const { text: shown } = buildSync({ entryPoints: [fileURLToPath(new URL("../ui/show.ts", import.meta.url))], bundle: true, format: "esm", write: false }).outputFiles[0];
export const { line } = await import(`data:text/javascript;base64,${Buffer.from(shown).toString("base64")}`);

const NEVER = ["img", "script", "iframe", "svg", "object", "embed", "b", "i", "base", "meta", "link", "style"];
const STEERING = ["\u0000", "\u001b", "\u202e", "\u2066", "\u200b"];

/** Nothing that sessions hold has become an element, or steers its reader. */
export async function harmless(page, what) {
  const found = await page.evaluate(
    ([never, steering]) => {
      const app = document.getElementById("app");
      const names = new Set([...(app?.querySelectorAll("*") ?? [])].map((node) => node.localName));
      const letters = steering.filter((letter) => app?.textContent?.includes(letter)).map((letter) => letter.codePointAt(0));
      return [...never.filter((name) => names.has(name)), ...letters];
    },
    [NEVER, STEERING],
  );
  assert.deepEqual(found, [], what);
}

export async function accessible(page, what) {
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

/** A transcript of Claude Code that says, calls and changes what it is given. */
export function transcript(id, turns) {
  let nth = 0;
  let parent = null;
  const uuid = () => `00000000-0000-4000-8000-${String((nth += 1)).padStart(12, "0")}`;
  const line = (type, message) => {
    const own = uuid();
    const at = new Date(Date.UTC(2026, 7, 4, 10, 0, nth * 7)).toISOString();
    const told = {
      parentUuid: parent,
      isSidechain: false,
      userType: "external",
      cwd: "/home/dev/x",
      sessionId: id,
      version: "2.0.76",
      gitBranch: "main",
      type,
      uuid: own,
      timestamp: at,
      message,
    };
    parent = own;
    return JSON.stringify(told);
  };
  const usage = { input_tokens: 3, cache_creation_input_tokens: 400, cache_read_input_tokens: 9000, output_tokens: 80 };
  const lines = turns.flatMap(({ prompt, text, old, now, path, result }) => {
    const call = `toolu_${nth}`;
    const content = [
      { type: "text", text },
      { type: "tool_use", id: call, name: "Edit", input: { file_path: path, old_string: old, new_string: now } },
    ];
    return [
      line("user", { role: "user", content: prompt }),
      line("assistant", { model: "claude-opus-4-5-20251101", id: `msg_${nth}`, type: "message", role: "assistant", content, usage }),
      line("user", { role: "user", content: [{ tool_use_id: call, type: "tool_result", content: result }] }),
    ];
  });
  return `${lines.join("\n")}\n`;
}

const PROSE =
  "## What was wrong\n\nThe clock is **read twice**:\n\n1. once for the `deadline`\n2. once for the *check*\n\n| case | before | after |\n|---|---|---|\n| slow disk | fails | passes |\n| leap | fails | passes |\n\n```rust\nlet now = clock.now();\n```\n\n> One reading, one truth.\n\n- [x] test\n- [ ] release";

/** Takes transcripts into a store: one that reads well, and one that is made of what nobody should read. */
export function readable(store) {
  const home = mkdtempSync(join(folder, "home-"));
  const place = join(home, ".claude", "projects", "-home-dev-x");
  mkdirSync(place, { recursive: true });
  const good = {
    prompt: "The login test is flaky. Why?",
    text: PROSE,
    path: "/home/dev/x/src/login.rs",
    result: "The file /home/dev/x/src/login.rs has been updated.",
    ...changed(),
  };
  writeFileSync(join(place, "11111111-1111-4111-8111-111111111111.jsonl"), transcript("11111111-1111-4111-8111-111111111111", [good, { ...good, prompt: "And on Windows?" }]));
  const bad = HOSTILE.map((text) => ({
    prompt: text,
    text: `${text}\n\n# ${text}\n\n- ${text}\n\n| ${text} |\n|---|\n| ${text} |`,
    old: text,
    now: `${text}\n${text}`,
    path: text,
    result: text,
  }));
  writeFileSync(join(place, "22222222-2222-4222-8222-222222222222.jsonl"), transcript("22222222-2222-4222-8222-222222222222", bad));
  const done = retold(["--store", store, "import", "claude", home]);
  assert.equal(done.status, 0, done.stderr);
}

function changed() {
  const before = ["fn is_late(clock: &Clock) -> bool {", "    let deadline = clock.now() + LIMIT;", "    clock.now() > deadline", "}"];
  return { old: before.join("\n"), now: [before[0], "    let now = clock.now();", "    now > self.began + LIMIT", "}"].join("\n") };
}
