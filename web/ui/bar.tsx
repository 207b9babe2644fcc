// A bar of time: where one is, and the way to anywhere else. That of a session and that of the whole log are both this one.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Columns, ERROR, MESSAGE, TURN } from "./columns";
import { count } from "./show";
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

function draw(canvas: HTMLCanvasElement, columns: Drawn, places: Float32Array, hits: readonly number[]): void {
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
  pen.fillStyle = colour("--wait");
  for (const hit of hits) {
    const place = places[hit];
    if (place !== undefined) pen.fillRect(Math.min(width - 2, place * width - 1), 0, 2, height);
  }
}

const NONE: readonly number[] = [];
const SPEEDS = [1, 2, 4, 8, 16, 0.5];
export const speed = signal(1);

/** Plays faster, or slower. */
export function hurry(by: 1 | -1): void {
  const speeds = [...SPEEDS].sort((a, b) => a - b);
  const index = speeds.indexOf(speed.value) + by;
  speed.value = speeds[Math.min(speeds.length - 1, Math.max(0, index))] ?? 1;
}

/** Takes the next speed; after the last one the first. */
function nextSpeed(): void {
  speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
}

export interface Bar {
  /** What is drawn, and what is another value where that is. */
  columns: Drawn;
  version: unknown;
  axis: Axis;
  /** Which event is looked at, from 0; -1 before the first. */
  at: number;
  pin?: { at: number; title: string } | undefined;
  /** Events that were found, from 0. */
  hits?: readonly number[];
  slider: { name: string; min: number; max: number; now: number; told: string };
  /** What a step back and a step forward go to. */
  steps: { before: string; beforeTitle: string; next: string; nextTitle: string; isFirst: boolean; isLast: boolean };
  isPlaying: boolean;
  step: (isForward: boolean) => void;
  play: () => void;
  /** Somebody takes hold of it: nothing plays on. */
  stop: () => void;
  /** Goes to an event, from 1. */
  go: (event: number) => void;
  unit: "event" | "moment";
  class?: string;
  /** Where it is, in words. */
  children: ComponentChildren;
}

export function Bar({ columns, version, axis, at, pin, hits = NONE, slider, steps, isPlaying, step, play, stop, go, unit, class: more, children }: Bar) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const places = useMemo(() => placesOf(columns, axis), [columns, version, axis]);

  useEffect(() => {
    const node = canvas.current;
    if (node === null) return;
    const redraw = (): void => draw(node, columns, places, hits);
    // It tells of the size that there is as well.
    const watcher = new ResizeObserver(redraw);
    watcher.observe(node);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", redraw);
    return () => {
      watcher.disconnect();
      theme.removeEventListener("change", redraw);
    };
  }, [places, hits]);

  // Pointers only say where to: a frame does the rest.
  const latest = useRef({ places, go });
  latest.current = { places, go };
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
      const now = latest.current;
      if (to !== null && now.places.length > 0) now.go(eventAt(now.places, to));
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
  const placeOf = (nth: number): string => {
    const place = nth < 0 ? 0 : (places[nth] ?? (columns.length < 2 ? 1 : nth / (columns.length - 1)));
    return `${(place * 100).toFixed(3)}%`;
  };
  return (
    <section class={more === undefined ? "timebar" : `timebar ${more}`} aria-label={s("Time")}>
      <div class="transport">
        <button type="button" onClick={() => step(false)} disabled={steps.isFirst} aria-label={steps.before} title={steps.beforeTitle}>
          ◂
        </button>
        <button type="button" onClick={play} aria-label={isPlaying ? s("Stop playing") : s("Play")} title={s("Play (Space)")} class="play">
          {isPlaying ? "❚❚" : steps.isLast ? "↻" : "▶"}
        </button>
        <button type="button" onClick={() => step(true)} disabled={steps.isLast} aria-label={steps.next} title={steps.nextTitle}>
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
        aria-label={slider.name}
        aria-valuemin={slider.min}
        aria-valuemax={slider.max}
        aria-valuenow={slider.now}
        aria-valuetext={slider.told}
        onPointerDown={down}
        onPointerMove={move}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {pin !== undefined && <div class="pin" style={{ left: placeOf(pin.at) }} title={pin.title} />}
        <div class="future" style={{ left: placeOf(at) }} />
        <div class="head" style={{ left: placeOf(at) }} />
      </div>
      <div class="where">
        {children}
        <span class="spoken" aria-live="off">
          {count(columns.length, unit)}
        </span>
      </div>
    </section>
  );
}
