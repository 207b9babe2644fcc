// Values as people read them. Nothing here makes markup: every text ends up in a text node.

import type { Counted, Plain } from "./plain";
import { counted, spans } from "./words";

/** Characters that do something else than show themselves: controls, bidirectional overrides, what has no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const STEERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** Returns a text with everything that would steer its reader as a visible escape. Line ends and tabs stay. */
export function visible(text: string): string {
  return text.replace(STEERS, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same, in one line. */
export function line(text: string): string {
  return visible(text)
    .replace(/\r\n|\r|\n/g, " ⏎ ")
    .replace(/\t/g, " ");
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

export function count(number: number, one: Counted): string {
  const said = counted(number, one);
  if (said !== undefined) return said;
  return `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
}

const two = (number: number): string => String(number).padStart(2, "0");

/** The time of an instant in milliseconds, by the reader's clock. */
export function clock(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return "";
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function day(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return "";
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function instant(ms: number): string {
  return Number.isNaN(new Date(ms).getTime()) ? "" : `${day(ms)} ${clock(ms)}`;
}

/** A stretch of time in milliseconds, in its two largest units. */
export function stretch(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const said = spans();
  if (said !== undefined) return said.stretch(seconds);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** The same, in its largest unit. */
export function roughly(ms: number): string {
  return stretch(ms).replace(/ \d+ \S+$/, "");
}

export function ago(ms: number, now: number): string {
  const past = now - ms;
  if (past < 0) return instant(ms);
  const rough = past < 45_000 ? null : roughly(past);
  const said = spans();
  if (said !== undefined) return said.ago(rough);
  return rough === null ? "just now" : `${rough} ago`;
}

/** Reads a time of a document, in milliseconds; NaN where it is none. */
export function timeOf(text: string | null | undefined): number {
  if (!text) return Number.NaN;
  const plain = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$/.test(text);
  return Date.parse(plain ? `${text.replace(" ", "T")}Z` : text);
}

/** An open session that nothing was written to for longer is not running, in milliseconds. */
export const SILENT_AFTER = 600_000;

/** How a session stands at an instant, as lists of the command line say it: one that is open runs where something was written to it a short time before. */
export function standing(status: string, movedAt: number, now: number): string {
  if (status !== "open") return status;
  return now - movedAt <= SILENT_AFTER ? "running" : "paused";
}

/** Which of the board's columns a status belongs to. */
export type Column = "running" | "paused" | "completed" | "failed" | "other";

export const COLUMNS: { column: Column; glyph: string; name: Plain }[] = [
  { column: "running", glyph: "▶", name: "Running" },
  { column: "paused", glyph: "‖", name: "Paused" },
  { column: "completed", glyph: "✓", name: "Completed" },
  { column: "failed", glyph: "✕", name: "Failed" },
  { column: "other", glyph: "○", name: "Other" },
];

export function columnOf(status: string): Column {
  switch (status) {
    case "running":
    case "active":
      return "running";
    case "paused":
    case "idle":
    case "waiting":
      return "paused";
    case "completed":
    case "done":
      return "completed";
    case "failed":
    case "error":
    case "cancelled":
    case "interrupted":
      return "failed";
    default:
      return "other";
  }
}

export function glyphOf(status: string): string {
  if (status === "interrupted") return "⊘";
  const column = columnOf(status);
  return COLUMNS.find((known) => known.column === column)?.glyph ?? "○";
}
