// How far a session is verified: on a store that is sound, on one that is not, and by whom nobody waits for any more.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before } from "node:test";
import { fileURLToPath } from "node:url";
import { accessible, begin, folder, open, retold, test, WIDTHS } from "../test/harness.mjs";

let sound;
let damaged;

before(async () => {
  const store = join(folder, "sound.db");
  const sample = fileURLToPath(new URL("../../examples/ait42/", import.meta.url));
  const done = retold(["--store", store, "import", sample, "-q"]);
  assert.equal(done.status, 0, done.stderr);
  sound = await begin(["--store", store]);
  const token = new URL(sound.entrance).hash.replace("#t=", "");
  const { event } = await (await fetch(`${sound.origin}/s/7c2f4b1e/events/3.json`, { headers: { authorization: `Bearer ${token}` } })).json();
  // One bit of what the log says the event's hash is.
  const bytes = readFileSync(store);
  const at = bytes.indexOf(Buffer.from(event.hash, "hex"));
  assert.ok(at > 0, "the hash is in the file");
  const copy = join(folder, "damaged.db");
  copyFileSync(store, copy);
  bytes[at] ^= 1;
  writeFileSync(copy, bytes);
  damaged = await begin(["--store", copy]);
});

const told = (page) => page.locator(".trust .told").textContent();

test("a session is verified by a key, and it is known from then on", async () => {
  const { page, context, wrong } = await open(sound);
  await page.goto(`${sound.origin}/s/7c2f4b1e`);
  await page.waitForSelector(".trust");
  assert.match(await told(page), /Not verified yet/);
  await page.keyboard.press("V");
  await page.waitForSelector(".trust.sound");
  assert.match(await told(page), /✓Verified to the end, r26/);
  assert.equal(await page.locator(".strip .sound").evaluate((node) => node.style.width), "100%");
  await page.reload();
  await page.waitForSelector(".trust.sound");
  const again = page.waitForResponse(/verify\.json\?read=again/);
  await page.getByRole("button", { name: "Verify again" }).click();
  await again;
  await page.waitForFunction(() => /Verified to the end.*Verify again/.test(document.querySelector(".trust")?.textContent ?? ""));
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const [width, height] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`a fault has its place and its words, ${width} px, ${colorScheme}`, async () => {
      const { page, context, wrong } = await open(damaged, { viewport: { width: Number(width), height }, colorScheme });
      await page.goto(`${damaged.origin}/s/7c2f4b1e`);
      await page.waitForSelector(".trust");
      await page.getByRole("button", { name: /^Verify/ }).click();
      await page.waitForFunction(() => /✕Damaged: 1 kind of fault/.test(document.querySelector(".trust .told")?.textContent ?? ""));
      assert.match(await page.locator(".faults li").first().textContent(), /r3 hash does not match the event · 2 in the log/);
      assert.equal(await page.locator(".strip .fault").count(), 1);
      // Two of 26 are before it; how many there are may be known after the fault is.
      await page.waitForFunction(() => document.querySelector(".strip .sound")?.style.width === "7.692%");
      await accessible(page, `a fault at ${width} px, ${colorScheme}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px wider than the screen`);
      if (process.env.RETOLD_SHOTS) await page.screenshot({ path: join(process.env.RETOLD_SHOTS, `damaged-${width}-${colorScheme}.png`) });
      await page.getByRole("button", { name: "r3", exact: true }).click();
      await page.waitForFunction(() => document.querySelector(".where > :first-child")?.textContent === "r3 of 26");
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

test("what is verified says how far it is, stops when it is told to, and when the page goes", async () => {
  const { page, context, wrong } = await open(sound);
  let asked = 0;
  let through = 0;
  await page.route("**/verify.json?read=*", async (route) => {
    asked += 1;
    through += 1;
    const told = await (await route.fetch({ url: route.request().url().replace(/\?.*/, "") })).json();
    await route.fulfill({ json: { ...told, through, end: 100_000, verified: 1, verified_at: 1, rows: [] } });
  });
  await page.goto(`${sound.origin}/s/7c2f4b1e`);
  await page.waitForSelector(".trust");
  await page.keyboard.press("V");
  await page.waitForFunction(() => /Verifying: \d+ of 100,000 events/.test(document.querySelector(".trust .told")?.textContent ?? ""));
  await page.getByRole("button", { name: "Stop" }).click();
  const quiet = async () => {
    await page.waitForLoadState("networkidle");
    const before = asked;
    await page.waitForTimeout(300);
    assert.equal(asked, before, "nobody asks any more");
  };
  await quiet();
  await page.keyboard.press("V");
  await page.waitForFunction(() => document.querySelector(".trust .told")?.textContent?.includes("Verifying"));
  await page.getByRole("link", { name: "Board" }).first().click();
  await page.waitForSelector(".card");
  await quiet();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("it is said in Japanese", async () => {
  const { page, context, wrong } = await open(sound, { locale: "ja-JP" });
  await page.goto(`${sound.origin}/s/7c2f4b1e`);
  await page.getByRole("button", { name: "検証" }).click();
  await page.waitForFunction(() => /末尾 r26 まで検証済み.*再検証/.test(document.querySelector(".trust")?.textContent ?? ""));
  assert.deepEqual(wrong, []);
  await context.close();
});
