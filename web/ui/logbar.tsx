// The time bar of the whole log, for lists: where in it one is, and the way to anywhere else, by either clock.

import { signal, useComputed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { address, go, withQuery } from "./address";
import { type Axis, Bar, type Drawn, hurry, speed } from "./bar";
import { type Action, actionOf, isTyped, useKeys } from "./keys";
import { notice } from "./notice";
import { type Clock, type Past, pointOf } from "./past";
import { useAnswer, useEnd } from "./read";
import { clock as clockTime, day } from "./show";
import { s } from "./words";

/** Moments that are drawn. */
const MOMENTS = 1000;
/** A step while playing, in milliseconds. */
const STEP = 400;

type Moment = [position: number, recorded: number, occurred: number];
const NONE: Moment[] = [];

const isPlaying = signal(false);
const axis = signal<Axis>("time");

/** The moments as a clock has them. */
function drawn(moments: Moment[], clock: Clock): Drawn & { keys: Float64Array } {
  // What is told to have happened later than the log got it counts from then.
  const happened = ([, recorded, occurred]: Moment): number => Math.min(recorded, occurred);
  const rows = clock === "recorded" ? moments : [...moments].sort((a, b) => happened(a) - happened(b));
  return {
    length: rows.length,
    time: Float64Array.from(rows, (row) => (clock === "recorded" ? row[1] : happened(row)) / 1000),
    flags: new Uint8Array(rows.length),
    keys: Float64Array.from(rows, (row) => (clock === "recorded" ? row[0] : happened(row))),
  };
}

/** Returns the moment before or at a key, from 0; -1 before the first. */
function rankOf(keys: Float64Array, key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? 0) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface Place {
  path: string;
  query: Record<string, string | null>;
}

/** `choose` takes another clock, with the moment by it where one is shown; without it the bar does so itself. */
export function LogBar({ past, path, query, choose, isByTime }: Place & { past: Past; choose?: (clock: Clock, at: string | null) => void; isByTime?: boolean }) {
  const read = useAnswer<{ rows: Moment[] }>(withQuery("/moments.json", { n: MOMENTS }));
  const moments = useComputed(() => read.value.value?.rows ?? NONE);
  const clock = past.clock.value;
  const columns = useMemo(() => drawn(moments.value, clock), [moments.value, clock]);
  const isNow = address.value.query.get("at") === null;
  const at = isNow ? null : past.at.value;
  const rank = at === null ? columns.length - 1 : rankOf(columns.keys, at);

  const resting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEnd(() => clearTimeout(resting.current));
  const latest = useRef({ columns, query, clock });
  latest.current = { columns, query, clock };
  const moveTo = (key: number): void => {
    const now = latest.current;
    const to = withQuery(path, { ...now.query, at: pointOf(now.clock, key) });
    if (past.folded === null || past.folded.clock !== now.clock || address.peek().query.get("at") === null) go(to, "replace");
    else {
      void past.moveTo(key);
      // The rest of the page follows once it comes to rest.
      clearTimeout(resting.current);
      resting.current = setTimeout(() => go(to, "replace"), 300);
    }
  };
  const toNow = (): void => {
    stop();
    clearTimeout(resting.current);
    go(withQuery(path, { ...latest.current.query, at: null }), "replace");
  };
  const toRank = (to: number): void => {
    const { keys } = latest.current.columns;
    if (keys.length === 0) return;
    if (to >= keys.length - 1) toNow();
    else moveTo(keys[Math.max(0, to)] ?? 0);
  };
  const step = async (isForward: boolean): Promise<boolean> => {
    if (address.peek().query.get("at") === null) {
      if (isForward) return false;
      // The way back from now begins at the last moment that there is.
      await past.open(latest.current.clock === "recorded" ? "head" : pointOf("occurred", Date.now() * 1000), latest.current.query);
    }
    // Rows may still be read; meanwhile somebody may have gone back to now.
    if (!(await past.anchored())) return false;
    if (isForward && address.peek().query.get("at") === null) return false;
    const found = await past.step(isForward);
    if (found === undefined) {
      if (past.problem.peek() !== null) return false;
      if (isForward) toNow();
      else notice.value = s("Nothing changes before this.");
      return false;
    }
    moveTo(found);
    return true;
  };
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = (): void => {
    clearTimeout(timer.current);
    isPlaying.value = false;
  };
  const play = (): void => {
    if (isPlaying.peek()) {
      stop();
      return;
    }
    isPlaying.value = true;
    if (address.peek().query.get("at") === null) toRank(0);
    const next = (): void => {
      timer.current = setTimeout(() => {
        if (!isPlaying.peek()) return;
        void step(true).then((isOn) => (isOn ? next() : stop()));
      }, STEP / speed.peek());
    };
    next();
  };
  useEnd(stop);

  useKeys(
    (event) => {
      const act = (action: Action, event: KeyboardEvent): boolean => {
        switch (action) {
          case "next":
          case "before":
            void step(action === "next");
            return true;
          case "first":
            toRank(0);
            return true;
          case "last":
            toNow();
            return true;
          case "tenth":
            toRank(Math.round(((latest.current.columns.length - 1) * Number(event.key)) / 10));
            return true;
          case "play":
            play();
            return true;
          case "faster":
          case "slower":
            hurry(action === "faster" ? 1 : -1);
            return true;
          default:
            return false;
        }
      };
      if (isTyped(event) || event.defaultPrevented) return;
      const action = actionOf(event);
      if (action === undefined) return;
      if (!["play", "faster", "slower"].includes(action)) stop();
      if (act(action, event)) event.preventDefault();
    },
    [past, path],
  );

  const ms = at === null ? (columns.time[columns.length - 1] ?? Number.NaN) : clock === "occurred" ? at / 1000 : (columns.time[Math.max(0, rank)] ?? Number.NaN);
  const where = isNow ? s("now") : clock === "recorded" ? s("position {}", at ?? "…") : day(ms);
  const told = `${where}${Number.isNaN(ms) ? "" : `, ${day(ms)} ${clockTime(ms)}`}`;
  const other: Clock = clock === "occurred" ? "recorded" : "occurred";
  const toClock = (to: Clock): void => {
    stop();
    // About the same place by the other clock.
    const from = drawn(moments.peek(), to);
    const near = from.keys[Math.max(0, Math.min(from.length - 1, rank))];
    const point = isNow || near === undefined ? null : pointOf(to, near);
    if (choose !== undefined) {
      if (isNow || point !== null) choose(to, point);
      return;
    }
    past.clock.value = to;
    past.folded = null;
    if (point !== null) go(withQuery(path, { ...query, at: point }), "replace");
  };
  return (
    <Bar
      class={isNow ? "log" : "log past"}
      columns={columns}
      version={columns}
      axis={axis.value}
      at={rank}
      slider={{ name: s("Moment of the log"), min: 0, max: Math.max(0, columns.length - 1), now: Math.max(0, rank), told }}
      steps={{
        before: s("The change before"),
        beforeTitle: s("The change before (←)"),
        next: s("The next change"),
        nextTitle: s("The next change (→)"),
        isFirst: false,
        isLast: isNow,
      }}
      isPlaying={isPlaying.value}
      step={(isForward) => void step(isForward)}
      play={play}
      stop={stop}
      go={(event) => toRank(event - 1)}
      unit="moment"
    >
      <span class="number">{where}</span>
      <span class="number">{Number.isNaN(ms) ? "…" : isNow || clock === "recorded" ? `${day(ms)} ${clockTime(ms)}` : clockTime(ms)}</span>
      <div class="axes">
        {isByTime !== true && (
          <button type="button" class="axis" title={s("What a moment means")} onClick={() => toClock(other)}>
            {clock === "occurred" ? s("as it happened") : s("as recorded")}
          </button>
        )}
        <button type="button" class="axis" onClick={() => (axis.value = axis.value === "events" ? "time" : "events")} title={s("What the bar's width means")}>
          {axis.value === "events" ? s("by event") : s("by time")}
        </button>
      </div>
    </Bar>
  );
}
