// The page in Japanese: chosen by the browser's language or by hand, remembered, and no screen wider than it was.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before } from "node:test";
import { accessible, begin, enter, folder, open, readable, test, transcripts, WIDTHS } from "../test/harness.mjs";

let demo;
let told;

before(async () => {
  demo = await begin(["--demo", "--write"]);
  const store = join(folder, "transcripts.db");
  transcripts(store);
  readable(store);
  told = await begin(["--store", store]);
});

const SCREENS = {
  sessions: { path: "/sessions", ready: ".row:not(.heads)", says: "件|セッション" },
  board: { path: "/board", ready: ".card", says: "実行中" },
  metrics: { path: "/metrics", ready: ".sums td", says: "セッション" },
  usage: { of: "told", path: "/metrics?what=usage&by=model", ready: ".sums td", says: "費用" },
  compare: { path: "/compare?a=7c2f4b1e&b=721b493d", ready: ".pair", says: "分かれます" },
  search: { path: "/search?q=test", ready: ".hit", says: "件" },
  session: { path: "/s/7c2f4b1e?at=r21&tab=diff", ready: ".timebar", says: "ターン" },
  chat: { of: "told", path: "/s/301c46a4?at=r34", ready: ".call", says: "会話" },
  empty: { path: "/sessions?q=nothing-is-called-so", ready: ".empty", says: "条件に合う" },
};

for (const [width, height] of Object.entries(WIDTHS)) {
  test(`every screen speaks Japanese and fits, ${width} px`, async () => {
    const { page, context, wrong } = await open(demo, { viewport: { width: Number(width), height }, locale: "ja-JP", hasTouch: width === "390" });
    await enter(page, told);
    for (const [name, { of, path, ready, says }] of Object.entries(SCREENS)) {
      const server = of === "told" ? told : demo;
      await page.goto(server.origin + path);
      await page.waitForSelector(ready);
      await page.waitForFunction((says) => document.documentElement.lang === "ja" && new RegExp(says).test(document.body.textContent), says);
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
      await accessible(page, name);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the screen`);
      const english = await page.evaluate(() =>
        [...document.querySelectorAll("nav a, .transport button, .tabs button, h1.spoken, .facet-name")]
          .map((node) => node.getAttribute("aria-label") ?? node.textContent)
          .filter((text) => /[a-z]{3,}/.test(text) && text !== "retold"),
      );
      assert.deepEqual(english, [], name);
      if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, `ja ${name}-${width}.png`) });
    }
    await page.goto(`${demo.origin}/s/7c2f4b1e`);
    await page.waitForSelector("button.to-change");
    await page.keyboard.press("W");
    await page.waitForSelector(".candidates, dialog[open]");
    await accessible(page, "what is changed");
    if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, `ja change-${width}.png`) });
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("the language is chosen by hand, at once on what is shown, and remembered", async () => {
  const { page, context, wrong } = await open(demo);
  const board = () => page.locator("nav a").first().textContent();
  assert.equal(await board(), "Board");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await page.locator("header .languages").selectOption("ja");
  await page.waitForFunction(() => document.querySelector("nav a").textContent === "ボード");
  await page.reload();
  await page.waitForFunction(() => document.querySelector("nav a")?.textContent === "ボード");
  await page.keyboard.press("?");
  await page.locator("dialog[open] .languages").selectOption("en");
  await page.waitForFunction(() => document.querySelector("nav a").textContent === "Board");
  assert.deepEqual(wrong, []);
  await context.close();
});
