// A page that was exported: it holds the answers that it needs, and sends no request.

import type { Tile } from "./columns";
import type { Given, Step } from "./fold";
import type { EventRow, Name } from "./model";
import type { Json } from "./net";
import type { Hit } from "./search";
import type { Entry, Turn } from "./talk";

type Piece = [revision: number, text: string, isWhole: boolean];

interface Page {
  from: number;
  to: number;
  revisions: number;
  rows: Turn[];
}

export interface Held {
  format: string;
  version: string;
  masked: number;
  is_masked: boolean;
  /** What was left out: outputs, results, thoughts. */
  without: string[];
  head: { as_of: { position: number; hash: string; view: string }; session: Name; revision: number; revisions: number; state: Given };
  steps: Step[];
  rows: EventRow[];
  tiles: Tile[];
  conversation: Page[];
  outputs: Piece[][];
  events: { revision: number; position: number; occurred_at: number; body?: Json; meta?: Json }[];
}

function parsed(text: string): Held | null {
  const held = JSON.parse(text) as Held;
  return held.format === "retold-page/1" ? held : null;
}

function read(): Held | null {
  const node = typeof document === "undefined" ? null : document.getElementById("retold");
  return node === null || node.getAttribute("type") !== "application/json" ? null : parsed(node.textContent ?? "");
}

const BEGIN = '<script type="application/json" id="retold">';

/** What a file holds that was not opened. */
export function dataIn(file: string): Held | null {
  const begin = file.indexOf(BEGIN);
  const end = file.indexOf("<", begin + BEGIN.length);
  return begin < 0 || end < 0 ? null : parsed(file.slice(begin + BEGIN.length, end));
}

/** What this page holds; `null` where it is of a server. */
export const held: Held | null = read();

/** What an address is answered with by what a page holds; `undefined` where it does not hold that. */
export function answerOf(data: Held, address: string): unknown {
  const [path = "", search = ""] = address.split("?");
  const query = new URLSearchParams(search);
  const number = (name: string, otherwise: number): number => (query.has(name) ? Number(query.get(name)) : otherwise);
  if (path === "/search.json") return found(data, query.get("q") ?? "");
  const rest = /^\/s\/[^/]+?(\.json|\/.*)$/.exec(path)?.[1];
  const last = data.head.revisions;
  const basis = { ...data.head, state: undefined };
  const named = (what: string): number | undefined => {
    const found = new RegExp(`^/${what}/(\\d+)\\.json$`).exec(rest ?? "")?.[1];
    return found === undefined ? undefined : Number(found);
  };
  switch (rest) {
    case ".json":
      return data.head;
    case "/patches.json": {
      const from = number("from", 0);
      const to = Math.min(number("to", last), last);
      return { ...basis, rows: data.steps.slice(from, to), from, through: to };
    }
    case "/events.json": {
      const from = number("from", 1);
      return { ...basis, rows: data.rows.slice(from - 1, from - 1 + number("n", 200)) };
    }
    case "/conversation.json": {
      const before = number("before", last);
      const page = query.has("after")
        ? data.conversation.find((known) => known.from >= number("after", 0))
        : data.conversation.find((known) => known.from < before && before <= known.to);
      return page ?? data.conversation.at(-1);
    }
  }
  const tile = named("tiles");
  if (tile !== undefined) return { ...basis, tile: data.tiles[tile] };
  const event = named("events");
  if (event !== undefined) return { ...basis, event: data.events[event - 1] };
  const output = named("output");
  if (output !== undefined) {
    const at = Number(query.get("at")?.slice(1) ?? last);
    const text = outputAt(data.outputs[output] ?? [], at);
    return { ...basis, revision: at, from: 0, total: new TextEncoder().encode(text).length, text };
  }
  return undefined;
}

/** What an output was at a revision. */
function outputAt(pieces: Piece[], revision: number): string {
  let text = "";
  for (const [at, more, isWhole] of pieces) {
    if (at > revision) break;
    text = isWhole ? more : text + more;
  }
  return text;
}

/** What an entry says, to be found by. */
function said(entry: Entry): string {
  switch (entry.entry) {
    case "message":
    case "thinking":
    case "output":
      return entry.text.head;
    case "call":
      return `${entry.name} ${entry.input.head} ${entry.returned?.output.head ?? ""}`;
    default:
      return "";
  }
}

/** A find among what was said: letters are the same in either case. */
function found(data: Held, query: string): { rows: Hit[]; found: number; facets: Json } {
  const words = query.replace(/\*$/, "").toLowerCase();
  const rows: Hit[] = [];
  for (const page of data.conversation) {
    for (const turn of page.rows) {
      for (const entry of turn.entries) {
        const text = said(entry);
        const at = words === "" ? -1 : text.toLowerCase().indexOf(words);
        if (at < 0) continue;
        const from = Math.max(0, at - 24);
        rows.push({
          name: data.head.session,
          position: entry.position,
          revision: entry.revision,
          occurred_at: 0,
          what: entry.entry,
          role: entry.entry === "message" ? entry.role : null,
          agent: entry.speaker?.name ?? null,
          type: "",
          status: "",
          is_pruned: false,
          snippet: [
            [`${from > 0 ? "…" : ""}${text.slice(from, at)}`, false],
            [text.slice(at, at + words.length), true],
            [text.slice(at + words.length, at + words.length + 160), false],
          ],
        });
      }
    }
  }
  return { rows, found: rows.length, facets: {} };
}
