// One session: its columns, the rows that were read, and the state at the cursor, which is folded here from windows of patches.

import { batch, computed, signal } from "@preact/signals";
import { sessionPath, withQuery } from "./address";
import { Columns, TILE, type Tile } from "./columns";
import { held } from "./file";
import { back, forward, type Given, type State, type Step, stateOf } from "./fold";
import { Asking, asProblem, type Basis, get, isAbort, type Problem } from "./net";

export interface Name {
  full: string;
  short: string;
  workspace: string;
  id: string;
}

interface Head extends Basis {
  session: Name;
  folder: string | null;
  revision: number;
  revisions: number;
  position: number;
  occurred_at: number;
  state: Given | null;
  happened: Happened | null;
}

/** A moment by when things happened, in microseconds since 1970, where events correct later what had happened by then. */
export interface Happened {
  at: number;
  corrections: number;
}

export interface EventRow {
  revision: number;
  position: number;
  occurred_at: number;
  kind: string;
  said: string;
  is_error: boolean;
  instance: number | null;
}

/** Events of a window of patches. */
const WINDOW = 1000;
/** Windows that are kept. */
const WINDOWS_MAX = held === null ? 12 : Number.POSITIVE_INFINITY;
/** Farther than this a state is read, not folded. */
const FOLDED_MAX = held === null ? 4000 : Number.POSITIVE_INFINITY;
/** Tiles that are asked for at once, and how often they are drawn while they come, in milliseconds. */
const TILES_AT_ONCE = 3;
const DRAWN_EACH = 100;
/** Event rows of a page, and pages that are kept. */
const PAGE = 200;
const PAGES_MAX = 40;

/** The event that a point comes to: a server has answered as of it, a file always holds its end. */
function pointIn(at: string | null, head: Head): number {
  const asked = held === null ? undefined : /^r(\d+)$/.exec(at ?? "")?.[1];
  return asked === undefined ? head.revision : Math.min(Math.max(1, Number(asked)), head.revision);
}

export class Model {
  readonly columns = new Columns();
  /** Rises when columns or rows of events came. */
  readonly version = signal(0);
  readonly cursor = signal(0);
  readonly last = signal(0);
  /** What differences are compared with; `null` for the event before. */
  readonly base = signal<number | null>(null);
  readonly follows = signal(true);
  /** Events that were found, by their revisions: the bar shows where they are. */
  readonly hits = signal<readonly number[]>([]);
  readonly problem = signal<Problem | null>(null);
  readonly name = signal<Name | null>(null);
  readonly folder = signal<string | null>(null);
  /** The moment that the state at hand is of, with what was corrected since; `null` where it is that after its event. */
  readonly happened = signal<Happened | null>(null);
  /** Rises when the state changed; `stateAt` is the event that it is of. */
  readonly folded = signal(0);
  /** Whether the events around the cursor are there that were asked for first. */
  readonly isSeen = signal(false);
  readonly isPast = computed(() => this.cursor.value < this.last.value);
  state: State | null = null;
  stateAt = 0;
  /** The end of the log when the session was read last. */
  position = 0;
  /** What the event at the cursor wrote. */
  written = new Set<string>();
  /** How often something was read, for tests of how little that is. */
  readonly reads = { tiles: 0, windows: 0, states: 0, rows: 0 };

  private windows = new Map<number, Step[]>();
  private pages = new Map<number, EventRow[]>();
  private wanted = new Set<string>();
  private view = "";
  /** The state that is read, where it is not folded. */
  private readonly jump = new Asking();
  /** The session as it is opened, and as it is now. */
  private readonly opening = new Asking();
  private isClosed = false;
  // How often since it is asked.
  private looks = 0;
  private fresh = 0;

  constructor(readonly session: string) {}

  close(): void {
    this.isClosed = true;
    this.jump.end();
    this.opening.end();
  }

  /** Reads the session, as of a point where there is one. */
  async open(at: string | null): Promise<void> {
    try {
      const head = await get<Head>(withQuery(sessionPath(this.session, ".json"), { at }), this.opening.begin());
      this.view = head.as_of.view;
      this.position = head.as_of.position;
      this.columns.grow(head.revisions);
      batch(() => {
        this.problem.value = null;
        this.name.value = head.session;
        this.folder.value = head.folder;
        this.last.value = head.revisions;
        this.cursor.value = pointIn(at, head);
        this.follows.value = at === null;
        // A file holds one moment, which is not gone back to.
        this.happened.value = held === null ? (head.happened ?? null) : null;
      });
      this.state = stateOf(head.state);
      this.stateAt = head.revision;
      this.note();
      // What is seen comes before what is around it.
      const tile = Math.floor(Math.max(0, head.revision - 1) / TILE);
      try {
        await Promise.all([this.readTile(tile), this.wantPage(Math.floor(Math.max(0, head.revision - 1) / PAGE))]);
      } finally {
        this.isSeen.value = true;
        this.version.value += 1;
      }
      await Promise.all([this.readTiles(tile), this.readWindow(this.windowOf(head.revision)).then(() => this.settleState())]);
    } catch (error) {
      if (!isAbort(error)) this.problem.value = asProblem(error);
    }
  }

