// How the page looks: four screens at three widths in two themes, pixel by pixel. The pictures are in `pictures/`; RETOLD_UPDATE=1 takes them
// again. Fonts move with the browser: with another major version of Chromium the differences are told, and what is held is the layout.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { before } from "node:test";
import { fileURLToPath } from "node:url";
import { begin, browser, open, test, WIDTHS } from "../test/harness.mjs";

const place = (name) => fileURLToPath(new URL(`../pictures/${name}`, import.meta.url));
const isTaking = process.env.RETOLD_UPDATE === "1";
/** Of all pixels, so many may differ; and of a channel, so much is no difference. */
const DIFFERS_MAX = 0.003;
const CHANNEL = 24;

const SCREENS = {
  sessions: { path: "/sessions?at=2025-11-20T00:00:00.000000Z", ready: ".row:not(.heads)" },
  board: { path: "/board?at=2025-11-20T00:00:00.000000Z", ready: ".stood" },
  session: { path: "/s/7c2f4b1e?at=r21&tab=diff", ready: ".timebar" },
  compare: { path: "/compare?a=7c2f4b1e&b=721b493d&at=2025-11-20T00:00:00.000000Z", ready: ".pair" },
};

let demo;
let layouts = {};

before(async () => {
  demo = await begin(["--demo"]);
  if (existsSync(place("layout.json"))) layouts = JSON.parse(readFileSync(place("layout.json"), "utf8"));
  if (isTaking) mkdirSync(place("."), { recursive: true });
});

/** How many pixels of two pictures differ, as a part of all; the browser itself decodes them. */
async function differing(page, one, other) {
  return page.evaluate(
    async ([one, other, channel]) => {
      const pixels = async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
        pen.drawImage(picture, 0, 0);
        return pen.getImageData(0, 0, picture.width, picture.height);
      };
      const [a, b] = [await pixels(one), await pixels(other)];
      if (a.width !== b.width || a.height !== b.height) return 1;
      let differ = 0;
      for (let at = 0; at < a.data.length; at += 4) {
        for (let nth = 0; nth < 3; nth += 1) {
          if (Math.abs(a.data[at + nth] - b.data[at + nth]) > channel) {
            differ += 1;
            break;
          }
        }
      }
      return differ / (a.data.length / 4);
    },
    [one.toString("base64"), other.toString("base64"), CHANNEL],
  );
}

/** Where the parts of a screen are, to a rem: what no font moves. */
const layout = () => {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const parts = {};
  for (const selector of [".bar", "main", ".timebar", ".track", ".board .column", ".panes > .events", ".panes > .middle", ".panes > .inspector"]) {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    if (box !== undefined) parts[selector] = [box.width, box.height].map((value) => Math.round(value / rem));
  }
  return { parts, wider: document.documentElement.scrollWidth - innerWidth };
};

for (const [width, height] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`the page looks as it did, ${width} px, ${colorScheme}`, async (context_) => {
      const { page, context, wrong } = await open(demo, { viewport: { width: Number(width), height }, colorScheme, reducedMotion: "reduce", hasTouch: width === "390" });
      const major = browser.version().split(".")[0];
      const isSame = existsSync(place("chromium.txt")) && readFileSync(place("chromium.txt"), "utf8").trim() === major;
      const blank = await context.newPage();
      for (const [name, { path, ready }] of Object.entries(SCREENS)) {
        await page.goto(demo.origin + path);
        await page.waitForSelector(ready);
        await page.waitForLoadState("networkidle");
        await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
        await page.mouse.move(0, 0);
        const file = `${name}-${width}-${colorScheme}.png`;
        // When a session was updated is told from now on: that is no part of the look.
        const picture = await page.screenshot({ animations: "disabled", caret: "hide", maskColor: "#808080", mask: [page.locator("time.dim"), page.locator(".live")] });
        const is = await page.evaluate(layout);
        assert.ok(is.wider <= 0, `${name} is ${is.wider} px wider than the screen`);
        if (isTaking) {
          writeFileSync(place(file), picture);
          layouts[file] = is.parts;
          continue;
        }
        assert.deepEqual(is.parts, layouts[file], `the layout of ${file}`);
        const part = await differing(blank, picture, readFileSync(place(file)));
        context_.diagnostic(`${file}: ${(part * 100).toFixed(3)} % of the pixels differ`);
        if (isSame) assert.ok(part <= DIFFERS_MAX, `${file}: ${(part * 100).toFixed(2)} % of the pixels differ: look at it, and RETOLD_UPDATE=1 takes it again`);
      }
      if (isTaking) {
        writeFileSync(place("layout.json"), `${JSON.stringify(layouts, null, 1)}\n`);
        writeFileSync(place("chromium.txt"), `${major}\n`);
      }
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}
