// A session as a conversation, page by page: the turns that the server made of its events.

import { signal } from "@preact/signals";
import { sessionPath, withQuery } from "./address";
import type { Name } from "./model";
import { asProblem, get, type Problem } from "./net";
import { timeOf } from "./show";

/** The two ends of a text; `position` is the event that has all of it. */
export interface Excerpt {
  head: string;
  tail?: string;
  bytes: number;
  position: number;
  erased?: string;
}

export interface Returned {
  position: number;
  revision: number;
  at: string | null;
  outcome: string;
  output: Excerpt;
}

export interface Edit {
  path: string | null;
  is: "changed" | "written" | "deleted";
  added: number | null;
  removed: number | null;
  lines: [string, string][];
  is_cut: boolean;
}

interface Speaker {
  number: number;
  nth: number;
  name: string;
}

export interface Call {
  entry: "call";
  id: string;
  name: string;
  kind: string;
  subject: { is: string; text: string } | null;
  input: Excerpt;
  returned: Returned | null;
  took: number | null;
  edits: Edit[];
}

export type What =
  | { entry: "message"; role: string; text: Excerpt; edited: boolean }
  | { entry: "thinking"; text: Excerpt }
  | Call
  | { entry: "returned"; call: string; returned: Returned }
  | { entry: "output"; text: Excerpt }
  | { entry: "joined"; status: string }
  | { entry: "status"; status: string; inferred: boolean }
  | { entry: "titled"; title: string }
  | { entry: "winner"; number: number | null }
  | { entry: "compacted" | "rewound"; messages: number }
  | { entry: "deleted" | "restored" }
  | { entry: "erased"; event: string; erased: string };

export type Entry = What & {
  position: number;
  revision: number;
  at: string | null;
  speaker?: Speaker;
  rewound: boolean;
  compacted: boolean;
};

export interface Usage {
  model: string;
  input: number;
  cache_read: number;
  cache_write: number;
  output: number;
  reasoning: number;
  micros: number | null;
}

export interface Turn {
  is_continued: boolean;
  entries: Entry[];
  usage: Usage[];
}

/** A session that a call of another one began. */
export interface Agent {
  name: Name;
  call: string | null;
  task: string;
  status: string;
}

interface Page {
  from: number;
  to: number;
  revisions: number;
  first: boolean;
  rows: Turn[];
  agents: Agent[];
}

/** Pages that are held. */
const PAGES_MAX = 8;
/** Revisions after what is there, up to which is read on. */
const NEAR = 400;

/** The turns around a moment, and those that are scrolled to. */
export class Talk {
  readonly version = signal(0);
  readonly problem = signal<Problem | null>(null);
  readonly isReading = signal(false);
  agents: Agent[] = [];
  /** The pages in order. */
  private pages: Page[] = [];
  private last = 0;
  /** The moment that was shown last. */
  private shown = 0;
  /** The moment that is wanted once what is being read is there, and the last one then. */
  private wanted: [number, number] | null = null;

  constructor(readonly session: string) {}

  get from(): number {
    return this.pages[0]?.from ?? 0;
  }

  get to(): number {
    return this.pages.at(-1)?.to ?? 0;
  }

  get isThere(): boolean {
    return this.pages.length > 0;
  }

  get isFirst(): boolean {
    return this.pages[0]?.first ?? false;
  }

  get isLast(): boolean {
    return this.to >= this.last;
  }

  /** All turns, those that two pages share put together, results with their calls. */
  turns(): Turn[] {
    const turns: Turn[] = [];
    for (const page of this.pages) {
      for (const turn of page.rows) {
        const before = turns.at(-1);
        if (turn.is_continued && before !== undefined) {
          turns[turns.length - 1] = { ...before, entries: [...before.entries, ...turn.entries], usage: joined(before.usage, turn.usage) };
        } else turns.push(turn);
      }
    }
    return turns;
  }

  /** Reads what is around a moment. While something is read, the latest one waits. */
  async show(revision: number, last: number): Promise<void> {
    if (this.isReading.peek()) {
      this.wanted = [revision, last];
      return;
    }
    await this.work(() => this.lead(revision, last));
  }

