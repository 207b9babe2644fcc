// Lists at any moment: the rows of one moment, and what changes on the way to others, folded here in both directions.

import { signal } from "@preact/signals";
import { withQuery } from "./address";
import type { Counted, Filter, SessionRow } from "./list";
import type { Name } from "./model";
import { type AsOf, asProblem, type Basis, get, isAbort, type Json, type Problem } from "./net";
import { standing, timeOf } from "./show";

/** By when things happened, or by when the log got them. */
export type Clock = "occurred" | "recorded";

export interface Change {
  stream: number;
  name: Name;
  field: string;
  was: Json;
  is: Json;
  position: number;
  /** In microseconds since 1970. */
  happened: number;
}

/** A row that there may be or not: one that is not is kept for when it is again. */
interface Kept {
  row: SessionRow;
  exists: boolean;
}

/** What changes from a moment on, in one direction, and how much of it has been applied. */
interface Way {
  changes: Change[];
  applied: number;
  next: string | null;
  isWhole: boolean;
}

const way = (): Way => ({ changes: [], applied: 0, next: null, isWhole: false });

const PLAIN: SessionRow = {
  stream: 0,
  name: { full: "", short: "", workspace: "", id: "" },
  path: null,
  type: "",
  task: "",
  status: "",
  created_at: "",
  updated_at: "",
  completed_at: null,
  winner_id: null,
  total_duration: null,
  total_files_changed: null,
  instance_count: 0,
  message_count: 0,
  revision: 0,
  position: 0,
  tags: [],
  is_error: false,
};

/** The state of a list, led by changes. Nothing here asks a server. */
export class Folded {
  private rows = new Map<number, Kept>();
  readonly forward = way();
  readonly back = way();

  constructor(
    rows: SessionRow[],
    readonly clock: Clock,
    /** The moment of the rows: a position, or a time in microseconds. */
    readonly anchor: number,
  ) {
    for (const row of rows) this.rows.set(row.stream, { row: { ...row }, exists: true });
  }

  keyOf(change: Change): number {
    return this.clock === "occurred" ? change.happened : change.position;
  }

  /** Leads the rows to a moment as far as the changes at hand lead; returns which way more of them are needed. */
  seek(to: number): Way | null {
    const { forward, back } = this;
    while (forward.applied > 0 && this.keyOf(forward.changes[forward.applied - 1] as Change) > to) {
      forward.applied -= 1;
      this.apply(forward.changes[forward.applied] as Change, false);
    }
    while (back.applied > 0 && this.keyOf(back.changes[back.applied - 1] as Change) <= to) {
      back.applied -= 1;
      this.apply(back.changes[back.applied] as Change, false);
    }
    while (forward.applied < forward.changes.length && this.keyOf(forward.changes[forward.applied] as Change) <= to) {
      this.apply(forward.changes[forward.applied] as Change, true);
      forward.applied += 1;
    }
    while (back.applied < back.changes.length && this.keyOf(back.changes[back.applied] as Change) > to) {
      this.apply(back.changes[back.applied] as Change, true);
      back.applied += 1;
    }
    if (to > this.anchor) return forward.applied === forward.changes.length && !forward.isWhole ? forward : null;
    return to < this.anchor && back.applied === back.changes.length && !back.isWhole ? back : null;
  }

  private apply(change: Change, onward: boolean): void {
    const value = onward ? change.is : change.was;
    let kept = this.rows.get(change.stream);
    if (kept === undefined) {
      kept = { row: { ...PLAIN, stream: change.stream, name: change.name }, exists: false };
      this.rows.set(change.stream, kept);
    }
    if (change.field === "exists") {
      kept.exists = value === 1;
      return;
    }
    // A row that changes is another one: what shows it sees that.
    kept.row = { ...kept.row, [change.field]: change.field === "tags" ? tags(value) : value };
  }

  /** The key of the next change, or of the one before, seen from a moment. */
  step(from: number, isForward: boolean): number | undefined {
    let found: number | undefined;
    for (const { changes } of [this.forward, this.back]) {
      for (const change of changes) {
        const key = this.keyOf(change);
        if (isForward ? key > from && (found === undefined || key < found) : key <= from && (found === undefined || key > found)) found = key;
      }
    }
    return found;
  }

  all(): SessionRow[] {
    return [...this.rows.values()].filter((kept) => kept.exists).map((kept) => kept.row);
  }
}

function tags(value: Json): string[] {
  if (Array.isArray(value)) return value as string[];
  try {
    return JSON.parse(String(value ?? "[]")) as string[];
  } catch {
    return [];
  }
}

/** Whether a filter can be asked of a row that was folded here: agents' names are the server's alone. */
export function isFoldable(filter: Filter): boolean {
  return !filter.q;
}

export function fits(row: SessionRow, filter: Filter): boolean {
  return (
    (!filter.status || row.status === filter.status) &&
    (!filter.type || row.type === filter.type) &&
    (!filter.workspace || row.name.workspace === filter.workspace) &&
    (!filter.tag || row.tags.includes(filter.tag))
  );
}

