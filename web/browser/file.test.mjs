// A session as one file: it opens from the disk, asks nobody, plays, and gives back what it holds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { accessible, begin, enter, fill, folder, HOSTILE, readable, retold, room, test, transcripts, WIDTHS } from "../test/harness.mjs";

const SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

function run(...args) {
  const done = retold(args);
  assert.equal(done.status, 0, done.stderr);
  return done;
}

/** Opens a file without a network, and notes what must not happen. */
async function opened(path, options = {}) {
  const context = await room({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", offline: true, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => wrong.push(`an error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`the console: ${message.text()}`);
  });
  const address = pathToFileURL(path).href;
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address) wrong.push(`a request to ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForSelector(".timebar");
  return { page, context, wrong, address };
}

const where = (page, told) => page.waitForFunction((wanted) => document.querySelector(".where > :first-child")?.textContent === wanted, told, { timeout: 20_000 });

test("a file opens without a network, is walked, plays and is found in", async () => {
  const store = join(folder, "file.db");
  transcripts(store);
  readable(store);
  const path = join(folder, "session.html");
  run("--store", store, "export", "--format", "html", "301c46a4", path);
  const { page, context, wrong, address } = await opened(path);
  await where(page, "r51 of 51");
  await page.keyboard.press("ArrowLeft");
  await where(page, "r50 of 51");
  await page.keyboard.press("Home");
  await where(page, "r1 of 51");
  await page.waitForFunction(() => location.hash === "#at=r1");
  await page.waitForFunction(() => document.querySelector(".state[aria-busy=false]") !== null);
  await page.keyboard.press("r");
  await page.waitForFunction(() => document.querySelector(".inspector").textContent.includes("SessionCreated"));
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("+");
  await page.keyboard.press("Space");
  await where(page, "r51 of 51");
  await page.keyboard.press("/");
  await page.waitForSelector(".find input:focus");
  await page.keyboard.type("net crate");
  await page.waitForSelector(".find mark");
  await page.keyboard.press("Escape");
  await page.goto(`${address}#at=r34`);
  await page.reload();
  await where(page, "r34 of 51");
  assert.deepEqual(wrong, []);
  await context.close();
  for (const [width, height] of Object.entries(WIDTHS)) {
    for (const colorScheme of ["light", "dark"]) {
      const seen = await opened(path, { viewport: { width: Number(width), height }, colorScheme, hasTouch: width === "390" });
      await accessible(seen.page, `a file at ${width} px, ${colorScheme}`);
      const overflow = await seen.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `it is ${overflow} px wider than the screen`);
      if (process.env.RETOLD_SHOTS) await seen.page.screenshot({ path: join(process.env.RETOLD_SHOTS, `file-${width}-${colorScheme}.png`) });
      assert.deepEqual(seen.wrong, []);
      await seen.context.close();
    }
  }
});

