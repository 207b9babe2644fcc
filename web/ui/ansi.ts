// Output of a terminal as lines of coloured pieces. Colours are classes; every other escape sequence is shown and does nothing.

import { visible } from "./show";

export interface Piece {
  text: string;
  class: string;
}

interface Pen {
  colour: string;
  ground: string;
  bold: boolean;
  dim: boolean;
  underlined: boolean;
}

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const PLAIN: Pen = { colour: "", ground: "", bold: false, dim: false, underlined: false };

function classOf(pen: Pen): string {
  const parts = [];
  if (pen.colour !== "") parts.push(`fg-${pen.colour}`);
  if (pen.ground !== "") parts.push(`bg-${pen.ground}`);
  if (pen.bold) parts.push("bold");
  if (pen.dim) parts.push("dim");
  if (pen.underlined) parts.push("underlined");
  return parts.join(" ");
}

function select(pen: Pen, codes: number[]): void {
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) Object.assign(pen, PLAIN);
    else if (code === 1) pen.bold = true;
    else if (code === 2) pen.dim = true;
    else if (code === 4) pen.underlined = true;
    else if (code === 22) Object.assign(pen, { bold: false, dim: false });
    else if (code === 24) pen.underlined = false;
    else if (code >= 30 && code <= 37) pen.colour = NAMES[code - 30] ?? "";
    else if (code === 39) pen.colour = "";
    else if (code >= 40 && code <= 47) pen.ground = NAMES[code - 40] ?? "";
    else if (code === 49) pen.ground = "";
    else if (code >= 90 && code <= 97) pen.colour = NAMES[code - 90] ?? "";
    else if (code >= 100 && code <= 107) pen.ground = NAMES[code - 100] ?? "";
    // Of 256 or of all colours: 16 are enough here.
    else if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\u001b\[([0-9;]*)m/g;

/** Returns what a terminal would have on a line after it was written to: `\r` begins it again, a backspace goes back. */
function overwritten(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  const last = text.replace(/\r+$/, "");
  const begun = last.slice(last.lastIndexOf("\r") + 1);
  let kept = "";
  for (const letter of begun) kept = letter === "\b" ? kept.slice(0, -1) : kept + letter;
  return kept;
}

/** Returns the lines of an output. */
export function lines(text: string): Piece[][] {
  const pen = { ...PLAIN };
  const out: Piece[][] = [];
  for (const raw of text.split("\n")) {
    const written = overwritten(raw);
    const pieces: Piece[] = [];
    let from = 0;
    const push = (piece: string): void => {
      if (piece !== "") pieces.push({ text: visible(piece), class: classOf(pen) });
    };
    for (const found of written.matchAll(SEQUENCE)) {
      push(written.slice(from, found.index));
      select(
        pen,
        (found[1] ?? "").split(";").map((code) => Number.parseInt(code, 10) || 0),
      );
      from = found.index + found[0].length;
    }
    push(written.slice(from));
    out.push(pieces);
  }
  if (out.length > 1 && out[out.length - 1]?.length === 0) out.pop();
  return out;
}