/** Orders rows as the server does. */
export function sorted(rows: SessionRow[], sort: string | null | undefined): SessionRow[] {
  const number = (value: number | null): number => (value === null || Number.isNaN(value) ? Number.NEGATIVE_INFINITY : Number(value));
  const key = (row: SessionRow): number => {
    switch (sort) {
      case "created":
        return number(timeOf(row.created_at));
      case "duration":
        return number(row.total_duration);
      case "files":
        return number(row.total_files_changed);
      case "file":
        return -row.stream;
      default:
        return number(timeOf(row.updated_at));
    }
  };
  return rows
    .map((row) => [key(row), row] as const)
    .sort(([a, one], [b, other]) => (a === b ? one.stream - other.stream : b - a))
    .map(([, row]) => row);
}

interface Page extends Basis {
  rows: SessionRow[];
  next: string | null;
}

interface Window extends Basis {
  rows: Change[];
  next: string | null;
}

/** Events of a window. */
const WINDOW = 2000;
/** Windows that are read one after another, before the rows are read from scratch. */
const WINDOWS_MAX = 3;
/** Rows of a page. */
const PAGE = 1000;

/** A moment as an address has it. */
export function pointOf(clock: Clock, key: number): string {
  if (clock === "recorded") return String(Math.max(0, Math.round(key)));
  const whole = Math.floor(key / 1000);
  const micros = String(Math.round(key - whole * 1000)).padStart(3, "0");
  return new Date(whole).toISOString().replace("Z", `${micros}Z`);
}

/** Returns the time that an address has, in microseconds since 1970; `null` for a point that is named in another way. */
export function microsOf(point: string): number | null {
  const at = /^\d{4}-\d\d-\d\dT.*Z$/.test(point) ? Date.parse(point) : Number.NaN;
  if (Number.isNaN(at)) return null;
  // Servers leave out zeros at the end of a fraction.
  const fraction = /\.(\d+)Z$/.exec(point)?.[1] ?? "";
  return at * 1000 + Number(fraction.padEnd(6, "0").slice(3, 6));
}

/** The instant that a list is as of, in milliseconds: of the log's position, when the last of its sessions was written to. */
export function instantOf(list: { rows: { value: SessionRow[] } }, past: Past, at: string | null): number {
  if (at === null) return Date.now();
  if (past.clock.value === "occurred" && past.at.value !== null) return past.at.value / 1000;
  let last = Number.NaN;
  for (const row of list.rows.value) {
    const moved = timeOf(row.updated_at);
    if (!(moved <= last)) last = Number.isNaN(moved) ? last : moved;
  }
  return last;
}

/** How the session of a row stands at an instant. */
export function standingOf(row: SessionRow, now: number): string {
  return standing(row.status, timeOf(row.updated_at), now);
}

/** A list that goes through time. What `List` has, it has. */
export class Past {
  readonly rows = signal<SessionRow[]>([]);
  readonly total = signal<number | null>(null);
  readonly counts = signal<Counted[]>([]);
  readonly asOf = signal<AsOf | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly isReading = signal(false);
  /** The moment that is shown: a position, or microseconds since 1970. */
  readonly at = signal<number | null>(null);
  readonly clock = signal<Clock>("occurred");
  folded: Folded | null = null;
  /** Whether the server left out rows that do not fit the filter: those are missing for any other one. */
  isFiltered = false;
  /** The point of the address that was opened last. */
  foldedKey = "";
  /** How often something was read, for tests of how little that is. */
  readonly reads = { rows: 0, windows: 0 };
  private filter: Filter = {};
  private reading: AbortController | null = null;
  private readonly waiting: (() => void)[] = [];
  private isWorking = false;
  private wanted: number | null = null;

  /** Nothing more of a list in the past is on another page. */
  async more(): Promise<boolean> {
    return false;
  }

  /** Shows a point, such as an address has it. */
  async open(point: string, filter: Filter): Promise<void> {
    this.filter = filter;
    const key = this.keyOf(point);
    const known = key !== null && this.folded !== null && this.folded.clock === this.clock.value;
    if (known && isFoldable(filter) && !this.isFiltered) return this.moveTo(key);
    await this.anchor(point);
  }

  /** The filter is another one. */
  refine(filter: Filter): void {
    this.filter = filter;
    this.show();
  }

  keyOf(point: string): number | null {
    if (/^\d+$/.test(point)) return this.clock.value === "recorded" ? Number(point) : null;
    return this.clock.value === "occurred" ? microsOf(point) : null;
  }

