// The time bar: where in a session one is, and the way to anywhere else in it.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Columns, ERROR, MESSAGE, TURN } from "./columns";
import type { Model } from "./model";
import { clock, count, day, stretch } from "./show";
import { s } from "./words";

export type Axis = "events" | "time";

/** An idle stretch counts as this much, in milliseconds. */
const IDLE = 60_000;

/** What is drawn of events. */
export type Drawn = Pick<Columns, "length" | "time" | "flags">;

/** Returns where each event is on the axis, from 0 to 1. */
export function placesOf(columns: Drawn, axis: Axis): Float32Array {
  const places = new Float32Array(columns.length);
  if (axis === "events" || columns.length < 2) {
    for (let at = 0; at < columns.length; at += 1) places[at] = columns.length < 2 ? 1 : at / (columns.length - 1);
    return places;
  }
  let sum = 0;
  for (let at = 1; at < columns.length; at += 1) {
    const gap = (columns.time[at] ?? 0) - (columns.time[at - 1] ?? 0);
    sum += Math.min(Math.max(Number.isFinite(gap) ? gap : 0, 0), IDLE) + 1;
    places[at] = sum;
  }
  for (let at = 1; at < columns.length; at += 1) places[at] = (places[at] ?? 0) / (sum || 1);
  return places;
}

/** Returns the event nearest to a place on the axis. */
export function eventAt(places: Float32Array, place: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && place - (places[low - 1] ?? 0) < (places[low] ?? 0) - place) low -= 1;
  return low + 1;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function draw(canvas: HTMLCanvasElement, columns: Drawn, places: Float32Array): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  if (pen === null || width === 0) return;
  pen.scale(ratio, ratio);
  const step = Math.max(3, Math.min(14, Math.floor(width / Math.max(1, columns.length))));
  const buckets = Math.max(1, Math.floor(width / step));
  const events = new Uint32Array(buckets);
  const messages = new Uint32Array(buckets);
  const errors = new Uint8Array(buckets);
  const turns = new Uint8Array(buckets);
  let most = 1;
  for (let at = 0; at < columns.length; at += 1) {
    const bucket = Math.min(buckets - 1, Math.floor((places[at] ?? 0) * buckets));
    const flags = columns.flags[at] ?? 0;
    const sum = (events[bucket] ?? 0) + 1;
    events[bucket] = sum;
    if (sum > most) most = sum;
    if (flags & MESSAGE) messages[bucket] = (messages[bucket] ?? 0) + 1;
    if (flags & ERROR) errors[bucket] = 1;
    if (flags & TURN) turns[bucket] = 1;
  }
  const base = height - 6;
  const [ink, link, fail, line] = [colour("--text-3"), colour("--link"), colour("--fail"), colour("--control")];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const sum = events[bucket] ?? 0;
    if (sum === 0) continue;
    const bar = Math.max(3, Math.round((Math.log(sum + 1) / Math.log(most + 1)) * (base - 4)));
    const said = Math.round((bar * (messages[bucket] ?? 0)) / sum);
    pen.fillStyle = ink;
    pen.fillRect(bucket * step, base - bar, step - 1, bar - said);
    pen.fillStyle = link;
    pen.fillRect(bucket * step, base - said, step - 1, said);
    if (errors[bucket]) {
      pen.fillStyle = fail;
      pen.fillRect(bucket * step - 0.5, 0, step, base - bar - 1 > 4 ? 4 : 3);
      pen.fillRect(bucket * step, base - bar, step - 1, bar - said);
    }
    if (turns[bucket] && buckets > columns.length / 50) {
      pen.fillStyle = line;
      pen.fillRect(bucket * step, height - 4, 2, 4);
    }
  }
}

const SPEEDS = [1, 2, 4, 8, 16, 0.5];
export const speed = signal(1);

/** Plays faster, or slower. */
export function hurry(by: 1 | -1): void {
  const speeds = [...SPEEDS].sort((a, b) => a - b);
  const index = speeds.indexOf(speed.value) + by;
  speed.value = speeds[Math.min(speeds.length - 1, Math.max(0, index))] ?? 1;
}

/** Takes the next speed; after the last one the first. */
export function nextSpeed(): void {
  speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
}

export const isPlaying = signal(false);
/** A pause is played no longer than this, in milliseconds. */
const PAUSE_MAX = 1000;

let playing: ReturnType<typeof setTimeout> | undefined;

