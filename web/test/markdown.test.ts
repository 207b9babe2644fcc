// Markdown to tokens: what models write is read, and nothing that anybody writes is lost, markup, or slow.

import assert from "node:assert/strict";
import test from "node:test";
import { type Block, blocks, type Inline, inline } from "../ui/markdown";

test("blocks are read as they are meant", () => {
  const read = blocks("# Title\n\nOne\ntwo\n\n- a\n  - b\n- [x] c\n\n3. d\n\n```rust\nfn main() {}\n```\n> quoted\n\n| a | b |\n|---|---|\n| `x|y` | 2 |\n\n---\nend");
  assert.deepEqual(
    read.map((block) => block.is),
    ["heading", "paragraph", "list", "list", "code", "quote", "table", "rule", "paragraph"],
  );
  const [, , list, numbered, code, , table] = read;
  assert.ok(list?.is === "list" && list.items.length === 2 && list.items[0]?.inside[1]?.is === "list" && list.items[1]?.done === true);
  assert.ok(numbered?.is === "list" && numbered.start === 3);
  assert.ok(code?.is === "code" && code.language === "rust" && code.text === "fn main() {}");
  assert.ok(table?.is === "table" && table.rows[0]?.length === 2);
});

test("marks within a line", () => {
  const is = (text: string): string[] => inline(text).map((token) => token.is);
  assert.deepEqual(is("a **b** *c* `d` ~~e~~"), ["text", "strong", "text", "em", "text", "code", "text", "gone"]);
  assert.deepEqual(is("snake_case_name and 2 * 3 * 4"), ["text"]);
  assert.deepEqual(inline("[here](javascript:alert(1))")[0], { is: "link", text: [{ is: "text", text: "here" }], to: "javascript:alert(1" });
  assert.deepEqual(inline("![x](http://evil.example/x.png)"), [{ is: "text", text: "[image x: http://evil.example/x.png]" }]);
  assert.deepEqual(inline("\\*not\\*"), [{ is: "text", text: "*not*" }]);
  assert.deepEqual(inline("<b>bold</b>"), [{ is: "text", text: "<b>bold</b>" }]);
});

function letters(read: Block[]): string {
  const of = (token: Inline): string =>
    token.is === "text" || token.is === "code"
      ? token.text
      : token.is === "link"
        ? token.text.map(of).join("") + token.to
        : token.is === "break"
          ? ""
          : token.inside.map(of).join("");
  const line = (tokens: Inline[]): string => tokens.map(of).join("");
  return read
    .map((block) => {
      switch (block.is) {
        case "heading":
        case "paragraph":
          return line(block.text);
        case "code":
          return block.language + block.text;
        case "quote":
          return letters(block.inside);
        case "list":
          return block.items.map((item) => letters(item.inside)).join("");
        case "table":
          return [block.head, ...block.rows].map((row) => row.map(line).join("")).join("");
        default:
          return "";
      }
    })
    .join("");
}

/** A small generator: the same texts in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("no word is lost, whatever marks are around it", () => {
  const next = random(7);
  const pieces = ["*", "**", "_", "`", "```\n", "~~", "[", "](", ")", "!", "\n", "\n\n", "> ", "- ", "1. ", "# ", "|", "\n|---|\n", "    ", "\\", " ", "<b>", "&lt;"];
  for (let run = 0; run < 3000; run += 1) {
    let text = "";
    const words = [];
    for (let nth = 0; nth < 12; nth += 1) {
      text += pieces[Math.floor(next() * pieces.length)];
      const word = `w${nth}w`;
      words.push(word);
      text += word;
    }
    const told = letters(blocks(text));
    for (const word of words) assert.ok(told.includes(word), `${word} of ${JSON.stringify(text)} in ${JSON.stringify(told)}`);
  }
});

test("long texts of marks alone take no time to speak of", () => {
  for (const piece of ["*", "**a", "[", "[a](", "`", "``a", "> ", "- ", "_a ", "|", "~~", "![", "\\", "* a *", "[[]("]) {
    const text = piece.repeat(60_000 / piece.length);
    const begin = performance.now();
    blocks(text);
    assert.ok(performance.now() - begin < 2000, `${piece}: ${performance.now() - begin} ms`);
  }
});
