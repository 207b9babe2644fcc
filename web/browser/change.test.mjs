// What is changed on the page: by pointer, by keys, by the palette; once, and back again.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { accessible, begin, folder, held, open, retold, test, until, WIDTHS } from "../test/harness.mjs";

const store = join(folder, "changed.db");
let writes;
let reads;

function rpc(...calls) {
  const input = `${calls.map(([method, params], id) => JSON.stringify({ jsonrpc: "2.0", id, method, params: { workspacePath: "/src/atlas", ...params } })).join("\n")}\n`;
  const done = retold(["--store", store, "rpc"], { input });
  assert.ok(!done.stdout.includes('"error"'), done.stdout);
}

before(async () => {
  const instance = (instanceId, agentName) => ({
    instanceId,
    agentName,
    branch: "",
    worktreePath: "",
    status: "completed",
    tmuxSessionId: "",
    startTime: "2025-11-07T09:00:00Z",
    endTime: `2025-11-07T09:1${instanceId}:00Z`,
  });
  const session = (id, task) => ({
    id,
    type: "competition",
    task,
    status: "running",
    createdAt: "2025-11-07T09:00:00Z",
    updatedAt: "2025-11-07T09:00:00Z",
    instances: [instance(0, "Ada"), instance(1, "Grace")],
    chatHistory: [],
  });
  rpc(
    ["create_session", { session: session("one", "Fix the clock") }],
    ["create_session", { session: session("two", "Fix the list") }],
    ["add_chat_message", { sessionId: "one", message: { id: "m", role: "user", content: "Begin", timestamp: "2025-11-07T09:01:00Z" } }],
  );
  writes = await begin(["--store", store, "--write"]);
  reads = await begin(["--store", store]);
});

const ask = (page, path) => page.evaluate(async (path) => (await fetch(path)).json(), path);
const own = async (page, id) => (await ask(page, `/s/${id}.json`)).state.own;
const said = (page) => page.locator(".done > span").textContent();
const column = (page, name) => page.locator(`.column.${name}`);

test("a page that reads shows nothing that changes anything, and no key does", async () => {
  const { page, context, wrong } = await open(reads);
  for (const path of ["/board", "/sessions", "/s/one", "/s/one?at=r1"]) {
    await page.goto(reads.origin + path);
    await page.waitForSelector(".card, .row:not(.heads), .timebar");
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator(".to-change, .move, .done, [draggable=true]").count(), 0, path);
    for (const key of ["w", "t", "W", "m", "F", "R", "u"]) await page.keyboard.press(key);
    assert.equal(await page.locator("dialog, .done").count(), 0, path);
  }
  await page.keyboard.press("?");
  assert.ok(!(await page.locator("dialog[open]").textContent()).includes("change the status"));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a card is moved by keys alone, once, and taken back and done again", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/board`);
  await page.waitForSelector(".move");
  const first = (await ask(page, "/s/one.json")).revisions;
  await column(page, "running").locator(".card", { hasText: "Fix the clock" }).focus();
  await page.keyboard.press("w");
  await page.waitForSelector("dialog[open]");
  await accessible(page, "the sheet of a card");
  await page.getByRole("button", { name: "paused" }).focus();
  await page.keyboard.press("Enter");
  await column(page, "paused").locator(".card", { hasText: "Fix the clock" }).waitFor();
  assert.equal(await said(page), "one: running → paused");
  assert.equal((await ask(page, "/s/one.json")).revisions, first + 1);
  await page.keyboard.press("u");
  await column(page, "running").locator(".card", { hasText: "Fix the clock" }).waitFor();
  await page.waitForFunction(() => document.querySelector(".done > span")?.textContent.startsWith("Undone"));
  await page.keyboard.press("u");
  await column(page, "paused").locator(".card", { hasText: "Fix the clock" }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a card is carried to another column, and where others were faster nothing is lost", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/board`);
  await page.waitForSelector(".move");
  await column(page, "running").locator(".card-place", { hasText: "Fix the list" }).dragTo(column(page, "completed"));
  await column(page, "completed").locator(".card", { hasText: "Fix the list" }).waitFor();
  assert.ok((await own(page, "two")).completedAt, "what is over has an end");
  // What the page has is old, and it does not know: the stream of news is not there.
  await page.route("**/live", (route) => route.abort());
  await page.goto(`${reads.origin}/`);
  await page.goto(`${writes.origin}/board`);
  const card = column(page, "completed").locator(".card-place", { hasText: "Fix the list" });
  await card.waitFor();
  await card.locator(".move").click();
  rpc(["tag_session", { sessionId: "two", add: ["theirs"], remove: [] }]);
  await page.getByRole("button", { name: "paused" }).click();
  await page.waitForSelector("dialog[open] .trouble");
  assert.match(await page.locator("dialog[open] .trouble").textContent(), /tag_session.*nothing was changed/s);
  assert.deepEqual([(await own(page, "two")).status, (await own(page, "two"))[".tags"]], ["completed", ["theirs"]], "what others did is there");
  await page.getByRole("button", { name: "paused" }).click();
  await page.waitForSelector(".done");
  assert.equal((await own(page, "two")).status, "paused", "who knows what there is may ask again");
  assert.deepEqual(
    wrong.filter((one) => !/ERR_FAILED|\/live/.test(one)),
    [],
  );
  await context.close();
});

