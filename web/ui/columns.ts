// A session's events as columns: some twenty bytes an event, so that 100,000 of them cost nothing. They are outside of all
// reactivity; what shows them looks at `version`.

export const TILE = 4096;
export const ERROR = 1;
export const MESSAGE = 2;
export const TURN = 4;
export const ERASED = 8;

export interface Tile {
  first: number;
  kinds: string[];
  kind: number[];
  time: number[];
  flags: number[];
  instance: number[];
  bytes: number[];
}

export class Columns {
  /** How many events there are. */
  length = 0;
  kinds: string[] = [];
  /** Indexed by revision - 1. */
  kind = new Uint8Array(0);
  flags = new Uint8Array(0);
  instance = new Uint16Array(0);
  /** Milliseconds since 1970. */
  time = new Float64Array(0);
  /** The turn that an event is in, from 1; 0 before the first. */
  turn = new Uint32Array(0);
  private there = new Uint8Array(0);
  private numbers = new Map<string, number>();
  /** Up to which event turns are counted. */
  private counted = 0;

  grow(length: number): void {
    if (length <= this.length) return;
    if (length > this.kind.length) {
      const room = Math.max(length, Math.ceil(this.kind.length * 1.5), 1024);
      const larger = <T extends { set(from: T): void }>(from: T, to: T): T => {
        to.set(from);
        return to;
      };
      this.kind = larger(this.kind, new Uint8Array(room));
      this.flags = larger(this.flags, new Uint8Array(room));
      this.instance = larger(this.instance, new Uint16Array(room));
      this.time = larger(this.time, new Float64Array(room));
      this.turn = larger(this.turn, new Uint32Array(room));
      this.there = larger(this.there, new Uint8Array(room));
    }
    this.length = length;
  }

  take(tile: Tile): void {
    this.grow(tile.first - 1 + tile.kind.length);
    const numbers = tile.kinds.map((name) => {
      let number = this.numbers.get(name);
      if (number === undefined) {
        number = this.kinds.length;
        this.kinds.push(name);
        this.numbers.set(name, number);
      }
      return number;
    });
    let micros = 0;
    for (let nth = 0; nth < tile.kind.length; nth += 1) {
      const at = tile.first - 1 + nth;
      micros += tile.time[nth] ?? 0;
      this.kind[at] = numbers[tile.kind[nth] ?? 0] ?? 0;
      this.time[at] = micros / 1000;
      this.flags[at] = tile.flags[nth] ?? 0;
      this.instance[at] = tile.instance[nth] ?? 0;
      this.there[at] = 1;
    }
    this.count();
  }

  private count(): void {
    let turn = this.counted === 0 ? 0 : (this.turn[this.counted - 1] ?? 0);
    while (this.counted < this.length && this.there[this.counted] === 1) {
      if (((this.flags[this.counted] ?? 0) & TURN) !== 0) turn += 1;
      this.turn[this.counted] = turn;
      this.counted += 1;
    }
  }

  has(revision: number): boolean {
    return this.there[revision - 1] === 1;
  }

  isWhole(): boolean {
    return this.counted === this.length;
  }

  kindOf(revision: number): string {
    return this.has(revision) ? (this.kinds[this.kind[revision - 1] ?? 0] ?? "") : "";
  }

  flagsOf(revision: number): number {
    return this.flags[revision - 1] ?? 0;
  }

  timeOf(revision: number): number {
    return this.has(revision) ? (this.time[revision - 1] ?? Number.NaN) : Number.NaN;
  }

  turnOf(revision: number): number {
    return this.turn[revision - 1] ?? 0;
  }

  /** The next event with a flag after a revision, or the one before; `undefined` where there is none. */
  next(from: number, forward: boolean, flag: number): number | undefined {
    const step = forward ? 1 : -1;
    for (let at = from + step; at >= 1 && at <= this.length; at += step) {
      if ((this.flagsOf(at) & flag) !== 0) return at;
    }
    return undefined;
  }

  /** The first event of the turn after this one, or of this turn or the one before. */
  turnStart(from: number, forward: boolean): number {
    return this.next(from, forward, TURN) ?? (forward ? this.length : 1);
  }
}

/** Rows of a list of events: a turn's head is its number, negative. */
export function rowsOf(columns: Columns, closed: ReadonlySet<number>, shown: (revision: number) => boolean): Int32Array {
  const rows = new Int32Array(columns.length * 2 + 1);
  let length = 0;
  let head = -1;
  for (let revision = 1; revision <= columns.length; revision += 1) {
    const turn = columns.turnOf(revision);
    const isShown = shown(revision);
    if (turn !== head && (isShown || (columns.flagsOf(revision) & TURN) !== 0) && turn > 0) {
      rows[length] = -turn;
      length += 1;
      head = turn;
    }
    if (isShown && !closed.has(turn)) {
      rows[length] = revision;
      length += 1;
    }
  }
  return rows.subarray(0, length);
}

/** The row that shows a revision, or the one before where it is folded away. */
export function rowAt(rows: Int32Array, columns: Columns, revision: number): number {
  const turn = columns.turnOf(revision);
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const row = rows[middle] ?? 0;
    const isBefore = row > 0 ? row <= revision : -row <= turn;
    if (isBefore) low = middle;
    else high = middle - 1;
  }
  return low;
}
