// Markdown to tokens: the part of it that models write. A token is text and what it is; raw HTML is text, an image is its address,
// a link is its text and its address. Every step goes forward: the time it takes grows with the length of the text.

export type Inline =
  | { is: "text"; text: string }
  | { is: "code"; text: string }
  | { is: "link"; text: Inline[]; to: string }
  | { is: "strong" | "em" | "gone"; inside: Inline[] }
  | { is: "break" };

export type Block =
  | { is: "heading"; level: number; text: Inline[] }
  | { is: "paragraph"; text: Inline[] }
  | { is: "code"; language: string; text: string }
  | { is: "quote"; inside: Block[] }
  | { is: "list"; start: number | null; items: Item[] }
  | { is: "table"; head: Inline[][]; rows: Inline[][][] }
  | { is: "rule" };

export interface Item {
  done: boolean | null;
  inside: Block[];
}

/** Quotes in quotes and lists in lists, beyond which a text is a text. */
const DEPTH_MAX = 8;
/** Cells of a row. */
const CELLS_MAX = 24;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const TASK = /^\[([ xX])\][ \t]+/;
const DIVIDER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

export function blocks(text: string): Block[] {
  return read(text.replace(/\r\n?/g, "\n").split("\n"), 0);
}

function read(lines: string[], depth: number): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const end = (): void => {
    if (paragraph.length > 0) found.push({ is: "paragraph", text: inline(paragraph.join("\n")) });
    paragraph = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (line.trim() === "") {
      end();
      at += 1;
    } else if (fence !== null) {
      end();
      const mark = fence[1] ?? "```";
      const body: string[] = [];
      at += 1;
      while (at < lines.length && !closes(lines[at] ?? "", mark)) {
        body.push(lines[at] ?? "");
        at += 1;
      }
      at += 1;
      found.push({ is: "code", language: (fence[2] ?? "").trimEnd(), text: body.join("\n") });
    } else if (heading !== null) {
      end();
      const words = (heading[2] ?? "").trimEnd().replace(/[ \t]#{1,6}$/, "");
      found.push({ is: "heading", level: heading[1]?.length ?? 1, text: inline(words.trim()) });
      at += 1;
    } else if (RULE.test(line)) {
      end();
      found.push({ is: "rule" });
      at += 1;
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      end();
      const inside: string[] = [];
      while (at < lines.length && QUOTE.test(lines[at] ?? "")) {
        inside.push((lines[at] ?? "").replace(QUOTE, ""));
        at += 1;
      }
      found.push({ is: "quote", inside: read(inside, depth + 1) });
    } else if (item !== null && depth < DEPTH_MAX && (paragraph.length === 0 || /^[-*+]|^1[.)]/.test(item[2] ?? ""))) {
      end();
      at = list(lines, at, depth, found);
    } else if (paragraph.length === 0 && line.includes("|") && DIVIDER.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("-")) {
      const head = cells(line);
      const rows: Inline[][][] = [];
      at += 2;
      while (at < lines.length && (lines[at] ?? "").trim() !== "" && (lines[at] ?? "").includes("|")) {
        rows.push(cells(lines[at] ?? ""));
        at += 1;
      }
      found.push({ is: "table", head, rows });
    } else {
      paragraph.push(line);
      at += 1;
    }
  }
  end();
  return found;
}

function closes(line: string, mark: string): boolean {
  const there = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
  return there !== undefined && there[0] === mark[0] && there.length >= mark.length;
}

/** Reads a list from a line on; returns the line after it. */
function list(lines: string[], from: number, depth: number, found: Block[]): number {
  const kind = (mark: string): string => (/\d/.test(mark) ? mark.slice(-1) : mark);
  const first = ITEM.exec(lines[from] ?? "");
  const mark = first?.[2] ?? "-";
  const items: Item[] = [];
  let at = from;
  while (at < lines.length) {
    const begin = ITEM.exec(lines[at] ?? "");
    if (begin === null || kind(begin[2] ?? "") !== kind(mark) || RULE.test(lines[at] ?? "")) break;
    const width = Math.min(begin[0].length, (begin[1]?.length ?? 0) + (begin[2]?.length ?? 1) + 4);
    let text = (lines[at] ?? "").slice(width);
    const task = TASK.exec(text);
    if (task !== null) text = text.slice(task[0].length);
    const inside = [text];
    at += 1;
    while (at < lines.length) {
      const line = lines[at] ?? "";
      const indent = line.length - line.trimStart().length;
      if (line.trim() === "") {
        const next = lines[at + 1] ?? "";
        if (next.trim() === "" || next.length - next.trimStart().length < 2) break;
        inside.push("");
      } else if (indent >= Math.min(width, 2)) inside.push(line.slice(Math.min(indent, width)));
      else if (ITEM.test(line) || QUOTE.test(line) || FENCE.test(line) || HEADING.test(line) || RULE.test(line)) break;
      else inside.push(line);
      at += 1;
    }
    items.push({ done: task === null ? null : task[1] !== " ", inside: read(inside, depth + 1) });
    if ((lines[at] ?? "x").trim() === "" && ITEM.test(lines[at + 1] ?? "")) at += 1;
  }
  found.push({ is: "list", start: /\d/.test(mark) ? Number.parseInt(mark, 10) : null, items });
  return at;
}