/** Plays a session from where its cursor is; from the beginning where it is at its end. */
export function play(model: Model): void {
  if (isPlaying.value) {
    stop();
    return;
  }
  isPlaying.value = true;
  if (model.cursor.value >= model.last.value) model.moveTo(1);
  const step = (): void => {
    const at = model.cursor.value;
    if (at >= model.last.value || !isPlaying.value) {
      stop();
      return;
    }
    const pause = model.columns.timeOf(at + 1) - model.columns.timeOf(at);
    const wait = Math.min(Number.isFinite(pause) ? Math.max(pause, 0) : 0, PAUSE_MAX) / speed.value;
    playing = setTimeout(
      () => {
        const to = matchMedia("(prefers-reduced-motion: reduce)").matches ? model.columns.turnStart(at, true) : at + 1;
        model.moveTo(to);
        step();
      },
      Math.max(16, wait),
    );
  };
  step();
}

export function stop(): void {
  clearTimeout(playing);
  isPlaying.value = false;
}

export function TimeBar({ model, axis, setAxis }: { model: Model; axis: Axis; setAxis: (axis: Axis) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const places = useRef<Float32Array>(new Float32Array(0));
  const version = model.version.value;
  const { columns } = model;
  const [cursor, last, base] = [model.cursor.value, model.last.value, model.base.value];

  useEffect(() => {
    const node = canvas.current;
    if (node === null) return;
    places.current = placesOf(columns, axis);
    const redraw = (): void => draw(node, columns, places.current);
    redraw();
    const watcher = new ResizeObserver(redraw);
    watcher.observe(node);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", redraw);
    return () => {
      watcher.disconnect();
      theme.removeEventListener("change", redraw);
    };
  }, [version, axis, columns]);

  // Pointers only say where to: a frame does the rest.
  const target = useRef<number | null>(null);
  const drag = (event: PointerEvent): void => {
    const node = track.current;
    if (node === null) return;
    const box = node.getBoundingClientRect();
    const place = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    const isIdle = target.current === null;
    target.current = place;
    if (!isIdle) return;
    requestAnimationFrame(() => {
      const to = target.current;
      target.current = null;
      if (to !== null) model.moveTo(eventAt(places.current, to));
    });
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    stop();
    track.current?.setPointerCapture(event.pointerId);
    drag(event);
  };
  const move = (event: PointerEvent): void => {
    if (track.current?.hasPointerCapture(event.pointerId)) drag(event);
  };
  const placeOf = (revision: number): string => {
    const at = places.current.length === columns.length ? places.current[revision - 1] : undefined;
    return `${((at ?? (last > 1 ? (revision - 1) / (last - 1) : 1)) * 100).toFixed(3)}%`;
  };
  const at = columns.timeOf(cursor);
  const turn = columns.turnOf(cursor);
  const begun = columns.timeOf(1);
  const where = s("r{} of {}", cursor, last.toLocaleString("en"));
  const told = `${where}${Number.isNaN(at) ? "" : `, ${day(at)} ${clock(at)}`}${turn > 0 ? `, ${s("turn {}", turn)}` : ""}`;
  return (
    <section class="timebar" aria-label={s("Time")}>
      <div class="transport">
        <button type="button" onClick={() => model.moveTo(cursor - 1)} disabled={cursor <= 1} aria-label={s("The event before")} title={s("The event before (←)")}>
          ◂
        </button>
        <button type="button" onClick={() => play(model)} aria-label={isPlaying.value ? s("Stop playing") : s("Play")} title={s("Play (Space)")} class="play">
          {isPlaying.value ? "❚❚" : cursor >= last ? "↻" : "▶"}
        </button>
        <button type="button" onClick={() => model.moveTo(cursor + 1)} disabled={cursor >= last} aria-label={s("The next event")} title={s("The next event (→)")}>
          ▸
        </button>
        <button type="button" class="speed" onClick={nextSpeed} aria-label={s("Speed {}, change", speed.value)} title={s("Speed (+ −)")}>
          {speed.value}×
        </button>
      </div>
      <div
        class="track"
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label={s("Moment of the session")}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, last)}
        aria-valuenow={cursor}
        aria-valuetext={told}
        onPointerDown={down}
        onPointerMove={move}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {base !== null && <div class="pin" style={{ left: placeOf(base) }} title={s("compared with r{}", base)} />}
        <div class="future" style={{ left: placeOf(cursor) }} />
        <div class="head" style={{ left: placeOf(cursor) }} />
      </div>
      <div class="where">
        <span class="number">{where}</span>
        <span class="number">{Number.isNaN(at) ? "…" : clock(at)}</span>
        <span class="dim">
          {turn > 0 ? s("turn {}", turn) : s("before the first turn")}
          {Number.isNaN(at - begun) ? "" : ` · ${s("{} in", stretch(at - begun))}`}
        </span>
        <button type="button" class="axis" onClick={() => setAxis(axis === "events" ? "time" : "events")} title={s("What the bar's width means")}>
          {axis === "events" ? s("by event") : s("by time, idle folded")}
        </button>
        <span class="spoken" aria-live="off">
          {count(last, "event")}
        </span>
      </div>
    </section>
  );
}