test("a file has the states that the server has, at every event", async () => {
  const store = join(folder, "states.db");
  transcripts(store);
  const path = join(folder, "states.html");
  run("--store", store, "export", "--format", "html", "301c46a4", path, "--unmasked");
  const server = await begin(["--store", store]);
  const { page, context, wrong } = await opened(path);
  for (const revision of [3, 47, 12, 30, 1, 51, 26]) {
    // At once: the page itself writes what it shows into its address, a while after it came to rest.
    const loaded = page.waitForEvent("load");
    await page.evaluate((at) => {
      setTimeout(() => {
        history.replaceState(null, "", `#at=r${at}`);
        location.reload();
      }, 0);
    }, revision);
    await loaded;
    await page.waitForFunction(() => document.querySelector(".state[aria-busy=false]") !== null);
    await where(page, `r${revision} of 51`);
    const shown = await page.evaluate(() => ({
      messages: /chatHistory: ([\d,]+) message/.exec(document.querySelector(".inspector").textContent)?.[1] ?? "0",
      fields: Object.fromEntries([...document.querySelectorAll(".state > .fields .field")].map((row) => [row.firstChild?.textContent, row.lastChild?.textContent])),
    }));
    const { state } = await (await fetch(`${server.origin}/s/301c46a4.json?at=r${revision}`, { headers: { authorization: `Bearer ${server.entrance.split("#t=")[1]}` } })).json();
    assert.equal(Number(shown.messages), state.message_count, `r${revision}`);
    for (const key of ["status", "updatedAt", "type"]) assert.equal(shown.fields[key], state.own[key], `r${revision}: ${key}`);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("no secret gets into a file, however it was written, and what is extracted is the rest", async () => {
  const store = join(folder, "secret.db");
  const workspacePath = "/src/x";
  const session = {
    id: "s1",
    type: "competition",
    task: `use ${SECRET} for it`,
    status: "running",
    createdAt: "2025-11-07T09:00:00Z",
    updatedAt: "2025-11-07T09:00:00Z",
    [`odd ${SECRET}`]: SECRET,
    instances: [{ instanceId: 1, agentName: "Ada", branch: SECRET, worktreePath: `/w/${SECRET}`, status: "running", tmuxSessionId: "t", output: "" }],
    chatHistory: [{ id: "m", role: "user", content: `${"long ".repeat(2000)}${SECRET} and more`, timestamp: "2025-11-07T09:00:00Z" }],
  };
  const calls = [["create_session", { workspacePath, session }]];
  // The secret comes in pieces, cut at each of its places.
  for (let cut = 1; cut < SECRET.length; cut += 6) {
    for (const chunk of [`key ${SECRET.slice(0, cut)}`, `${SECRET.slice(cut)} end\n`]) calls.push(["append_output", { workspacePath, sessionId: "s1", instanceId: 1, chunk }]);
  }
  for (let nth = 0; nth < 30; nth += 1) {
    // It is where summaries and beginnings are cut.
    const content = `${"x".repeat(60 + nth * 6)} ${SECRET} end`;
    calls.push(["add_chat_message", { workspacePath, sessionId: "s1", message: { id: `n${nth}`, role: "assistant", content, timestamp: "2025-11-07T09:01:00Z" } }]);
  }
  const input = `${calls.map(([method, params], id) => JSON.stringify({ jsonrpc: "2.0", id, method, params })).join("\n")}\n`;
  const done = retold(["--store", store, "rpc"], { input });
  assert.deepEqual(
    done.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).error)
      .filter((error) => error !== undefined),
    [],
  );
  const path = join(folder, "secret.html");
  const told = run("--store", store, "export", "--format", "html", "s1", path);
  assert.match(told.stderr, /secrets masked/);
  const text = readFileSync(path, "utf8");
  for (let length = 12; length <= SECRET.length; length += 4) {
    for (let from = 0; from + length <= SECRET.length; from += 4)
      assert.ok(!text.includes(SECRET.slice(from, from + length)), `${SECRET.slice(from, from + length)} is in the file`);
  }
  const whole = join(folder, "whole.html");
  run("--store", store, "export", "--format", "html", "s1", whole, "--unmasked");
  const events = run("extract", whole)
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const logged = run("--store", store, "log", "s1", "-o", "jsonl")
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((row) => row.revision !== undefined);
  assert.deepEqual(
    events.map((event) => event.hash),
    logged.map((row) => row.hash),
  );
  const masked = run("extract", path)
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(masked.length, events.length);
  const output = (of) =>
    of
      .filter((event) => event.kind === "OutputAppended")
      .map((event) => event.body.text)
      .join("");
  assert.equal(output(masked), output(events).replaceAll(SECRET, "[masked: github-token]"));
  // The file says itself what is masked in it.
  const { page, context, wrong } = await opened(path);
  await page.getByRole("button", { name: /secrets masked/ }).click();
  const places = page.locator(".masked-place");
  assert.equal(await places.count(), JSON.stringify(masked).split("[masked: github-token]").length - 1);
  const [revision] = await places.last().locator(".rev").allTextContents();
  await accessible(page, "what is masked");
  await places.last().click();
  await where(page, `${revision} of ${events.length}`);
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a file of hostile texts is texts", async () => {
  const store = join(folder, "hostile-file.db");
  fill(store);
  readable(store);
  for (const name of [...HOSTILE.slice(0, 4).map((_, nth) => `h${nth}`), "22222222"]) {
    const path = join(folder, `hostile-${name}.html`);
    run("--store", store, "export", "--format", "html", name, path);
    const { page, context, wrong } = await opened(path);
    for (const summary of await page.locator(".chat summary").all()) await summary.click();
    await page.keyboard.press("r");
    const there = await page.evaluate(() =>
      [...document.querySelectorAll("#app *")]
        .map((node) => node.localName)
        .filter((node) => ["img", "script", "iframe", "svg", "b", "i", "base", "meta", "link", "style"].includes(node)),
    );
    assert.deepEqual(there, [], name);
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
});

test("a session is exported from the page, looked through and saved", async () => {
  const store = join(folder, "from-page.db");
  transcripts(store);
  const workspacePath = "/src/x";
  const calls = [
    [
      "create_session",
      {
        workspacePath,
        session: {
          id: "s1",
          type: "competition",
          task: "look",
          status: "running",
          createdAt: "2025-11-07T09:00:00Z",
          updatedAt: "2025-11-07T09:00:00Z",
          instances: [{ instanceId: 1, agentName: "Ada", branch: "b", worktreePath: "/w", status: "running", tmuxSessionId: "t" }],
          chatHistory: [],
        },
      },
    ],
    ["add_chat_message", { workspacePath, sessionId: "s1", message: { id: "m1", role: "user", content: `the key is ${SECRET}`, timestamp: "2025-11-07T09:00:01Z" } }],
    ["append_output", { workspacePath, sessionId: "s1", instanceId: 1, chunk: "what the agent wrote to its terminal\n" }],
    [
      "add_chat_message",
      { workspacePath, sessionId: "s1", message: { id: "m2", role: "thinking", content: "a thought that is nobody's business", timestamp: "2025-11-07T09:00:02Z" } },
    ],
  ];
  const input = `${calls.map(([method, params], id) => JSON.stringify({ jsonrpc: "2.0", id, method, params })).join("\n")}\n`;
  retold(["--store", store, "rpc"], { input });
  const server = await begin(["--store", store]);
  const context = await room({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC" });
  const page = await context.newPage();
  await enter(page, server);
  await page.goto(`${server.origin}/s/s1`);
  await where(page, "r5 of 5");
  /** Makes the file of the sheet that is open; returns its text. */
  const saved = async () => {
    await page.getByRole("button", { name: "Look through it" }).click();
    const link = page.getByRole("link", { name: "Save s1.html" });
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.equal(download.suggestedFilename(), "s1.html");
    const path = join(folder, `saved-${Date.now()}.html`);
    await download.saveAs(path);
    return { path, text: readFileSync(path, "utf8") };
  };
  await page.keyboard.press("X");
  await page.waitForSelector("dialog[open] .export");
  await accessible(page, "the sheet that exports");
  const whole = await saved();
  assert.equal(await page.locator(".masked-place").count(), 1);
  assert.match(await page.locator(".made [role=status]").textContent(), /^5 events, /);
  await accessible(page, "a file that was made");
  if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, "export-1440.png") });
  assert.ok(whole.text.includes("nobody's business") && whole.text.includes("what the agent wrote") && !whole.text.includes(SECRET));
  // What is chosen anew is made anew.
  await page.getByLabel("what agents wrote").check();
  assert.equal(await page.locator(".made").count(), 0);
  await page.getByLabel("what the model thought").check();
  const less = await saved();
  assert.ok(!less.text.includes("nobody's business") && !less.text.includes("what the agent wrote"));
  assert.match(await page.locator(".made [role=status]").textContent(), /2 events without what was said/);
  // A place leads to its event; from there the file ends there.
  await page.locator(".masked-place").click();
  await where(page, "r3 of 5");
  await page.getByRole("button", { name: /Export/ }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  const early = await saved();
  if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, "export-390.png") });
  await accessible(page, "the sheet that exports at 390 px");
  const events = (path) => run("extract", path).stdout.trim().split("\n");
  assert.deepEqual(
    [whole, less, early].map(({ path }) => events(path).length),
    [5, 5, 3],
  );
  await context.close();
  // A file that leaves something out says what, and shows where.
  const seen = await opened(less.path);
  await where(seen.page, "r5 of 5");
  assert.match(await seen.page.locator(".held").textContent(), /left out: outputs, thoughts/);
  assert.match(await seen.page.locator(".chat").textContent(), /\[left out\]/);
  assert.deepEqual(seen.wrong, []);
  await seen.context.close();
});