  /** Reads the rows of a moment. What was there stays until then. */
  private async anchor(point: string): Promise<void> {
    this.reading?.abort();
    const reading = new AbortController();
    this.reading = reading;
    this.isReading.value = true;
    this.problem.value = null;
    try {
      const rows: SessionRow[] = [];
      let after: string | null = null;
      let asOf: AsOf | null = null;
      const isFiltered = !isFoldable(this.filter);
      const server = isFiltered ? this.filter : {};
      do {
        this.reads.rows += 1;
        const clock = /^\d+$/.test(point) ? null : this.clock.value;
        const answer: Page = await get<Page>(withQuery("/sessions.json", { ...server, at: point, clock, n: PAGE, after }), reading.signal);
        rows.push(...answer.rows);
        after = answer.next;
        asOf = answer.as_of;
      } while (after !== null);
      if (reading.signal.aborted || asOf === null) return;
      const isTime = asOf.clock === "occurred" && asOf.moment !== undefined;
      this.clock.value = isTime ? "occurred" : "recorded";
      const key = isTime ? (this.keyOf(asOf.moment ?? "") ?? Date.parse(asOf.moment ?? "") * 1000) : asOf.position;
      this.folded = new Folded(rows, this.clock.value, key);
      this.isFiltered = isFiltered;
      this.asOf.value = asOf;
      this.at.value = key;
      this.problem.value = null;
      this.show();
    } catch (error) {
      if (isAbort(error)) return;
      this.problem.value = asProblem(error);
    } finally {
      if (this.reading === reading) {
        this.isReading.value = false;
        for (const wake of this.waiting.splice(0)) wake();
      }
    }
  }

  /** Waits for the rows of a moment that was opened; whether they are there. */
  async anchored(): Promise<boolean> {
    while (this.folded === null && this.problem.peek() === null) await new Promise<void>((wake) => this.waiting.push(wake));
    return this.folded !== null;
  }

  /** Goes to a moment of this clock. The pointer never waits: rows come after. */
  moveTo(key: number): Promise<void> {
    this.at.value = key;
    this.wanted = key;
    return this.work();
  }

  private async work(): Promise<void> {
    if (this.isWorking) {
      if (this.folded?.seek(this.wanted ?? 0) === null) this.show();
      return;
    }
    this.isWorking = true;
    let windows = 0;
    try {
      while (this.wanted !== null) {
        const to = this.wanted;
        const { folded } = this;
        if (folded === null || !isFoldable(this.filter) || this.isFiltered || windows > WINDOWS_MAX) {
          await this.anchor(pointOf(this.clock.value, to));
          windows = 0;
          if (this.problem.value !== null || this.wanted === to) break;
          continue;
        }
        const missing = folded.seek(to);
        this.show();
        if (missing === null) {
          if (this.wanted === to) break;
          continue;
        }
        this.isReading.value = true;
        await this.extend(folded, missing);
        windows += 1;
      }
      this.problem.value = null;
    } catch (error) {
      if (!isAbort(error)) this.problem.value = asProblem(error);
    } finally {
      this.isWorking = false;
      this.isReading.value = false;
    }
  }

  /** Reads the next window of changes of one direction. */
  private async extend(folded: Folded, missing: Way): Promise<void> {
    this.reads.windows += 1;
    const isForward = missing === folded.forward;
    const { clock } = folded;
    const end = isForward ? (clock === "recorded" ? "head" : new Date().toISOString()) : clock === "recorded" ? "0" : "1970-01-01T00:00:00Z";
    const query = { from: pointOf(clock, folded.anchor), to: end, clock, n: WINDOW, after: missing.next };
    const answer = await get<Window>(withQuery("/sessions/changes.json", query));
    // A step and a move may read the same at once.
    if (missing.isWhole || missing.next !== query.after) return;
    for (const change of answer.rows) missing.changes.push(change);
    missing.next = answer.next;
    missing.isWhole = answer.next === null;
  }

  /** The moment of the next change, or of the one before; reads what is missing for that. */
  async step(isForward: boolean): Promise<number | undefined> {
    const { folded } = this;
    const at = this.at.value;
    if (folded === null || at === null) return undefined;
    const side = isForward ? folded.forward : folded.back;
    for (;;) {
      const found = folded.step(at, isForward);
      const reach = side.changes.at(-1);
      const isKnown = side.isWhole || (reach !== undefined && (isForward ? folded.keyOf(reach) > at : folded.keyOf(reach) <= at));
      if (isKnown) return found === undefined || isForward ? found : found - 1;
      try {
        await this.extend(folded, side);
      } catch (error) {
        this.problem.value = asProblem(error);
        return undefined;
      }
    }
  }

  private show(): void {
    if (this.folded === null) return;
    const rows = this.folded.all().filter((row) => fits(row, this.filter));
    const sums = new Map<string, Counted>();
    for (const { status, type } of rows) {
      const key = `${status}\n${type}`;
      const sum = sums.get(key) ?? { status, type, count: 0 };
      sum.count += 1;
      sums.set(key, sum);
    }
    this.rows.value = sorted(rows, this.filter.sort);
    this.counts.value = [...sums.values()];
    this.total.value = rows.length;
  }
}