function cells(line: string): Inline[][] {
  const inside = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  const found: string[] = [""];
  let isCode = false;
  for (let at = 0; at < inside.length; at += 1) {
    const letter = inside[at] ?? "";
    if (letter === "`") isCode = !isCode;
    if (letter === "\\" && inside[at + 1] === "|") {
      found[found.length - 1] += "|";
      at += 1;
    } else if (letter === "|" && !isCode) found.push("");
    else found[found.length - 1] += letter;
  }
  return found.slice(0, CELLS_MAX).map((cell) => inline(cell.trim()));
}

const MARKS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "gone"],
  ["*", "em"],
  ["_", "em"],
] as const;

export function inline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let plain = "";
  const end = (): void => {
    if (plain !== "") found.push({ is: "text", text: plain });
    plain = "";
  };
  // What is farther on is looked for once.
  const known = new Map<string, number>();
  const seek = (what: string, from: number): number => {
    let at = known.get(what);
    if (at === undefined || (at >= 0 && at < from)) {
      at = text.indexOf(what, from);
      known.set(what, at);
    }
    return at;
  };
  let at = 0;
  next: while (at < text.length) {
    const letter = text[at] ?? "";
    if (letter === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    if (letter === "\n") {
      const isHard = plain.endsWith("  ");
      plain = plain.trimEnd();
      if (isHard) {
        end();
        found.push({ is: "break" });
      } else plain += "\n";
      at += 1;
      continue;
    }
    if (letter === "`") {
      let ticks = 1;
      while (text[at + ticks] === "`") ticks += 1;
      const mark = "`".repeat(ticks);
      const close = seek(mark, at + ticks);
      if (close > 0) {
        end();
        found.push({ is: "code", text: text.slice(at + ticks, close).replace(/\n/g, " ") });
        at = close + ticks;
      } else {
        plain += mark;
        at += ticks;
      }
      continue;
    }
    if ((letter === "[" || (letter === "!" && text[at + 1] === "[")) && depth < DEPTH_MAX) {
      const from = letter === "!" ? at + 2 : at + 1;
      const close = seek("](", from);
      const last = close < 0 ? -1 : seek(")", close);
      const words = close < 0 ? "" : text.slice(from, close);
      if (last > 0 && words.length < 1000 && !words.includes("\n\n") && !words.includes("[")) {
        end();
        const to = text.slice(close + 2, last).trim();
        if (letter === "!") found.push({ is: "text", text: `[image${words === "" ? "" : ` ${words}`}: ${to}]` });
        else found.push({ is: "link", text: inline(words, depth + 1), to });
        at = last + 1;
        continue;
      }
    }
    for (const [mark, is] of MARKS) {
      if (letter !== mark[0] || !text.startsWith(mark, at) || depth >= DEPTH_MAX) continue;
      const after = text[at + mark.length] ?? " ";
      const before = text[at - 1] ?? " ";
      if (/\s/.test(after) || (mark[0] === "_" && /[\p{L}\p{N}]/u.test(before))) break;
      let close = seek(mark, at + mark.length + 1);
      // `*a **b***`: a single mark does not close at a double one.
      while (mark.length === 1 && close > 0 && text[close + 1] === mark && text[close - 1] !== mark && close - at <= 2000) close = text.indexOf(mark, close + 2);
      if (close < 0 || /\s/.test(text[close - 1] ?? "") || close - at > 2000) break;
      if (mark[0] === "_" && /[\p{L}\p{N}]/u.test(text[close + mark.length] ?? " ")) break;
      end();
      found.push({ is, inside: inline(text.slice(at + mark.length, close), depth + 1) });
      at = close + mark.length;
      continue next;
    }
    plain += letter;
    at += 1;
  }
  end();
  return found;
}