  /** Reads the tiles around one that is there. */
  private async readTiles(first: number): Promise<void> {
    const tiles = Math.ceil(this.columns.length / TILE);
    const order = [...Array(tiles).keys()].filter((tile) => tile !== first).sort((a, b) => Math.abs(a - first) - Math.abs(b - first));
    let drawn = Number.NEGATIVE_INFINITY;
    const next = async (): Promise<void> => {
      for (let tile = order.shift(); tile !== undefined && !this.isClosed; tile = order.shift()) {
        await this.readTile(tile);
        // The bar draws all events each time.
        const now = performance.now();
        if (now - drawn > DRAWN_EACH) {
          drawn = now;
          this.version.value += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: TILES_AT_ONCE }, next));
    this.version.value += 1;
  }

  private async readTile(tile: number): Promise<void> {
    this.reads.tiles += 1;
    const address = withQuery(sessionPath(this.session, `/tiles/${tile}.json`), { view: this.view });
    const answer = await get<{ tile: Tile }>(address);
    if (this.isClosed) return;
    this.columns.take(answer.tile);
  }

  /** Asks how many events there are now; what is asked just now, once more after that. */
  async look(): Promise<void> {
    if (this.last.value === 0) return;
    this.looks += 1;
    if (this.looks > 1) return;
    try {
      const head = await get<Head>(sessionPath(this.session, ".json"), this.opening.begin());
      this.position = head.as_of.position;
      await this.grew(head.revisions, head.as_of.view);
    } catch {
      // It is asked again when something is new.
    }
    const isOld = this.looks > 1;
    this.looks = 0;
    if (isOld && !this.isClosed) void this.look();
  }

  /** Takes in that the session has more events now. */
  async grew(last: number, view: string): Promise<void> {
    if (last <= this.last.value || this.isClosed) return;
    if (view !== this.view) {
      // Bodies went or came back: nothing that was read is known to be so.
      this.view = view;
      this.windows.clear();
      this.pages.clear();
    }
    const before = this.last.value;
    this.columns.grow(last);
    for (const [page] of this.pages) if ((page + 1) * PAGE >= before) this.pages.delete(page);
    for (const [window] of this.windows) if ((window + 1) * WINDOW >= before) this.windows.delete(window);
    try {
      for (let tile = Math.floor(before / TILE); tile <= Math.floor((last - 1) / TILE); tile += 1) await this.readTile(tile);
    } catch (error) {
      this.problem.value = asProblem(error);
      return;
    }
    this.fresh += last - before;
    batch(() => {
      this.last.value = last;
      this.version.value += 1;
      if (this.follows.value) this.moveTo(last, true);
    });
  }

  /** Goes to an event. The pointer never waits: the state comes after. */
  moveTo(revision: number, isFollowing = false): void {
    // There is nowhere to go yet.
    if (this.last.value === 0) return;
    const to = Math.min(Math.max(1, Math.round(revision)), Math.max(1, this.last.value));
    batch(() => {
      this.follows.value = isFollowing || (this.follows.value && to === this.last.value);
      this.cursor.value = to;
    });
    this.settleState();
  }

  /** Leads the state to the cursor, from what is at hand; what is missing is asked for. */
  settleState(): void {
    const to = this.cursor.value;
    // What was corrected since is not among the patches to another event.
    if (this.happened.value !== null && to !== this.stateAt) {
      void this.read(to);
      return;
    }
    if (this.state !== null && Math.abs(to - this.stateAt) <= FOLDED_MAX && this.fold(to)) {
      this.jump.end();
      this.note();
      this.prefetch(to);
      return;
    }
    if (this.state !== null && (held !== null || Math.abs(to - this.stateAt) <= WINDOW)) {
      const [low, high] = to > this.stateAt ? [this.stateAt, to] : [to, this.stateAt];
      for (let window = this.windowOf(low + 1); window <= this.windowOf(high); window += 1) this.want(window);
      return;
    }
    void this.read(to);
  }

