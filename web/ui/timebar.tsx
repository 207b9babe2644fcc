// The time bar of a session, and playing it.

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Axis, Bar, speed } from "./bar";
import type { Model } from "./model";
import { clock, day, stretch } from "./show";
import { s } from "./words";

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
  const { columns } = model;
  const [cursor, last, base] = [model.cursor.value, model.last.value, model.base.value];
  const hits = model.hits.value;
  const found = useMemo(() => hits.map((revision) => revision - 1), [hits]);
  const at = columns.timeOf(cursor);
  const turn = columns.turnOf(cursor);
  const begun = columns.timeOf(1);
  const where = s("r{} of {}", cursor, last.toLocaleString("en"));
  const told = `${where}${Number.isNaN(at) ? "" : `, ${day(at)} ${clock(at)}`}${turn > 0 ? `, ${s("turn {}", turn)}` : ""}`;
  return (
    <Bar
      columns={columns}
      version={model.version.value}
      axis={axis}
      at={cursor - 1}
      pin={base === null ? undefined : { at: base - 1, title: s("compared with r{}", base) }}
      hits={found}
      slider={{ name: s("Moment of the session"), min: 1, max: Math.max(1, last), now: cursor, told }}
      steps={{
        before: s("The event before"),
        beforeTitle: s("The event before (←)"),
        next: s("The next event"),
        nextTitle: s("The next event (→)"),
        isFirst: cursor <= 1,
        isLast: cursor >= last,
      }}
      isPlaying={isPlaying.value}
      step={(isForward) => model.moveTo(cursor + (isForward ? 1 : -1))}
      play={() => play(model)}
      stop={stop}
      go={(event) => model.moveTo(event)}
      unit="event"
    >
      <span class="number">{where}</span>
      <span class="number">{Number.isNaN(at) ? "…" : clock(at)}</span>
      <span class="dim">
        {turn > 0 ? s("turn {}", turn) : s("before the first turn")}
        {Number.isNaN(at - begun) ? "" : ` · ${s("{} in", stretch(at - begun))}`}
      </span>
      <button type="button" class="axis" onClick={() => setAxis(axis === "events" ? "time" : "events")} title={s("What the bar's width means")}>
        {axis === "events" ? s("by event") : s("by time, idle folded")}
      </button>
    </Bar>
  );
}