test("two clicks are one change", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  const before = (await ask(page, "/s/one.json")).revisions;
  await page.keyboard.press("t");
  await page.locator("dialog[open] input").fill("wip");
  await page.evaluate(() => {
    const button = document.querySelector("dialog[open] form button[type=submit]");
    for (let nth = 0; nth < 3; nth += 1) button.click();
  });
  await page.waitForSelector(".done");
  assert.equal((await ask(page, "/s/one.json")).revisions, before + 1);
  assert.deepEqual((await own(page, "one"))[".tags"], ["wip"]);
  await page.evaluate(() => {
    const button = document.querySelector(".done button");
    for (let nth = 0; nth < 3; nth += 1) button.click();
  });
  await until(async () => ((await own(page, "one"))[".tags"] ?? []).length === 0);
  assert.equal((await ask(page, "/s/one.json")).revisions, before + 2);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the winner is chosen among all candidates, number 0 too, and nobody after all", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  await page.keyboard.press("W");
  await page.waitForSelector(".candidates");
  await accessible(page, "the candidates");
  assert.ok((await page.locator(".candidates").textContent()).includes("10 min shortest"));
  await page.getByRole("button", { name: "Choose #0" }).click();
  await page.waitForSelector(".agent-card .winner");
  assert.equal((await own(page, "one")).winnerId, 0);
  await page.keyboard.press("W");
  await page.getByRole("button", { name: "Take the choice back" }).click();
  await page.waitForFunction(() => document.querySelector(".agent-card .winner") === null);
  assert.equal((await own(page, "one")).winnerId, null);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a moment is marked, forked and gone back to, each said before it is done", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one?at=r3`);
  await page.waitForSelector("button.to-change");
  await page.waitForFunction(() => document.querySelector(".state[aria-busy=false]") !== null);
  // A key means something once the dialog is gone and what is shown is read.
  const ready = () => page.waitForFunction(() => document.querySelector("dialog") === null && document.querySelector(".state[aria-busy=false]") !== null);
  await page.keyboard.press("w");
  assert.match(await page.locator(".notice").textContent(), /past/, "what is there is not changed in the past");
  await page.keyboard.press("m");
  await page.locator("dialog[open] input").fill("before-all");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".done");
  assert.equal((await ask(page, "/page.json")).marks[0].name, "before-all");
  await ready();
  await page.keyboard.press("R");
  await page.waitForSelector(".would-change .line");
  await accessible(page, "what a revert changes");
  const told = await page.locator(".would-change").textContent();
  assert.match(told, /status/, told);
  await page.getByRole("button", { name: "Make it what it was at r3" }).click();
  // What was done before is told until this is.
  await until(async () => (await own(page, "one")).status === "running");
  await ready();
  await page.keyboard.press("F");
  await page.locator("dialog[open] input").fill("second-try");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.pathname.endsWith("second-try"));
  await page.waitForSelector(".done");
  const sessions = (await ask(page, "/sessions.json")).total;
  await page.locator(".done button").first().click();
  await until(async () => (await ask(page, "/sessions.json")).total === sessions - 1);
  const operations = JSON.parse(retold(["--store", store, "operations", "-o", "json"]).stdout);
  const kinds = JSON.stringify(operations);
  for (const kind of ["set_status", "select_winner", "tag", "fork", "revert", "undo"]) assert.ok(kinds.includes(`"${kind}"`), kind);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every change is in the palette", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  for (const [words, part] of [
    ["change the status", "Status"],
    ["change the tags", "Tags"],
    ["choose the winner", "Winner"],
    ["mark this moment", "Mark"],
    ["fork the session", "Fork"],
  ]) {
    await page.keyboard.press("Control+k");
    await page.locator("dialog[open] input").fill(words);
    await page.waitForFunction((words) => document.querySelector(".choices [aria-selected=true]")?.textContent.includes(words), words);
    await page.keyboard.press("Enter");
    await page.waitForFunction((part) => document.querySelector("dialog[open] [aria-selected=true]")?.textContent === part, part);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("dialog") === null);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a sheet takes the keys from the first moment, and gives the focus back to the button that opened it", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  // In the task in which the sheet is put into the document.
  await page.evaluate(() => {
    window.opened = [];
    new MutationObserver(() => {
      const sheet = document.querySelector("dialog");
      if (sheet !== null) window.opened.push(sheet.open);
    }).observe(document.body, { childList: true, subtree: true });
  });
  for (const selector of ["button.to-change", "button.palette", "button.go-to"]) {
    for (const leave of [() => page.keyboard.press("Escape"), () => page.locator("dialog[open] button[aria-label=Close]").click()]) {
      await page.locator(selector).first().click();
      await page.waitForSelector("dialog[open]");
      await leave();
      await page.waitForFunction(() => document.querySelector("dialog") === null);
      assert.equal(await page.evaluate((selector) => document.activeElement === document.querySelector(selector), selector), true, selector);
    }
  }
  const sheets = await page.evaluate(() => window.opened);
  assert.ok(sheets.length >= 6 && sheets.every((isOpen) => isOpen), `${sheets}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("sessions in the palette are those that the words in the box find, however late others are answered", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  // The answer to the first words comes in the task in which other words are typed.
  await page.evaluate(() => {
    const { fetch } = window;
    window.fetch = async (address, options) => {
      if (!address.includes("q=Fix+the+list")) return fetch(address, options);
      const answer = await (await fetch(address)).json();
      await new Promise((resolve) => {
        addEventListener("input", resolve, { capture: true, once: true });
        window.isHeld = true;
      });
      return { ok: true, json: async () => answer };
    };
  });
  await page.keyboard.press("Control+k");
  await page.locator("dialog[open] input").fill("Fix the list");
  await page.evaluate(() => {
    window.seen = [];
    // What is there when it is painted.
    const look = () => {
      const words = document.querySelector("dialog input")?.value;
      for (const row of document.querySelectorAll(".choices > div")) {
        if (row.querySelector(".what").textContent === "session") window.seen.push([words, row.querySelector(".name").textContent]);
      }
      requestAnimationFrame(look);
    };
    look();
  });
  await page.waitForFunction(() => window.isHeld);
  await page.locator("dialog[open] input").fill("Fix the clock");
  await page.waitForFunction(() => window.seen.some(([words]) => words === "Fix the clock"));
  const others = (await page.evaluate(() => window.seen)).filter(([words, name]) => words !== name);
  assert.deepEqual(others, []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("what comes of a change is told where it was made, and touches no other sheet", async () => {
  const { page, context, wrong } = await open(writes);
  const opens = async (id) => {
    const card = page.locator(".card-place", { hasText: id === "one" ? "Fix the clock" : "Fix the list" }).first();
    await card.locator(".move").click();
    await page.waitForSelector("dialog[open]");
  };
  for (const isRefused of [false, true]) {
    await page.goto(`${writes.origin}/board`);
    await page.waitForSelector(".move");
    await opens("two");
    await page.getByRole("tab", { name: "Tags" }).click();
    await page.locator("dialog[open] input").fill(`late-${isRefused}`);
    const { isAsked, release } = await held(page, "**/s/*/tags");
    if (isRefused) rpc(["tag_session", { sessionId: "two", add: ["theirs-again"], remove: [] }]);
    await page.keyboard.press("Enter");
    await isAsked();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("dialog") === null);
    await opens("one");
    await page.locator("dialog[open] input").fill("typed meanwhile");
    release();
    if (isRefused) assert.match(await page.locator(".done.failed").textContent(), /nothing was changed/);
    else await page.waitForFunction(() => document.querySelector(".done > span")?.textContent.includes("+late-false"));
    assert.match(await page.locator("dialog[open] .subject-of").textContent(), /Fix the clock/);
    assert.equal(await page.locator("dialog[open] input").inputValue(), "typed meanwhile");
    assert.equal(await page.locator("dialog[open] .trouble").count(), 0);
    await page.unroute("**/s/*/tags");
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a moment by when things happened is gone back to as that, and the sheet says what was corrected since", async () => {
  const { page, context, wrong } = await open(writes);
  const happened = { at: Date.parse("2025-11-07T09:00:30Z") * 1000, corrections: 2 };
  const revision = 1;
  await page.route("**/s/one.json?at=2025*", async (route) => {
    const response = await route.fetch({ url: `${writes.origin}/s/one.json?at=r${revision}` });
    await route.fulfill({ response, json: { ...(await response.json()), happened } });
  });
  const asked = [];
  await page.route(/\/(diff\.json\?base=.*|fork|revert)$/, (route) => {
    const request = route.request();
    if (request.method() === "POST") {
      asked.push(request.postDataJSON());
      return route.fulfill({ status: 400, json: { detail: "not now" } });
    }
    const url = new URL(request.url());
    asked.push(url.searchParams.get("at"));
    url.searchParams.set("at", `r${revision}`);
    return route.continue({ url: String(url) });
  });
  const begun = `${writes.origin}/s/one?at=2025-11-07T09:00:30Z`;
  const words = "With 2 later corrections";
  for (const [key, button] of [
    ["R", "Make it what it was at r1"],
    ["F", "Fork at r1"],
  ]) {
    await page.goto(begun);
    await page.waitForFunction(() => document.querySelector("main.past .state[aria-busy=false]") !== null);
    await page.keyboard.press(key);
    await page.waitForFunction((words) => document.querySelector("dialog[open] .change-part")?.textContent.includes(words), words);
    await page.getByRole("button", { name: button }).click();
    await page.waitForSelector("dialog[open] .trouble");
  }
  const [at, revert, fork] = asked;
  assert.equal(at, "2025-11-07T09:00:30.000000Z");
  assert.deepEqual([revert.to, revert.happened, fork.at, fork.happened], [1, happened.at, 1, happened.at]);
  // Another event is looked at by itself.
  await page.goto(begun);
  await page.waitForFunction(() => document.querySelector("main.past .state[aria-busy=false]") !== null);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => new URLSearchParams(location.search).get("at") === "r2");
  await page.keyboard.press("F");
  await page.getByRole("button", { name: "Fork at r2" }).waitFor();
  assert.ok(!(await page.locator("dialog[open]").textContent()).includes("later correction"));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who has closed the sheet of a fork is not led away once it is made", async () => {
  const { page, context, wrong } = await open(writes);
  await page.goto(`${writes.origin}/s/one`);
  await page.waitForSelector("button.to-change");
  await page.keyboard.press("F");
  await page.locator("dialog[open] input").fill("third-try");
  const { isAsked, release } = await held(page, "**/s/*/fork");
  await page.keyboard.press("Enter");
  await isAsked();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  release();
  await page.waitForFunction(() => document.querySelector(".done > span")?.textContent.startsWith("Forked"));
  assert.equal(new URL(page.url()).pathname, "/s/one");
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const [width, height] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`what changes a session fits and is accessible, ${width} px, ${colorScheme}`, async () => {
      const { page, context, wrong } = await open(writes, { viewport: { width: Number(width), height }, colorScheme, hasTouch: width === "390" });
      const shot = (name) => process.env.RETOLD_SHOTS && page.screenshot({ path: join(process.env.RETOLD_SHOTS, `${name}-${width}-${colorScheme}.png`) });
      await page.goto(`${writes.origin}/board`);
      await page.waitForSelector(".move");
      await accessible(page, "board");
      await shot("write board");
      for (const [path, key, name] of [
        ["/s/one", "w", "status"],
        ["/s/one", "t", "tags"],
        ["/s/one", "W", "winner"],
        ["/s/one", "m", "mark"],
        ["/s/one", "F", "fork"],
        ["/s/one?at=r2", "R", "revert"],
      ]) {
        await page.goto(writes.origin + path);
        await page.waitForSelector("button.to-change");
        await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
        await page.keyboard.press(key);
        await page.waitForSelector("dialog[open]");
        await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
        await accessible(page, name);
        const overflow = await page.evaluate(() => [document.documentElement, document.querySelector("dialog[open]")].map((node) => node.scrollWidth - node.clientWidth));
        assert.ok(
          overflow.every((wider) => wider <= 0),
          `${name}: ${overflow}`,
        );
        await shot(`change ${name}`);
      }
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}