  private async lead(revision: number, last: number): Promise<void> {
    const wasLast = this.isLast;
    const grew = last > this.last;
    this.last = Math.max(last, this.last);
    const isHere = revision > this.from && revision <= this.to;
    // Who scrolled away from the moment stays there.
    if (this.isThere && (isHere || revision === this.shown)) {
      this.shown = revision;
      if (grew && wasLast) await this.refresh();
      return;
    }
    const isNear = this.isThere && revision > this.to && revision - this.to < NEAR;
    if (!isNear) {
      await this.ask({ before: revision }, (page) => {
        this.pages = [page];
      });
    }
    let known = -1;
    while (!this.isLast && this.to > known && (known < 0 || this.to < revision)) {
      known = this.to;
      await this.readOn();
    }
    this.shown = revision;
  }

  /** Reads its last turns. */
  open(): Promise<void> {
    return this.work(() =>
      this.ask({}, (page) => {
        this.pages = [page];
      }),
    );
  }

  async before(): Promise<void> {
    if (!this.isThere || this.isFirst || this.from === 0) return;
    await this.work(() =>
      this.ask({ before: this.from }, (page) => {
        this.pages = [page, ...this.pages].slice(0, PAGES_MAX);
      }),
    );
  }

  async after(): Promise<void> {
    if (!this.isThere || this.isLast) return;
    await this.work(() => this.readOn());
  }

  private readOn(): Promise<void> {
    return this.ask({ after: this.to }, (page) => {
      this.pages = [...this.pages, page].slice(-PAGES_MAX);
    });
  }

  /** Reads the last page again: what is new may change what it says. */
  private async refresh(): Promise<void> {
    const known = this.pages.at(-1);
    if (known === undefined) return;
    await this.ask({ after: known.from }, (page) => {
      this.pages = [...this.pages.slice(0, -1), { ...page, first: known.first }];
    });
  }

  /** One thing at a time. */
  private async work(act: () => Promise<void>): Promise<void> {
    if (this.isReading.peek()) return;
    this.isReading.value = true;
    try {
      await act();
      this.problem.value = null;
    } catch (error) {
      this.problem.value = asProblem(error);
    } finally {
      this.isReading.value = false;
    }
    const { wanted } = this;
    this.wanted = null;
    if (wanted !== null) await this.show(...wanted);
  }

  private async ask(which: { before?: number; after?: number }, take: (page: Page) => void): Promise<void> {
    const page = await get<Page>(withQuery(sessionPath(this.session, "/conversation.json"), which));
    take(page);
    this.last = Math.max(this.last, page.revisions);
    this.agents = page.agents;
    this.version.value += 1;
  }
}

function joined(one: Usage[], other: Usage[]): Usage[] {
  const sums = one.map((usage) => ({ ...usage }));
  for (const usage of other) {
    const known = sums.find((sum) => sum.model === usage.model);
    if (known === undefined) {
      sums.push(usage);
      continue;
    }
    for (const key of ["input", "cache_read", "cache_write", "output", "reasoning"] as const) known[key] += usage[key];
    known.micros = known.micros === null || usage.micros === null ? null : known.micros + usage.micros;
  }
  return sums;
}

/** Results whose call is on an earlier page, by the call's id. */
export function strays(turns: Turn[]): Map<string, Returned> {
  const found = new Map<string, Returned>();
  for (const turn of turns) for (const entry of turn.entries) if (entry.entry === "returned") found.set(entry.call, entry.returned);
  return found;
}

/** Whether an entry was taken back, or replaced by a summary, by a moment. */
export function wasLeft(entry: Entry, is: "rewound" | "compacted", marks: number[], cursor: number): boolean {
  return entry[is] && marks.some((mark) => mark > entry.revision && mark <= cursor);
}

/** How long a call took, in milliseconds; `null` where it is not known. */
export function tookOf(call: Call, entry: Entry, returned: Returned | null): number | null {
  if (call.took !== null) return call.took;
  const took = timeOf(returned?.at) - timeOf(entry.at);
  return Number.isNaN(took) || took < 0 ? null : took;
}

/** Money, from millionths of a dollar. */
export function dollars(micros: number): string {
  return micros < 5_000 ? `$${(micros / 1e6).toFixed(4)}` : `$${(micros / 1e6).toFixed(2)}`;
}

/** Tokens, as people say them. */
export function tokens(number: number): string {
  if (number < 1000) return String(number);
  return number < 1_000_000 ? `${(number / 1000).toFixed(number < 10_000 ? 1 : 0)}k` : `${(number / 1_000_000).toFixed(1)}M`;
}