  private async read(to: number): Promise<void> {
    try {
      this.reads.states += 1;
      const head = await get<Head>(withQuery(sessionPath(this.session, ".json"), { at: `r${to}` }), this.jump.begin());
      this.state = stateOf(head.state);
      this.stateAt = head.revision;
      this.happened.value = null;
      this.problem.value = null;
      this.want(this.windowOf(to));
      this.note();
      // The cursor went on meanwhile.
      if (this.cursor.value !== to) this.settleState();
    } catch (error) {
      if (!isAbort(error)) this.problem.value = asProblem(error);
    }
  }

  private fold(to: number): boolean {
    const { state } = this;
    if (state === null) return false;
    const [low, high] = to > this.stateAt ? [this.stateAt, to] : [to, this.stateAt];
    for (let window = this.windowOf(low + 1); low < high && window <= this.windowOf(high); window += 1) {
      if (!this.windows.has(window)) return false;
    }
    while (this.stateAt < to) {
      const step = this.step(this.stateAt + 1);
      if (step === undefined) return false;
      forward(state, step);
      this.stateAt += 1;
    }
    while (this.stateAt > to) {
      const step = this.step(this.stateAt);
      if (step === undefined) return false;
      back(state, step);
      this.stateAt -= 1;
    }
    return true;
  }

  private note(): void {
    this.written = new Set();
    for (const patch of this.step(this.stateAt)?.patches ?? []) {
      const element = patch.in === "own" ? "" : `${patch.in}/${patch.at}`;
      this.written.add(patch.key === undefined ? element : element === "" ? patch.key : `${element}/${patch.key}`);
    }
    this.folded.value += 1;
  }

  step(revision: number): Step | undefined {
    const window = this.windowOf(revision);
    return this.windows.get(window)?.[revision - 1 - window * WINDOW];
  }

  private windowOf(revision: number): number {
    return Math.floor(Math.max(0, revision - 1) / WINDOW);
  }

  private prefetch(at: number): void {
    const window = this.windowOf(at);
    this.want(window);
    const within = (at - 1) % WINDOW;
    if (within > WINDOW * 0.75 && (window + 1) * WINDOW < this.last.value) this.want(window + 1);
    if (within < WINDOW * 0.25 && window > 0) this.want(window - 1);
  }

  private want(window: number): void {
    const key = `window ${window}`;
    if (this.windows.has(window) || this.wanted.has(key)) return;
    this.wanted.add(key);
    this.readWindow(window)
      .then(() => this.settleState())
      .catch((error: unknown) => {
        this.problem.value = asProblem(error);
      })
      .finally(() => this.wanted.delete(key));
  }

  private async readWindow(window: number): Promise<void> {
    let steps: Step[] = [];
    let from = window * WINDOW;
    // The session may grow meanwhile: the window is read to the end that it has by then.
    const end = (): number => Math.min((window + 1) * WINDOW, this.columns.length);
    while (from < end() && !this.isClosed) {
      this.reads.windows += 1;
      const { view } = this;
      const address = withQuery(sessionPath(this.session, "/patches.json"), { from, to: end() });
      const answer = await get<{ rows: Step[]; through: number }>(address);
      if (view !== this.view) {
        steps = [];
        from = window * WINDOW;
        continue;
      }
      steps.push(...answer.rows);
      if (answer.through <= from) break;
      from = answer.through;
    }
    if (this.windows.size >= WINDOWS_MAX) {
      const near = this.windowOf(this.cursor.value);
      const far = [...this.windows.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near))[0];
      if (far !== undefined) this.windows.delete(far);
    }
    this.windows.set(window, steps);
  }

  /** Returns the row of an event where it is known; where not, it is asked for. */
  row(revision: number): EventRow | undefined {
    const page = Math.floor((revision - 1) / PAGE);
    const rows = this.pages.get(page);
    if (rows === undefined) void this.wantPage(page);
    return rows?.[revision - 1 - page * PAGE];
  }

  private async wantPage(page: number): Promise<void> {
    const key = `page ${page}`;
    if (this.wanted.has(key)) return;
    this.wanted.add(key);
    const end = (): number => Math.min((page + 1) * PAGE, this.columns.length);
    const [asked, { view }] = [end(), this];
    try {
      this.reads.rows += 1;
      const address = withQuery(sessionPath(this.session, "/events.json"), { from: page * PAGE + 1, n: PAGE });
      const { rows } = await get<{ rows: EventRow[] }>(address);
      // Where there is more of it by now, or something else, whoever still sees it asks again.
      if (asked === end() && view === this.view) {
        if (this.pages.size >= PAGES_MAX) {
          const oldest = this.pages.keys().next().value;
          if (oldest !== undefined) this.pages.delete(oldest);
        }
        this.pages.set(page, rows);
      }
      this.wanted.delete(key);
      this.version.value += 1;
    } catch (error) {
      this.wanted.delete(key);
      this.problem.value = asProblem(error);
    }
  }
}
