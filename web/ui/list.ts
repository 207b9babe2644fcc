// Lists of sessions: pages of them, as of a moment.

import { signal } from "@preact/signals";
import { withQuery } from "./address";
import type { Name } from "./model";
import { type AsOf, asProblem, type Basis, get, isAbort, type Problem } from "./net";

export interface SessionRow {
  stream: number;
  name: Name;
  path: string | null;
  type: string;
  task: string;
  status: string;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  winner_id: number | null;
  total_duration: number | null;
  total_files_changed: number | null;
  instance_count: number;
  message_count: number;
  revision: number;
  position: number;
  tags: string[];
  is_error: boolean;
}

export interface Counted {
  status: string;
  type: string;
  count: number;
}

interface Page extends Basis {
  rows: SessionRow[];
  next: string | null;
  total: number;
  counts: Counted[];
}

export type Filter = Record<string, string | null>;

/** One list, which is read page by page as far as it is looked at. */
export class List {
  readonly rows = signal<SessionRow[]>([]);
  readonly total = signal<number | null>(null);
  readonly counts = signal<Counted[]>([]);
  readonly asOf = signal<AsOf | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly isReading = signal(false);
  private next: string | null = null;
  private filter: Filter = {};
  private reading: AbortController | null = null;
  /** What was read last, and whether something is new since. */
  private asked = "";
  private isOld = false;

  constructor(private readonly page: number) {}

  /** Reads the list from its beginning; what is read just now, once more after that. */
  async read(filter: Filter): Promise<void> {
    const asked = withQuery("/sessions.json", { ...filter, n: this.page });
    this.isOld = this.isReading.value && asked === this.asked;
    if (this.isOld) return;
    this.reading?.abort();
    const reading = new AbortController();
    this.reading = reading;
    this.filter = filter;
    this.asked = asked;
    this.isReading.value = true;
    try {
      const answer = await get<Page>(asked, reading.signal);
      this.rows.value = answer.rows;
      this.total.value = answer.total;
      this.counts.value = answer.counts;
      this.asOf.value = answer.as_of;
      this.next = answer.next;
      this.problem.value = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.problem.value = asProblem(error);
    }
    this.done();
  }

  private done(): void {
    this.isReading.value = false;
    if (this.isOld) void this.read(this.filter);
  }

  /** Reads the next page, where there is one; returns whether there may be more. */
  async more(): Promise<boolean> {
    const { next, reading } = this;
    if (next === null || reading === null || this.isReading.value) return false;
    this.isReading.value = true;
    try {
      const answer = await get<Page>(withQuery("/sessions.json", { ...this.filter, n: this.page, after: next }), reading.signal);
      this.rows.value = [...this.rows.value, ...answer.rows];
      this.next = answer.next;
    } catch (error) {
      if (isAbort(error)) return false;
      this.problem.value = asProblem(error);
      return false;
    } finally {
      // Where the list is read from its beginning meanwhile, that is still under way.
      if (this.reading === reading) this.done();
    }
    return this.next !== null;
  }
}
